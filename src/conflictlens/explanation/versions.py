"""Sets of versions told as ranges over the versions that exist."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from conflictlens.problem.admission import pinned_versions
from conflictlens.problem.releases import Releases, bits_down

if TYPE_CHECKING:
    from packaging.specifiers import SpecifierSet
    from packaging.version import Version

_NEAREST = 2
"""Versions that look like the one that is asked for, at most."""


class VersionSet(msgspec.Struct, frozen=True):
    """Some versions of a project: runs of neighbours, `count` in all.

    Neighbours are neighbours among the versions that the target could use, or that were
    asked for; `every` says that these are all of them.
    """

    runs: tuple[tuple[Version, Version], ...]
    count: int
    every: bool = False

    def __str__(self) -> str:
        """``1.0 to 1.4, 2.0``; nothing for no version."""
        return ", ".join(_run(first, last) for first, last in self.runs)


def _run(first: Version, last: Version) -> str:
    return str(first) if first == last else f"{first} to {last}"


def version_set(releases: Releases, mask: int, among: int) -> VersionSet:
    """The versions in `mask`; those outside `among` do not interrupt a run."""
    versions = mask & releases.every
    others = among & releases.every & ~mask
    runs: list[tuple[Version, Version]] = []
    left = versions
    while left:
        first = left & -left
        # All up to the next one that is not in the mask.
        following = others & -first
        run = left & ((following & -following) - 1) if following else left
        runs.append((releases.version(first.bit_length() - 1), _last(releases, run)))
        left ^= run
    return VersionSet(tuple(runs), versions.bit_count(), not others)


def _last(releases: Releases, mask: int) -> Version:
    return releases.version(mask.bit_length() - 1)


def nearest_versions(
    releases: Releases, usable: int, specifier: SpecifierSet
) -> tuple[Version, ...]:
    """What may have been meant by a pin on a version that does not exist, ascending.

    One letter apart from it, a dot rather than a digit, and its neighbours in their order.
    """
    from conflictlens.explanation.spellings import distance

    pinned = next(pinned_versions(str(specifier)), None)
    if pinned is None or len(specifier) > 1:
        return ()
    versions = [releases.version(bit) for bit in bits_down(usable)]
    alike = [one for one in versions if distance(str(one), str(pinned)) == 1]
    alike.sort(key=lambda one: _digits(one) != _digits(pinned))
    below = [one for one in versions if one < pinned][:1]
    above = [one for one in versions if one > pinned][-1:]
    return tuple(sorted({*alike[:_NEAREST], *below, *above}))


def _digits(version: Version) -> str:
    return str(version).replace(".", "")
