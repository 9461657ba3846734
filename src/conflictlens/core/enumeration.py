"""All conflicts that stand beside each other, from one problem.

Take a core, set its lines aside, look again: the cores are disjoint, and when nothing is left
to refute, every other core shares a line with one of them.

Where cores overlap, the plainest is told: the fewest lines, then the fewest projects, then the
fewest facts. Others than the first are met by doing without one of its lines at a time; that
finds the plainest mostly, not always, for at most one more core per line.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from msgspec.structs import replace

from conflictlens.core.mus import Core, minimal_core
from conflictlens.core.python import with_python
from conflictlens.errors import IndexFailure
from conflictlens.resolution.budget import Budget
from conflictlens.resolution.facts import RootFact
from conflictlens.resolution.judge import Conflict, Judge
from conflictlens.resolution.verdict import Verdict, reconsider

MOST = 20
"""Conflicts that are told at most; a file with more is better mended step by step."""

TRIED = 6
"""Lines of a core that are done without to find a plainer one."""


class DisjointCores:
    """Disjoint cores, one after the other; `verdict` has the admission that they are for.

    A core that rests on withheld pre-releases or yanked versions is decided on its own: if
    these resolve it, they are let in from then on. Ends early where a core could not be proved
    minimal, or is of kept lines alone. Lines at `keep` are never set aside: cores may share
    them, as they may share the target's Python. Raises BudgetSpent and other IndexFailures
    between two cores.
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
            core = self._confirmed(_plainest(self.verdict, outcome, left))
            if core is not None:
                yield with_python(core, self._budget)
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


def _plainest(verdict: Verdict, conflict: Conflict, among: frozenset[int]) -> Core:
    """Of the cores that overlap with the first one and were met, the easiest to understand."""
    core = minimal_core(verdict.judge, conflict, among)
    others = list(_overlapping(verdict.judge, core, among)) if core.minimal else []
    if not others:
        return core
    return min([core, *others], key=_length)


def _overlapping(judge: Judge, core: Core, among: frozenset[int]) -> Iterator[Core]:
    """Minimal cores that share lines with `core`, as far as index and budget allow."""
    for place in sorted(core.roots)[:TRIED]:
        try:
            conflict = judge.decide(among - {place})
        except IndexFailure:
            return
        if isinstance(conflict, Conflict):
            other = minimal_core(judge, conflict, among - {place})
            if other.minimal and other.roots & core.roots:
                yield other


def _length(core: Core) -> tuple[int, int, int, int]:
    """How much there is to read: lines, projects, facts, those about projects of no line."""
    projects = {name for fact in core.facts for name in fact.projects}
    written = {fact.root.name for fact in core.facts if isinstance(fact, RootFact)}
    further = sum(fact.projects[0] not in written for fact in core.facts)
    return len(core.roots), len(projects), len(core.facts), further
