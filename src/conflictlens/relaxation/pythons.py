"""Another Python as a fix: the nearest on which the lines resolve as they are written.

A later patch release of the same Python is nearer than any other. A Python on which lines stop
applying by their markers is none where these lines are all that stands in the way: the user wants
what they ask for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

import msgspec
from msgspec.structs import replace
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from conflictlens.core.mus import Core
from conflictlens.errors import RequirementsError
from conflictlens.index.records import DistributionKind, Index
from conflictlens.names import NormalizedName
from conflictlens.problem.admission import BY_PYTHON, Admission
from conflictlens.problem.assumptions import Basis, basis
from conflictlens.problem.problem import Problem, applies, pose
from conflictlens.problem.releases import Exclusion, bits_down
from conflictlens.problem.universe import Universe
from conflictlens.requirements.records import RequirementSet, RootRequirement, UnnamedRoot
from conflictlens.resolution.budget import Budget
from conflictlens.resolution.facts import ExclusionFact
from conflictlens.resolution.outcome import Resolution, Verdict
from conflictlens.resolution.withheld import settle
from conflictlens.target import Target, minors, target_for

_TRIED = 3
"""Pythons that are tried at most: each may need other metadata of everything."""


class OtherPython(msgspec.Struct, frozen=True):
    """A Python, the resolution on it, and what that rests on."""

    python: str
    witness: Mapping[NormalizedName, str]
    basis: Basis


def nearest_python(
    requirements: RequirementSet, problem: Problem, cores: Sequence[Core], budget: Budget
) -> OtherPython | None:
    """The nearest other Python than a problem's on which everything resolves.

    Tried are those that could lift what the problem's own rules out in each of the `cores`, of
    those that there are, with a cut-off date those that there were. None if none of them does.
    Raises BudgetSpent and other IndexFailures.
    """
    target, policy = problem.target, problem.policy
    asked = _Asked(requirements, target, policy, problem.index, budget)
    before = policy.uploaded_before
    patched = asked.patch_release()
    others = _neighbours(target, minors(before.date() if before else None))
    hurdles = [_hurdles(core, problem) for core in cores]
    lifting = (one for one in others if all(each.lifted_on(one) for each in hurdles))
    for python in (*patched, *islice(lifting, _TRIED)):
        found = asked.on(python)
        if found is not None and not asked.switches_off(python):
            universe, picks = found.verdict.universe, found.picks
            return OtherPython(python, universe.versions(picks), basis(universe, picks))
    return None


class _Resolved(msgspec.Struct, frozen=True):
    verdict: Verdict
    picks: Mapping[NormalizedName, int]


class _Asked(msgspec.Struct, frozen=True):
    """The question, to be put for other Pythons."""

    requirements: RequirementSet
    target: Target
    policy: Admission
    index: Index
    budget: Budget

    def on(self, python: str) -> _Resolved | None:
        """What everything resolves to on a Python; None if it does not."""
        self.budget.check()
        other = target_for(python, self.target.platform)
        try:
            return self._resolved(pose(self.requirements, other, self.policy, self.index))
        except RequirementsError:
            # A line that is for this Python alone names a file that is not there.
            return None

    def switches_off(self, python: str) -> bool:
        """Whether it resolves here without the lines whose markers are false on that Python."""
        other = target_for(python, self.target.platform)

        def stays(root: RootRequirement | UnnamedRoot) -> bool:
            return applies(root, other) or not applies(root, self.target)

        left = replace(
            self.requirements,
            roots=tuple(filter(stays, self.requirements.roots)),
            constraints=tuple(filter(stays, self.requirements.constraints)),
        )
        if left == self.requirements:
            return False
        return self._resolved(pose(left, self.target, self.policy, self.index)) is not None

    def patch_release(self) -> Iterable[str]:
        """The first patch release that does what a later one does, where none was given."""
        minor = self.target.python_version
        if not self.target.patch_assumed or self.target.python != minor:
            return []
        found = self.on(f"{minor}.{_LATE_PATCH}")
        if found is None:
            return []
        universe = found.verdict.universe
        said = {_requires_python(universe, name, bit) for name, bit in found.picks.items()}
        limits = [SpecifierSet(text) for text in said]
        releases = (f"{minor}.{patch}" for patch in range(1, _LATE_PATCH))
        return islice((one for one in releases if all(one in limit for limit in limits)), 1)

    def _resolved(self, problem: Problem) -> _Resolved | None:
        verdict = settle(problem, self.budget)
        outcome = verdict.outcome
        return _Resolved(verdict, outcome.picks) if isinstance(outcome, Resolution) else None


_LATE_PATCH = 99
"""No Python came to so many."""


def _requires_python(universe: Universe, name: NormalizedName, bit: int) -> str:
    """What a release that suits the target says, on its page or in its metadata, if it is valid."""
    announced = universe.releases(name).distributions[bit - 1].requires_python
    text = announced or universe.facts(name, bit).requires_python or ""
    try:
        return str(SpecifierSet(text))
    except InvalidSpecifier:
        return ""


def _neighbours(target: Target, among: range) -> Iterable[str]:
    major, minor = (int(number) for number in target.python_version.split("."))
    others = [one for one in among if one != minor]
    nearest = sorted(others, key=lambda one: (abs(one - minor), -one))
    return [f"{major}.{one}" for one in nearest]


class _Hurdles(msgspec.Struct, frozen=True):
    """What is in the way of versions that the target's Python rules out in a conflict.

    `requires` are their Requires-Python, `tags` those for a Python of all their wheels.
    """

    requires: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()

    def lifted_on(self, python: str) -> bool:
        """Whether some version could be picked there, so far as is seen without asking."""
        if not self.requires and not self.tags:
            return True
        major, minor = python.split(".")
        fitting = {f"py{major}", f"py{major}{minor}", f"cp{major}{minor}"}
        return not self.tags.isdisjoint(fitting) or any(
            _admits(one, python) for one in self.requires
        )


def _hurdles(core: Core, problem: Problem) -> _Hurdles:
    requires: set[str] = set()
    tags: set[str] = set()
    for fact in core.facts:
        if not isinstance(fact, ExclusionFact) or fact.exclusion not in BY_PYTHON:
            continue
        files = core.universe.releases(fact.project).distributions
        chosen = [files[bit - 1] for bit in bits_down(_asked_for(core, fact))]
        if fact.exclusion is Exclusion.REQUIRES_PYTHON:
            requires.update(file.requires_python or "" for file in chosen)
        elif any(file.url in problem.references for file in chosen):
            return _Hurdles()
        else:
            versions = {file.version for file in chosen}
            for file in problem.index.project(fact.project).distributions:
                if file.kind is DistributionKind.WHEEL and file.version in versions:
                    tags.update(_python_tags(file.filename))
    return _Hurdles(frozenset(requires), frozenset(tags))


def _asked_for(core: Core, fact: ExclusionFact) -> int:
    """Of versions that are ruled out those that the core's own lines on the project allow."""
    mask = fact.versions
    for place in core.roots:
        root = core.universe.problem.roots[place]
        if root.name == fact.project:
            mask &= core.universe.root_mask(root)
    return mask


def _python_tags(wheel: str) -> Iterable[str]:
    """PEP 425: the tags for a Python; what is built for the stable ABI does for later ones too."""
    pythons, abis, _ = wheel.removesuffix(".whl").rsplit("-", 3)[1:]
    return ["py3"] if "abi3" in abis.split(".") else pythons.split(".")


def _admits(requires_python: str, python: str) -> bool:
    try:
        return SpecifierSet(requires_python).contains(f"{python}.0", prereleases=True)
    except ValueError:
        # An invalid specifier, or a number of thousands of digits.
        return True
