"""Plain lines are read without packaging's parser, and as it would read them."""

from __future__ import annotations

import subprocess
import sys

import hypothesis.strategies as st
import pytest
from hypothesis import example, given

from conflictlens.requirements.pep508 import Asked, Refused, parse_pep508
from conflictlens.requirements.pep508 import _parsed as parsed_by_packaging

NAMES = st.sampled_from(["a", "A.b", "a-_.b", "a1", "-a", "a-", "1a", "é", "a b", ""])
BLANKS = st.sampled_from(["", " ", "\t", "  ", "\n", "\u00a0"])
EXTRAS = st.sampled_from(["", "[x]", "[x, y]", "[ X_y ]", "[]", "[x,]", "[x y]", "[x", "(x)"])
OPERATORS = st.sampled_from(["==", ">=", "<=", "<", ">", "!=", "~=", "===", "=", "=>", ""])
VERSIONS = st.sampled_from(
    ["1", "1.0", "1.*", "1.0a1", "1!2", "1+x", "v1", "1-1", "1.0.post1", "x", "1 0", "", "*", "1.é"]
)
TAILS = st.sampled_from(["", ",", ";", "; python_version > '3'", " @ file:///x", ")", " # c"])


@st.composite
def lines(draw: st.DrawFn) -> str:
    clauses = draw(st.lists(st.tuples(OPERATORS, BLANKS, VERSIONS, BLANKS), max_size=3))
    specifier = ",".join(map("".join, clauses))
    start = draw(BLANKS), draw(NAMES), draw(BLANKS), draw(EXTRAS), draw(BLANKS)
    return "".join(start) + specifier + draw(TAILS) + draw(BLANKS)


def outcome(text: str, *, by_packaging: bool) -> Asked | str:
    try:
        return (parsed_by_packaging if by_packaging else parse_pep508)(text)
    except Refused as refused:
        return refused.reason


@given(lines())
@example("a[x]>=1,<2")
@example(f"a=={'1' * 5000}")
def test_a_plain_line_is_read_as_packaging_reads_it(text: str) -> None:
    assert outcome(text, by_packaging=False) == outcome(text, by_packaging=True)


@pytest.mark.parametrize("text", ["numpy", "a[x,y] >= 1.0, < 2", "Django==4.2.*", "a~=1.4"])
def test_a_plain_line_does_not_load_packaging(text: str) -> None:
    code = (
        "import sys; from conflictlens.requirements.pep508 import parse_pep508; "
        f"parse_pep508({text!r}); print('packaging' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
