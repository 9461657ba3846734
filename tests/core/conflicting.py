"""Universes whose minimal cores are given: any sets of lines can be the conflicts of a question."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Set
from itertools import combinations

from hypothesis import strategies as st
from packaging.version import Version

from tests.brute_force import Facts
from tests.properties.universes import Case

Lines = frozenset[int]
LINES = 7


def case_of(cores: Collection[Lines], lines: int = LINES) -> Case:
    """Each core meets at a project of its own; each of its lines rules out one of the versions."""
    requires: list[list[str]] = [[] for _ in range(lines)]
    universe = {}
    for number, core in enumerate(cores):
        meeting = f"meeting-{number}"
        universe[meeting] = {Version(str(at + 1)): Facts() for at in range(len(core))}
        for at, line in enumerate(sorted(core)):
            requires[line].append(f"{meeting}!={at + 1}")
    for line, texts in enumerate(requires):
        universe[f"line-{line}"] = {Version("1"): Facts(tuple(texts))}
    return Case(tuple(f"line-{line}" for line in range(lines)), (), universe)


def minimal(sets: Iterable[Lines]) -> list[Lines]:
    """Those that no other is a part of, each once."""
    every = set(sets)
    return sorted((one for one in every if not any(other < one for other in every)), key=sorted)


families = st.lists(
    st.frozensets(st.integers(0, LINES - 1), min_size=1, max_size=4), min_size=1, max_size=9
).map(minimal)
"""Sets of lines, none a part of another."""


def most_disjoint(sets: Collection[Set[object]]) -> int:
    """How many of them can be chosen that share no line, by trying each choice."""
    every = range(len(sets), 0, -1)
    return next((size for size in every if any(map(disjoint, combinations(sets, size)))), 0)


def disjoint(sets: Iterable[Set[object]]) -> bool:
    return not any(one & other for one, other in combinations([*sets], 2))
