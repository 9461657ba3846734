"""Logical lines: joined, without comments, numbered as an editor does."""

from __future__ import annotations

import time

import pytest

from conflictlens.requirements.lines import Line, logical_lines


def _lines(text: str, **environ: str) -> list[tuple[int, str]]:
    return [(line.number, line.expanded) for line in logical_lines(text, environ)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("a\n\n  \nb\n", [(1, "a"), (4, "b")]),
        ("a # c\n#b\n  # d\nc#d\n", [(1, "a"), (4, "c#d")]),
        ("a\t# c", [(1, "a")]),
        ("u#egg=x # c#d", [(1, "u#egg=x")]),
        ("a \\\n  >=1 \\\n  ,<2\nb", [(1, "a   >=1   ,<2"), (4, "b")]),
        # A comment ends a continuation, even when it ends in a backslash itself.
        ("a \\\n# c \\\nb", [(1, "a"), (3, "b")]),
        ("# c \\\nb", [(2, "b")]),
        ("a \\", [(1, "a")]),
        ("\\a \\\nb", [(1, "a b")]),
        # A comment inside of a continuation hides what is behind it.
        ("a # c \\\nb", [(1, "a")]),
        ("a\rb\r\nc\n\rd", [(1, "a"), (2, "b"), (3, "c"), (5, "d")]),
        # pip splits here, an editor counts none of them.
        ("a\x0cb\x0b\x1cc\u2028d\x85\ne", [(1, "a"), (1, "b"), (1, "c"), (1, "d"), (2, "e")]),
    ],
)  # fmt: skip
def test_logical_lines(text: str, expected: list[tuple[int, str]]) -> None:
    assert _lines(text) == expected


def test_variables_are_expanded_but_not_in_what_was_written() -> None:
    text = "a==${A_1} # ${A_1}\n${UNSET} ${EMPTY} $A_1 ${lower}"
    lines = list(logical_lines(text, {"A_1": "2", "EMPTY": "", "lower": "x"}))
    assert lines == [
        Line(1, "a==${A_1}", "a==2", (0, 19)),
        Line(2, text.splitlines()[1], "${UNSET} ${EMPTY} $A_1 ${lower}", (19, len(text))),
    ]


def test_a_long_run_of_blanks_is_read_at_once() -> None:
    start = time.perf_counter()
    assert _lines(" " * 1_000_000 + "a" + "\t" * 1_000_000 + "b") != []
    assert time.perf_counter() - start < 1
