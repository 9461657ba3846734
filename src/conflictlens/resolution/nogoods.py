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
    """Terms that can't all be true; of more than two, the first two are watched.

    `fact` is what an external nogood states, None for a learned one, whose `antecedents` are
    the nogoods, and the terms true on level 0, that it was resolved from. One that is
    `subsumed` by another need not be looked at any more. `outsides` are those of the masks,
    None for a nogood that is not watched.
    """

    __slots__ = ("antecedents", "fact", "masks", "outsides", "pairs", "subsumed", "variables")

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
        self.subsumed = False
        self.outsides: list[int] | None = None
        self.pairs: tuple[Pair[FactT], ...] = ()

    def terms(self) -> Iterable[Term]:
        return zip(self.variables, self.masks, strict=True)

    def order(self, places: Sequence[int]) -> None:
        """Put the terms at `places` in this order."""
        self.variables = [self.variables[place] for place in places]
        self.masks = [self.masks[place] for place in places]

    def renew(self, values: Sequence[int]) -> None:
        """Take note of the masks as they are now; `values` are those of all variables."""
        outsides = [values[variable] & ~mask for variable, mask in self.terms()]
        for place, pair in enumerate(self.pairs):
            pair.outside, pair.other_outside = outsides[place], outsides[1 - place]
        if self.outsides is not None:
            self.outsides = outsides

    def retire(self) -> None:
        """Not to be looked at any more: no domain has nothing in common with all values."""
        self.subsumed = True
        for pair in self.pairs:
            pair.outside = -1


class Pair(Generic[FactT]):
    """A nogood of two terms, as one of its variables sees it.

    Most facts are of this kind. They are not watched but always looked at, since that is one
    operation.
    """

    __slots__ = ("nogood", "other", "other_outside", "outside")

    def __init__(self, nogood: Nogood[FactT], place: int) -> None:
        self.nogood = nogood
        self.other = nogood.variables[1 - place]
        self.outside = self.other_outside = -1


Derivation = tuple[Nogood[FactT] | Term, ...]
