"""What becomes of a problem: a resolution, or a conflict with the facts that prove it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from conflictlens.names import NormalizedName

if TYPE_CHECKING:
    # Most answers come without the judge, and do without loading it.
    from conflictlens.problem.universe import Universe
    from conflictlens.resolution.budget import Budget
    from conflictlens.resolution.facts import Fact
    from conflictlens.resolution.judge import Judge


class Resolution(msgspec.Struct, frozen=True):
    """A version (by its bit) for each project that is needed, and the extras asked of it."""

    picks: Mapping[NormalizedName, int]
    extras: Mapping[NormalizedName, frozenset[NormalizedName]]


class Conflict(msgspec.Struct, frozen=True):
    """Roots (by their place) that can't hold together, and the facts that prove it."""

    roots: frozenset[int]
    facts: tuple[Fact, ...]


class SearchStats(msgspec.Struct):
    """`solves`: questions that were answered; `facts_read`: reads that interrupted the search."""

    solves: int = 0
    conflicts: int = 0
    facts_read: int = 0


class Verdict(msgspec.Struct, frozen=True, dict=True):
    """The outcome for all roots in a universe whose admission is final, and what it took.

    `asked` is the judge that reached it, if it took one.
    """

    outcome: Resolution | Conflict
    universe: Universe
    budget: Budget
    order: Mapping[NormalizedName, int]
    stats: SearchStats
    asked: Judge | None = None

    @cached_property
    def judge(self) -> Judge:
        """Who answers further questions about the same roots."""
        from conflictlens.resolution.judge import Judge

        return self.asked or Judge(self.universe, self.budget, self.order)
