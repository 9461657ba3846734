"""Which row each box and each label is in, and in which order they stand there.

The first two steps of Sugiyama's method (Sugiyama, Tagawa, Toda 1981)::

    turn arrows round that close a cycle, as a depth-first search finds them
    row(box) = 2 * the longest way to it from a box without an arrow to it; then as low as may be
    cut each arrow at the rows between its ends: the row above its target holds its label
    repeat: order each row by the mean place of its neighbours in the row above (below)
    keep the order with the fewest crossings

Labels stand in rows of their own, so nothing can lie on them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

import msgspec

from conflictlens.render.geometry import Drawing, Link

_SWEEPS = 8

Cell = tuple[int, int] | str
"""A box by its id, or the place of an arrow and the row where it is cut."""


class Ranked(msgspec.Struct, frozen=True):
    """`rows` from the top; `chains` lead each arrow from the upper to the lower of its boxes.

    Of the arrows in `reversed` the upper box is the target. `labels` are the cells with the
    words of an arrow.
    """

    rows: Sequence[Sequence[Cell]]
    chains: Sequence[Sequence[Cell]]
    turned: frozenset[int]
    labels: Mapping[int, Cell]


def ranked(drawing: Drawing) -> Ranked:
    turned = _turned(drawing)
    ends = [_downward(link, place in turned) for place, link in enumerate(drawing.links)]
    rows_of = _longest_ways(list(drawing.boxes), ends)
    chains, labels = [], {}
    for place, (upper, lower) in enumerate(ends):
        cuts: list[Cell] = [(place, row) for row in range(rows_of[upper] + 1, rows_of[lower])]
        chains.append([upper, *cuts, lower])
        if drawing.links[place].label is not None and cuts:
            # Next to the arrow's target: there the words of all that meets are side by side.
            labels[place] = cuts[0] if place in turned else cuts[-1]
    return Ranked(_ordered(_rows(rows_of, chains), chains), chains, turned, labels)


def _downward(link: Link, turned: bool) -> tuple[str, str]:
    return (link.target, link.source) if turned else (link.source, link.target)


def _turned(drawing: Drawing) -> frozenset[int]:
    """The arrows that close a cycle."""
    leaving: dict[str, list[int]] = {box: [] for box in drawing.boxes}
    for place, link in enumerate(drawing.links):
        leaving[link.source].append(place)
    turned: set[int] = set()
    done: set[str] = set()
    open_: dict[str, None] = {}

    def visit(start: str) -> None:
        stack = [(start, iter(leaving[start]))]
        open_[start] = None
        while stack:
            box, places = stack[-1]
            place = next(places, None)
            if place is None:
                stack.pop()
                del open_[box]
                done.add(box)
                continue
            target = drawing.links[place].target
            if target in open_:
                turned.add(place)
            elif target not in done:
                open_[target] = None
                stack.append((target, iter(leaving[target])))

    for box in drawing.boxes:
        if box not in done:
            visit(box)
    return frozenset(turned)


def _longest_ways(boxes: Sequence[str], ends: Iterable[tuple[str, str]]) -> dict[str, int]:
    """Twice the number of arrows on the longest way to each box; there is no cycle."""
    rows = dict.fromkeys(boxes, 0)
    pairs = [pair for pair in ends if pair[0] != pair[1]]
    for _ in boxes:
        for upper, lower in pairs:
            rows[lower] = max(rows[lower], rows[upper] + 2)
    return _lowered(rows, pairs)


def _lowered(rows: dict[str, int], pairs: Sequence[tuple[str, str]]) -> dict[str, int]:
    """Boxes between others as low as may be, where that makes arrows shorter or no longer."""
    arriving = Counter(lower for _, lower in pairs)
    leaving = Counter(upper for upper, _ in pairs)
    for box in sorted(rows, key=rows.__getitem__, reverse=True):
        if 0 < arriving[box] <= leaving[box]:
            rows[box] = min(rows[lower] for upper, lower in pairs if upper == box) - 2
    return rows


def _rows(rows_of: Mapping[str, int], chains: Iterable[Sequence[Cell]]) -> list[list[Cell]]:
    rows: list[list[Cell]] = [[] for _ in range(max(rows_of.values(), default=-1) + 1)]
    for box, row in rows_of.items():
        rows[row].append(box)
    for _, *cuts, _ in chains:
        for cut in cuts:
            rows[cut[1] if isinstance(cut, tuple) else 0].append(cut)
    return rows


def _ordered(rows: list[list[Cell]], chains: Sequence[Sequence[Cell]]) -> list[list[Cell]]:
    pairs = [pair for chain in chains for pair in pairwise(chain)]
    above: dict[Cell, list[Cell]] = {}
    below: dict[Cell, list[Cell]] = {}
    for upper, lower in pairs:
        below.setdefault(upper, []).append(lower)
        above.setdefault(lower, []).append(upper)
    best, fewest = rows, crossings(rows, pairs)
    for sweep in range(_SWEEPS):
        if not fewest:
            break
        down = sweep % 2 == 0
        rows = _swept(rows, above, down=True) if down else _swept(rows, below, down=False)
        count = crossings(rows, pairs)
        if count < fewest:
            best, fewest = rows, count
    return best


def _swept(
    rows: Sequence[Sequence[Cell]], neighbours: Mapping[Cell, Sequence[Cell]], *, down: bool
) -> list[list[Cell]]:
    """The rows, each ordered by where its neighbours in the row before it stand."""
    before: dict[Cell, int] = {}
    swept: list[list[Cell]] = []
    for row in rows if down else reversed(rows):
        wanted = {
            cell: _mean_place([before[one] for one in neighbours.get(cell, ())], place)
            for place, cell in enumerate(row)
        }
        swept.append(sorted(row, key=wanted.__getitem__))
        before = {cell: place for place, cell in enumerate(swept[-1])}
    return swept if down else swept[::-1]


def _mean_place(places: Sequence[int], otherwise: int) -> float:
    return sum(places) / len(places) if places else otherwise


def crossings(rows: Sequence[Sequence[Cell]], pairs: Sequence[tuple[Cell, Cell]]) -> int:
    """How often arrows cross between neighbouring rows."""
    at = {
        cell: (number, place) for number, row in enumerate(rows) for place, cell in enumerate(row)
    }
    by_row: dict[int, list[tuple[int, int]]] = {}
    for upper, lower in pairs:
        row, place = at[upper]
        by_row.setdefault(row, []).append((place, at[lower][1]))
    return sum(
        (a - c) * (b - d) < 0
        for ends in by_row.values()
        for number, (a, b) in enumerate(ends)
        for c, d in ends[:number]
    )
