"""Which of the user's own requirements conflict: a minimal unsatisfiable subset (MUS).

Definition: a set of roots that has no resolution while each of its proper subsets has one.
Minimal, not minimum: another MUS may be smaller.

Admission is decided for the problem as a whole, so dropping a root never creates a conflict,
and deletion with refinement is valid (Chinneck and Dravnieks, 1991; Nadel, "Boosting minimal
unsatisfiable core extraction", FMCAD 2010)::

    left ← all roots;  core ← the roots in the refutation
    for each root, from the last line to the first:
        not in core          → drop it from left, the core shows that it is not needed
        left without it resolves → it is needed, it stays
        otherwise            → drop it;  core ← the roots in that refutation

Since `left` keeps every line that was not tried yet, the result does not depend on which
refutations the judge happens to find: of several cores it is the one with the earliest lines.
"""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from conflictlens.errors import IndexFailure
from conflictlens.problem.universe import Universe
from conflictlens.resolution.facts import Fact
from conflictlens.resolution.judge import Conflict, Judge


class Core(msgspec.Struct, frozen=True):
    """Conflicting roots (by their place) and the facts of `universe` that refute them.

    `minimal` is proved: each proper subset was resolved, or is part of one that was. It is
    False where the index or the budget gave out first; `interrupted` then says why. With
    `python` it is proved, too, that the roots resolve where the target's Python rules nothing
    out: it is a member of the core like they are. `met_python`: some refutation used that
    versions don't suit the Python, so that it is worth a try to change it.
    """

    universe: Universe
    roots: frozenset[int]
    facts: tuple[Fact, ...]
    minimal: bool
    interrupted: str | None = None
    python: bool = False
    met_python: bool = False


def minimal_core(judge: Judge, conflict: Conflict, among: Collection[int]) -> Core:
    """Shrink a conflict of the roots `among` to a MUS.

    Never raises: what is proved so far is kept. Later lines are dropped first, so that of two
    equal reasons the earlier line is named.
    """
    left = frozenset(among)
    for place in sorted(among, reverse=True):
        if place not in conflict.roots:
            left -= {place}
            continue
        try:
            without = judge.decide(left - {place})
        except IndexFailure as failure:
            return Core(judge.universe, conflict.roots, conflict.facts, False, str(failure))
        if isinstance(without, Conflict):
            conflict = without
            left -= {place}
    return Core(judge.universe, conflict.roots, conflict.facts, True)
