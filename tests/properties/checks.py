"""The properties: what must be true of every answer, checked by brute force.

Each check takes a case and raises AssertionError where the property does not hold.
`test_properties_bite` breaks the program to see that they do.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from itertools import combinations

from packaging.requirements import Requirement
from packaging.version import Version

from conflictlens.core.enumeration import Extent
from conflictlens.core.mus import minimal_core
from conflictlens.explanation.records import Conflict as Story
from conflictlens.explanation.records import Excluded, Fact, Needs, Step, Unmatched
from conflictlens.explanation.versions import VersionSet
from conflictlens.problem.releases import Exclusion
from conflictlens.problem.universe import Universe as ProblemUniverse
from conflictlens.resolution import verdict, walk
from conflictlens.resolution.check import violation
from conflictlens.resolution.judge import Judge
from conflictlens.resolution.outcome import Conflict, Resolution
from tests.brute_force import Facts, Universe, admitting, resolutions, resolvable
from tests.core.conflicting import most_disjoint
from tests.properties.answers import (
    POLICY,
    UNLIMITED,
    admitted,
    answer,
    packages,
    resolves,
    subset_resolves,
)
from tests.properties.universes import Case


def verdict_is_true(case: Case) -> None:
    """The verdict is the one that brute force finds under pip's policy."""
    found = verdict.decide(case.problem, UNLIMITED)
    assert isinstance(found.outcome, Resolution) is resolves(case)


def resolution_is_a_resolution(case: Case) -> None:
    """What is picked is one of the resolutions that brute force lists: nothing is unneeded."""
    found = verdict.decide(case.problem, UNLIMITED)
    if isinstance(found.outcome, Resolution):
        policy = admitting(POLICY, (*case.roots, *case.constraints))
        every = resolutions(case.roots, case.reference, policy, case.constraints)
        assert packages(found.universe, found.outcome) in list(every)
        assert violation(found.universe, found.outcome) is None


def order_does_not_matter(case: Case) -> None:
    """The verdict is the same whatever the order of roots and constraints."""
    turned = dataclasses.replace(case, roots=case.roots[::-1], constraints=case.constraints[::-1])
    turned = dataclasses.replace(turned, universe=dict(reversed(list(case.universe.items()))))
    outcomes = [verdict.decide(one.problem, UNLIMITED).outcome for one in (case, turned)]
    assert isinstance(outcomes[0], Resolution) is isinstance(outcomes[1], Resolution)


def cores_are_minimal(case: Case) -> None:
    """Each core has no resolution, each of its deletions has one, and no two share a root."""
    found = answer(case)
    reference = admitted(case, found.verdict.universe)
    for core in found.cores:
        assert core.minimal
        assert core.interrupted is None
        assert not subset_resolves(case, reference, core.roots)
        for place in core.roots:
            assert subset_resolves(case, reference, core.roots - {place})
    for one, other in combinations(found.cores, 2):
        assert not one.roots & other.roots
    if found.cores:
        left = set(range(len(case.roots) + len(case.constraints)))
        left.difference_update(*(core.roots for core in found.cores))
        assert subset_resolves(case, reference, left)


def cores_are_the_most_disjoint(case: Case) -> None:
    """No choice of minimal cores that share no root has more, and it is said to be proved."""
    found = answer(case)
    lines = len(case.roots) + len(case.constraints)
    reference = admitted(case, found.verdict.universe)
    every: list[frozenset[int]] = []
    for size in range(1, lines + 1):
        for places in map(frozenset, combinations(range(lines), size)):
            covered = any(core <= places for core in every)
            if not covered and not subset_resolves(case, reference, places):
                every.append(places)
    assert len(found.cores) == most_disjoint(every)
    assert found.extent is Extent.MOST


def cores_conflict_under_pips_policy(case: Case) -> None:
    """No core resolves under pip's policy, with what all roots together admit."""
    policy = dataclasses.replace(
        admitting(POLICY, (*case.roots, *case.constraints)), pinned=frozenset()
    )
    for core in answer(case).cores:
        roots = [text for n, text in enumerate(case.roots) if n in core.roots]
        limits = [t for n, t in enumerate(case.constraints, len(case.roots)) if n in core.roots]
        assert resolvable(roots, case.reference, policy, limits) is None


def python_is_blamed_where_it_counts(case: Case) -> None:
    """The Python belongs to a core exactly if its lines resolve once no version asks for one."""
    for core in answer(case).cores:
        assert core.python is subset_resolves(case, case.without_python, core.roots)


def stories_blame_the_python(case: Case) -> None:
    """A story is about the Python exactly if that belongs to its core."""
    found = answer(case)
    for core, told in zip(found.cores, found.stories, strict=True):
        assert (told.python is not None) is core.python
        assert len(told.lines) == len(core.roots)
        assert any(map(_is_about_python, told.facts)) is core.python


def _is_about_python(fact: Fact) -> bool:
    return isinstance(fact, Excluded) and fact.reason is Exclusion.REQUIRES_PYTHON


def deletion_gives_a_core(case: Case) -> None:
    """Deletion ends in a minimal core."""
    found = verdict.decide(case.problem, UNLIMITED)
    if isinstance(found.outcome, Conflict):
        reference = admitted(case, found.universe)
        core = minimal_core(found.judge, found.outcome, found.judge.places)
        assert not subset_resolves(case, reference, core.roots)
        assert all(subset_resolves(case, reference, core.roots - {n}) for n in core.roots)


def judge_and_walk_agree(case: Case) -> None:
    """The judge alone, a walk without patience and a patient one come to the same verdict."""
    alone = Judge(ProblemUniverse(case.problem), UNLIMITED).decide()
    for patience in (0, 1, 1000):
        walked = walk.walk(ProblemUniverse(case.problem), UNLIMITED, patience)
        if isinstance(walked, walk.Walked):
            resolution = Resolution(walked.picks, walked.extras)
            assert violation(ProblemUniverse(case.problem), resolution) is None
            assert isinstance(alone, Resolution)


def subsets_of_a_resolvable_set_resolve(case: Case) -> None:
    """Under one admission, dropping roots never creates a conflict; one judge answers all."""
    found = verdict.decide(case.problem, UNLIMITED)
    judge = Judge(found.universe, UNLIMITED)
    reference = admitted(case, found.universe)
    outcomes: dict[frozenset[int], bool] = {}
    for size in reversed(range(len(judge.places) + 1)):
        for places in map(frozenset, combinations(judge.places, size)):
            outcome = judge.decide(places)
            outcomes[places] = isinstance(outcome, Resolution)
            assert outcomes[places] is subset_resolves(case, reference, places)
            if isinstance(outcome, Conflict):
                assert outcome.roots <= places
                assert not subset_resolves(case, reference, outcome.roots)
            else:
                assert violation(found.universe, outcome, places) is None
    for one, other in combinations(outcomes, 2):
        assert not (outcomes[one] and other < one and not outcomes[other])


def stories_are_entailed(case: Case) -> None:
    """Each fact is true, and each step follows from the facts that it names."""
    found = answer(case)
    for told, core in zip(found.stories, found.cores, strict=True):
        teller = _Listener(case, core.universe, told)
        for fact in told.facts:
            teller.check_fact(fact)
        for step in told.steps:
            teller.check_step(step)


def stories_are_complete(case: Case) -> None:
    """The facts of a story contradict its core, without anything else being known."""
    found = answer(case)
    for told, core in zip(found.stories, found.cores, strict=True):
        universe = _Listener(case, core.universe, told).told_universe()
        assert not subset_resolves(case, universe, core.roots)


def stories_name_their_clash(case: Case) -> None:
    """The sides of a clash are about it, there is at least one, and each fact is told."""
    for told in answer(case).stories:
        sides = [step for step in told.steps if step.side]
        assert all(told.clash in (step.project, step.target) for step in sides)
        roots = [root for root in told.lines if root.name == told.clash]
        assert bool(sides or roots) is (told.clash is not None)
        assert {number for step in told.steps for number in step.facts} == set(
            range(len(told.facts))
        )


class _Listener:
    """Somebody who knows which versions exist and may be picked, and hears a story."""

    def __init__(self, case: Case, universe: ProblemUniverse, told: Story) -> None:
        self._reference = case.known_to(universe)
        self._admitted = admitted(case, universe)
        self._told = told

    def check_fact(self, fact: Fact) -> None:
        match fact:
            case Needs():
                heard = self._heard(fact.project, fact.versions, self._admitted)
                assert len(heard) == fact.versions.count
                for version in heard:
                    texts = self._declared(fact.project, version, fact.extra)
                    assert _canonical(fact.requirement) in texts
            case Excluded():
                heard = self._heard(fact.project, fact.versions, self._reference)
                usable = self._admitted.get(fact.project, {})
                assert heard
                assert fact.versions.count <= len(heard)
                for version in heard:
                    assert version not in usable or self._unannounced(fact, version)
            case Unmatched():
                allowed = Requirement(f"{fact.project}{fact.specifier}").specifier
                versions = self._reference.get(fact.project, {})
                assert not any(allowed.contains(one, prereleases=True) for one in versions)
                assert fact.found is (fact.project in self._reference)

    def _unannounced(self, fact: Excluded, version: Version) -> bool:
        return "another-python" in self._reference[fact.project][version].requires

    def check_step(self, step: Step) -> None:
        facts = [self._told.facts[number] for number in step.facts]
        needs = [fact for fact in facts if isinstance(fact, Needs)]
        if not needs:
            return
        assert step.target is not None
        assert step.allowed is not None
        allowed = set(self._heard(step.target, step.allowed, self._reference))
        subject = self._heard(step.project, step.versions, self._admitted)
        assert len(subject) == step.versions.count
        for fact in needs:
            assert fact.project == step.project
            assert fact.extra is None or step.extra is not None
        for version in subject:
            covering = [fact for fact in needs if version in self._needing(fact)]
            assert covering
            assert self._matching(step.target, covering) <= allowed

    def _needing(self, fact: Needs) -> list[Version]:
        return self._heard(fact.project, fact.versions, self._admitted)

    def _matching(self, target: str, needs: Iterable[Needs]) -> set[Version]:
        specifiers = [Requirement(fact.requirement).specifier for fact in needs]
        return {
            version
            for version in self._reference.get(target, {})
            if all(one.contains(version, prereleases=True) for one in specifiers)
        }

    def told_universe(self) -> Universe:
        """The versions that could count, with nothing known of them but what was told."""
        excluded = {
            (fact.project, version)
            for fact in self._told.facts
            if isinstance(fact, Excluded)
            for version in self._heard(fact.project, fact.versions, self._reference)
        }
        return {
            name: {
                version: Facts(tuple(self._told_needs(name, version)))
                for version in versions
                if (name, version) not in excluded and not self._unasked(name, version)
            }
            for name, versions in self._reference.items()
        }

    def _unasked(self, name: str, version: Version) -> bool:
        """Readers know that pre-releases don't count unless something asks for them."""
        return version.is_prerelease and version not in self._admitted.get(name, {})

    def _told_needs(self, name: str, version: Version) -> Iterable[str]:
        for fact in self._told.facts:
            if isinstance(fact, Needs) and fact.project == name and version in self._needing(fact):
                yield fact.requirement + (f'; extra == "{fact.extra}"' if fact.extra else "")

    def _heard(self, name: str, told: VersionSet, among: Universe) -> list[Version]:
        """The versions that a reader takes a set for."""
        return [
            version
            for version in sorted(among.get(name, {}))
            if any(first <= version <= last for first, last in told.runs)
        ]

    def _declared(self, name: str, version: Version, extra: str | None) -> set[str]:
        requirements = map(Requirement, self._reference[name][version].requires)
        return {
            _canonical(f"{one.name}{_bracket(one)}{one.specifier}")
            for one in requirements
            if one.marker is None or one.marker.evaluate({"extra": extra or ""})
        }


def _bracket(requirement: Requirement) -> str:
    return f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""


def _canonical(text: str) -> str:
    return str(Requirement(text))
