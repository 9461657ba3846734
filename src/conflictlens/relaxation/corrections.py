"""Correction sets: which lines to loosen or drop so that the rest resolves, cheapest first.

Each line has a level: as written, loosened (any version will do) or dropped. A core says that
these lines on these levels contradict each other, so one of them has to go up a level. Reiter's
hitting set tree ("A theory of diagnosis from first principles", 1987), best first::

    queue ← nothing changed
    take the cheapest choice from the queue
        some known core is not hit by it → queue each way to hit that core
        the judge refutes it             → one more core, the same
        the judge resolves it            → a minimal correction set

The cost of a choice is what it changes plus one for each further core disjoint from all that it
has to hit anyway, which never overestimates, so the first found is a cheapest one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from heapq import heappop, heappush

from conflictlens.relaxation.context import Blame, Choice, Context, Level
from conflictlens.resolution.judge import Conflict, Resolution


@dataclass(frozen=True, slots=True)
class Correction:
    """A choice that resolves, and how."""

    choice: Choice
    witness: Resolution

    @property
    def cost(self) -> int:
        return sum(self.choice.values())


class Corrections:
    """The correction sets of a context, found one by one.

    `seeds` are cores that are already known. What is learned from one enumeration serves the
    next.
    """

    def __init__(self, context: Context, seeds: Iterable[Collection[int]] = ()) -> None:
        self._context = context
        self.exhausted = False
        """Whether the last enumeration ended because there are no more."""
        self._blames: list[Blame] = [
            frozenset((place, Level.WRITTEN) for place in core) for core in seeds
        ]

    def cheapest(self, free: Collection[int], most: int) -> Iterator[Correction]:
        """Correction sets among the `free` lines in order of cost, none a superset of another.

        Ends when there are no more, or after `most` steps of the search.
        """
        self.exhausted = False
        queue: list[tuple[int, int, tuple[tuple[int, Level], ...]]] = []
        seen: set[frozenset[tuple[int, Level]]] = set()
        found: list[Correction] = []

        def push(choice: Choice) -> None:
            key = frozenset(choice.items())
            if key not in seen:
                seen.add(key)
                cost = sum(choice.values()) + self._still_to_hit(choice)
                heappush(queue, (cost, len(seen), tuple(choice.items())))

        push({})
        for _ in range(most):
            if not queue:
                self.exhausted = True
                return
            choice = dict(heappop(queue)[2])
            if any(_covers(choice, other.choice) for other in found):
                continue
            blame = self._unhit(choice)
            if blame is None:
                outcome = self._context.decide(choice)
                if isinstance(outcome, Resolution):
                    found.append(Correction(choice, outcome))
                    yield found[-1]
                    continue
                blame = self._learn(outcome)
            for place, level in sorted(blame):
                if place in free:
                    for higher in self._context.levels_above(place, level):
                        push({**choice, place: higher})

    def _learn(self, conflict: Conflict) -> Blame:
        blame = self._context.blame(conflict)
        self._blames.append(blame)
        return blame

    def _unhit(self, choice: Choice) -> Blame | None:
        for blame in self._blames:
            if not _hits(choice, blame):
                return blame
        return None

    def _still_to_hit(self, choice: Choice) -> int:
        taken: set[int] = set()
        count = 0
        for blame in self._blames:
            places = {place for place, _ in blame}
            if not _hits(choice, blame) and not places & taken:
                taken |= places
                count += 1
        return count


def _hits(choice: Choice, blame: Blame) -> bool:
    return any(choice.get(place, Level.WRITTEN) > level for place, level in blame)


def _covers(choice: Choice, other: Choice) -> bool:
    """Whether `choice` gives up at least what `other` does."""
    return all(choice.get(place, Level.WRITTEN) >= level for place, level in other.items())
