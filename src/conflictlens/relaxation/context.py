"""The lines of a problem on all their levels, before judges that let in more and more.

Beside the user's lines there are *doors*: that a project's pre-releases are withheld can be given
up like a line. A door has a place below zero, and each set of open doors has a judge of its own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from enum import IntEnum

import msgspec
from msgspec.structs import replace
from packaging.specifiers import SpecifierSet

from conflictlens.core.mus import Core, minimal_core
from conflictlens.names import NormalizedName
from conflictlens.problem.admission import Door, names_prerelease
from conflictlens.problem.releases import Exclusion
from conflictlens.requirements.records import RootRequirement
from conflictlens.resolution.budget import Budget
from conflictlens.resolution.facts import ExclusionFact, Fact
from conflictlens.resolution.judge import Judge
from conflictlens.resolution.outcome import Conflict, Resolution


class Level(IntEnum):
    """How much of a line is given up; the value is the cost. An open door is loosened.

    Loosened: any version will do. Bare: any version, without extras.
    """

    WRITTEN = 0
    LOOSENED = 1
    BARE = 10
    DROPPED = 100


REWRITTEN = (Level.LOOSENED, Level.BARE)
"""Levels on which a line stays, in another form."""

Choice = Mapping[int, Level]
"""Lines and doors (by place) that are given up; all others are as written."""

Blame = frozenset[tuple[int, Level]]
"""A core as lines and doors with the levels that they conflict on."""


class _Board(msgspec.Struct):
    """A judge, and what the roots that were put before it on top stand for."""

    judge: Judge
    supposed: dict[tuple[int, RootRequirement], int] = msgspec.field(default_factory=dict)
    lines: dict[int, tuple[int, Level]] = msgspec.field(default_factory=dict)

    def place(self, line: int, root: RootRequirement) -> int:
        """The judge's place of a root that stands for a line."""
        known = self.supposed.get((line, root))
        if known is None:
            known = self.supposed[line, root] = self.judge.suppose(root)
        return known


class Context:
    """Judges that know each line as written and loosened, where a loosened line makes sense."""

    def __init__(self, judge: Judge) -> None:
        self.judge = judge
        self.roots = judge.universe.problem.roots
        self.replaced: Mapping[int, RootRequirement | None] = {}
        """Lines that were changed for good, None for no line; at a door's place a further line."""
        self._doors: list[tuple[NormalizedName, int]] = []
        written = {place: (place, Level.WRITTEN) for place in judge.places}
        self._written = written
        self._boards = {frozenset[NormalizedName](): _Board(judge, lines=dict(written))}

    # -- doors

    def project(self, door: int) -> NormalizedName:
        """The project whose pre-releases are behind a door."""
        return self._doors[-1 - door][0]

    def beside(self, door: int) -> int:
        """The line of the conflict that showed the door: a line for it belongs beside that."""
        return self._doors[-1 - door][1]

    def door(self, project: NormalizedName, lines: Iterable[int]) -> int:
        """The place of a project's door; `lines` are in the conflict that it may resolve."""
        for number, (known, _) in enumerate(self._doors):
            if known == project:
                return -1 - number
        asking = [line for line in lines if not self.roots[line].is_constraint]
        self._doors.append((project, max(asking, default=0)))
        return -len(self._doors)

    def lines_on(self, door: int) -> list[int]:
        """The user's own lines about the project behind a door, requirements first."""
        name = self.project(door)
        own = [n for n, root in enumerate(self.roots) if root.name == name and root.url is None]
        return sorted(own, key=lambda place: self.roots[place].is_constraint)

    def can_change(self, place: int, free: Collection[int]) -> bool:
        """Whether a line is `free`, or a door can be opened with a free line or a further one."""
        if place >= 0:
            return place in free
        lines = self.lines_on(place)
        return not lines or any(line in free for line in lines)

    # -- levels

    def levels_above(self, place: int, level: Level) -> Iterable[Level]:
        """How a line or door on `level` can be given up further."""
        match level:
            case Level.WRITTEN if self._can_loosen(place):
                return [Level.LOOSENED]
            case Level.WRITTEN | Level.LOOSENED if place >= 0 and self._can_bare(place):
                return [Level.BARE]
            case Level.DROPPED:
                return []
            case _ if place >= 0:
                return [Level.DROPPED]
            case _:
                return []

    def _can_loosen(self, place: int) -> bool:
        if place < 0:
            return True
        root = self.roots[place]
        return root.url is None and bool(root.specifier)

    def _can_bare(self, place: int) -> bool:
        root = self.roots[place]
        return root.url is None and bool(root.extras) and not root.is_constraint

    def cost(self, choice: Choice) -> int:
        """What a choice gives up: a door costs nothing with a line that is rewritten anyway."""
        return sum(
            level
            for place, level in choice.items()
            if not (place < 0 and self._paid(place, choice))
        )

    def _paid(self, door: int, choice: Choice) -> bool:
        return any(choice.get(line) in REWRITTEN for line in self.lines_on(door))

    def free_with(self, choice: Choice) -> set[int]:
        """What can be given up on top of a choice by changing no more lines."""
        free: set[int] = set()
        for door in range(-len(self._doors), 0):
            if door in choice:
                free.update(self.lines_on(door))
            elif self._paid(door, choice):
                free.add(door)
        return free

    def shares_a_line(self, place: int) -> Collection[int]:
        """The places that one change of a line can give up together with this one."""
        return {place, *self.lines_on(place)} if place < 0 else {place}

    # -- questions

    def limit(self, budget: Budget) -> None:
        """From now on questions are given up when this is spent."""
        for board in self._boards.values():
            board.judge.budget = budget

    def decide(
        self, choice: Choice, instead: Mapping[int, RootRequirement] | None = None
    ) -> Resolution | Conflict:
        """Decide all lines, each on its level, or with another root in its place."""
        board = self._board(choice)
        return board.judge.decide(list(self._places(board, choice, instead or {})))

    def decide_alone(self, lines: Collection[int], choice: Choice) -> Resolution | Conflict:
        """Decide these lines as if there were no others."""
        others = set(self.judge.places).difference(lines)
        return self.decide({**dict.fromkeys(others, Level.DROPPED), **choice})

    def conflict_left(self) -> Core:
        """A minimal core of the lines as they are now. They must conflict."""
        board = self._board({})
        places = list(self._places(board, {}, {}))
        conflict = board.judge.decide(places)
        if isinstance(conflict, Resolution):
            raise AssertionError("a cheapest repair can do without one of its changes")
        return minimal_core(board.judge, conflict, places)

    def blame(self, choice: Choice, conflict: Conflict) -> Blame:
        """What `decide` said of a choice in terms of lines and doors, and their levels."""
        lines = self._board(choice).lines
        known = frozenset(lines[place] for place in conflict.roots if place in lines)
        return known | self._shut(conflict.facts, [place for place, _ in known])

    def blame_of(self, core: Core) -> Blame:
        """The same for lines as they are written."""
        written = frozenset((place, Level.WRITTEN) for place in core.roots)
        return written | self._shut(core.facts, core.roots)

    def _shut(self, facts: Iterable[Fact], lines: Collection[int]) -> Blame:
        """The doors that were shut for a refutation."""
        projects = {
            fact.project: None
            for fact in facts
            if isinstance(fact, ExclusionFact) and fact.exclusion is Exclusion.PRERELEASE
        }
        return frozenset((self.door(name, lines), Level.WRITTEN) for name in sorted(projects))

    def _board(self, choice: Choice) -> _Board:
        opened = frozenset(self._opened(choice))
        board = self._boards.get(opened)
        if board is None:
            doors = [Door(project, Exclusion.PRERELEASE) for project in sorted(opened)]
            board = _Board(self.judge.admitting(doors), lines=dict(self._written))
            self._boards[opened] = board
        return board

    def _opened(self, choice: Choice) -> Iterator[NormalizedName]:
        yield from (self.project(place) for place in choice if place < 0)
        for root in self.replaced.values():
            if root is not None and names_prerelease(root.versions):
                yield root.name

    def _places(
        self, board: _Board, choice: Choice, instead: Mapping[int, RootRequirement]
    ) -> Iterator[int]:
        for place in self.judge.places:
            level = choice.get(place, Level.WRITTEN)
            if place in instead:
                yield board.place(place, instead[place])
            elif level in REWRITTEN and not self.roots[place].is_constraint:
                loosened = board.place(place, self.with_specifier(place, SpecifierSet(), level))
                board.lines[loosened] = (place, level)
                yield loosened
            elif level is Level.WRITTEN and place not in self.replaced:
                yield place
            elif level is Level.WRITTEN:
                yield from self._changed(board, place)
        for place in self.replaced:
            if place < 0:
                yield from self._changed(board, place)

    def _changed(self, board: _Board, place: int) -> Iterator[int]:
        root = self.replaced[place]
        if root is not None:
            yield board.place(place, root)

    def with_specifier(
        self, place: int, specifier: SpecifierSet, level: Level = Level.WRITTEN
    ) -> RootRequirement:
        """The line with another specifier; on some levels without its extras."""
        root = replace(self.roots[place], versions=str(specifier))
        return replace(root, extras=frozenset()) if level is Level.BARE else root
