"""Which version a loosened line moves to: as near as possible to what the user asked for.

A pre-release is no near version: it is what a line moves to where stable ones don't do, or where
it is the very release that was asked for, before it is out (see `awaited`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec
from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version

from conflictlens.names import NormalizedName
from conflictlens.problem.releases import Releases
from conflictlens.relaxation.context import REWRITTEN, Choice, Context, Level
from conflictlens.relaxation.corrections import Correction
from conflictlens.resolution.outcome import Resolution

_SERIES = 4
"""How many release series above the user's own are tried one by one."""


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
    resolutions = [
        found
        for found in (_below(context, correction, place), _above(context, correction, place))
        if found is not None
    ]
    for resolution in resolutions or [correction.witness]:
        yield _move(context, correction, resolution)


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


def _below(context: Context, correction: Correction, place: int) -> Resolution | None:
    below = _beside(context, place, "<")
    return None if below is None else _try(context, correction.choice, place, below)


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
    versions = [v for i, v in enumerate(releases.versions) if mask >> (i + 1) & 1]
    series = dict.fromkeys((v.epoch, v.major, v.minor) for v in versions)
    for epoch, major, minor in list(series)[:_SERIES]:
        yield SpecifierSet(f"=={epoch}!{major}.{minor}.*")
