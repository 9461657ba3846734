"""Each scenario through the front door: verdict, resolution, core."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from conflictlens.explanation.records import Findings, Outcome
from conflictlens.index.records import Index
from conflictlens.pipeline import find
from conflictlens.problem.admission import Admission
from conflictlens.question import Question
from conflictlens.resolution.budget import Budget
from conflictlens.target import target_for
from tests.brute_force import question_of, resolvable
from tests.properties.universes import requirement_set
from tests.scenario import Scenario, load, scenarios

SHARED = Path(__file__).parents[2] / "shared" / "scenarios"


def ask(scenario: Scenario, index: Index | None = None) -> Findings:
    """The program's answer to a scenario, from memory or from another index of it."""
    admission = Admission(
        pre=scenario.pre,
        only_binary=frozenset(map(canonicalize_name, scenario.only_binary)),
        no_binary=frozenset(map(canonicalize_name, scenario.no_binary)),
    )
    target = target_for(scenario.python, scenario.platform or "linux")
    requirements = requirement_set(scenario.roots, scenario.constraints)
    return find(Question(requirements, target, admission), index or scenario.index, Budget())


@pytest.fixture(params=list(scenarios().values()), ids=list(scenarios()), scope="module")
def scenario(request: pytest.FixtureRequest) -> Scenario:
    return load(request.param)


@pytest.fixture(scope="module")
def findings(scenario: Scenario) -> Findings:
    return ask(scenario)


def test_the_verdict(scenario: Scenario, findings: Findings) -> None:
    expected = Outcome.RESOLVED if scenario.expected.satisfiable else Outcome.CONFLICT
    assert findings.outcome is expected


def test_the_resolution(scenario: Scenario, findings: Findings) -> None:
    expected = scenario.expected.packages
    texts = None if expected is None else {name: str(one) for name, one in expected.items()}
    assert findings.resolution == texts


def test_the_cores(scenario: Scenario, findings: Findings) -> None:
    cores = [frozenset(root.text for root in conflict.lines) for conflict in findings.conflicts]
    assert set(cores) <= (scenario.expected.cores or frozenset())
    assert all(conflict.minimal for conflict in findings.conflicts)
    assert bool(cores) is not scenario.expected.satisfiable


def test_the_python_is_blamed_where_it_counts(scenario: Scenario, findings: Findings) -> None:
    blamed = {conflict.python is not None for conflict in findings.conflicts}
    assert blamed <= {scenario.expected.python}


PUBLIC: Mapping[str, Path] = {path.stem: path for path in sorted(SHARED.glob("*.toml"))}


@pytest.mark.skipif(not PUBLIC, reason="there are no shared scenarios")
def test_public_verdicts_are_uvs_but_for_three_of_pips_rules() -> None:
    differing: list[str] = []
    for path in PUBLIC.values():
        scenario = load(path)
        outcome = ask(scenario).outcome
        universe, policy = question_of(scenario)
        by_pip = resolvable(scenario.roots, universe, policy, scenario.constraints) is not None
        assert outcome is (Outcome.RESOLVED if by_pip else Outcome.CONFLICT), path.stem
        if by_pip is not scenario.expected.satisfiable:
            differing.append(rule_of_pip(scenario))
    assert sorted(differing) == ["no fallback", "upper bound of Requires-Python", "yanked pin"]


def rule_of_pip(scenario: Scenario) -> str:
    """The rule of pip's that uv does not have, and that this scenario is about."""
    releases = [one for versions in scenario.universe.values() for one in versions.values()]
    pythons = [SpecifierSet(one.requires_python or "") for one in releases]
    if any(part.operator.startswith("<") for python in pythons for part in python):
        return "upper bound of Requires-Python"
    if any(one.yanked is not False for one in releases) and scenario.expected.satisfiable is False:
        return "yanked pin"
    return "no fallback"
