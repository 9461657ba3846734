"""The verdict: resolved, a conflict, or neither could be settled.

::

    read ahead
    resolvelib walks          → picks that pass the check are a resolution
    otherwise the judge       → a resolution, or a refutation
    refuted with the help of versions that admission withholds
                              → let them in and look again (see below)

Admission withholds pre-releases and yanked versions unless a requirement asks for them, and
which requirements are in force is only known for a concrete resolution. So a refutation that
rests on withheld versions is not final: they are let in, and if that resolves, each withheld
pick is checked against the requirements that are then in force, by pip's rule. Those that pass
are admitted for the problem as a whole. Those that fail stay out, and the refutation stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from packaging.specifiers import SpecifierSet

from conflictlens.problem.admission import Door, names_prerelease, pinned_versions
from conflictlens.problem.problem import Problem
from conflictlens.problem.releases import Exclusion, Releases
from conflictlens.problem.universe import Universe
from conflictlens.resolution.budget import Budget
from conflictlens.resolution.check import specifiers_on, violation
from conflictlens.resolution.facts import ExclusionFact
from conflictlens.resolution.judge import Conflict, Judge, Resolution
from conflictlens.resolution.scout import Scout
from conflictlens.resolution.walk import Walked, walk

_WITHHELD = (Exclusion.PRERELEASE, Exclusion.YANKED)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome for all roots, and the judge that reached it, its admission now final."""

    outcome: Resolution | Conflict
    judge: Judge

    @property
    def universe(self) -> Universe:
        return self.judge.universe


def decide(problem: Problem, budget: Budget) -> Verdict:
    """Decide a problem. Raises BudgetSpent and other IndexFailures: then it is undecided."""
    universe = Universe(problem)
    Scout(universe, budget).run()
    judge = Judge(universe, budget)
    walked = walk(universe, budget)
    if isinstance(walked, Walked):
        resolution = Resolution(walked.picks, walked.extras)
        if violation(universe, resolution) is None:
            return Verdict(resolution, judge)
    return _with_withheld(Verdict(judge.decide(), judge), budget)


def _with_withheld(verdict: Verdict, budget: Budget) -> Verdict:
    """Let withheld versions in that a refutation rests on, as long as pip would pick them."""
    problem = verdict.universe.problem
    opened: set[Door] = set()
    refused: set[Door] = set()
    while True:
        match verdict.outcome:
            case Conflict() as conflict:
                wanted = set(_doors(conflict)) - refused
                if not wanted:
                    return verdict
                opened |= wanted
            case Resolution() as resolution:
                unfounded = set(_unfounded(verdict.universe, resolution, opened))
                if not unfounded:
                    return verdict
                opened -= unfounded
                refused |= unfounded
        admission = problem.admission.opening(opened)
        judge = Judge(Universe(problem.with_admission(admission)), budget)
        verdict = Verdict(judge.decide(), judge)


def _doors(conflict: Conflict) -> Iterable[Door]:
    for fact in conflict.facts:
        if isinstance(fact, ExclusionFact) and fact.exclusion in _WITHHELD:
            yield Door(fact.project, fact.exclusion)


def _unfounded(
    universe: Universe, resolution: Resolution, opened: Iterable[Door]
) -> Iterable[Door]:
    """The doors through which a version was picked that no requirement in force asks for."""
    specifiers = specifiers_on(universe, resolution)
    for door in opened:
        bit = resolution.picks.get(door.project)
        if bit is None:
            continue
        releases = universe.releases(door.project)
        if not releases.withheld.get(door.reason, 0) >> bit & 1:
            continue
        if not _asked_for(releases, bit, door.reason, specifiers[door.project]):
            yield door


def _asked_for(
    releases: Releases, bit: int, reason: Exclusion, specifiers: Sequence[SpecifierSet]
) -> bool:
    """pip's rule for one pick: named or pinned by a requirement, or nothing else fits."""
    others = releases.admissible & ~releases.withheld.get(reason, 0)
    for specifier in specifiers:
        others &= releases.mask(specifier)
    if reason is Exclusion.PRERELEASE:
        return not others or any(map(names_prerelease, specifiers))
    version = releases.version(bit)
    return not others and any(version in pinned_versions(one) for one in specifiers)
