"""Requirement texts are read by a short way where they are of the usual form: the same as by the
long one."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conflictlens.problem.dependency_reader import DependencyReader, InvalidDependency
from conflictlens.target import target_for

MARKERS = target_for("3.11", "linux").markers

NAMES = ("a", "a-b", "A.b_c", "a-", "-a", "a b", "é", "3d", "")
EXTRAS = ("", "", "[x]", "[x,y]", "[")
BLANKS = ("", " ", "\t", "\n")
OPERATORS = ("==", ">=", "<=", "!=", "~=", "<", ">", "===", "=", "")
VERSIONS = (
    "1",
    "1.0",
    "2.0.*",
    "1.*",
    "1.0a1",
    "1!2",
    "1.0+x",
    "1.0.dev1",
    "v1",
    "1-1",
    "dev",
    "1.",
)
CONDITIONS = (
    "",
    "",
    ";",
    "; python_version>='3'",
    ";python_version < '3' ",
    ";extra == 'X_y'",
    "; extra=='x' and os_name == 'nt'",
    "; (os_name == 'posix') or extra == 'x'",
    "; what == 'x'",
    "; python_version",
    "; os_name == 'posix' trailing",
)


@st.composite
def texts(draw: st.DrawFn) -> str:
    def one(of: Sequence[str]) -> str:
        return draw(st.sampled_from(of))

    specifiers = [
        one(OPERATORS) + one(BLANKS) + one(VERSIONS) for _ in range(draw(st.integers(0, 3)))
    ]
    joined = (one(BLANKS) + "," + one(BLANKS)).join(specifiers) + one(("", "", "", ","))
    bracketed = draw(
        st.sampled_from((joined, joined, f"({joined})", f"( {joined} )", f"({joined}"))
    )
    url = one(("", "", "", "", " @ https://index.example/a.whl"))
    return (
        one(NAMES) + one(EXTRAS) + one(BLANKS) + (url or bracketed) + one(BLANKS) + one(CONDITIONS)
    )


def read(reader: DependencyReader, text: str) -> object:
    """What a reader makes of a text, for itself and for an extra."""
    try:
        return [reader.dependency(text, extra) for extra in ("", "x", "x-y")]
    except InvalidDependency:
        return InvalidDependency


class Thorough(DependencyReader):
    """Reads every text by the long way."""

    def _plain(self, text: str) -> None:
        return None


@given(texts())
def test_both_ways_lead_to_the_same(text: str) -> None:
    assert read(DependencyReader(MARKERS), text) == read(Thorough(MARKERS), text)


@pytest.mark.parametrize(
    "text", ["a", "a>=1", "a (>=1,<2)", "a >= 1 ; python_version >= '3'", "a.b!=1.*;extra=='x'"]
)
def test_the_usual_forms_go_the_short_way(text: str) -> None:
    assert DependencyReader(MARKERS)._plain(text) is not None


def test_markers_that_say_the_same_are_evaluated_apart_for_each_extra() -> None:
    reader = DependencyReader(MARKERS)
    assert reader.dependency("a; extra == 'x'", "x") is not None
    assert reader.dependency("b; extra == 'x'", "y") is None
    assert reader.dependency("b; extra=='x'", "x") is not None
