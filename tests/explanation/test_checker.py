"""The checker of stories: silent on what the program tells, loud on what was tampered with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from packaging.utils import canonicalize_name
from packaging.version import Version

from conflictlens.core.enumeration import DisjointCores
from conflictlens.explanation.checker import flaws
from conflictlens.explanation.records import Conflict, Excluded, Fact, Needs, Step
from conflictlens.explanation.story import tell
from conflictlens.explanation.versions import VersionSet
from conflictlens.problem.admission import Admission
from conflictlens.problem.problem import pose
from conflictlens.problem.universe import Universe
from conflictlens.resolution import outcome
from conflictlens.resolution.budget import Budget
from conflictlens.resolution.verdict import decide
from conflictlens.target import target_for
from tests.properties.universes import requirement_set
from tests.scenario import Scenario, load, parse, scenarios

SHARED = Path(__file__).parents[3] / "shared" / "scenarios"
PATHS = [*scenarios().values(), *sorted(SHARED.glob("*.toml"))]

Told = dict[str, tuple[Universe, Conflict]]


def stories(scenario: Scenario) -> Iterator[tuple[Universe, Conflict]]:
    """What is told of a scenario, with what is known."""
    policy = Admission(
        pre=scenario.pre,
        only_binary=frozenset(map(canonicalize_name, scenario.only_binary)),
        no_binary=frozenset(map(canonicalize_name, scenario.no_binary)),
    )
    target = target_for(scenario.python, scenario.platform or "linux")
    requirements = requirement_set(scenario.roots, scenario.constraints)
    verdict = decide(pose(requirements, target, policy, scenario.index), Budget())
    if isinstance(verdict.outcome, outcome.Conflict):
        disjoint = DisjointCores(verdict, Budget())
        for core in disjoint:
            yield core.universe, tell(core)


def reasons(universe: Universe, story: Conflict) -> list[str]:
    return [flaw.reason for flaw in flaws(universe, story)]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_what_is_told_is_true(path: Path) -> None:
    for universe, story in stories(load(path)):
        assert reasons(universe, story) == []


CLASH = """
name = "clash"
description = "a and b meet at c; every d that is asked for is for another Python."

[root]
requires = ["a>=2", "b", "d>=2"]

[expected]
satisfiable = false

[packages.a.versions."1"]
[packages.a.versions."2"]
requires = ["c<3"]
[packages.a.versions."3"]
requires = ["c<3"]
[packages.b.versions."1"]
requires = ["c>=3"]
[packages.c.versions]
"1" = {}
"2" = {}
"3" = {}
[packages.d.versions]
"1" = {}
"2" = { requires_python = ">=3.13" }
"3" = { requires_python = ">=3.13" }
"""


@pytest.fixture(scope="module")
def told() -> Told:
    """The clash of a and b over c, and what is wrong with d, by the first line of the core."""
    return {story.core[0].text: (universe, story) for universe, story in stories(parse(CLASH))}


def test_the_untouched_stories_are_true(told: Told) -> None:
    assert {line: reasons(*one) for line, one in told.items()} == {"a>=2": [], "d>=2": []}


def tampered(told: Told, line: str, place: int, step: Step) -> list[str]:
    """What the checker says once a step is replaced."""
    universe, story = told[line]
    steps = (*story.steps[:place], step, *story.steps[place + 1 :])
    return reasons(universe, replace(story, steps=steps))


def span(first: str, last: str, count: int) -> VersionSet:
    return VersionSet(((Version(first), Version(last)),), count)


def test_a_step_about_more_versions(told: Told) -> None:
    step = replace(told["a>=2"][1].steps[0], versions=span("1", "3", 3))
    assert tampered(told, "a>=2", 0, step) == [
        "a: not all versions that are told have a fact",
        "a 1 allows more",
    ]


def test_a_step_about_fewer_versions(told: Told) -> None:
    step = replace(told["a>=2"][1].steps[0], versions=span("2", "2", 1))
    assert tampered(told, "a>=2", 0, step) == [
        "the core and the steps together do not contradict each other"
    ]


def test_a_tighter_requirement(told: Told) -> None:
    step = replace(told["a>=2"][1].steps[0], requirement="c<2")
    assert tampered(told, "a>=2", 0, step) == ["a 2 allows more", "a 3 allows more"]


def test_fewer_allowed_versions(told: Told) -> None:
    step = replace(told["a>=2"][1].steps[0], requirement=None, allowed=span("1", "1", 1))
    assert tampered(told, "a>=2", 0, step) == ["a 2 allows more", "a 3 allows more"]


def test_a_wider_requirement(told: Told) -> None:
    step = replace(told["a>=2"][1].steps[0], requirement="c<=3")
    assert tampered(told, "a>=2", 0, step) == [
        "the core and the steps together do not contradict each other"
    ]


@pytest.mark.parametrize("place", [0, 1])
def test_a_step_left_out(told: Told, place: int) -> None:
    universe, story = told["a>=2"]
    steps = story.steps[:place] + story.steps[place + 1 :]
    assert reasons(universe, replace(story, steps=steps)) == [
        "the core and the steps together do not contradict each other"
    ]


@pytest.mark.parametrize("place", [0, 1])
def test_a_line_left_out(told: Told, place: int) -> None:
    universe, story = told["a>=2"]
    core = story.core[:place] + story.core[place + 1 :]
    assert reasons(universe, replace(story, core=core)) == [
        "the core and the steps together do not contradict each other"
    ]


def test_a_fact_that_says_less(told: Told) -> None:
    universe, story = told["a>=2"]
    assert isinstance(story.facts[0], Needs)
    weaker: Fact = replace(story.facts[0], requirement="c")
    told_anyway = replace(story, facts=(weaker, *story.facts[1:]))
    assert reasons(universe, told_anyway) == ["a 2 allows more", "a 3 allows more"]


def test_more_versions_excluded_than_are(told: Told) -> None:
    step = replace(told["d>=2"][1].steps[0], versions=span("1", "3", 3))
    assert tampered(told, "d>=2", 0, step) == [
        "d: versions that may be picked are told as excluded"
    ]


def test_more_versions_excluded_than_are_as_a_fact(told: Told) -> None:
    universe, story = told["d>=2"]
    [fact] = story.facts
    assert isinstance(fact, Excluded)
    more = span("1", "3", 3)
    step = replace(story.steps[0], versions=more)
    enlarged = replace(story, steps=(step,), facts=(replace(fact, versions=more),))
    assert reasons(universe, enlarged) == ["d: versions that may be picked are told as excluded"]


def test_fewer_versions_excluded_than_it_takes(told: Told) -> None:
    step = replace(told["d>=2"][1].steps[0], versions=span("2", "2", 1))
    assert tampered(told, "d>=2", 0, step) == [
        "the core and the steps together do not contradict each other"
    ]
