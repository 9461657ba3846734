"""A layout in rows without Graphviz: what `ranking` has ordered and `packing` put side by side.

Arrows are straight within a row and bend between two rows, so that they run through no box.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence

from conflictlens.render.geometry import Drawing, Plan, Point, Rect, Route, Size
from conflictlens.render.packing import Wish, abscissas, held, packed
from conflictlens.render.ranking import Cell, Ranked, ranked

_DOWN = 28.0
"""Between two rows."""
_PORTS = 14.0
"""Between two arrows at the same side of a box, and between an arrow and a corner."""


def layered(drawing: Drawing) -> Plan:
    """Boxes in rows; no box and no label overlaps another, and no arrow runs through one."""
    order = ranked(drawing)
    sizes = _sizes(drawing, order)
    xs = abscissas(order, sizes)
    ys, heights, height = _ys(order, sizes)
    left = min((xs[cell] - sizes[cell].width / 2 for cell in xs), default=0.0)
    right = max((xs[cell] + sizes[cell].width / 2 for cell in xs), default=0.0)
    rects = {
        cell: Rect(xs[cell] - left, ys[row] + heights[row] / 2, *sizes[cell])
        for row, cells in enumerate(order.rows)
        for cell in cells
    }
    rooms = {cell: heights[row] for row, cells in enumerate(order.rows) for cell in cells}
    boxes = {box: rects[box] for box in drawing.boxes}
    routes = _routes(drawing, order, rects, rooms)
    return Plan(Size(right - left, height), boxes, tuple(routes))


def _sizes(drawing: Drawing, order: Ranked) -> dict[Cell, Size]:
    sizes: dict[Cell, Size] = {cell: Size(0.0, 0.0) for row in order.rows for cell in row}
    sizes.update(drawing.boxes)
    for place, cell in order.labels.items():
        sizes[cell] = drawing.links[place].label or sizes[cell]
    return sizes


def _ys(order: Ranked, sizes: Mapping[Cell, Size]) -> tuple[list[float], list[float], float]:
    """The top of each row, how high it is, and the height of all."""
    heights = [max((sizes[cell].height for cell in row), default=0.0) for row in order.rows]
    tops, at = [], 0.0
    for height in heights:
        tops.append(at)
        # A row without labels is only passed through.
        at += height + _DOWN if height else _DOWN / 2
    return tops, heights, tops[-1] + heights[-1] if tops else 0.0


def _routes(
    drawing: Drawing, order: Ranked, rects: Mapping[Cell, Rect], rooms: Mapping[Cell, float]
) -> Iterator[Route]:
    ports = _ports(order, rects)
    for place, chain in enumerate(order.chains):
        points = list(_curve(chain, place, rects, rooms, ports))
        if place in order.turned:
            points.reverse()
        label = order.labels.get(place)
        yield Route(tuple(points), rects[label] if label is not None else None)


def _curve(
    chain: Sequence[Cell],
    place: int,
    rects: Mapping[Cell, Rect],
    rooms: Mapping[Cell, float],
    ports: Mapping[tuple[int, bool], float],
) -> Iterator[Point]:
    """Straight down through each row, and in a curve between two rows."""
    upper, lower = rects[chain[0]], rects[chain[-1]]
    at = Point(ports[place, False], upper.bottom)
    yield at
    if rooms[chain[0]] > upper.height:
        at = yield from _straight(at, upper.y + rooms[chain[0]] / 2)
    for cell in chain[1:-1]:
        at = yield from _bent(at, Point(rects[cell].x, rects[cell].y - rooms[cell] / 2))
        at = yield from _straight(at, rects[cell].y + rooms[cell] / 2)
    end = ports[place, True]
    at = yield from _bent(at, Point(end, lower.y - rooms[chain[-1]] / 2))
    if rooms[chain[-1]] > lower.height:
        yield from _straight(at, lower.top)


def _straight(start: Point, y: float) -> Generator[Point, None, Point]:
    middle, end = Point(start.x, (start.y + y) / 2), Point(start.x, y)
    yield from (middle, middle, end)
    return end


def _bent(start: Point, end: Point) -> Generator[Point, None, Point]:
    middle = (start.y + end.y) / 2
    yield from (Point(start.x, middle), Point(end.x, middle), end)
    return end


def _ports(order: Ranked, rects: Mapping[Cell, Rect]) -> dict[tuple[int, bool], float]:
    """Where arrows leave below (False) and arrive above (True): straight where that can be."""
    sides: dict[tuple[Cell, bool], list[tuple[float, int]]] = {}
    for place, chain in enumerate(order.chains):
        sides.setdefault((chain[0], False), []).append((rects[chain[1]].x, place))
        sides.setdefault((chain[-1], True), []).append((rects[chain[-2]].x, place))
    ports: dict[tuple[int, bool], float] = {}
    for (cell, above), ends in sides.items():
        ends.sort()
        room = max(0.0, rects[cell].width / 2 - _PORTS)
        gap = min(_PORTS, 2 * room / len(ends))
        wishes = [Wish(0.0, held(x, rects[cell].x, room)) for x, _ in ends]
        for (_, place), x in zip(ends, packed(wishes, gap), strict=True):
            ports[place, above] = x
    return ports
