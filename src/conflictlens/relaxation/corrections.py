"""Correction sets: which lines to loosen or drop so that the rest resolves, cheapest first.

Each line has a level: as written, loosened (any version will do), bare (nor are its extras asked
for) or dropped. A core says that
these lines on these levels contradict each other, so one of them has to go up a level. Reiter's
hitting set tree ("A theory of diagnosis from first principles", 1987), best first::

    queue ← nothing changed
    take the cheapest choice from the queue
        some known core is not hit by it → queue each way to hit that core
        the judge refutes it             → one more core, the same
        the judge resolves it            → a minimal correction set

The cost of a choice is what it changes plus one for each further core disjoint from all that it
has to hit anyway, which never overestimates, so the first found is a cheapest one. Of two that
cost the same, the one comes first that lets in fewer pre-releases, then the one that gives up
less. Doors (see `context`) are given up like lines.

Of many conflicts that share no line each has ways of its own, and whoever goes through all
beginnings first does not come to an end. A *deep* search takes, of choices that cost the same, the
one that has least left to hit, by all that was learned until then.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from heapq import heappop, heappush

import msgspec

from conflictlens.core.mus import Core
from conflictlens.relaxation.context import Blame, Choice, Context, Level
from conflictlens.resolution.outcome import Conflict, Resolution


class Correction(msgspec.Struct, frozen=True):
    """A choice that resolves, and how."""

    choice: Choice
    witness: Resolution
    cost: int

    @property
    def doors(self) -> int:
        """How many projects it lets pre-releases of in."""
        return sum(place < 0 for place in self.choice)


class Corrections:
    """The correction sets of a context, found one by one.

    `seeds` are cores that are already known. What is learned from one enumeration serves the
    next.
    """

    def __init__(self, context: Context, seeds: Iterable[Core] = ()) -> None:
        self._context = context
        self.exhausted = False
        """Whether the last enumeration ended because there are no more."""
        self._blames: list[Blame] = [context.blame_of(core) for core in seeds]

    def cheapest(
        self, free: Collection[int], most: int, *, deep: bool = False
    ) -> Iterator[Correction]:
        """Correction sets among the `free` lines in order of cost, none a superset of another.

        Ends when there are no more, or after `most` steps of the search.
        """
        self.exhausted = False
        queue = _Queue(self._rank, deep=deep)
        found: list[Correction] = []
        queue.push({})
        for _ in range(most):
            choice = queue.pop()
            if choice is None:
                self.exhausted = True
                return
            if any(_covers(choice, other.choice) for other in found):
                continue
            blame = self._unhit(choice)
            if blame is None:
                outcome = self._context.decide(choice)
                if isinstance(outcome, Resolution):
                    found.append(Correction(choice, outcome, self._context.cost(choice)))
                    yield found[-1]
                    continue
                blame = self._learn(choice, outcome)
            for place, level in sorted(blame, key=_lines_first):
                if self._context.can_change(place, free):
                    for higher in self._context.levels_above(place, level):
                        queue.push({**choice, place: higher})

    def some(self, free: Collection[int]) -> Correction | None:
        """A correction set, from which nothing can be taken back alone; seldom a cheapest one.

        What a refutation blames gives way, the least of it, until there is none. None if there is
        no correction set among the `free` lines.
        """
        choice: Choice = {}
        while isinstance(outcome := self._context.decide(choice), Conflict):
            ways = [
                (higher, place < 0, -place, place)
                for place, level in self._learn(choice, outcome)
                if self._context.can_change(place, free)
                for higher in self._context.levels_above(place, level)
            ]
            if not ways:
                return None
            level, *_, place = min(ways)
            choice = {**choice, place: level}
        for place, level in sorted(choice.items(), key=lambda item: (-item[1], item[0])):
            for lower in self._levels_below(place, level):
                less = {**choice, place: lower}
                taken_back = self._context.decide(less)
                if isinstance(taken_back, Resolution):
                    choice, outcome = less, taken_back
                    break
        choice = {place: level for place, level in choice.items() if level is not Level.WRITTEN}
        return Correction(choice, outcome, self._context.cost(choice))

    def _levels_below(self, place: int, level: Level) -> Iterator[Level]:
        reached = {Level.WRITTEN}
        for lower in Level:
            if lower in reached and lower < level:
                yield lower
                reached.update(self._context.levels_above(place, lower))

    def _rank(self, choice: Choice) -> _Rank:
        cost, still = self._context.cost(choice), self._still_to_hit(choice)
        doors, unpaid = sum(place < 0 for place in choice), sum(choice.values()) - cost
        return cost + still, doors, unpaid, still

    def _learn(self, choice: Choice, conflict: Conflict) -> Blame:
        blame = self._context.blame(choice, conflict)
        self._blames.append(blame)
        return blame

    def _unhit(self, choice: Choice) -> Blame | None:
        for blame in self._blames:
            if not _hits(choice, blame):
                return blame
        return None

    def _still_to_hit(self, choice: Choice) -> int:
        """Changes that are needed on top of a choice at least: no two cores share one."""
        taken = self._context.free_with(choice)
        count = 0
        for blame in self._blames:
            shared = (self._context.shares_a_line(place) for place, _ in blame)
            places = {line for lines in shared for line in lines}
            if not _hits(choice, blame) and not places & taken:
                taken |= places
                count += 1
        return count


_Rank = tuple[int, int, int, int]


class _Queue:
    """Choices, each put in once, best first; a deep search ranks them anew when one is taken.

    A core that was learned since makes many of them dearer than they were.
    """

    def __init__(self, rank: Callable[[Choice], _Rank], *, deep: bool) -> None:
        self._rank = rank
        self._deep = deep
        self._heap: list[tuple[_Rank, int, tuple[tuple[int, Level], ...]]] = []
        self._seen: set[frozenset[tuple[int, Level]]] = set()

    def push(self, choice: Choice) -> None:
        key = frozenset(choice.items())
        if key not in self._seen:
            self._seen.add(key)
            heappush(self._heap, (self._ranked(choice), len(self._seen), tuple(choice.items())))

    def _ranked(self, choice: Choice) -> _Rank:
        cost, doors, unpaid, still = self._rank(choice)
        return cost, doors, unpaid, still if self._deep else 0

    def pop(self) -> Choice | None:
        while self._heap:
            known, number, items = heappop(self._heap)
            choice = dict(items)
            if not self._deep or (now := self._ranked(choice)) <= known:
                return choice
            heappush(self._heap, (now, number, items))
        return None


def _lines_first(blamed: tuple[int, Level]) -> tuple[bool, int, Level]:
    place, level = blamed
    return place < 0, abs(place), level


def _hits(choice: Choice, blame: Blame) -> bool:
    return any(choice.get(place, Level.WRITTEN) > level for place, level in blame)


def _covers(choice: Choice, other: Choice) -> bool:
    """Whether `choice` gives up at least what `other` does."""
    return all(choice.get(place, Level.WRITTEN) >= level for place, level in other.items())
