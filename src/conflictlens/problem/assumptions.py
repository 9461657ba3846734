"""Picked releases whose needs are not certain, since only a build for the target could tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from conflictlens.names import NormalizedName
from conflictlens.problem.universe import Universe


class Assumption(msgspec.Struct, frozen=True):
    """A release that is taken to need what is `declared`, or else nothing, as nobody says.

    `wheel` is set where this one, for another target, is what declares it.
    """

    project: NormalizedName
    version: str
    declared: bool
    wheel: str = ""

    def __str__(self) -> str:
        return f"{self.project} {self.version}"


def assumptions(universe: Universe, picks: Mapping[NormalizedName, int]) -> Iterator[Assumption]:
    """What a resolution rests on beside what wheels for the target say; by name."""
    for name, bit in sorted(picks.items()):
        if universe.releases(name).is_unread:
            # No release: what is not known about it is told of the requirement that names it.
            continue
        facts = universe.facts(name, bit)
        if facts.declared or facts.unknown is not None:
            version = universe.releases(name).text(bit)
            yield Assumption(name, version, facts.declared, facts.wheel)
