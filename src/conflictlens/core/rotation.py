"""Which facts are needed, read off one model: recursive model rotation.

A model that violates a single fact shows that this fact is needed: the others have a model. Another
value of one of its variables may repair it and violate a single other fact, which is then needed
too; and so on from there (Marques-Silva and Lynce, "On improving MUS extraction algorithms",
SAT 2011; Belov and Marques-Silva, "Accelerating MUS extraction with recursive model rotation",
FMCAD 2011)::

    from a model that violates `fact` alone:
        for each variable that all violated nogoods of `fact` share:
            for each other value of it that violates a single fact, not known to be needed yet:
                that one is needed; go on from there
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from conflictlens.resolution.facts import Fact
from conflictlens.resolution.nogoods import Term


class _Side(msgspec.Struct, frozen=True):
    """A nogood of a fact as one of its variables sees it: its values, the others' outsides."""

    fact: Fact
    mask: int
    others: tuple[Term, ...]


_Way = tuple[int, int, Fact]
"""What a variable's value becomes, and the fact that is violated then."""


class Rotation:
    """Facts as nogoods over variables; those that count, and which of them are untried."""

    def __init__(self) -> None:
        self._values: Sequence[int] = ()
        self._stated: dict[int, Sequence[Mapping[int, int]]] = {}
        self._about: dict[int, list[_Side]] = {}
        self._left: set[int] = set()
        self._untried: set[int] = set()
        self._open: Counter[int] = Counter()

    def state(
        self, fact: Fact, nogoods: Sequence[Mapping[int, int]], values: Sequence[int]
    ) -> None:
        """State a fact; `values` are those of all variables."""
        self._values = values
        self._stated[id(fact)] = nogoods
        for terms in nogoods:
            outsides = {variable: values[variable] & ~mask for variable, mask in terms.items()}
            for variable, mask in terms.items():
                others = tuple((one, out) for one, out in outsides.items() if one != variable)
                self._about.setdefault(variable, []).append(_Side(fact, mask, others))

    def keep(self, needed: Iterable[Fact], untried: Iterable[Fact]) -> None:
        """Only these count from now on."""
        self._untried = set(map(id, untried))
        self._left = {*map(id, needed), *self._untried}
        self._open = Counter(one for key in self._untried for one in self._variables(key))

    def tried(self, fact: Fact) -> None:
        """It is known whether this fact is needed."""
        if id(fact) in self._untried:
            self._untried.remove(id(fact))
            self._open.subtract(self._variables(id(fact)))

    def _variables(self, key: int) -> Iterable[int]:
        return (variable for terms in self._stated[key] for variable in terms)

    def needed_beside(self, lacking: Fact, model: list[int]) -> list[Fact]:
        """Untried facts that are needed, given a model that violates `lacking` alone."""
        found: list[Fact] = []
        undo: list[Term] = []
        self.tried(lacking)
        ways = [self._ways(lacking, model)]
        while ways:
            if ways[-1]:
                variable, value, fact = ways[-1].pop()
                found.append(fact)
                undo.append((variable, model[variable]))
                model[variable] = value
                ways.append(self._ways(fact, model))
            else:
                ways.pop()
                if undo:
                    variable, value = undo.pop()
                    model[variable] = value
        return found

    def _ways(self, fact: Fact, model: Sequence[int]) -> list[_Way]:
        """From a model that violates one fact alone to those that violate an untried one alone."""
        ways: list[_Way] = []
        for variable in self._repairing(fact, model):
            # Where nothing is left to be found, a long ladder would be gone through for each rung.
            if self._open[variable]:
                for other, value in self._rotations(variable, model):
                    if id(other) in self._untried:
                        self.tried(other)
                        ways.append((variable, value, other))
        return ways

    def _repairing(self, fact: Fact, model: Sequence[int]) -> Iterable[int]:
        """The variables that all violated nogoods of a fact share: one of them has to change."""
        violated = [
            terms
            for terms in self._stated[id(fact)]
            if all(not model[variable] & ~mask for variable, mask in terms.items())
        ]
        return [one for one in violated[0] if all(one in terms for terms in violated)]

    def _rotations(self, variable: int, model: Sequence[int]) -> Iterable[tuple[Fact, int]]:
        """Facts that alone are violated if `variable` takes another value, and that value."""
        violated: dict[int, int] = {}
        facts: dict[int, Fact] = {}
        for side in self._about[variable]:
            key = id(side.fact)
            if key in self._left and not any(model[one] & outside for one, outside in side.others):
                violated[key] = violated.get(key, 0) | side.mask
                facts[key] = side.fact
        once = twice = 0
        for values in violated.values():
            twice |= once & values
            once |= values
        once &= ~twice & self._values[variable]
        for key, values in violated.items():
            if values & once:
                yield facts[key], values & once & -(values & once)
