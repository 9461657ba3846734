"""Where boxes, labels and arrows are, whoever laid them out. Lengths are in pixels, y goes down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec


class Point(NamedTuple):
    x: float
    y: float


class Size(NamedTuple):
    width: float
    height: float


class Rect(NamedTuple):
    """A rectangle by its centre."""

    x: float
    y: float
    width: float
    height: float

    @property
    def left(self) -> float:
        return self.x - self.width / 2

    @property
    def top(self) -> float:
        return self.y - self.height / 2

    @property
    def right(self) -> float:
        return self.x + self.width / 2

    @property
    def bottom(self) -> float:
        return self.y + self.height / 2


class Link(NamedTuple):
    """An arrow to lay out; `label` is the room for its words, None where it has none."""

    source: str
    target: str
    label: Size | None


class Drawing(msgspec.Struct, frozen=True):
    """What is to be laid out: the room that each box needs, and the arrows between them."""

    boxes: Mapping[str, Size]
    links: Sequence[Link]


class Route(msgspec.Struct, frozen=True):
    """An arrow that is laid out: cubic Bézier curves, whose end is the tip; 3n+1 points."""

    points: tuple[Point, ...]
    label: Rect | None


class Plan(msgspec.Struct, frozen=True):
    """A drawing that is laid out, from (0, 0) to `size`; `routes` as the drawing's links."""

    size: Size
    boxes: Mapping[str, Rect]
    routes: tuple[Route, ...]
