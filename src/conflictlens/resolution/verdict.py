"""The verdict: resolved, a conflict, or neither could be settled.

::

    read ahead
    what fits first           → a resolution, in most cases
    otherwise the judge       → a resolution, or a refutation
    resolved after conflicts  → picks that pip would come to soon and that pass the check are
                                the resolution instead
    refuted with the help of versions that admission withholds
                              → let them in and look again (see `withheld`)
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from conflictlens.errors import BudgetSpent, IndexFailure
from conflictlens.names import NormalizedName
from conflictlens.problem.problem import Problem
from conflictlens.problem.universe import Universe
from conflictlens.resolution.budget import Budget
from conflictlens.resolution.check import checked, violation
from conflictlens.resolution.first_fit import FirstFit
from conflictlens.resolution.outcome import Conflict, Resolution, SearchStats, Verdict
from conflictlens.resolution.scout import Scout

WALKED = 20
"""Projects in a resolution up to which resolvelib walks, backtracking included.

A round of it looks at all projects again, so that beyond it needs several times as long as all
else. There pip's order is followed without backtracking: what is found is what pip comes to."""


def decide(problem: Problem, budget: Budget) -> Verdict:
    """Decide a problem, if need be without what the index fails for.

    That is taken to ask for nothing. A refutation stands all the same (see `problem.unread`). What
    resolves so is not known to resolve: then the failure is raised, as BudgetSpent is.
    """
    try:
        return _decided(problem, budget)
    except BudgetSpent:
        raise
    except IndexFailure:
        verdict = _decided(problem.tolerating(), budget)
        unread = verdict.universe.problem.catalogue.unread
        if isinstance(verdict.outcome, Resolution) and unread is not None and unread.failures:
            raise
        return verdict


def _decided(problem: Problem, budget: Budget) -> Verdict:
    universe, stats = Universe(problem), SearchStats()
    scout = Scout(universe, budget)
    scout.run()
    order = scout.order()
    first = FirstFit(universe, budget, order, stats)
    found = first.find()
    if found is None:
        verdict = _judged(universe, budget, order, stats)
    else:
        verdict = Verdict(found, universe, budget, order, stats)
    match verdict.outcome:
        case Resolution() as outcome if first.failed or stats.conflicts:
            outcome = _as_pip_would(universe, outcome, budget) or outcome
            verdict = replace(verdict, outcome=outcome)
        case Conflict():
            from conflictlens.resolution.withheld import with_withheld

            verdict = with_withheld(verdict, budget)
    return checked(verdict)


def _judged(
    universe: Universe, budget: Budget, order: Mapping[NormalizedName, int], stats: SearchStats
) -> Verdict:
    """The verdict by the judge, which is a third of the resolver, and which most do without."""
    from conflictlens.resolution.judge import Judge

    judge = Judge(universe, budget, order, stats)
    return Verdict(judge.decide(), universe, budget, order, stats, judge)


def _as_pip_would(universe: Universe, found: Resolution, budget: Budget) -> Resolution | None:
    """What pip would come to instead, if it does so soon; None otherwise."""
    if len(found.picks) <= WALKED:
        return _walked(universe, budget)
    roots = [root.name for root in universe.problem.roots if not root.is_constraint]
    order = {name: place for place, name in enumerate(dict.fromkeys(roots))}
    return FirstFit(universe, budget, order, SearchStats(), starts=1).find()


def _walked(universe: Universe, budget: Budget) -> Resolution | None:
    """What resolvelib finds soon and what holds."""
    from conflictlens.resolution.walk import Walked, walk

    walked = walk(universe, budget)
    if not isinstance(walked, Walked):
        return None
    resolution = Resolution(walked.picks, walked.extras)
    if violation(universe, resolution) is not None:
        return None
    universe.note_picks(resolution.picks)
    return resolution
