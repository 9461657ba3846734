"""Metadata that no release should have: they cost that release, never the answer."""

from __future__ import annotations

import pytest

import conflictlens
from conflictlens import Explanation, InputError, MemoryIndex
from conflictlens.index.memory import wheel

NESTED = "(" * 500 + 'python_version > "3"' + ")" * 500


Universe = dict[str, dict[str, list[str]]]


def explained(universe: Universe, *roots: str) -> Explanation:
    return conflictlens.explain(roots, index=MemoryIndex.of(universe), python="3.11")


@pytest.mark.parametrize("needs", ["z==" + "9" * 5000, "z_>=1", f"z; {NESTED}"])
def test_an_old_release_costs_no_answer(needs: str) -> None:
    universe: Universe = {"p": {"2.0": ["b<2"], "1.0": [needs]}, "b": {"1.5": [], "3.0": []}}
    found = explained(universe, "p==2.0", "b>=3")
    assert found.exit_code == 1
    assert [fix.changes[0].replacement for fix in found.fixes] == ["b>=1.5,<3"]


def test_a_wheel_that_installers_refuse_is_out_and_the_line_is_told() -> None:
    index = MemoryIndex([wheel("p", "1.0", ("six", "pytz (>=2011k\x1b[31m)"))])
    answer = conflictlens.explain(["p"], index=index, python="3.11")
    assert answer.exit_code == 1
    text = answer.to_text(width=120)
    assert 'p 1.0 has invalid metadata: "pytz (>=2011k\\x1b[31m)" is no valid requirement' in text


def test_a_python_of_thousands_of_digits_is_no_limit() -> None:
    from conflictlens.problem.admission import Admission, Assessor
    from conflictlens.target import target_for

    assert Assessor(target_for("3.11"), Admission()).python_fits(">=" + "9" * 5000)


@pytest.mark.parametrize("name", ["A_", "a-", "_a"])
def test_a_name_that_can_not_be_is_an_input_error(name: str) -> None:
    with pytest.raises(InputError):
        explained({}, name)


def test_a_step_says_what_follows_from_each_of_its_facts() -> None:
    universe: Universe = {"a": {"1.0": ["b<2"], "2.0": ["b<3"]}, "b": {"1.5": [], "3.0": []}}
    [step] = explained(universe, "a", "b>=3").conflicts[0].steps
    assert step.requirement == "b<3"


def test_where_no_text_follows_from_all_facts_the_versions_are_told() -> None:
    universe: Universe = {
        "a": {"1.0": ["b!=3.0,<4"], "2.0": ["b<3"], "3.0": ["b==1.*"]},
        "b": {"1.5": [], "3.0": []},
    }
    told = explained(universe, "a", "b>=3")
    [step] = told.conflicts[0].steps
    assert step.requirement == "b!=3.0,<4"
    universe["a"]["4.0"] = ["b>=1.5,!=3.0"]
    [step] = explained(universe, "a", "b>=3").conflicts[0].steps
    assert step.requirement is None
