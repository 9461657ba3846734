"""The resolution that comes first: each project at its newest version that fits the picks so far.

Most questions have an answer that needs no proof search, and the judge's nogoods, watches and
trail cost several times what the answer does. So this looks for it without them::

    needed: the roots
    of the projects that are needed and not picked take the next one in the order
    pick its newest version whose requirements leave a version of everything; these are needed too
    none   → start again with this project, and those that it is needed for, before others;
             give up where that does not help, and after a few times

The order, and that singles come first, are the judge's, so that both mostly come to the same
picks. It proves nothing: where it gives up, the judge decides. What it finds is checked (see
`verdict`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from heapq import heappop, heappush
from itertools import islice
from typing import Any

from conflictlens.errors import BudgetSpent, IndexFailure
from conflictlens.names import NormalizedName
from conflictlens.problem.dependencies import Dependency
from conflictlens.problem.releases import ABSENT, bits_down
from conflictlens.problem.universe import Universe
from conflictlens.resolution.budget import Budget
from conflictlens.resolution.outcome import Resolution, SearchStats

STARTS = 3
"""Attempts after which the judge is asked: it learns from each conflict, this does not."""

UNREAD = 100
"""Versions that are read here at most, beside those that the scout read."""

_Rank = tuple[bool, int, int, NormalizedName]
_Wanted = tuple[NormalizedName, int, str]
"""A version (by its bit) for itself, or for one of its extras."""


class _TooMuchUnread(Exception):
    """More would be read than is worth it."""


class FirstFit:
    """One search, of at most `starts` attempts; `failed` counts those that came to nothing."""

    def __init__(
        self,
        universe: Universe,
        budget: Budget,
        order: Mapping[NormalizedName, int],
        stats: SearchStats,
        starts: int = STARTS,
    ) -> None:
        self.failed = 0
        self._stats = stats
        self._starts = starts
        self._universe = universe
        self._budget = budget
        self._order = order
        self._tiers: dict[NormalizedName, int] = {}
        self._unread = UNREAD
        self._reads: dict[NormalizedName, int] = {}
        self._fresh: list[NormalizedName] = []
        self._limits: dict[NormalizedName, int] = {}
        self._left: dict[NormalizedName, int] = {}
        self._extras: dict[NormalizedName, frozenset[NormalizedName]] = {}
        self._picks: dict[NormalizedName, int] = {}
        self._trail: list[tuple[dict[NormalizedName, Any], NormalizedName, Any]] = []
        self._agenda: list[_Rank] = []

    def find(self) -> Resolution | None:
        """The resolution, None if it does not come soon. Raises BudgetSpent."""
        try:
            found = self._attempts()
        except BudgetSpent:
            raise
        except (IndexFailure, _TooMuchUnread):
            # The judge may not need what can't be had, and tells if it does.
            return None
        if not found:
            return None
        self._universe.note_picks(self._picks)
        self._stats.solves += 1
        self._stats.facts_read += UNREAD - self._unread
        return Resolution(self._picks, self._extras)

    def _attempts(self) -> bool:
        for root in self._universe.problem.roots:
            if root.is_constraint:
                self._limits[root.name] = self._limit(root.name) & self._universe.root_mask(root)
        before = None
        while self.failed < self._starts and self._narrow_by_roots():
            stuck = self._pick_all()
            if stuck is None:
                return True
            self.failed += 1
            if stuck == before:
                return False
            before = stuck
            self._promote(stuck)
            for state in (self._left, self._extras, self._picks, self._trail, self._agenda):
                state.clear()
        return False

    def _narrow_by_roots(self) -> bool:
        universe, asked = self._universe, dict[NormalizedName, set[NormalizedName]]()
        roots = [root for root in universe.problem.roots if not root.is_constraint]
        for root in roots:
            if root.extras:
                asked.setdefault(root.name, set()).update(root.extras)
        # All of a project at once: each time that some are asked for, all are copied.
        for name, extras in asked.items():
            self._ask(name, extras)
        return all(self._narrow(root.name, universe.root_mask(root)) for root in roots)

    def _pick_all(self) -> NormalizedName | None:
        """Pick until nothing is needed; the project of which no version fits, if there is one."""
        agenda, left, picks = self._agenda, self._left, self._picks
        while agenda:
            name = heappop(agenda)[-1]
            if name in left and name not in picks:
                self._budget.check()
                if not self._pick(name):
                    return name
        return None

    def _pick(self, name: NormalizedName) -> bool:
        """Pick the best version that fits. Raises _TooMuchUnread."""
        preferred = self._universe.preferred(name)
        while mask := self._left[name]:
            bit = ((mask & preferred) or mask).bit_length() - 1
            if not self._universe.was_read(name, bit):
                self._announce(name, bit, mask)
            start = len(self._trail)
            self._picks[name] = bit
            self._narrow(name, 1 << bit)
            if self._fits(name, bit):
                return True
            del self._picks[name]
            self._undo(start)
            self._narrow(name, ~(1 << bit))
        return False

    def _fits(self, name: NormalizedName, bit: int) -> bool:
        """Narrow by all that a pick needs; whether that leaves a version of everything."""
        left, mask_of = self._left, self._universe.dependency_mask
        todo = [(name, bit, extra) for extra in ("", *self._extras.get(name, ()))]
        while todo:
            needs = self._needs(*todo.pop())
            if needs is None:
                return False
            for dependency in needs:
                needed, mask = dependency.name, mask_of(dependency)
                if left.get(needed, -1) & ~mask and not self._narrow(needed, mask):
                    return False
                if dependency.extras:
                    todo += self._ask(needed, dependency.extras)
        return True

    def _needs(self, name: NormalizedName, bit: int, extra: str) -> Iterable[Dependency] | None:
        """What a version needs; None where it can't be used."""
        facts = self._universe.facts(name, bit, extra)
        if facts.unusable is not None:
            return None
        return [one for one in facts.dependencies if one.url is None]

    def _announce(self, name: NormalizedName, bit: int, mask: int) -> None:
        """Hint at what will be read soon, so that it comes while others are awaited.

        This version, and each time that twice as many were read of the project as many more; the
        best version of each project that was not hinted at. Raises _TooMuchUnread.
        """
        self._unread -= 1
        if self._unread < 0:
            raise _TooMuchUnread
        read = self._reads[name] = self._reads.get(name, 0) + 1
        universe = self._universe
        if universe.answers_at_once(name, bit):
            return
        ahead = read if read & (read - 1) == 0 else 0
        older = mask & universe.preferred(name) & ((1 << bit) - 1)
        wanted = [(name, bit)]
        wanted += [one for one in self._older(name, older, ahead) if universe.reads_cheaply(*one)]
        wanted += self._unhinted()
        universe.prefetch_metadata(wanted)

    def _older(
        self, name: NormalizedName, mask: int, count: int
    ) -> Iterable[tuple[NormalizedName, int]]:
        return ((name, bit) for bit in islice(bits_down(mask), count))

    def _unhinted(self) -> Iterable[tuple[NormalizedName, int]]:
        for name in self._fresh:
            if left := self._left.get(name):
                best = (left & self._universe.preferred(name)) or left
                yield name, best.bit_length() - 1
        self._fresh.clear()

    def _narrow(self, name: NormalizedName, mask: int) -> bool:
        """Leave only these versions of a project, which is needed now; False if there are none."""
        before = self._left.get(name)
        left = (self._limit(name) if before is None else before) & mask
        self._trail.append((self._left, name, before))
        self._left[name] = left
        several = bool(left & (left - 1))
        if before is None:
            self._fresh.append(name)
        if before is None or not several:
            place = self._order.get(name, len(self._order))
            heappush(self._agenda, (several, self._tiers.get(name, 0), place, name))
        return left != 0

    def _ask(self, name: NormalizedName, extras: Iterable[NormalizedName]) -> Iterable[_Wanted]:
        """Ask for extras of a project; what has to be looked at since it is picked already."""
        asked = self._extras.get(name)
        new = frozenset(extras) - (asked or frozenset())
        if not new:
            return ()
        self._trail.append((self._extras, name, asked))
        self._extras[name] = new | (asked or frozenset())
        bit = self._picks.get(name)
        return () if bit is None else [(name, bit, extra) for extra in sorted(new)]

    def _limit(self, name: NormalizedName) -> int:
        limit = self._limits.get(name)
        return (self._universe.allowed(name) if limit is None else limit) & ~ABSENT

    def _undo(self, start: int) -> None:
        for values, name, before in reversed(self._trail[start:]):
            if before is None:
                del values[name]
            else:
                values[name] = before
        del self._trail[start:]

    def _promote(self, stuck: NormalizedName) -> None:
        """Have a project, and those that it is needed for, picked before others."""
        concerned = {stuck}
        for name in reversed(self._picks):
            if self._needs_one_of(name, concerned):
                concerned.add(name)
        for name in concerned:
            self._tiers[name] = self._tiers.get(name, 0) - 1

    def _needs_one_of(self, name: NormalizedName, others: Collection[NormalizedName]) -> bool:
        return any(
            one.name in others
            for extra in ("", *self._extras.get(name, ()))
            for one in self._universe.facts(name, self._picks[name], extra).dependencies
        )
