"""All conflicts that stand beside each other, from one problem.

Take a core, set its lines aside, look again: the cores are disjoint, and when nothing is left
to refute, every other core shares a line with one of them. Where several cores are possible,
the one with the fewest lines is told.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from conflictlens.core.mus import Core, minimal_core
from conflictlens.errors import IndexFailure
from conflictlens.resolution.budget import Budget
from conflictlens.resolution.judge import Conflict, Judge
from conflictlens.resolution.verdict import Verdict, reconsider

MOST = 20
"""Conflicts that are told at most; a file with more is better mended step by step."""


def disjoint_cores(verdict: Verdict, budget: Budget) -> Iterator[tuple[Verdict, Core]]:
    """Disjoint cores, one after the other, each with the verdict whose admission it is for.

    A core that rests on withheld pre-releases or yanked versions is decided on its own: if
    these resolve it, they are let in from then on. Ends early where a core could not be proved
    minimal. Raises BudgetSpent and other IndexFailures between two cores.
    """
    outcome = verdict.outcome
    left = frozenset(verdict.judge.places)
    found = 0
    while isinstance(outcome, Conflict) and found < MOST:
        core = _smallest(verdict.judge, outcome, left)
        try:
            wider = reconsider(verdict, Conflict(core.roots, core.facts), budget)
        except IndexFailure as failure:
            yield verdict, replace(core, minimal=False, interrupted=str(failure))
            return
        if wider is not None:
            verdict = wider
        else:
            yield verdict, core
            found += 1
            left -= core.roots
            if not core.minimal:
                return
        outcome = verdict.judge.decide(left)


def _smallest(judge: Judge, conflict: Conflict, among: frozenset[int]) -> Core:
    """The smaller of the two cores that deletion finds from either end of the file."""
    core = minimal_core(judge, conflict, among)
    if not core.minimal or len(core.roots) <= 2:
        return core
    other = minimal_core(judge, conflict, among, last_first=False)
    return other if other.minimal and len(other.roots) < len(core.roots) else core
