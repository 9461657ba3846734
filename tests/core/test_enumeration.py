"""How many conflicts stand beside each other, in universes whose minimal cores are known."""

from __future__ import annotations

from collections.abc import Callable, Collection
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from conflictlens.core import enumeration
from conflictlens.core.enumeration import DisjointCores, Extent
from conflictlens.core.mus import Core
from conflictlens.errors import BudgetSpent
from conflictlens.pipeline import find
from conflictlens.problem.notes import NoteKind
from conflictlens.resolution.budget import Budget
from conflictlens.resolution.judge import Judge
from conflictlens.resolution.outcome import Conflict, Resolution
from conflictlens.resolution.verdict import decide
from tests.core.conflicting import LINES, Lines, case_of, disjoint, families, most_disjoint

PAIRS = [frozenset(pair) for pair in ((0, 1), (0, 2), (1, 3))]
"""The first core stands where two would: the others."""

TRIANGLE = [frozenset(pair) for pair in ((0, 1), (0, 2), (1, 2))]
"""No two are disjoint, and no single line is in all."""


def enumerated(sets: Collection[Lines], keep: Collection[int] = ()) -> DisjointCores:
    return DisjointCores(decide(case_of(sets).problem, Budget()), Budget(), keep)


def told(disjoint_cores: DisjointCores) -> list[Lines]:
    return [core.roots for core in disjoint_cores]


@given(families)
def test_they_are_the_most(sets: list[Lines]) -> None:
    cores = enumerated(sets)

    found = told(cores)

    assert set(found) <= set(sets)
    assert disjoint(found)
    assert len(found) == most_disjoint(sets)
    assert cores.extent is Extent.MOST


@given(families, st.frozensets(st.integers(0, LINES - 1), max_size=3))
def test_kept_lines_can_be_shared(sets: list[Lines], keep: Lines) -> None:
    found = told(enumerated(sets, keep))

    assert set(found) <= set(sets)
    assert disjoint(one - keep for one in found)
    if not any(one <= keep for one in sets):
        assert len(found) == most_disjoint_apart_from(sets, keep)
    else:
        assert found[-1] <= keep


def most_disjoint_apart_from(sets: Collection[Lines], keep: Lines) -> int:
    return max(
        size
        for size in range(len(sets) + 1)
        for some in combinations(sets, size)
        if disjoint(one - keep for one in some)
    )


def test_one_makes_way_for_two() -> None:
    assert told(enumerated(PAIRS)) == [frozenset({0, 2}), frozenset({1, 3})]


def test_a_triangle_is_one_conflict() -> None:
    cores = enumerated(TRIANGLE)

    assert told(cores) == [frozenset({0, 1})]
    assert cores.extent is Extent.MOST


def test_what_is_not_proved_is_not_claimed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enumeration, "COLOURINGS", 0)
    cores = enumerated(TRIANGLE)

    assert told(cores) == [frozenset({0, 1})]
    assert cores.extent is Extent.UNSETTLED


def test_no_more_than_can_be_read() -> None:
    lines = enumeration.MOST + 3
    sets = [frozenset({line}) for line in range(lines)]
    cores = DisjointCores(decide(case_of(sets, lines).problem, Budget()), Budget())

    assert told(cores) == sets[: enumeration.MOST]
    assert cores.extent is Extent.LIMIT


def test_the_answer_says_what_was_not_settled(monkeypatch: pytest.MonkeyPatch) -> None:
    assert budget_notes(TRIANGLE) == []
    monkeypatch.setattr(enumeration, "COLOURINGS", 0)
    assert budget_notes(TRIANGLE) == [
        "all other conflicts share lines with these; whether more of them could stand beside each "
        "other was not settled"
    ]


def test_the_answer_says_that_not_all_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enumeration, "MOST", 1)

    limited = ["there may be more conflicts: no more than 20 are told at once"]
    assert budget_notes(PAIRS, mend=False) == limited
    assert budget_notes(PAIRS) == []


def budget_notes(sets: Collection[Lines], *, mend: bool = True) -> list[str]:
    case = case_of(sets)
    notes = find(replace(case.question, mend=mend), case.index, Budget()).notes
    return [note.text for note in notes if note.kind is NoteKind.BUDGET]


def test_what_was_known_is_told_when_time_is_spent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whenever that is: the cores are minimal or say that they are not, and disjoint."""
    sizes = []
    for patience in range(30):
        with monkeypatch.context() as patched:
            cores = enumerated(PAIRS)
            patched.setattr(Judge, "decide", answering(patience))
            found = until_time_is_spent(cores)
        sizes.append(len(found))
        assert disjoint(core.roots for core in found)
        for core in found:
            assert core.roots in PAIRS or (core.interrupted and not core.minimal)
            assert any(core.roots >= pair for pair in PAIRS)
    assert sizes[0] == 1
    assert sizes[-1] == 2


def answering(patience: int) -> Callable[..., Resolution | Conflict]:
    """A `Judge.decide` whose time is spent after so many questions."""
    right, left = Judge.decide, iter(range(patience))

    def decide(judge: Judge, roots: Collection[int] | None = None) -> Resolution | Conflict:
        if next(left, None) is None:
            raise BudgetSpent("", "while this was tested")
        return right(judge, roots)

    return decide


def until_time_is_spent(cores: DisjointCores) -> list[Core]:
    told = cores.__iter__()
    found = []
    try:
        while True:
            found.append(next(told))
    except StopIteration:
        assert cores.extent is Extent.MOST or not found[-1].minimal
    except BudgetSpent:
        assert cores.extent is Extent.CUT_SHORT
    return found
