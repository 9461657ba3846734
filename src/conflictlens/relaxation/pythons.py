"""Another Python as a fix: the nearest on which the lines resolve as they are written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from conflictlens.index.records import Index
from conflictlens.names import NormalizedName
from conflictlens.problem.admission import Admission
from conflictlens.problem.problem import pose
from conflictlens.requirements.records import RequirementSet
from conflictlens.resolution.budget import Budget
from conflictlens.resolution.judge import Resolution
from conflictlens.resolution.verdict import settle
from conflictlens.target import Target, target_for

NEWEST_MINOR = 14
OLDEST_MINOR = 8
_TRIED = 3
"""Pythons that are tried at most: each may need other metadata of everything."""


def nearest_python(
    requirements: RequirementSet,
    target: Target,
    policy: Admission,
    index: Index,
    budget: Budget,
) -> tuple[str, Mapping[NormalizedName, str]] | None:
    """The nearest other Python on which everything resolves, and how.

    None if none of those that were tried does. Raises BudgetSpent and other IndexFailures.
    """
    for python in _neighbours(target):
        budget.check()
        other = target_for(python, target.platform)
        verdict = settle(pose(requirements, other, policy, index), budget)
        if isinstance(verdict.outcome, Resolution):
            return python, verdict.universe.versions(verdict.outcome.picks)
    return None


def _neighbours(target: Target) -> Iterable[str]:
    major, minor = (int(number) for number in target.python_version.split("."))
    others = [one for one in range(OLDEST_MINOR, NEWEST_MINOR + 1) if one != minor]
    nearest = sorted(others, key=lambda one: (abs(one - minor), -one))
    return [f"{major}.{one}" for one in nearest[:_TRIED]]
