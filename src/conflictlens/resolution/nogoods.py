"""What the engine knows: nogoods, sets of terms that can't all be true.

A *term* is (variable, mask). It is true when the variable's domain lies within the mask, false
when the two are disjoint, open otherwise. A domain lies within a mask exactly if it has nothing
in common with the values *outside* of it, which is one operation: so the complement of a mask,
among the values that the variable was born with, is kept wherever nogoods are looked at often.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Generic, TypeVar

FactT = TypeVar("FactT")
Term = tuple[int, int]


class Nogood(Generic[FactT]):
    """Terms that can't all be true; the first two are watched, from their two sides.

    `fact` is what an external nogood states, None for a learned one, whose `antecedents` are
    the nogoods, and the terms true on level 0, that it was resolved from.
    """

    __slots__ = ("antecedents", "fact", "masks", "outsides", "sides", "variables")

    def __init__(
        self,
        terms: Iterable[Term],
        fact: FactT | None = None,
        antecedents: Derivation[FactT] = (),
    ) -> None:
        self.variables: list[int] = []
        self.masks: list[int] = []
        for variable, mask in terms:
            self.variables.append(variable)
            self.masks.append(mask)
        self.fact = fact
        self.antecedents = antecedents
        self.outsides: list[int] = []
        self.sides: tuple[Side[FactT], ...] = ()

    def terms(self) -> Iterable[Term]:
        return zip(self.variables, self.masks, strict=True)

    def order(self, places: Sequence[int]) -> None:
        """Put the terms at `places` in this order."""
        self.variables = [self.variables[place] for place in places]
        self.masks = [self.masks[place] for place in places]

    def watch(self, values: Sequence[int], watching: Sequence[list[Side[FactT]]]) -> None:
        """Have its first two terms watched; `values` are those of all variables from birth."""
        variables = self.variables
        self.outsides = [values[variable] & ~mask for variable, mask in self.terms()]
        if len(variables) > 1:
            first, second, *_ = variables
            outside, other_outside, *_ = self.outsides
            one = Side(self, outside, second, other_outside)
            other = Side(self, other_outside, first, outside)
            self.sides = (one, other)
            watching[first].append(one)
            watching[second].append(other)

    def widen(self, variable: int, mask: int) -> None:
        """Add values to the mask of one term."""
        place = self.variables.index(variable)
        self.masks[place] |= mask
        self.outsides[place] &= ~mask
        self._renew_sides()

    def exchange(self, place: int, spare: int) -> None:
        """Watch the term at `spare` instead of the one at `place`."""
        for one in (self.variables, self.masks, self.outsides):
            one[place], one[spare] = one[spare], one[place]
        self._renew_sides()

    def _renew_sides(self) -> None:
        for place, side in enumerate(self.sides):
            side.outside = self.outsides[place]
            side.other = self.variables[1 - place]
            side.other_outside = self.outsides[1 - place]

    def retire(self) -> None:
        """Not to be looked at any more: no domain has nothing in common with all values."""
        for side in self.sides:
            side.outside = -1


class Side(Generic[FactT]):
    """A nogood as one of the two variables sees it that are watched: its own and the other term.

    Most facts have no more terms, and for most of the others two are enough to see that nothing
    is to be concluded: that is one operation.
    """

    __slots__ = ("nogood", "other", "other_outside", "outside")

    def __init__(self, nogood: Nogood[FactT], outside: int, other: int, other_outside: int) -> None:
        self.nogood = nogood
        self.outside = outside
        self.other = other
        self.other_outside = other_outside


Derivation = tuple[Nogood[FactT] | Term, ...]
