"""Where several cores overlap, which of them is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

import conflictlens
from conflictlens import MemoryIndex

Releases = Mapping[str, Mapping[str, Sequence[str]]]

THREE_VERSIONS: Mapping[str, Sequence[str]] = {"1": [], "2": [], "3": []}

CASES = {
    "fewer lines, further down": (
        ["a", "b", "c", "d"],
        {
            "a": {"1": ["x!=1"]},
            "b": {"1": ["x!=2"]},
            "c": {"1": ["x!=3"]},
            "d": {"1": ["x==3"]},
            "x": THREE_VERSIONS,
        },
        ["c", "d"],
    ),
    "fewer projects": (
        ["a", "b", "x==3"],
        {
            "a": {"1": ["x<3"]},
            "b": {"1": ["link"]},
            "link": {"1": ["x>=3"]},
            "x": THREE_VERSIONS,
        },
        ["a", "x==3"],
    ),
    "the earlier lines, where nothing is plainer": (
        ["a", "b", "c"],
        {"a": {"1": ["x==1"]}, "b": {"1": ["x==2"]}, "c": {"1": ["x==2"]}, "x": THREE_VERSIONS},
        ["a", "b"],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_plainest_core_is_told(name: str) -> None:
    roots, releases, told = CASES[name]
    universe: Releases = releases
    explanation = conflictlens.explain(roots, index=MemoryIndex.of(universe), python="3.11")
    first = explanation.findings.conflicts[0]
    assert first.minimal
    assert [root.text for root in first.core] == told
