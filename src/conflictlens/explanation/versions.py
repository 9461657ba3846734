"""Sets of versions told as ranges over the versions that exist."""

from __future__ import annotations

from dataclasses import dataclass

from packaging.version import Version

from conflictlens.problem.releases import Releases


@dataclass(frozen=True, slots=True)
class VersionSet:
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
    among |= mask
    runs: list[tuple[Version, Version]] = []
    previous_in = False
    for index, version in enumerate(releases.versions):
        bit = 2 << index
        if not among & bit:
            continue
        if mask & bit:
            if previous_in:
                runs[-1] = (runs[-1][0], version)
            else:
                runs.append((version, version))
        previous_in = bool(mask & bit)
    versions = mask & releases.every
    return VersionSet(tuple(runs), versions.bit_count(), versions == among & releases.every)
