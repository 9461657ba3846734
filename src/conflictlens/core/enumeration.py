"""All conflicts that stand beside each other: the most disjoint cores that there are.

Take a core, set its lines aside, look again: that ends with cores beside which nothing is left to
refute, but one of them can stand where two would. So::

    cores ← such ones
    meet others: cores that do without one line of these
    repeat
        choose the most disjoint ones of those met, and of these choices the plainest
        colour the lines as if there was one more (see `packing`)
        impossible → proved, these are the most
        otherwise  → the lines of each colour are cores, or show a correction set

The plainest choice: the fewest lines in all, then the fewest projects, then the fewest facts. It is
the plainest of those met, which is the plainest of all mostly, not always.

Nothing is told before that has ended. A conflict that was told has to stay, and the first core
that is met is the very one that may have to make way for two. It takes little: mostly the first
correction set has as many lines as there are cores, which settles it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from enum import Enum

from msgspec.structs import replace

from conflictlens.core.mus import Core
from conflictlens.core.packing import NoColouring, colouring, largest
from conflictlens.core.python import with_python
from conflictlens.core.subsets import Lines, Subsets
from conflictlens.errors import IndexFailure
from conflictlens.resolution.budget import Budget
from conflictlens.resolution.facts import RootFact
from conflictlens.resolution.outcome import Conflict, Resolution, Verdict
from conflictlens.resolution.withheld import reconsider

MOST = 20
"""Conflicts that are told at most; a file with more is better mended step by step."""

TRIED = 6
"""Lines of a core that are done without to find a plainer one."""

COLOURINGS = 30
"""Colourings that are tried at most until it is left open whether there could be one more."""


class Extent(Enum):
    """How the disjoint cores that were found compare to all that there are."""

    MOST = "there are no more that share no line"
    UNSETTLED = "the others share lines with these; another choice of them may have more"
    LIMIT = "more are not looked for"
    CUT_SHORT = "the search ended early"


class DisjointCores:
    """The most disjoint cores; after them, `verdict` has the admission that they are for.

    A core that rests on withheld pre-releases or yanked versions is decided on its own: if
    these resolve it, they are let in from then on. Ends early with a core that could not be
    proved minimal, or that is of kept lines alone. Lines at `keep` are never set aside: cores
    may share them, as they may share the target's Python. Raises BudgetSpent and other
    IndexFailures after the cores that were known until then.
    """

    def __init__(self, verdict: Verdict, budget: Budget, keep: Collection[int] = ()) -> None:
        self.verdict = verdict
        self.extent = Extent.CUT_SHORT
        """What is known of their number once the cores were told."""
        self._budget = budget
        self._keep = frozenset(keep)
        self._subsets = Subsets(verdict.judge)
        self._chosen: list[Core] = []
        self._last: list[Core] = []
        self._varied = 0
        self._confirmed: set[Lines] = set()

    def __iter__(self) -> Iterator[Core]:
        failure = None
        try:
            self.extent = self._settle()
        except IndexFailure as spent:
            failure = spent
        for core in [*self._chosen, *self._last]:
            yield with_python(self._as_known(self._as_proved(core, failure)), self._budget)
        if failure is not None:
            raise failure

    def _as_proved(self, core: Core, failure: IndexFailure | None) -> Core:
        if failure is None or core.roots in self._confirmed:
            return core
        return replace(core, minimal=False, interrupted=str(failure))

    def _as_known(self, core: Core) -> Core:
        """Not called minimal where part of it resolves by what the index failed for alone."""
        judge = self.verdict.judge
        if not judge.universe.has_unread or not core.minimal:
            return core
        for place in sorted(core.roots):
            try:
                part = judge.decide(core.roots - {place})
            except IndexFailure as failure:
                return replace(core, minimal=False, interrupted=str(failure))
            picks = part.picks if isinstance(part, Resolution) else {}
            if (unread := judge.universe.unread_in(picks)) is not None:
                return replace(core, minimal=False, interrupted=str(unread))
        return core

    def _settle(self) -> Extent:
        """Choose the cores, and try to prove that there are no more."""
        self._start()
        self._improve()
        for _ in range(COLOURINGS):
            if self._last:
                return Extent.CUT_SHORT
            if len(self._chosen) == MOST:
                return Extent.LIMIT
            match colouring(self._subsets.corrections, len(self._chosen) + 1):
                case NoColouring.IMPOSSIBLE:
                    return Extent.MOST
                case NoColouring.UNSETTLED:
                    return Extent.UNSETTLED
                case coloured:
                    self._try(coloured)
            self._improve()
        return Extent.UNSETTLED

    def _improve(self) -> None:
        """Choose again; where there are more now, meet plainer ones as well."""
        self._choose()
        if len(self._chosen) > self._varied:
            self._varied = len(self._chosen)
            self._vary()
            self._choose()

    def _start(self) -> None:
        """Look at all roots, as admitted now; what resolved then resolves still."""
        judge, outcome = self.verdict.judge, self.verdict.outcome
        self._subsets = Subsets(judge, self._subsets.corrections)
        self._chosen, self._last, self._varied = [], [], 0
        self._confirmed.clear()
        if isinstance(outcome, Conflict):
            core = self._subsets.learn(outcome, judge.places)
            if not core.minimal:
                self._end_with(core)

    def _choose(self) -> None:
        """Make the best choice of the cores that were met, and meet those that are beside it."""
        while not self._last:
            self._chosen = self._best()
            if not all(map(self._stands, self._chosen)):
                continue
            if len(self._chosen) == MOST:
                return
            core = self._subsets.core_in(self._beside(self._chosen))
            if core is None:
                return
            if not core.minimal or core.roots <= self._keep:
                self._end_with(core)

    def _end_with(self, core: Core) -> None:
        self._last = [core]
        self._stands(core)

    def _best(self) -> list[Core]:
        """The most disjoint cores of those that were met, the plainest choice."""
        cores: dict[Lines, Core] = {}
        for core in self._subsets.cores:
            lines = core.roots - self._keep
            if lines and (lines not in cores or _length(core) < _length(cores[lines])):
                cores[lines] = core
        known = [core.roots - self._keep for core in self._chosen]
        chosen = largest(cores, lambda lines: _length(cores[lines]), known)
        return [cores[lines] for lines in chosen[:MOST]]

    def _beside(self, cores: Collection[Core]) -> Lines:
        """The lines that are left when those of some cores are set aside."""
        aside = frozenset[int]().union(*(core.roots for core in cores))
        return self._subsets.every - (aside - self._keep)

    def _stands(self, core: Core) -> bool:
        """Whether a core does not resolve by what it admits itself; if it does, start anew."""
        if core.roots in self._confirmed:
            return True
        wider = reconsider(self.verdict, Conflict(core.roots, core.facts), self._budget)
        if wider is None:
            self._confirmed.add(core.roots)
            return True
        self.verdict = wider
        self._start()
        return False

    def _vary(self) -> None:
        """Meet cores that do without one line of a chosen one.

        First those that could stand in its place beside all others that are chosen, then those
        that could beside the ones before it.
        """
        for at, core in enumerate(self._chosen):
            others = [other for other in self._chosen if other is not core]
            besides = dict.fromkeys([self._beside(others), self._beside(self._chosen[:at])])
            for place in sorted(core.roots - self._keep)[:TRIED]:
                for beside in besides:
                    try:
                        self._subsets.found_in(beside - {place})
                    except IndexFailure:
                        # A plainer core is worth nothing that the answer could do without.
                        return

    def _try(self, coloured: Mapping[int, int]) -> None:
        """Choose a core of each colour, or meet a correction set that lacks one.

        Lines without a colour and those that a core leaves go to the next colour.
        """
        cores = []
        left = self._subsets.every - coloured.keys()
        for colour in range(len(self._chosen) + 1):
            left |= {line for line, one in coloured.items() if one == colour}
            core = self._subsets.core_in(left)
            if core is None:
                self._subsets.correct_beside(left)
                return
            cores.append(core)
            left -= core.roots - self._keep
        if all(core.minimal for core in cores):
            self._chosen = cores


def _length(core: Core) -> tuple[int, int, int, int]:
    """How much there is to read: lines, projects, facts, those about projects of no line."""
    projects = {name for fact in core.facts for name in fact.projects}
    written = {fact.root.name for fact in core.facts if isinstance(fact, RootFact)}
    further = sum(fact.projects[0] not in written for fact in core.facts)
    return len(core.roots), len(projects), len(core.facts), further
