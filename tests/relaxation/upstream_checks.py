"""The properties of what upstream would have to change, checked by brute force."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from conflictlens.explanation.records import Needs, UpstreamChange
from tests.brute_force import Policy, admitting, resolutions, resolvable
from tests.properties.universes import PYTHON, Case
from tests.relaxation.checks import others_of
from tests.relaxation.conflicts import Answered, parsed


def witnesses_are_resolutions(case: Case) -> None:
    """With the hypothetical release, and only with it, the lines resolve, as they are."""
    asked = Answered(case, upstream=True)
    for change in asked.findings.upstream:
        roots, limits = asked.edited(others_of(asked, change.conflict))
        policy = admitting(Policy(python=PYTHON), (*roots, *limits))
        assert resolvable(roots, case.reference, policy, limits) is None
        supposed = with_change(case, change).reference
        assert parsed(change.resolution) in list(resolutions(roots, supposed, policy, limits))
        assert parsed(change.resolution)[change.project] == change.version
        assert parsed(change.resolution)[change.target] == change.allowed


def one_requirement_is_loosened(case: Case) -> None:
    """The release says what it is told to say; the other line allows more, and nothing less."""
    for change in Answered(case, upstream=True).findings.upstream:
        old, new = Requirement(change.requirement), Requirement(change.loosened)
        assert change.requirement in case.universe[change.project][change.version].requires
        assert canonicalize_name(old.name) == canonicalize_name(new.name) == change.target
        assert (old.extras, old.marker) == (new.extras, new.marker)
        assert not old.specifier.contains(change.allowed, prereleases=True)
        assert new.specifier.contains(change.allowed, prereleases=True)
        for version in case.universe[change.target]:
            if old.specifier.contains(version, prereleases=True):
                assert new.specifier.contains(version, prereleases=True)


def newest_releases_object(case: Case) -> None:
    """No project is asked for what its newest release says already."""
    for change in Answered(case, upstream=True).findings.upstream:
        stable = [one for one in case.universe[change.project] if not one.is_prerelease]
        newest = max(stable, default=change.version)
        assert change.newest == (newest if newest > change.version else None)
        if change.newest is not None:
            on_target = requirements_on(case, change.project, newest, change.target)
            allows = (one.specifier.contains(change.allowed) for one in on_target)
            assert not all(allows)


def nothing_is_missed(case: Case) -> None:
    """What meets at a clash and would do with its cap taken off is told."""
    asked = Answered(case, upstream=True)
    told = {(one.conflict, one.project, one.target) for one in asked.findings.upstream}
    for number, conflict in enumerate(asked.findings.conflicts):
        roots, limits = asked.edited(others_of(asked, number))
        policy = admitting(Policy(python=PYTHON), (*roots, *limits))
        for fact in _sides(asked, number):
            target = Requirement(fact.requirement).name
            version = max(case.universe[fact.project])
            if (number, fact.project, target) in told or not _allowed(asked, fact, version):
                continue
            for text in case.universe[fact.project][version].requires:
                requirement = Requirement(text)
                floor = text.replace("==", ">=").replace(".*", "").replace("~=", ">=")
                start = floor.find("]") + 1
                floor = floor[:start] + floor[start:].partition(",")[0].partition("<")[0]
                exact = "!=" in text or "===" in text
                if requirement.name == target and not exact and floor != text:
                    supposed = _with_line(case, fact.project, version, text, floor).reference
                    assert resolvable(roots, supposed, policy, limits) is None
        assert conflict.core


def _sides(asked: Answered, number: int) -> Iterator[Needs]:
    conflict = asked.findings.conflicts[number]
    for step in conflict.steps:
        for fact in (conflict.facts[at] for at in step.facts):
            if isinstance(fact, Needs) and step.side:
                yield fact


def _allowed(asked: Answered, fact: Needs, version: Version) -> bool:
    own = [one for one in map(Requirement, asked.lines) if one.name == fact.project]
    return all(one.specifier.contains(version) for one in own)


def requirements_on(case: Case, project: str, version: Version, target: str) -> list[Requirement]:
    requires = map(Requirement, case.universe[project][version].requires)
    return [one for one in requires if canonicalize_name(one.name) == target]


def with_change(case: Case, change: UpstreamChange) -> Case:
    """The case with the hypothetical release in the place of the real one."""
    return _with_line(case, change.project, change.version, change.requirement, change.loosened)


def _with_line(case: Case, project: Any, version: Version, old: str, new: str) -> Case:
    facts = case.universe[project][version]
    changed = dataclasses.replace(
        facts, requires=tuple(new if one == old else one for one in facts.requires)
    )
    releases = {**case.universe[project], version: changed}
    return dataclasses.replace(case, universe={**case.universe, project: releases})
