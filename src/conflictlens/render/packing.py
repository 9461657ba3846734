"""How far to the right each box, each label and each arrow that passes by stands in its row.

The third step of Sugiyama's method. A row's places are the ones nearest to where its neighbours
want it, in their order and with a gap between them: after subtracting the room that is taken to
the left, that is a monotone regression, which pooling neighbours solves exactly (Ayer et al.
1955). Rows pull at each other until little moves. At last arrows are made to bend once rather
than a little in each row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from conflictlens.render.geometry import Size
from conflictlens.render.ranking import Cell, Ranked

_ACROSS = 22.0
"""Between two boxes or labels of a row."""
_SWEEPS = 24
_STRAIGHT = 3.0
"""How much more an arrow wants to be straight than a box wants to be in the middle."""
_FIRM = 1000.0
_CORNER = 20.0


class Wish(NamedTuple):
    """Something so wide wants to have its middle there, more or less."""

    width: float
    wanted: float
    weight: float = 1.0


def packed(wishes: Sequence[Wish], gap: float) -> Iterator[float]:
    """Where the middles are, in this order, a gap apart, with the least weighted squares."""
    offsets = list(_offsets([wish.width for wish in wishes], gap))
    pools: list[tuple[float, float, int]] = []
    for (_, wanted, weight), offset in zip(wishes, offsets, strict=True):
        pools.append((weight * (wanted - offset), weight, 1))
        while len(pools) > 1 and pools[-2][0] / pools[-2][1] > pools[-1][0] / pools[-1][1]:
            total, heavy, count = pools.pop()
            other = pools.pop()
            pools.append((other[0] + total, other[1] + heavy, other[2] + count))
    places = (total / weight for total, weight, count in pools for _ in range(count))
    return (x + offset for x, offset in zip(places, offsets, strict=True))


def _offsets(widths: Iterable[float], gap: float) -> Iterator[float]:
    """The distance of each middle from the first one, when all are as close as may be."""
    at, before = 0.0, None
    for width in widths:
        if before is not None:
            at += (before + width) / 2 + gap
        yield at
        before = width


def held(x: float, middle: float, room: float) -> float:
    """The place nearest to `x` that is no farther than `room` from the middle."""
    return min(max(x, middle - room), middle + room)


def abscissas(order: Ranked, sizes: Mapping[Cell, Size]) -> dict[Cell, float]:
    """The middle of each cell."""
    return _Packing(order, sizes).settled()


class _Packing:
    def __init__(self, order: Ranked, sizes: Mapping[Cell, Size]) -> None:
        self._rows = order.rows
        self._sizes = sizes
        self._above: dict[Cell, list[Cell]] = {cell: [] for row in order.rows for cell in row}
        self._below: dict[Cell, list[Cell]] = {cell: [] for row in order.rows for cell in row}
        for chain in order.chains:
            for upper, lower in pairwise(chain):
                self._below[upper].append(lower)
                self._above[lower].append(upper)
        self._labels = set(order.labels.values())
        self._xs: dict[Cell, float] = {}

    def settled(self) -> dict[Cell, float]:
        for row in self._rows:
            self._pack(row, [Wish(self._sizes[cell].width, 0.0) for cell in row])
        for sweep in range(_SWEEPS):
            down = sweep % 2 == 0
            one_way = sweep < _SWEEPS // 2
            for row in self._rows if down else reversed(self._rows):
                self._pull(row, above=down or not one_way, below=not (down and one_way))
        for row in self._rows:
            # A box stands below what leads to it.
            self._pull(row, above=True, below=not isinstance(row[0], str))
        for row in reversed(self._rows):
            self._pack(row, [self._last_wish(cell) for cell in row])
        return self._xs

    def _pack(self, row: Sequence[Cell], wishes: Sequence[Wish]) -> None:
        self._xs.update(zip(row, packed(wishes, _ACROSS), strict=True))

    def _pull(self, row: Sequence[Cell], *, above: bool, below: bool) -> None:
        """Move a row to the mean of its neighbours."""
        wishes = []
        for cell in row:
            near = [*(self._above[cell] if above else ()), *(self._below[cell] if below else ())]
            mean = sum(self._xs[one] for one in near) / len(near) if near else self._xs[cell]
            weight = 1.0 if isinstance(cell, str) else _STRAIGHT
            wishes.append(Wish(self._sizes[cell].width, mean, weight))
        self._pack(row, wishes)

    def _last_wish(self, cell: Cell) -> Wish:
        """What only passes through a row wants to be above what it leads to; the rest stays."""
        width = self._sizes[cell].width
        if isinstance(cell, str) or cell in self._labels:
            return Wish(width, self._xs[cell], _FIRM)
        [above], [below] = self._above[cell], self._below[cell]
        room = max(0.0, self._sizes[below].width / 2 - _CORNER) if isinstance(below, str) else 0.0
        return Wish(width, held(self._xs[above], self._xs[below], room))
