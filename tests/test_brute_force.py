"""What the scenarios expect is true, and the oracle that says so can tell right from wrong."""

from __future__ import annotations

import msgspec
import pytest
from packaging.version import Version

from tests.brute_force import (
    Policy,
    minimal_cores,
    question_of,
    resolutions,
    resolvable,
    universe_of,
)
from tests.scenario import Scenario, load, parse, scenarios

Resolution = dict[str, Version]


@pytest.fixture(params=list(scenarios().values()), ids=list(scenarios()))
def scenario(request: pytest.FixtureRequest) -> Scenario:
    return load(request.param)


def test_scenarios_are_named_as_their_files() -> None:
    assert {name: load(path).name for name, path in scenarios().items()} == {
        name: name for name in scenarios()
    }


def test_the_expected_verdict_is_true(scenario: Scenario) -> None:
    universe, policy = question_of(scenario)
    found = resolvable(scenario.roots, universe, policy, scenario.constraints)
    assert (found is not None) is scenario.expected.satisfiable


def test_the_expected_cores_are_all(scenario: Scenario) -> None:
    universe, policy = question_of(scenario)
    texts = (*scenario.roots, *scenario.constraints)
    cores = minimal_cores(scenario.roots, universe, policy, scenario.constraints)
    named = {frozenset(texts[number] for number in core) for core in cores}
    assert named == (scenario.expected.cores or frozenset())


def test_the_expected_resolution_is_the_best(scenario: Scenario) -> None:
    universe, policy = question_of(scenario)
    found = list(resolutions(scenario.roots, universe, policy, scenario.constraints))
    best = [one for one in found if not any(is_better(other, one, policy) for other in found)]
    expected = scenario.expected.packages
    assert best == ([] if expected is None else [expected])


def is_better(one: Resolution, other: Resolution, policy: Policy) -> bool:
    """Whether `one` picks nothing worse than `other` does, and something better.

    Newer is better, and without ``--pre`` anything stable is better than a pre-release.
    """

    def merit(version: Version) -> tuple[bool, Version]:
        return policy.pre or not version.is_prerelease, version

    shared = one.keys() & other.keys()
    return all(merit(one[name]) >= merit(other[name]) for name in shared) and any(
        merit(one[name]) > merit(other[name]) for name in shared
    )


SMALL = universe_of(
    {"a": {"1": ["c<2"], "2": ["c==1"]}, "b": {"1": ["c>=2"]}, "c": {"1": [], "2": []}}
)


def test_the_oracle_finds_what_is_there() -> None:
    assert resolvable(["a"], SMALL) == {"a": Version("2"), "c": Version("1")}
    assert resolvable(["a", "b"], SMALL) is None
    assert len(list(resolutions(["a"], SMALL))) == 2


def test_the_oracle_numbers_constraints_after_roots() -> None:
    assert minimal_cores(["a", "b", "c"], SMALL) == {frozenset({0, 1})}
    assert minimal_cores(["b"], SMALL, constraints=["a", "c<2"]) == {frozenset({0, 2})}


def test_the_oracle_keeps_what_a_dropped_root_admitted() -> None:
    universe = universe_of(
        {"a": {"1": ["b==1"], "2a1": ["c==9"]}, "b": {"1": [], "2": []}, "c": {"1": []}}
    )
    roots = ["a>=1a1", "b==2", "a"]
    assert minimal_cores(roots, universe) == {frozenset({0, 1}), frozenset({1, 2})}


def test_a_key_that_is_not_known_is_an_error() -> None:
    with pytest.raises(msgspec.ValidationError, match="unknown field `require`"):
        parse('name = "x"\ndescription = ""\nroot = { require = ["a"] }')
