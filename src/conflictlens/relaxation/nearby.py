"""Which version a loosened line moves to: as near as possible to what the user asked for.

A pre-release is no near version: it is what a line moves to where stable ones don't do, or where
it is the very release that was asked for, before it is out (see `awaited`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

import msgspec
from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version

from conflictlens.names import NormalizedName
from conflictlens.problem.releases import ABSENT, Releases, bits_down
from conflictlens.problem.universe import Universe
from conflictlens.relaxation.context import REWRITTEN, Choice, Context, Level
from conflictlens.relaxation.corrections import Correction
from conflictlens.resolution.outcome import Resolution

_SERIES = 4
"""How many release series above the user's own are tried one by one."""

_FAR = 3
"""A move down that passes over so many times more releases than the move up is not worth a line,
nor the other way round."""


class Move(msgspec.Struct, frozen=True):
    """The versions that the loosened lines move to; `distance` counts releases passed over.

    A version of None: the line (a constraint) is not needed at all. `admitted` are the
    pre-releases behind the doors that have to be open for it. `extras` are those that bare lines
    can keep.
    """

    versions: tuple[tuple[int, Version | None], ...]
    admitted: tuple[tuple[int, Version], ...]
    distance: int
    extras: tuple[tuple[int, frozenset[NormalizedName]], ...] = ()


def furthest(nearest: int) -> int:
    """How far a move may go where another one goes as far as `nearest`."""
    return _FAR * (nearest + 1)


def moves(context: Context, correction: Correction) -> Iterator[Move]:
    """The nearest moves down and up for a single line, else the witness's move.

    Before that the one in which pins on local versions that don't exist only lose their label.
    """
    loosened = _loosened(correction.choice)
    if len(loosened) != 1:
        unlabelled = _unlabelled(context, correction, loosened)
        if unlabelled is not None:
            yield _move(context, correction, unlabelled)
        yield as_resolved(context, correction)
        return
    [place] = loosened
    above = _above(context, correction, place)
    up = None if above is None else _move(context, correction, above)
    below = _below(context, correction, place, up)
    if below is not None:
        yield _move(context, correction, below)
    if up is not None:
        yield up
    if below is None and up is None:
        yield as_resolved(context, correction)


def as_resolved(context: Context, correction: Correction) -> Move:
    """The move to what the correction was seen to resolve with, near or not."""
    return _move(context, correction, correction.witness)


def awaited(context: Context, correction: Correction) -> tuple[Correction, Move] | None:
    """The release that the one loosened line asks for, as there is no stable one: a pre-release.

    ``a>=2`` where 2.0rc1 is out and 2.0 is not.
    """
    loosened = _loosened(correction.choice)
    if len(loosened) != 1 or correction.doors or Level.BARE in correction.choice.values():
        return None
    [place] = loosened
    candidates = _candidates(context, place)
    if not candidates:
        return None
    door = context.door(context.roots[place].name, [place])
    choice = {**correction.choice, door: Level.LOOSENED}
    among = SpecifierSet(f">={candidates[0].public},<={candidates[-1].public}")
    found = _try(context, choice, place, among)
    if found is None:
        return None
    wider = Correction(choice, found, context.cost(choice))
    return wider, _move(context, wider, found)


def _candidates(context: Context, place: int) -> list[Version]:
    """Withheld pre-releases of a line's project whose final release the line would allow."""
    universe, root = context.judge.universe, context.roots[place]
    releases = universe.releases(root.name)
    if root.is_constraint or _written(context, place) & releases.final:
        return []
    unasked = universe.unasked_prereleases(root.name) & releases.admissible
    versions = (version for n, version in enumerate(releases.versions) if unasked >> n + 1 & 1)
    return [
        version
        for version in versions
        if root.specifier.contains(version.base_version, prereleases=True)
    ]


def _loosened(choice: Choice) -> list[int]:
    return [place for place, level in choice.items() if place >= 0 and level in REWRITTEN]


def _move(context: Context, correction: Correction, resolution: Resolution) -> Move:
    universe = context.judge.universe
    versions: list[tuple[int, Version | None]] = []
    distance = 0
    for place in _loosened(correction.choice):
        name = context.roots[place].name
        bit = resolution.picks.get(name)
        versions.append((place, None if bit is None else universe.releases(name).version(bit)))
        if bit is not None:
            distance += _distance(universe.preferred(name), _written(context, place), bit)
    return Move(tuple(versions), tuple(_admitted(context, correction.choice, resolution)), distance)


def _admitted(
    context: Context, choice: Choice, resolution: Resolution
) -> Iterator[tuple[int, Version]]:
    for door in sorted((place for place in choice if place < 0), reverse=True):
        name = context.project(door)
        bit = resolution.picks.get(name)
        version = None if bit is None else context.judge.universe.releases(name).version(bit)
        if version is not None and version.is_prerelease:
            yield door, version


def _distance(usable: int, written: int, bit: int) -> int:
    """The releases from `bit` to the nearest version that the line allows as written."""
    if written < 2 or written >> bit & 1:
        return 0
    below = written & ((1 << bit) - 1)
    near = below.bit_length() - 1 if below > 1 else (written & -written).bit_length() - 1
    low, high = sorted((near, bit))
    return (usable & ((1 << high) - (1 << low))).bit_count()


def _written(context: Context, place: int) -> int:
    universe, root = context.judge.universe, context.roots[place]
    return universe.root_mask(root) & universe.releases(root.name).every


def _unlabelled(
    context: Context, correction: Correction, places: Iterable[int]
) -> Resolution | None:
    """``torch==1.7.1+cu110`` as ``==1.7.1``, where the index has that alone; other lines move."""
    universe = context.judge.universe
    instead = {}
    for place in places:
        root = context.roots[place]
        pinned = [*_bounds(root.specifier)] if not _written(context, place) else []
        releases = universe.releases(root.name)
        if len(pinned) == 1 and pinned[0].local and releases.named(pinned[0].public):
            instead[place] = context.with_specifier(place, SpecifierSet(f"=={pinned[0].public}"))
    outcome = context.decide(correction.choice, instead) if instead else None
    return outcome if isinstance(outcome, Resolution) else None


def _below(
    context: Context, correction: Correction, place: int, up: Move | None
) -> Resolution | None:
    """The newest version below that works, if it is not too far beside the move `up`."""
    below = _beside(context, place, "<")
    if below is None:
        return None
    if up is not None:
        below &= _not_below(context, place, furthest(up.distance))
    return _try(context, correction.choice, place, below)


def _not_below(context: Context, place: int, distance: int) -> SpecifierSet:
    """What is about as near below the line; all if it allows no version to count from."""
    universe, name = context.judge.universe, context.roots[place].name
    written = _written(context, place)
    older = universe.preferred(name) & ((written & -written) - 1) if written else 0
    last = next(islice(bits_down(older), distance, None), None)
    floor = "" if last is None else f">={universe.releases(name).version(last).public}"
    return SpecifierSet(floor)


def _above(context: Context, correction: Correction, place: int) -> Resolution | None:
    above = _beside(context, place, ">")
    newest = None if above is None else _try(context, correction.choice, place, above)
    if above is None or newest is None:
        return None
    for series in _series_above(context, place, above):
        found = _try(context, correction.choice, place, above & series)
        if found is not None:
            return found
    return newest


def _try(
    context: Context, choice: Choice, place: int, specifier: SpecifierSet
) -> Resolution | None:
    outcome = context.decide(choice, {place: context.with_specifier(place, specifier)})
    return outcome if isinstance(outcome, Resolution) else None


def _beside(context: Context, place: int, operator: str) -> SpecifierSet | None:
    """All that is below or above what the line allows.

    A line that allows no version at all is taken by its own bounds, which then count too.
    """
    root = context.roots[place]
    releases: Releases = context.judge.universe.releases(root.name)
    mask = _written(context, place)
    if mask:
        bit = (mask & -mask if operator == "<" else mask).bit_length() - 1
        return SpecifierSet(f"{operator}{releases.version(bit).public}")
    bounds = list(_bounds(root.specifier))
    if not bounds:
        return None
    bound = max(bounds) if operator == "<" else min(bounds)
    return SpecifierSet(f"{operator}={bound.public}")


def _bounds(specifier: SpecifierSet) -> Iterator[Version]:
    """The versions that a specifier names; ``===`` may name something else."""
    for part in specifier:
        try:
            yield Version(part.version.removesuffix(".*"))
        except InvalidVersion:
            continue


def _series_above(context: Context, place: int, above: SpecifierSet) -> Iterable[SpecifierSet]:
    """The next release series (``1.4.*``) upwards, nearest first."""
    name = context.roots[place].name
    releases = context.judge.universe.releases(name)
    mask = releases.mask(above) & context.judge.universe.preferred(name)
    for version in _newest_of_series(releases, mask):
        yield SpecifierSet(f"=={version.epoch}!{version.major}.{version.minor}.*")


def _newest_of_series(releases: Releases, mask: int) -> list[Version]:
    """The newest version of each of the next release series in a mask, nearest first."""
    versions = [v for i, v in enumerate(releases.versions) if mask >> (i + 1) & 1]
    series = {(v.epoch, v.major, v.minor): v for v in versions}
    return list(series.values())[:_SERIES]


def foreseen(universe: Universe, place: int) -> Iterable[tuple[NormalizedName, int]]:
    """The versions that a line will most likely be tried with, to read them ahead.

    What most moves end at or come by: the newest below and above, and those of the next series.
    """
    root = universe.problem.roots[place]
    releases, preferred = universe.releases(root.name), universe.preferred(root.name)
    written = universe.root_mask(root) & releases.every
    if root.url is not None or not written:
        return
    above = preferred >> written.bit_length() << written.bit_length()
    below = preferred & ((written & -written) - 1)
    near = (releases.bits(version) for version in _newest_of_series(releases, above))
    for mask in dict.fromkeys((below, above, *near)):
        if mask > ABSENT:
            yield root.name, mask.bit_length() - 1
