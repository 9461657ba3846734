"""Which extras a bare line can keep, and in which versions: as many as can be, as it asks for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec.structs import replace
from packaging.specifiers import SpecifierSet

from conflictlens.names import NormalizedName
from conflictlens.relaxation.context import Choice, Context, Level
from conflictlens.relaxation.corrections import Correction
from conflictlens.relaxation.nearby import Move, as_resolved
from conflictlens.resolution.outcome import Resolution

_WAYS = 3
"""Ways to ask for fewer extras that are tried at most."""

_Extras = frozenset[tuple[int, NormalizedName]]


def without_extras(context: Context, correction: Correction) -> Iterator[Move]:
    """Lines that ask for fewer extras, in the versions that they ask for if that works.

    One way to keep as many of them as can be, and another for each of the first that this gives up.
    """
    choice = correction.choice
    bare = [place for place, level in choice.items() if level is Level.BARE]
    versions = {place: context.roots[place].specifier for place in bare}
    found = _with_extras(context, choice, versions, frozenset())
    if found is None:
        found = correction.witness
        for place in bare:
            name = context.roots[place].name
            version = context.judge.universe.releases(name).version(found.picks[name])
            versions[place] = SpecifierSet(f"=={version}")
    asked = [(place, extra) for place in bare for extra in sorted(context.roots[place].extras)]
    tried: list[_Extras] = []
    for first in [None, *asked]:
        if len(tried) > _WAYS or any(first in kept for kept in tried):
            continue
        order = asked if first is None else [first, *(one for one in asked if one != first)]
        kept, found = _kept(context, choice, versions, order, found)
        if kept not in tried and (first is None or first in kept):
            tried.append(kept)
            move = as_resolved(context, replace(correction, witness=found))
            yield replace(move, extras=tuple((at, _extras_at(kept, at)) for at in bare))


def _kept(
    context: Context,
    choice: Choice,
    versions: Mapping[int, SpecifierSet],
    order: Iterable[tuple[int, NormalizedName]],
    found: Resolution,
) -> tuple[_Extras, Resolution]:
    """The extras that can be had together, the first ones first."""
    kept: _Extras = frozenset()
    for one in order:
        more = _with_extras(context, choice, versions, kept | {one})
        if more is not None:
            kept, found = kept | {one}, more
    return kept, found


def _with_extras(
    context: Context, choice: Choice, versions: Mapping[int, SpecifierSet], extras: _Extras
) -> Resolution | None:
    instead = {
        place: replace(context.with_specifier(place, specifier), extras=_extras_at(extras, place))
        for place, specifier in versions.items()
    }
    outcome = context.decide(choice, instead)
    return outcome if isinstance(outcome, Resolution) else None


def _extras_at(extras: _Extras, place: int) -> frozenset[NormalizedName]:
    return frozenset(extra for at, extra in extras if at == place)
