"""In which order projects are decided."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from packaging.utils import canonicalize_name

from benchmarks.families import Plain, recorded
from benchmarks.recorded import PLATFORM, memory_index
from conflictlens import explain
from conflictlens.resolution.order import deciding_order


@pytest.mark.parametrize(
    ("needs", "order"),
    [
        ("", ""),
        ("a: b; b: ; c:", "a b c"),
        ("a: c; b: ; c: ; d: c", "a b d c"),  # c waits for all that need it
        ("a: b; b: a c; c:", "a b c"),  # a circle: the first of it goes first
        ("a: ; b: c; c: b d; d: b", "a b c d"),
        ("a: a b; b:", "a b"),  # an extra of its own
    ],
)
def test_each_project_comes_after_those_that_need_it(needs: str, order: str) -> None:
    stated = [part.partition(":") for part in needs.split(";") if part]
    parsed = {
        canonicalize_name(name.strip()): [canonicalize_name(one) for one in ones.split()]
        for name, _, ones in stated
    }
    found = deciding_order(parsed)
    assert sorted(found, key=found.__getitem__) == order.split()


def numbers(last: int) -> Sequence[int]:
    return range(last, 0, -1)


def test_a_shared_leaf_does_not_rule_out_those_that_need_it() -> None:
    """All `client` need an old `leaf`; were its newest taken first, each would be tried."""
    universe: Plain = {
        "first": {"1": ["leaf[fast]", "client"]},
        "client": {str(n): [f"core=={n}"] for n in numbers(40)},
        "core": {str(n): ["leaf<2"] for n in numbers(40)},
        "leaf": {str(n): [] for n in numbers(3)},
    }
    slice_of_it = recorded("shared leaf", ["first"], universe)
    answer: Any = explain(
        ["first"], python="3.11", platform=PLATFORM, index=memory_index(slice_of_it)
    ).to_dict()
    assert answer["resolution"] == {"first": "1", "client": "40", "core": "40", "leaf": "1"}
    assert answer["stats"]["metadata"] <= 5
