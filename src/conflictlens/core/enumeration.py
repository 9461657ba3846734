"""All conflicts that stand beside each other, from one problem.

Take a core, set its lines aside, look again: the cores are disjoint, and when nothing is left
to refute, every other core shares a line with one of them. Where several cores are possible,
the one with the fewest lines is told.
"""

from __future__ import annotations

from collections.abc import Iterator

from conflictlens.core.mus import Core, minimal_core
from conflictlens.resolution.judge import Conflict, Judge, Resolution

MOST = 20
"""Conflicts that are told at most; a file with more is better mended step by step."""


def disjoint_cores(judge: Judge, conflict: Conflict) -> Iterator[Core]:
    """Disjoint cores, one after the other, beginning with that of `conflict`.

    Ends early where a core could not be proved minimal. Raises BudgetSpent and other
    IndexFailures between two cores.
    """
    left = frozenset(range(len(judge.universe.problem.roots)))
    for _ in range(MOST):
        core = _smallest(judge, conflict, left)
        yield core
        left -= core.roots
        if not core.minimal:
            return
        outcome = judge.decide(left)
        if isinstance(outcome, Resolution):
            return
        conflict = outcome


def _smallest(judge: Judge, conflict: Conflict, among: frozenset[int]) -> Core:
    """The smaller of the two cores that deletion finds from either end of the file."""
    core = minimal_core(judge, conflict, among)
    if not core.minimal or len(core.roots) <= 2:
        return core
    other = minimal_core(judge, conflict, among, last_first=False)
    return other if other.minimal and len(other.roots) < len(core.roots) else core
