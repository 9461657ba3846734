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

With the blame held fixed, the facts are made as few as possible (see `proof`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

import msgspec
from msgspec.structs import replace

from conflictlens.core.proof import minimal_facts
from conflictlens.errors import IndexFailure
from conflictlens.problem.admission import BY_PYTHON
from conflictlens.problem.universe import Universe
from conflictlens.resolution.facts import ExclusionFact, Fact
from conflictlens.resolution.judge import Judge
from conflictlens.resolution.outcome import Conflict


class Core(msgspec.Struct, frozen=True):
    """Conflicting roots (by their place) and a minimal set of facts that refutes them.

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
            return replace(_core(judge.universe, conflict), interrupted=str(failure))
        if isinstance(without, Conflict):
            conflict = without
            left -= {place}
    return replace(_core(judge.universe, conflict), minimal=True)


def _core(universe: Universe, conflict: Conflict) -> Core:
    facts = minimal_facts(universe, conflict.facts)
    met_python = rests_on_python(universe, conflict.facts)
    return Core(universe, conflict.roots, facts, minimal=False, met_python=met_python)


def rests_on_python(universe: Universe, facts: Iterable[Fact]) -> bool:
    """Whether these facts use that versions don't suit the target's Python."""
    return not universe.problem.any_python and any(
        isinstance(fact, ExclusionFact) and fact.exclusion in BY_PYTHON for fact in facts
    )
