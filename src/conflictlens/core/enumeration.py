"""All conflicts that stand beside each other, from one problem.

Take a core, set its lines aside, look again: the cores are disjoint, and when nothing is left
to refute, every other core shares a line with one of them. Where several cores are possible,
the one with the fewest lines is told.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from conflictlens.core.mus import Core, minimal_core
from conflictlens.errors import IndexFailure
from conflictlens.resolution.budget import Budget
from conflictlens.resolution.judge import Conflict, Judge
from conflictlens.resolution.verdict import Verdict, reconsider

MOST = 20
"""Conflicts that are told at most; a file with more is better mended step by step."""


class DisjointCores:
    """Disjoint cores, one after the other; `verdict` has the admission that they are for.

    A core that rests on withheld pre-releases or yanked versions is decided on its own: if
    these resolve it, they are let in from then on. Ends early where a core could not be proved
    minimal, or is of kept lines alone. Lines at `keep` are never set aside: cores may share
    them. Raises BudgetSpent and other IndexFailures between two cores.
    """

    def __init__(self, verdict: Verdict, budget: Budget, keep: Collection[int] = ()) -> None:
        self.verdict = verdict
        self._budget = budget
        self._keep = frozenset(keep)

    def __iter__(self) -> Iterator[Core]:
        outcome = self.verdict.outcome
        left = frozenset(self.verdict.judge.places)
        found = 0
        while isinstance(outcome, Conflict) and found < MOST:
            core = self._confirmed(_smallest(self.verdict.judge, outcome, left))
            if core is not None:
                yield core
                if not core.minimal or core.roots <= self._keep:
                    return
                found += 1
                left -= core.roots - self._keep
            outcome = self.verdict.judge.decide(left)

    def stands(self, core: Core) -> bool:
        """Whether a core is still one: what was let in for a later one can resolve it."""
        return isinstance(self.verdict.judge.decide(core.roots), Conflict)

    def _confirmed(self, core: Core) -> Core | None:
        """The core, or None if it resolves by what it admits itself."""
        try:
            conflict = Conflict(core.roots, core.facts)
            wider = reconsider(self.verdict, conflict, self._budget)
        except IndexFailure as failure:
            return replace(core, minimal=False, interrupted=str(failure))
        if wider is None:
            return core
        self.verdict = wider
        return None


def _smallest(judge: Judge, conflict: Conflict, among: frozenset[int]) -> Core:
    """The smaller of the two cores that deletion finds from either end of the file."""
    core = minimal_core(judge, conflict, among)
    if not core.minimal or len(core.roots) <= 2:
        return core
    other = minimal_core(judge, conflict, among, last_first=False)
    return other if other.minimal and len(other.roots) < len(core.roots) else core
