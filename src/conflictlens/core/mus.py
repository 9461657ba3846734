"""Which of the user's own requirements conflict: a minimal unsatisfiable subset (MUS).

Definition: a set of roots that has no resolution while each of its proper subsets has one.
Minimal, not minimum: another MUS may be smaller.

Admission is decided for the problem as a whole, so dropping a root never creates a conflict,
and deletion with refinement is valid (Chinneck and Dravnieks, 1991; Nadel, "Boosting minimal
unsatisfiable core extraction", FMCAD 2010)::

    core ← the roots in the refutation
    for each root of the core that is not yet known to be needed:
        decide the core without it
        a resolution → it is needed
        a refutation → core ← the roots in that refutation
"""

from __future__ import annotations

from dataclasses import dataclass

from conflictlens.errors import IndexFailure
from conflictlens.resolution.facts import Fact
from conflictlens.resolution.judge import Conflict, Judge, Resolution


@dataclass(frozen=True, slots=True)
class Core:
    """Conflicting roots (by their place) and the facts that refute them.

    `minimal` is proved: each proper subset was resolved, or is part of one that was. It is
    False where the index or the budget gave out first; `interrupted` then says why.
    """

    roots: frozenset[int]
    facts: tuple[Fact, ...]
    minimal: bool
    interrupted: str | None = None


def minimal_core(judge: Judge, conflict: Conflict, last_first: bool = True) -> Core:
    """Shrink a conflict to a MUS. Never raises: what is proved so far is kept.

    With `last_first`, later lines are tried first, so that of two equal reasons the earlier
    line is named.
    """
    needed: set[int] = set()
    while untried := sorted(conflict.roots - needed, reverse=last_first):
        try:
            without = judge.decide(conflict.roots - {untried[0]})
        except IndexFailure as failure:
            return Core(conflict.roots, conflict.facts, False, str(failure))
        match without:
            case Resolution():
                needed.add(untried[0])
            case Conflict():
                conflict = without
    return Core(conflict.roots, conflict.facts, True)
