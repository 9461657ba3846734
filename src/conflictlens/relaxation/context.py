"""The lines of a problem on all their levels, before one judge."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from enum import IntEnum

from packaging.specifiers import SpecifierSet

from conflictlens.requirements.records import RootRequirement
from conflictlens.resolution.judge import Conflict, Judge, Resolution


class Level(IntEnum):
    """How much of a line is given up; the value is the cost."""

    WRITTEN = 0
    LOOSENED = 1
    DROPPED = 100


Choice = Mapping[int, Level]
"""Lines (by place) that are given up; all others are as written."""

Blame = frozenset[tuple[int, Level]]
"""A core as lines with the levels that they conflict on."""


class Context:
    """A judge that knows each line as written and loosened, where a loosened line makes sense."""

    def __init__(self, judge: Judge) -> None:
        self.judge = judge
        self.roots = judge.universe.problem.roots
        self.replaced: Mapping[int, int | None] = {}
        """Lines that were changed for good: the supposed root instead, None for no line."""
        self._loosened: dict[int, int] = {}
        self._lines: dict[int, tuple[int, Level]] = {
            place: (place, Level.WRITTEN) for place in judge.places
        }

    def levels_above(self, place: int, level: Level) -> Iterable[Level]:
        """How a line on `level` can be given up further."""
        match level:
            case Level.WRITTEN:
                return [Level.LOOSENED if self._can_loosen(place) else Level.DROPPED]
            case Level.LOOSENED:
                return [Level.DROPPED]
            case Level.DROPPED:
                return []

    def _can_loosen(self, place: int) -> bool:
        root = self.roots[place]
        return root.url is None and bool(root.specifier)

    def places(self) -> list[int]:
        """The places of all lines as they are now."""
        return list(self._places({}))

    def decide(self, choice: Choice) -> Resolution | Conflict:
        """Decide all lines, each on its level."""
        return self.judge.decide(list(self._places(choice)))

    def decide_with(self, choice: Choice, instead: Mapping[int, int]) -> Resolution | Conflict:
        """Decide with supposed roots in the place of some given-up lines."""
        rest = {place: level for place, level in choice.items() if place not in instead}
        skipped = dict.fromkeys(instead, Level.DROPPED)
        return self.judge.decide([*self._places({**rest, **skipped}), *instead.values()])

    def _places(self, choice: Choice) -> Iterable[int]:
        for place in self.judge.places:
            match choice.get(place, Level.WRITTEN):
                case Level.WRITTEN:
                    written = self.replaced.get(place, place)
                    if written is not None:
                        yield written
                case Level.LOOSENED if not self.roots[place].is_constraint:
                    yield self._loosened_place(place)

    def _loosened_place(self, place: int) -> int:
        if place not in self._loosened:
            supposed = self.judge.suppose(replace(self.roots[place], specifier=SpecifierSet()))
            self._loosened[place] = supposed
            self._lines[supposed] = (place, Level.LOOSENED)
        return self._loosened[place]

    def blame(self, conflict: Conflict) -> Blame:
        """A conflict in terms of lines and levels."""
        return frozenset(self._lines[place] for place in conflict.roots if place in self._lines)

    def suppose(self, place: int, specifier: SpecifierSet) -> int:
        """The line with another specifier, as a supposed root."""
        root: RootRequirement = replace(self.roots[place], specifier=specifier)
        return self.judge.suppose(root)
