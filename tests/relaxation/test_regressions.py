"""Questions that once were answered with a traceback, with a fix twice or in another style."""

from __future__ import annotations

import pytest

from conflictlens import MemoryIndex, explain
from tests.brute_force import universe_of
from tests.properties.universes import Case
from tests.relaxation.checks import fixes_resolve
from tests.relaxation.conflicts import Answered


@pytest.mark.parametrize(
    ("line", "replacement"),
    [
        ("a===nightly", "a===2.0rc1"),
        ("a==1.2.*", "a==2.0rc1"),
        ("a~=1.2", "a~=2.0rc1"),
        ("a>=2", "a>=2.0rc1"),
        ("a (!=2.0rc1)", "a"),
    ],
)
def test_moves_to_a_pre_release(line: str, replacement: str) -> None:
    case = Case((line, "b"), (), universe_of({"a": {"2.0rc1": []}, "b": {"1": ["a==2.0rc1"]}}))
    [fix] = Answered(case).findings.fixes
    assert [change.replacement for change in fix.changes] == [replacement]
    fixes_resolve(case)


def test_a_move_to_a_post_release() -> None:
    universe = universe_of(
        {"a": {"2": [], "2.post1": [], "3": []}, "b": {"1": ["a==2.post1"]}},
    )
    case = Case(("a>2", "b"), (), universe)
    [fix] = Answered(case).findings.fixes
    assert fix.requirements == ("a>=2.0", "b")
    fixes_resolve(case)


def test_a_fix_is_offered_once() -> None:
    case = Case(("a!=2",), (), universe_of({"a": {"2": []}}))
    [fix] = Answered(case).findings.fixes
    assert fix.requirements == ("a",)
    assert fix.only


@pytest.mark.parametrize("count", [20, 40])
@pytest.mark.parametrize("helps", ["either", "one"])
def test_many_conflicts_beside_each_other_are_all_mended(helps: str, count: int) -> None:
    """Each can be mended in ways of its own: twenty of them together in a million."""
    universe: dict[str, dict[str, list[str]]] = {}
    lines = []
    for n in range(count):
        old = ["2.0"] if helps == "either" else []
        universe[f"oven{n}"] = {"1.0": [f"steel{n}<2"], **{v: [f"steel{n}>=2"] for v in old}}
        universe[f"kettle{n}"] = {"1.0": [f"steel{n}<2"], "2.0": [f"steel{n}>=2"]}
        universe[f"steel{n}"] = {"1.0": [], "2.0": []}
        lines += [f"oven{n}==1.0", f"kettle{n}==2.0"]
    answer = explain(lines, index=MemoryIndex.of(universe), python="3.11").findings
    fixed = {fix.conflict for fix in answer.fixes}
    assert fixed == set(range(len(answer.conflicts)))
    assert len(answer.fixes) == len(fixed) * (2 if helps == "either" else 1)
    assert answer.repair is not None
    assert len(answer.repair.changes) == count


def test_a_fix_that_pip_refuses_comes_last_and_a_note_says_so() -> None:
    """tea 2 is nearer than pot 1, but pip passes over it since 24.1."""
    index = MemoryIndex.of(
        {
            "tea": {"1": ["pot<2"], "2": ["pot<3", "cup (>=1.*)"], "3": ["pot>9"]},
            "pot": {"0.1": [], "0.2": [], "0.3": [], "2": []},
            "cup": {"1": []},
        }
    )
    answer = explain(["tea==1", "pot==2"], index=index, python="3.11", platform="linux")
    assert [fix.changes[0].replacement for fix in answer.fixes] == ["pot==0.3", "tea==2"]
    assert "as those of tea 2 (cup (>=1.*))" in " ".join(str(answer).split())


def test_local_versions_that_do_not_exist_lose_their_label() -> None:
    index = MemoryIndex.of(
        {
            "tea": {"1.7": [], "1.8": []},
            "cup": {"0.8": ["tea==1.7"], "0.9": ["tea==1.8"]},
        }
    )
    lines = ["tea==1.7+hot", "cup==0.8+hot"]
    answer = explain(lines, index=index, python="3.11", platform="linux")
    assert answer.repair is not None
    assert answer.repair.requirements == ("tea==1.7", "cup==0.8")
