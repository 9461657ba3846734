"""Whether the target's Python belongs to a conflict, as one more thing that could be changed.

Where a refutation rests on versions that are for other Pythons, the lines of the core are
decided once more with the Python ruling nothing out (see `Problem.on_any_python`)::

    they resolve  → the Python is needed for the conflict: lines and Python are a MUS, since
                    each proper subset of the lines resolves with this Python
    they conflict → it is not needed, and that second refutation is the one to tell: what it
                    rests on holds for the target, which admits no version more
    neither       → nothing is claimed

The lines are minimal in each case: what resolves on the target resolves here.
"""

from __future__ import annotations

from msgspec.structs import replace

from conflictlens.core.mus import Core, rests_on_python
from conflictlens.core.proof import minimal_facts
from conflictlens.errors import IndexFailure
from conflictlens.problem.universe import Universe
from conflictlens.resolution.budget import Budget
from conflictlens.resolution.judge import Judge
from conflictlens.resolution.outcome import Conflict, Resolution
from conflictlens.resolution.withheld import resolved_alone


def with_python(core: Core, budget: Budget) -> Core:
    """A minimal core with the Python among its members, or with a story that does without.

    Never raises: its story stays as it was where that can't be decided.
    """
    if not core.minimal or not rests_on_python(core.universe, core.facts):
        return core
    try:
        return _decided(core, budget)
    except IndexFailure:
        return core


def _decided(core: Core, budget: Budget) -> Core:
    problem = core.universe.problem.on_any_python()
    judge = Judge(Universe(problem), budget)
    universe, outcome = judge.universe, judge.decide(core.roots)
    if isinstance(outcome, Conflict):
        settled = resolved_alone(problem, outcome, budget)
        if settled is None or isinstance(settled.outcome, Conflict):
            facts = minimal_facts(universe, outcome.facts)
            return replace(core, universe=universe, facts=facts)
        universe, outcome = settled.universe, settled.outcome
    return replace(core, python=_is_known(universe, outcome))


def _is_known(universe: Universe, resolution: Resolution) -> bool:
    """Whether it is known of each pick what it needs."""
    picks = resolution.picks.items()
    return all(universe.facts(name, bit).unknown is None for name, bit in picks)
