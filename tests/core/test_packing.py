"""Packings and colourings of small families, against trying everything."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import combinations, product
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conflictlens.core import packing
from conflictlens.core.packing import NoColouring, colouring, largest
from tests.core.conflicting import LINES, Lines, disjoint, families, most_disjoint


@given(families)
def test_largest_is_the_most_and_of_least_cost(sets: list[Lines]) -> None:
    costs = {one: (len(one), sum(one) % 3) for one in sets}

    chosen = largest(sets, costs.__getitem__)

    assert disjoint(chosen)
    assert len(chosen) == most_disjoint(sets)
    every = [one for one in combinations(sets, len(chosen)) if disjoint(one)]
    assert total(costs, chosen) == min(total(costs, one) for one in every)


def total(costs: Mapping[Lines, tuple[int, int]], chosen: Collection[Lines]) -> list[int]:
    return [sum(costs[one][at] for one in chosen) for at in range(2)]


@given(families, st.randoms(use_true_random=False))
def test_the_order_does_not_matter(sets: list[Lines], random: Random) -> None:
    turned = random.sample(sets, len(sets))

    assert largest(turned, _lines) == largest(sets, _lines)


@given(families, st.integers(1, 4))
def test_a_colouring_is_found_exactly_if_there_is_one(sets: list[Lines], count: int) -> None:
    found = colouring(sets, count)

    if isinstance(found, NoColouring):
        assert found is NoColouring.IMPOSSIBLE
    else:
        assert has_every_colour(sets, count, found)
    ways = product(range(count), repeat=LINES)
    possible = any(has_every_colour(sets, count, dict(enumerate(way))) for way in ways)
    assert isinstance(found, NoColouring) is not possible


def has_every_colour(sets: Collection[Lines], count: int, colours: Mapping[int, int]) -> bool:
    return all(
        {colours[line] for line in one if line in colours} == {*range(count)} for one in sets
    )


@given(families)
def test_as_many_sets_as_colours(sets: list[Lines]) -> None:
    """A packing of cores colours every set that hits them all."""
    chosen = largest(sets, _lines)
    hitting = [
        frozenset(lines)
        for size in range(LINES + 1)
        for lines in combinations(range(LINES), size)
        if all(one & {*lines} for one in sets)
    ]

    assert not isinstance(colouring(hitting, len(chosen)), NoColouring)
    assert colouring(hitting, len(chosen) + 1) is NoColouring.IMPOSSIBLE


def test_of_equal_sums_the_dearest_decides() -> None:
    square = [frozenset(pair) for pair in ((0, 1), (2, 3), (0, 3), (1, 2))]
    costs = dict(zip(square, [(1,), (5,), (3,), (3,)], strict=True))

    assert largest(square, costs.__getitem__) == [frozenset({1, 2}), frozenset({0, 3})]


def test_a_set_that_overlaps_with_none_has_no_cost() -> None:
    def cost(lines: Lines) -> tuple[int, ...]:
        raise AssertionError(lines)

    sets = [frozenset({3}), frozenset({0, 2})]
    assert largest(sets, cost) == [frozenset({0, 2}), frozenset({3})]


def test_a_search_that_takes_too_long_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "STEPS", 5)
    fano = ({0, 1, 2}, {0, 3, 4}, {0, 5, 6}, {1, 3, 5}, {1, 4, 6}, {2, 3, 6}, {2, 4, 5})

    assert colouring([frozenset(line) for line in fano], 2) is NoColouring.UNSETTLED


def test_a_search_that_takes_too_long_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "STEPS", 0)
    first, known = frozenset({1, 2}), [frozenset({0, 1}), frozenset({2, 3})]

    assert largest([first, *known], lambda one: (one != first,), known) == known


def test_too_few_lines_for_two_of_each_colour_are_seen_at_once() -> None:
    pigeons = frozenset(range(25))

    assert colouring([pigeons - {one} for one in pigeons], 13) is NoColouring.IMPOSSIBLE
    assert not isinstance(colouring([pigeons - {one} for one in pigeons], 12), NoColouring)


def _lines(one: Lines) -> tuple[int, ...]:
    return (len(one),)
