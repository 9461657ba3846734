"""Universes too large for brute force: the verdict agrees with a SAT solver's."""

from __future__ import annotations

import os
import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from packaging.version import Version

from conflictlens.core.enumeration import DisjointCores
from conflictlens.resolution.check import violation
from conflictlens.resolution.outcome import Resolution
from conflictlens.resolution.verdict import decide
from tests import sat_oracle
from tests.brute_force import Facts, Policy, admitting
from tests.properties.answers import EVERYTHING, POLICY, UNLIMITED, admitted, packages, resolves
from tests.properties.universes import Case, cases

SEEDS = range(int(os.environ.get("CONFLICTLENS_EXAMPLES", "100")) // 5)


@given(cases())
def test_the_oracle_agrees_with_brute_force(case: Case) -> None:
    policy = admitting(POLICY, (*case.roots, *case.constraints))
    found = sat_oracle.resolution(case.roots, case.reference, policy, case.constraints)
    assert (found is not None) is resolves(case)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_verdict_agrees_with_sat(seed: int) -> None:
    check(random_case(seed))


def test_the_random_universes_are_of_both_kinds() -> None:
    outcomes = [sat(random_case(seed)) is not None for seed in range(30)]
    assert 8 <= sum(outcomes) <= 22


def check(case: Case) -> None:
    """The verdict, the resolution and the cores of a case are true."""
    verdict = decide(case.problem, UNLIMITED)
    assert isinstance(verdict.outcome, Resolution) is (sat(case) is not None)
    if isinstance(verdict.outcome, Resolution):
        assert violation(verdict.universe, verdict.outcome) is None
        pins = [f"{name}=={v}" for name, v in packages(verdict.universe, verdict.outcome).items()]
        assert sat(case, (*case.constraints, *pins)) is not None
        return
    disjoint = DisjointCores(verdict, UNLIMITED)
    for core in disjoint:
        universe = admitted(case, disjoint.verdict.universe)
        for gone in (None, *core.roots):
            roots = [t for n, t in enumerate(case.roots) if n in core.roots and n != gone]
            limits = [
                text
                for n, text in enumerate(case.constraints, len(case.roots))
                if n in core.roots and n != gone
            ]
            found = sat_oracle.resolution(roots, universe, EVERYTHING, limits)
            assert (found is None) is (gone is None)


def sat(case: Case, constraints: Sequence[str] | None = None) -> dict[str, Version] | None:
    limits = case.constraints if constraints is None else constraints
    policy: Policy = admitting(POLICY, (*case.roots, *limits))
    return sat_oracle.resolution(case.roots, case.reference, policy, limits)


def random_case(seed: int) -> Case:
    """20 projects with 10 versions, each needing up to three others."""
    rng = random.Random(seed)
    names = [f"p{number}" for number in range(20)]
    universe = {
        name: {
            Version(str(number)): Facts(
                tuple(_needs(rng, names, number) for _ in range(rng.randint(1, 3)))
            )
            for number in range(1, 11)
        }
        for name in names
    }
    for name in rng.sample(names, 5):
        universe[name][Version("11a1")] = Facts((_needs(rng, names, 10),))
    roots = tuple(_root(rng, name) for name in rng.sample(names, rng.randint(4, 9)))
    constraints = tuple(f"{name}<{rng.randint(5, 11)}" for name in rng.sample(names, 3))
    return Case(roots, constraints, universe)


def _root(rng: random.Random, name: str) -> str:
    return name + rng.choice(("", "", "[x]")) + f">={rng.randint(1, 7)}"


def _needs(rng: random.Random, names: Sequence[str], number: int) -> str:
    """Neighbouring versions need neighbouring versions, as in life."""
    low = max(1, number - rng.randint(0, 3))
    width = rng.randint(1, 3)
    specifier = rng.choice((f">={low},<{low + width}", f"=={low}", f"<={low + 2}", f"~={low}.0"))
    extras = rng.choice(("", "", "", "[x]", "[y]"))
    marker = rng.choice(("", "", "", "", "", "", '; extra == "x"', '; extra == "y"'))
    return rng.choice(names) + extras + specifier + marker
