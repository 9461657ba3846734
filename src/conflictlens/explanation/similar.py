"""Projects that exist where one that is asked for does not, and whose names are close to its.

Nothing is known beforehand: each spelling is asked of the index, and told only if the index has
a release there that fits. That a name exists says nothing about who took it, and names beside
popular ones are often taken to deceive: so none of this is ever a fix, far-fetched spellings are
told only where no other exists, and of equals those with more releases come first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import islice

import msgspec
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from conflictlens.errors import IndexFailure, OfflineMiss
from conflictlens.explanation.records import Conflict, Similar, Unmatched
from conflictlens.explanation.spellings import distance, respelled
from conflictlens.names import NormalizedName
from conflictlens.problem.universe import Universe
from conflictlens.resolution.budget import Budget

ASKED = 20
"""Spellings that the index is asked about at most, for all missing projects together."""

_TOLD = 3
"""Projects that are told for one that is missing."""

_NEARBY = -1
"""How far-fetched it is that a project of the same question was meant: less than all else."""


class _Found(msgspec.Struct, frozen=True):
    name: NormalizedName
    far: int
    newest: Version
    releases: int


def similar_projects(
    universe: Universe, conflicts: Iterable[Conflict], budget: Budget
) -> tuple[Similar, ...]:
    """What may have been meant by each project that no index has; the likeliest first.

    Never raises, and asks nothing where nothing is missing. What the index does not answer
    is left out.
    """
    missing = _missing(universe, conflicts)
    found: list[Similar] = []
    # An index that stopped answering: waiting for the other spellings is not worth it.
    with suppress(IndexFailure):
        found.extend(_asked(universe, missing, budget) if missing else ())
    return tuple(found)


def _asked(
    universe: Universe, missing: Mapping[NormalizedName, SpecifierSet], budget: Budget
) -> Iterator[Similar]:
    budget.check()
    known = [name for name in universe.known_projects() if name not in missing]
    spellings = _spellings(missing, known)
    universe.prefetch_projects(name for found in spellings.values() for _, name in found)
    for name, specifier in missing.items():
        fitting = list(_fitting(universe, specifier, spellings[name], budget))
        best = [one for one in fitting if one.far == fitting[0].far]
        best.sort(key=lambda one: -one.releases)
        yield from (Similar(name, one.name, one.newest) for one in best[:_TOLD])


_Spelling = tuple[int, NormalizedName]


def _missing(
    universe: Universe, conflicts: Iterable[Conflict]
) -> Mapping[NormalizedName, SpecifierSet]:
    """The projects that conflicts are about since no index has them, with what is asked of them."""
    missing: dict[NormalizedName, SpecifierSet] = {}
    for fact in (fact for conflict in conflicts for fact in conflict.facts):
        if isinstance(fact, Unmatched) and not fact.found:
            asked = Requirement(f"{fact.project}{fact.specifier}").specifier
            missing[fact.project] = missing.get(fact.project, SpecifierSet()) & asked
    for root in universe.problem.roots:
        if root.name in missing:
            missing[root.name] &= root.specifier
    return missing


def _spellings(
    missing: Iterable[NormalizedName], known: Iterable[NormalizedName]
) -> dict[NormalizedName, list[_Spelling]]:
    """What to look for, name by name: of the projects at hand those nearby, then new spellings."""
    names = list(missing)
    spellings: dict[NormalizedName, list[_Spelling]] = {}
    for place, name in enumerate(names):
        near = sorted((distance(name, one), one) for one in known)
        nearby = [(_NEARBY, one) for far, one in near if far <= _within(name)]
        passed = {*missing, *(one for _, one in nearby)}
        new = (one for one in respelled(name) if one[1] not in passed)
        share = ASKED // len(names) + (place < ASKED % len(names))
        spellings[name] = [*nearby, *islice(new, share)]
    return spellings


def _within(name: str) -> int:
    """How far apart names may be that are taken for the same: short ones have many neighbours."""
    return 0 if len(name) < 4 else 1 if len(name) < 8 else 2


def _fitting(
    universe: Universe,
    specifier: SpecifierSet,
    spellings: Iterable[_Spelling],
    budget: Budget,
) -> Iterator[_Found]:
    """The projects with a release that fits the target and the specifier."""
    for far, name in spellings:
        budget.check()
        try:
            releases = universe.problem.catalogue.releases(name)
        except OfflineMiss:
            continue
        fitting = releases.preferred & releases.mask(specifier)
        if fitting:
            newest = releases.version(fitting.bit_length() - 1)
            yield _Found(name, far, newest, len(releases.versions))
