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
