"""What the judge will read soon, so that answers come while others are awaited.

A guess, made where a version has to be fetched. It is never part of a decision.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice

from conflictlens.names import NormalizedName
from conflictlens.problem.releases import ABSENT, bits_down
from conflictlens.problem.universe import Universe
from conflictlens.resolution.agenda import Agenda
from conflictlens.resolution.engine import Engine
from conflictlens.resolution.facts import Fact
from conflictlens.resolution.variables import Variables

_DOUBTED = 8
"""Known versions of a project that are looked at for the one that will be read next."""

_AHEAD = 128
"""Releases of one project that are hinted at together at most."""

_LONG = 32
"""Of so many the next ones are hinted at before the last of these was read."""


def best(domain: int, preferred: int) -> int:
    """The version of a domain that is tried first, by its bit."""
    return ((domain & preferred) or domain).bit_length() - 1


class Foresight:
    """Hints to the index; `preferred` holds masks by the variables of projects."""

    def __init__(
        self,
        universe: Universe,
        engine: Engine[Fact],
        variables: Variables,
        agenda: Agenda,
        preferred: Mapping[int, int],
        order: Mapping[NormalizedName, int],
    ) -> None:
        self._universe = universe
        self._engine = engine
        self._variables = variables
        self._agenda = agenda
        self._preferred = preferred
        self._order = order
        self._hints: dict[NormalizedName, int] = {}

    def hint(self, name: NormalizedName, bit: int, count: int, size: int) -> None:
        """Hint at what will be read soon after a version, as the next of `count` of its project.

        The best versions of the projects that turned up since the last read, and of those of which
        versions were ruled out; the `size` versions that are read together with this one; and each
        time that the project came to the end of what was hinted at, as many again as were read.
        """
        self._universe.prefetch_metadata(self._upcoming())
        if self._universe.is_fetched and not self._universe.answers_at_once(name, bit):
            self._universe.prefetch_metadata(self._in_turn())
        ahead = 1 + size
        if count >= self._hints.get(name, 2):
            ahead = max(ahead, min(count, _AHEAD))
            # Of many the next ones are under way before the last of these was read.
            self._hints[name] = count + (ahead - 1 if ahead < _LONG else ahead // 2)
        alike = self._universe.preferred(name)
        if not alike >> bit & 1:
            # Pre-releases that a fix lets in, or a requirement: they come up after all others.
            alike = self._universe.allowed(name) & ~alike
        self._universe.prefetch_metadata(
            (name, one)
            for one in islice(bits_down(alike & ((2 << bit) - 1)), ahead)
            if one == bit or self._universe.reads_cheaply(name, one)
        )

    def _upcoming(self) -> Iterable[tuple[NormalizedName, int]]:
        for name in self._agenda.fresh:
            if name in self._order and not self._engine.conflicts:
                continue
            project = self._variables.projects[name]
            if self._engine.domains[project] & ~ABSENT:
                yield name, best(self._engine.domains[project], self._preferred[project])
        self._agenda.fresh.clear()

    def _in_turn(self) -> Iterable[tuple[NormalizedName, int]]:
        """Of each such project the best version by all that is known, if it is unread."""
        moved, self._agenda.moved = self._agenda.moved, set()
        for name in sorted(moved):
            project = self._variables.projects[name]
            domain = self._engine.domains[project]
            if domain & ABSENT:
                continue
            left = (domain & self._preferred[project]) or domain
            for bit in islice(bits_down(left), _DOUBTED):
                if not self._universe.answers_at_once(name, bit):
                    yield name, bit
                    break
                if self._seems_to_fit(name, bit):
                    break

    def _seems_to_fit(self, name: NormalizedName, bit: int) -> bool:
        """Whether what a version needs leaves something of each project, as things stand."""
        facts, projects = self._universe.facts(name, bit), self._variables.projects
        return facts.unusable is None and all(
            one.url is not None
            or one.name not in projects
            or self._engine.domains[projects[one.name]] & self._universe.dependency_mask(one)
            for one in facts.dependencies
        )
