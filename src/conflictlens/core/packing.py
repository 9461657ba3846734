"""The most sets that share no line, and whether there could be one more.

A *packing* of cores are some that are disjoint. Whether there is one of `count` cores, known or
not, is asked of the correction sets: each core has a line of each of them. So, were there that
many, the lines could be coloured, a colour for each core, such that each correction set has every
colour. If they can't, no packing is that large; a correction set of fewer lines shows it at a
glance. If they can, the lines of each colour either conflict, and there is such a packing, or some
resolve, and lie beside a correction set that the next colouring has to obey (refinement by
counterexamples). There are finitely many correction sets, so that this ends with the truth.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from enum import Enum

Lines = frozenset[int]
Cost = tuple[int, ...]
_Rank = tuple[int, list[int], list[Cost], list[list[int]]]

STEPS = 1000
"""Steps of a search at most."""


class NoColouring(Enum):
    """Why lines were not coloured."""

    IMPOSSIBLE = "there is no way to"
    UNSETTLED = "none was found in time"


def colouring(sets: Collection[Lines], count: int) -> Mapping[int, int] | NoColouring:
    """A colour below `count` for some lines, so that each set has a line of each colour."""
    if _too_few_lines(sets, count):
        return NoColouring.IMPOSSIBLE
    search = _Colouring(sets, count)
    if search.done():
        return search.colours
    return NoColouring.UNSETTLED if search.steps > STEPS else NoColouring.IMPOSSIBLE


def _too_few_lines(sets: Collection[Lines], count: int) -> bool:
    """Whether colours run short: one that not all sets share a line of takes two lines at least."""
    if not sets:
        return False
    every, common = frozenset.union(*sets), frozenset.intersection(*sets)
    return len(common) + (len(every) - len(common)) // 2 < count


class _Colouring:
    """Backtracking, along the set that leaves the least choice.

    Colours that no line has yet are all the same, so that only the first of them is tried.
    """

    def __init__(self, sets: Collection[Lines], count: int) -> None:
        self.colours: dict[int, int] = {}
        self.steps = 0
        self._sets = sorted(sets, key=lambda one: (len(one), sorted(one)))
        self._count = count

    def done(self) -> bool:
        """Whether lines that have no colour yet can be given one."""
        self.steps += 1
        if self.steps > STEPS:
            return False
        lacking = [(free, colours) for free, colours in map(self._open, self._sets) if colours]
        if not lacking:
            return True
        free, colours = min(lacking, key=lambda one: len(one[0]) - len(one[1]))
        if len(free) < len(colours):
            return False
        return any(self._tried(free[0], one) for one in self._choice(free, colours))

    def _choice(self, free: Sequence[int], lacking: Sequence[int]) -> Iterator[int]:
        """The colours for a line of a set, those that it lacks first."""
        fresh = max(self.colours.values(), default=-1) + 1
        yield from (one for one in lacking if one <= fresh)
        if len(free) > len(lacking):
            yield from (one for one in range(min(fresh + 1, self._count)) if one not in lacking)

    def _tried(self, line: int, colour: int) -> bool:
        self.colours[line] = colour
        if self.done():
            return True
        del self.colours[line]
        return False

    def _open(self, one: Lines) -> tuple[Sequence[int], Sequence[int]]:
        """The lines of a set without a colour, and the colours that it lacks."""
        has = {self.colours[line] for line in one if line in self.colours}
        free = sorted(line for line in one if line not in self.colours)
        return free, [colour for colour in range(self._count) if colour not in has]


def largest(
    sets: Collection[Lines], cost: Callable[[Lines], Cost], known: Collection[Lines] = ()
) -> list[Lines]:
    """As many disjoint ones of these sets as there are; of several choices the one of least cost.

    Costs are added up, number by number; of equal sums the one is less whose dearest set is
    cheaper. A set that overlaps with no other is not asked for its cost. Of equal choices it is
    the one with the earliest lines. Past `STEPS` steps it is the best that was met, of no fewer
    sets than the `known` choice.
    """
    chosen = [one for part in _overlapping(sets) for one in _Packing(part, cost, known).best]
    return sorted(chosen, key=from_the_last)


def from_the_last(lines: Lines) -> list[int]:
    """What a set is sorted by: its last line, then the one before."""
    return sorted(lines, reverse=True)


def _overlapping(sets: Collection[Lines]) -> Iterator[list[Lines]]:
    """The sets in parts, as small as possible, that share no lines with each other."""
    left = sorted(sets, key=from_the_last)
    while left:
        part, lines = [left.pop(0)], set[int]()
        for one in part:
            lines |= one
            part += [other for other in left if other & one]
            left = [other for other in left if not other & one]
        yield part


class _Packing:
    """Branch and bound over sets that overlap."""

    def __init__(
        self, sets: Sequence[Lines], cost: Callable[[Lines], Cost], known: Collection[Lines]
    ) -> None:
        self._costs = {one: cost(one) for one in sets} if len(sets) > 1 else {sets[0]: ()}
        self._steps = 0
        self.best = [one for one in sets if one in known]
        self._extend([], sorted(sets, key=lambda one: (self._costs[one], from_the_last(one))))

    def _extend(self, chosen: list[Lines], rest: Sequence[Lines]) -> None:
        self._steps += 1
        if self._rank(chosen) < self._rank(self.best):
            self.best = chosen
        for at, one in enumerate(rest):
            if self._steps > STEPS or len(chosen) + len(rest) - at < len(self.best):
                return
            beside = [other for other in rest[at + 1 :] if not other & one]
            if len(chosen) + 1 + len(beside) >= len(self.best):
                self._extend([*chosen, one], beside)

    def _rank(self, chosen: Sequence[Lines]) -> _Rank:
        costs = sorted((self._costs[one] for one in chosen), reverse=True)
        total = [sum(column) for column in zip(*costs, strict=True)]
        return -len(chosen), total, costs, sorted(map(from_the_last, chosen))
