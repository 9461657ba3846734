"""What a resolution rests on: needs that only a build could tell, lines that pip refuses."""

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


class Basis(msgspec.Struct, frozen=True):
    """What the picks of a resolution rest on beside what wheels for the target say.

    `refused` are the invalid lines that pip refuses since 24.1, each with its release.
    """

    assumes: tuple[Assumption, ...] = ()
    refused: tuple[str, ...] = ()


def basis(universe: Universe, picks: Mapping[NormalizedName, int]) -> Basis:
    return Basis(tuple(assumptions(universe, picks)), tuple(refused_lines(universe, picks)))


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


def refused_lines(universe: Universe, picks: Mapping[NormalizedName, int]) -> Iterator[str]:
    """``celery 4.3.0 (pytz (>dev))``: invalid lines, for which pip refuses a pick since 24.1."""
    for name, bit in sorted(picks.items()):
        version = universe.releases(name).text(bit)
        for one in universe.facts(name, bit).dependencies:
            if one.mended:
                yield f"{name} {version} ({one.mended})"
