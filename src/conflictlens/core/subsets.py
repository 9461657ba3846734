"""What is known of the subsets of the roots: minimal cores, and correction sets.

The two are dual to each other (Reiter, 1987; Liffiton and Sakallah, "Algorithms for computing
minimal unsatisfiable subsets of constraints", 2008): each core has a line of each correction set,
else it would be a part of what resolves.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from conflictlens.core.mus import Core, minimal_core
from conflictlens.resolution.judge import Judge
from conflictlens.resolution.outcome import Conflict

Lines = frozenset[int]
"""Roots by their places."""


class Subsets:
    """Asks the judge about sets of roots, and keeps what follows for others.

    `cores` are the minimal ones that were met; `corrections` are sets of lines without which the
    rest resolves, none a part of another. Raises BudgetSpent and other IndexFailures; what was
    learned stays.
    """

    def __init__(self, judge: Judge, corrections: Iterable[Lines] = ()) -> None:
        self._cores: dict[Lines, Core] = {}
        self.corrections = [*corrections]
        self.every = frozenset(judge.places)
        self._judge = judge

    @property
    def cores(self) -> Collection[Core]:
        return self._cores.values()

    def learn(self, conflict: Conflict, among: Collection[int]) -> Core:
        """A core of a conflict of the roots `among`; kept if it is minimal."""
        core = minimal_core(self._judge, conflict, among)
        return self._cores.setdefault(core.roots, core) if core.minimal else core

    def core_in(self, roots: Lines) -> Core | None:
        """A core of these roots, a known one if there is one; None if they resolve."""
        return self._known_in(roots) or self.found_in(roots)

    def found_in(self, roots: Lines) -> Core | None:
        """The core that deletion leads to, perhaps a new one; None if these roots resolve."""
        if any(roots.isdisjoint(correction) for correction in self.corrections):
            return None
        outcome = self._judge.decide(roots)
        if isinstance(outcome, Conflict):
            return self.learn(outcome, roots)
        correction = self.every - roots
        self.corrections = [one for one in self.corrections if not correction <= one]
        self.corrections.append(correction)
        return None

    def correct_beside(self, resolving: Lines) -> None:
        """Learn a minimal correction set that leaves roots alone which resolve together.

        From each core that is left the line goes that is in most of them; then each of these
        comes back if it was not needed.
        """
        left = self.every
        while (core := self.core_in(left)) is not None:
            left -= {self._most_blamed(core.roots - resolving, left)}
        for place in sorted(self.every - left):
            if self.core_in(left | {place}) is None:
                left |= {place}

    def _most_blamed(self, lines: Lines, left: Lines) -> int:
        cores = [roots for roots in self._cores if roots <= left]
        return max(sorted(lines), key=lambda line: sum(line in roots for roots in cores))

    def _known_in(self, roots: Lines) -> Core | None:
        return next((core for core in self.cores if core.roots <= roots), None)
