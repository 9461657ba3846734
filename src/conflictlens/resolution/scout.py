"""Reading ahead: what an answer will most likely need, level by level, before it is needed.

The resolver asks one question at a time, and over a network each answer costs a round trip.
The scout follows the newest versions breadth first and asks for a whole level at once. It only
warms the index: nothing that it sees decides anything.
"""

from __future__ import annotations

from collections.abc import Iterable

from packaging.utils import NormalizedName

from conflictlens.errors import BudgetSpent, IndexFailure
from conflictlens.problem.universe import Universe
from conflictlens.resolution.budget import Budget

_READS = 3
"""How often one project is followed: its newest version may change as requirements come in."""


class Scout:
    """The newest versions that the requirements seen so far allow."""

    def __init__(self, universe: Universe, budget: Budget) -> None:
        self._universe = universe
        self._budget = budget
        self._masks: dict[NormalizedName, int] = {}
        self._extras: dict[NormalizedName, set[NormalizedName]] = {}
        self._read: dict[NormalizedName, set[tuple[int, str]]] = {}

    def run(self) -> None:
        """Follow the roots until nothing new turns up.

        A project that has no version left is not followed any more. The others are: a conflict
        is proved minimal, and mended, by resolving what is beside it. Only where the roots clash
        among themselves is nothing read.
        """
        try:
            self._run()
        except BudgetSpent:
            raise
        except IndexFailure:
            # Whoever needs the answer will ask again, and be told.
            return

    def _run(self) -> None:
        frontier: set[NormalizedName] = set()
        roots = self._universe.problem.roots
        self._universe.prefetch_projects(root.name for root in roots)
        for root in roots:
            self._want(root.name, root.extras, self._universe.root_mask(root))
            if not root.is_constraint:
                frontier.add(root.name)
        if all(self._masks.values()):
            while frontier:
                frontier = self._follow(frontier)

    def _want(self, name: NormalizedName, extras: Iterable[NormalizedName], mask: int) -> None:
        known = self._masks.get(name)
        allowed = self._universe.allowed(name) if known is None else known
        self._masks[name] = allowed & mask
        self._extras.setdefault(name, set()).update(extras)

    def _follow(self, frontier: set[NormalizedName]) -> set[NormalizedName]:
        self._budget.check()
        picks = [pick for name in sorted(frontier) for pick in self._picks(name)]
        self._universe.prefetch_metadata({(name, bit) for name, bit, _ in picks})
        facts = [self._universe.facts(*pick) for pick in picks]
        dependencies = [one for fact in facts for one in fact.dependencies if one.url is None]
        self._universe.prefetch_projects({dependency.name for dependency in dependencies})
        for dependency in dependencies:
            mask = self._universe.dependency_mask(dependency)
            self._want(dependency.name, dependency.extras, mask)
        return {dependency.name for dependency in dependencies}

    def _picks(self, name: NormalizedName) -> Iterable[tuple[NormalizedName, int, str]]:
        """What of a project is to be read next, if it was not followed too often."""
        mask = self._masks[name]
        best = (mask & self._universe.preferred(name)) or mask
        read = self._read.setdefault(name, set())
        if best <= 1 or len({bit for bit, _ in read}) >= _READS:
            return
        bit = best.bit_length() - 1
        for extra in ("", *sorted(self._extras[name])):
            if (bit, extra) not in read:
                read.add((bit, extra))
                yield name, bit, extra
