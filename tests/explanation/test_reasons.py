"""What is told of why versions can't be picked, in the files' own words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

import conflictlens
from conflictlens import MemoryIndex
from conflictlens.index.memory import wheel


def of_yanked(reasons: Mapping[str, str | None]) -> str:
    """The text of an answer about a project with these versions, yanked for these reasons."""
    facts = [
        (replace(file, yanked=reason), metadata)
        for version, reason in reasons.items()
        for file, metadata in [wheel("pan", version)]
    ]
    return conflictlens.explain(["pan"], index=MemoryIndex(facts), python="3.11").to_text(width=200)


@pytest.mark.parametrize(
    ("reasons", "told"),
    [
        (["burns", " burns\n"], "pan 1.0 and 2.0 are yanked (burns)"),
        (["burns", "leaks"], "pan 1.0 and 2.0 are yanked (2.0: leaks; 1.0: burns)"),
        (["burns", ""], "pan 1.0 and 2.0 are yanked (1.0: burns)"),
        (["", ""], "pan 1.0 and 2.0 are yanked\n"),
        (["burns", "leaks", "rusts"], "are yanked (for 3 different reasons)"),
        (["burns", "leaks", "burns"], "are yanked (1.0 and 3.0: burns; 2.0: leaks)"),
    ],
)
def test_each_reason_is_told_of_its_own_versions(reasons: list[str], told: str) -> None:
    assert told in of_yanked({f"{n}.0": reason for n, reason in enumerate(reasons, 1)})


def test_that_all_came_after_the_cut_off_is_told_with_the_first() -> None:
    days = {"2.0b1": 3, "2.0": 9, "1.9": 20}
    facts = [
        (replace(file, upload_time=datetime(2025, 9, day, tzinfo=UTC)), metadata)
        for version, day in days.items()
        for file, metadata in [wheel("pan", version)]
    ]

    def told(line: str) -> str:
        answer = conflictlens.explain(
            [line], index=MemoryIndex(facts), python="3.11", exclude_newer="2024-05-20"
        )
        return answer.to_text(width=200)

    first = "all releases of pan came after the cut-off (the first, 2.0b1, on 2025-09-03"
    assert f"{first})" in told("pan==0.3")
    assert f"{first}; 1.9 on 2025-09-20)" in told("pan<2.0a1")
