"""Resolving nogoods with each other, back along the trail."""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import Generic

from conflictlens.resolution.nogoods import Derivation, FactT, Nogood, Term
from conflictlens.resolution.trail import Trail


class Resolvent(Generic[FactT]):
    """A nogood in the making: its terms above level 0, and where each became true.

    Resolving two nogoods on a variable unites its masks and intersects those of shared others.
    Terms that are true on level 0 are facts by now: they are left off and kept in `settled`
    for the derivation.
    """

    def __init__(self, trail: Trail[FactT], conflict: Nogood[FactT]) -> None:
        self._trail = trail
        self.masks: dict[int, int] = {}
        self.settled: list[Term] = []
        self._antecedents = [conflict]
        self._positions: dict[int, int] = {}
        self._order: list[int] = []
        self._decided = trail.start_of(1)
        for variable, mask in conflict.terms():
            self.put(variable, mask)

    @property
    def derivation(self) -> Derivation[FactT]:
        return (*self._antecedents, *self.settled)

    def put(self, variable: int, mask: int) -> None:
        """Add a term, or replace the one of the same variable."""
        if variable in self.masks:
            if self.masks[variable] == mask:
                return
            self.drop(variable)
        position = self._trail.satisfier(variable, mask)
        if position < self._decided:
            self.settled.append((variable, mask))
        else:
            self.masks[variable] = mask
            self._positions[variable] = position
            insort(self._order, position)

    def drop(self, variable: int) -> int:
        """Take a term out; returns its mask."""
        del self._order[bisect_left(self._order, self._positions.pop(variable))]
        return self.masks.pop(variable)

    def latest(self) -> int:
        """The position on the trail that made the last term true; -1 if there are none."""
        return self._order[-1] if self._order else -1

    def before(self) -> int:
        """The position that made all other terms true; -1 if there are none."""
        return self._order[-2] if len(self._order) > 1 else -1

    def resolve(self, variable: int, reason: Nogood[FactT]) -> None:
        """Resolve with the nogood that narrowed `variable`."""
        self._antecedents.append(reason)
        masks = self.masks
        united = self.drop(variable)
        for other, mask in reason.terms():
            if other == variable:
                self.put(variable, mask | united)
            elif other in masks:
                self.put(other, mask & masks[other])
            else:
                self.put(other, mask)
