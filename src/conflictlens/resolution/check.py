"""The check of a resolution: obvious, independent of how the resolution was found."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import msgspec

from conflictlens.names import NormalizedName
from conflictlens.problem.dependencies import Dependency
from conflictlens.problem.universe import Universe
from conflictlens.resolution.outcome import Resolution, Verdict


class Violation(msgspec.Struct, frozen=True):
    """What a resolution gets wrong; `reason` is for developers, no user sees it."""

    project: NormalizedName
    reason: str


def violation(
    universe: Universe, resolution: Resolution, roots: Collection[int] | None = None
) -> Violation | None:
    """None if the picks satisfy the roots (all, or those at `roots`) and each other."""
    for broken in (_roots_broken, _picks_broken):
        for found in broken(universe, resolution, roots):
            return found
    return None


def _roots_broken(
    universe: Universe, resolution: Resolution, roots: Collection[int] | None
) -> Iterable[Violation]:
    for place, root in enumerate(universe.problem.roots):
        if roots is not None and place not in roots:
            continue
        bit = resolution.picks.get(root.name, 0)
        if not universe.root_mask(root) >> bit & 1:
            yield Violation(root.name, f"{root.text} does not allow the pick")
        if not root.is_constraint and not root.extras <= _extras(resolution, root.name):
            yield Violation(root.name, f"{root.text} asks for an extra that was left out")


def _picks_broken(
    universe: Universe, resolution: Resolution, _: Collection[int] | None
) -> Iterable[Violation]:
    for name, bit in resolution.picks.items():
        if not universe.allowed(name) >> bit & 1:
            yield Violation(name, "the picked version is not admitted")
        for extra in ("", *_extras(resolution, name)):
            facts = universe.facts(name, bit, extra)
            if facts.unusable is not None:
                yield Violation(name, f"the picked version is unusable: {facts.unusable}")
            for dependency in facts.dependencies:
                if dependency.url is None and not _met(universe, resolution, dependency):
                    yield Violation(name, f"{dependency.text} is not met")


def _met(universe: Universe, resolution: Resolution, dependency: Dependency) -> bool:
    bit = resolution.picks.get(dependency.name)
    if bit is None or not universe.dependency_mask(dependency) >> bit & 1:
        return False
    return set(dependency.extras) <= _extras(resolution, dependency.name)


def _extras(resolution: Resolution, name: NormalizedName) -> frozenset[NormalizedName]:
    return resolution.extras.get(name, frozenset())


def specifiers_on(universe: Universe, resolution: Resolution) -> Mapping[NormalizedName, list[str]]:
    """All specifiers in force on each picked project: the roots' and the picks' own."""
    found: dict[NormalizedName, list[str]] = {name: [] for name in resolution.picks}
    for root in universe.problem.roots:
        if root.name in found:
            found[root.name].append(root.versions)
    for name, bit in resolution.picks.items():
        for extra in ("", *_extras(resolution, name)):
            for dependency in universe.facts(name, bit, extra).dependencies:
                found.setdefault(dependency.name, []).append(dependency.specifier)
    return found


def checked(verdict: Verdict) -> Verdict:
    """The verdict; a resolution that fails the check is a bug of the search, and must not pass."""
    if isinstance(verdict.outcome, Resolution):
        wrong = violation(verdict.universe, verdict.outcome)
        if wrong is not None:
            raise AssertionError(f"the resolution that was found is wrong: {wrong}")
    return verdict
