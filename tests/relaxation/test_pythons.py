"""Which Pythons are tried as a fix: those that there are, or were on the day of the question."""

from __future__ import annotations

from datetime import date

import pytest
from msgspec.structs import replace

import conflictlens
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
