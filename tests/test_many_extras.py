"""Thousands of extras that do not exist: few words, and work that grows with their number."""

from __future__ import annotations

import tracemalloc

import pytest

import conflictlens
from conflictlens.index.memory import MemoryIndex
from conflictlens.problem.notes import NoteKind

INDEX = MemoryIndex.of({"oven": {"1.0": ["tea; extra == 'x'"]}, "tea": {"1.0": []}})


def asked(*lines: str) -> conflictlens.Explanation:
    return conflictlens.explain(lines, index=INDEX, python="3.11", platform="linux")


def test_a_line_has_one_note_that_names_a_few() -> None:
    extras = ",".join(f"e{number:05}" for number in range(3000))
    answer = asked(f"oven[{extras}]")
    [note] = [one.text for one in answer.notes if one.kind is NoteKind.MISSING_EXTRA]
    assert note == (
        "oven 1.0 has no extra e00000, e00001, e00002, e00003, e00004 and 2995 more, "
        "which argument asks for"
    )
    assert len(answer.to_json()) < 5000
    assert len(answer.to_text(verbose=True)) < 1000


def test_few_are_told_with_the_line() -> None:
    assert [one.text for one in asked("oven[nope,x,no]").notes] == [
        "oven 1.0 has no extra no, nope, which oven[nope,x,no] asks for"
    ]


@pytest.mark.parametrize("lines", [800, 1600])
def test_what_is_kept_grows_with_the_lines(lines: int) -> None:
    tracemalloc.start()
    answer = asked(*(f"oven[e{number}]" for number in range(lines)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < lines * 20_000
    told = answer.to_text()
    assert told.count("has no extra") == 3
    assert f"{lines - 3} more notes (-v)" in told
    assert len(answer.notes) == lines
