"""Which Pythons are tried as a fix: those that there are, or were on the day of the question."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pytest
from msgspec.structs import replace

import conflictlens
from conflictlens import Explanation
from conflictlens.explanation.records import ChangeAction
from conflictlens.index.memory import MemoryIndex, wheel
from conflictlens.target import minors


@pytest.mark.parametrize(
    ("day", "newest"),
    [
        (date(2019, 11, 1), 8),
        (date(2020, 10, 5), 9),
        (date(2023, 9, 30), 11),
        (date(2025, 10, 7), 14),
        (date(2026, 9, 30), 14),
        (date(2026, 10, 1), 15),
        (date(2030, 12, 1), 19),
        (date(2001, 1, 1), 8),
    ],
)
def test_there_is_a_new_one_each_october(day: date, newest: int) -> None:
    assert minors(day) == range(8, newest + 1)


def test_today_counts_unless_a_day_is_given() -> None:
    assert minors() == minors(date.today())


def pythons(needed: str, until: str | None, asked: str) -> list[str | None]:
    """What a conflict with Requires-Python is mended by."""
    file, metadata = wheel("pan", "1.0")
    announced = replace(file, requires_python=needed, upload_time=None)
    index = MemoryIndex([(announced, replace(metadata, requires_python=needed))])
    answer = conflictlens.explain(
        "pan", index=index, python=asked, platform="linux", exclude_newer=until
    )
    changes = [change for fix in answer.fixes for change in fix.changes]
    return [one.replacement for one in changes if one.action is ChangeAction.PYTHON]


def test_the_newest_python_is_tried() -> None:
    newest = minors()[-1]
    assert pythons(f">=3.{newest}", None, f"3.{newest - 1}") == [f"3.{newest}"]
    assert pythons(f">=3.{newest + 1}", None, f"3.{newest}") == []


def answered(*lines: str, python: str, universe: Mapping[str, Mapping[str, str]]) -> Explanation:
    """An answer where what a universe says of each release is its Requires-Python."""
    files = [
        (replace(file, requires_python=needed), replace(metadata, requires_python=needed))
        for name, releases in universe.items()
        for version, needed in releases.items()
        for file, metadata in [wheel(name, version)]
    ]
    return conflictlens.explain(lines, index=MemoryIndex(files), python=python, platform="linux")


def suggested(answer: Explanation) -> list[str | None]:
    changes = [change for fix in answer.fixes for change in fix.changes]
    return [one.replacement for one in changes if one.action is ChangeAction.PYTHON]


def test_a_python_that_only_switches_lines_off_is_no_fix() -> None:
    universe = {"pan": {"1.0": "<3.9"}, "lid": {"1.0": ""}}
    line = 'pan==1.0 ; python_version < "3.10"'
    assert suggested(answered(line, "lid", python="3.9", universe=universe)) == ["3.8"]
    universe["pan"]["1.0"] = "<3.0"
    assert suggested(answered(line, "lid", python="3.9", universe=universe)) == []


def test_a_python_without_a_line_that_is_in_no_conflict_is_a_fix() -> None:
    universe = {"pan": {"1.0": ">=3.10"}, "backport": {"1.0": ""}}
    lines = "pan", 'backport ; python_version < "3.10"'
    assert suggested(answered(*lines, python="3.9", universe=universe)) == ["3.10"]


@pytest.mark.parametrize(
    ("needed", "asked", "found"),
    [
        (">=3.9.2", "3.9", "3.9.2"),
        (">3.9,!=3.9.1", "3.9", "3.9.2"),
        (">=3.10", "3.9", "3.10"),
        (">=3.9.2", "3.9.1", "3.10"),
    ],
)
def test_a_later_patch_release_comes_first(needed: str, asked: str, found: str) -> None:
    answer = answered("pan", python=asked, universe={"pan": {"1.0": needed}})
    assert suggested(answer) == [found]


def test_one_python_for_all_conflicts_that_rest_on_it() -> None:
    """Python 3.11 would do for the pan alone."""
    universe = {"pan": {"1.0": "<3.12"}, "lid": {"1.0": "<3.11"}, "pot": {"1": ""}}
    answer = answered("pan", "lid", "pot>2", python="3.12", universe=universe)
    assert suggested(answer) == ["3.10", "3.10"]
    lists = [fix.requirements for fix in answer.fixes if fix.changes[0].replacement == "3.10"]
    assert lists == [("pan", "lid", "pot>=1.0,<2")] * 2
    assert "Or use Python 3.10 and change 1 line:\n    pot>2  →  pot>=1.0,<2\n" in str(answer)


def test_where_no_python_does_for_all_each_conflict_has_its_own() -> None:
    universe = {"pan": {"1.0": ">=3.13"}, "lid": {"1.0": "<3.12"}}
    answer = answered("pan", "lid", python="3.12", universe=universe)
    assert suggested(answer) == ["3.13", "3.11"]
    assert "Or use" not in str(answer)
    universe = {"pan": {"1.0": "<3.12"}, "lid": {"1.0": "<3.12"}}
    answer = answered("pan", "lid", python="3.12", universe=universe)
    assert "  Or use Python 3.11; no line has to change\n" in str(answer)


@pytest.mark.parametrize(("needed", "found"), [("<3.9", ["3.8"]), ("==3.15.*", ["3.15"])])
def test_no_python_is_tried_that_the_conflict_rules_out(needed: str, found: list[str]) -> None:
    answer = answered("pan", python="3.12", universe={"pan": {"1.0": needed}})
    assert suggested(answer) == found


def test_more_lines_than_the_cheapest_repair_is_found_of_are_mended_all_the_same() -> None:
    names = [f"pan{number}" for number in range(90)]
    universe = {name: {"1.0": "<3.9", "2.0": "<3.9"} for name in names}
    universe["lid"] = {"1.0": "<3.9", "2.0": ""}
    lines = [*(f"{name}==1.0" for name in names), "lid==1.0", "pot"]
    answer = answered(*lines, python="3.12", universe={**universe, "pot": {"1.0": ""}})
    assert answer.repair is not None
    assert answer.repair.requirements == ("lid==2.0", "pot")
    assert (
        {fix.conflict for fix in answer.fixes}
        == set(range(91))
        == set(range(len(answer.conflicts)))
    )
    assert "no more than 20" not in str(answer)


def test_no_python_is_tried_that_there_is_no_wheel_for() -> None:
    """Sources are ruled out, and the pan's wheels end with Python 3.9, four before this one."""
    tags = [f"cp3{minor}-cp3{minor}-manylinux2014_x86_64" for minor in (8, 9)]
    facts = [wheel("pan", "1.0", tag=tag) for tag in tags]
    facts.append(wheel("pan", "2.0", tag="cp312-cp312-manylinux2014_x86_64"))
    index = MemoryIndex([*facts, wheel("lid", "1.0", tag="cp38-abi3-manylinux2014_x86_64")])
    answer = conflictlens.explain(["pan<2", "lid"], index=index, python="3.13", platform="linux")
    assert suggested(answer) == ["3.9"]
