"""Questions that once were answered with a traceback, with a fix twice or in another style."""

from __future__ import annotations

import pytest

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
