"""Another Python as a fix: the nearest on which the lines resolve as they are written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from conflictlens.errors import RequirementsError
from conflictlens.index.records import Index
from conflictlens.names import NormalizedName
from conflictlens.problem.admission import Admission
from conflictlens.problem.assumptions import Assumption, assumptions
from conflictlens.problem.problem import pose
from conflictlens.requirements.records import RequirementSet
from conflictlens.resolution.budget import Budget
from conflictlens.resolution.outcome import Resolution
from conflictlens.resolution.withheld import settle
from conflictlens.target import Target, minors, target_for

_TRIED = 3
"""Pythons that are tried at most: each may need other metadata of everything."""


class OtherPython(msgspec.Struct, frozen=True):
    """A Python, the resolution on it, and what that rests on."""

    python: str
    witness: Mapping[NormalizedName, str]
    assumed: tuple[Assumption, ...]


def nearest_python(
    requirements: RequirementSet,
    target: Target,
    policy: Admission,
    index: Index,
    budget: Budget,
) -> OtherPython | None:
    """The nearest other Python on which everything resolves.

    None if none of those that were tried does: those that there are, with a cut-off date those that
    there were. Raises BudgetSpent and other IndexFailures.
    """
    before = policy.uploaded_before
    for python in _neighbours(target, minors(before.date() if before else None)):
        budget.check()
        other = target_for(python, target.platform)
        try:
            problem = pose(requirements, other, policy, index)
        except RequirementsError:
            # A line that is for this Python alone names a file that is not there.
            continue
        verdict = settle(problem, budget)
        if isinstance(verdict.outcome, Resolution):
            universe, picks = verdict.universe, verdict.outcome.picks
            assumed = tuple(assumptions(universe, picks))
            return OtherPython(python, universe.versions(picks), assumed)
    return None


def _neighbours(target: Target, among: range) -> Iterable[str]:
    major, minor = (int(number) for number in target.python_version.split("."))
    others = [one for one in among if one != minor]
    nearest = sorted(others, key=lambda one: (abs(one - minor), -one))
    return [f"{major}.{one}" for one in nearest[:_TRIED]]
