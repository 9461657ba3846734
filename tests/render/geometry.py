"""What overlaps in a picture that is laid out."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from conflictlens.render.geometry import Drawing, Plan, Point, Rect, Route

_TOUCH = 0.6
"""Pixels by which two shapes may touch: Graphviz rounds its numbers."""
_SAMPLES = 10


def overlaps(drawing: Drawing, plan: Plan) -> Iterator[str]:
    """Boxes and words that lie on each other, and arrows that run through one of them."""
    labels = {f"label {n}": r.label for n, r in enumerate(plan.routes) if r.label is not None}
    shapes = {**plan.boxes, **labels}
    for (one, here), (other, there) in combinations(shapes.items(), 2):
        if _meet(here, there):
            yield f"{one} lies on {other}"
    for number, (link, route) in enumerate(zip(drawing.links, plan.routes, strict=True)):
        own = {link.source, link.target, f"label {number}"}
        points = list(samples(route))
        for name, shape in shapes.items():
            if name not in own and any(_inside(point, shape) for point in points):
                yield f"the arrow {link.source} → {link.target} runs through {name}"


def outside(plan: Plan) -> Iterator[str]:
    """What is not within the size that the plan says it has."""
    whole = Rect(plan.size.width / 2, plan.size.height / 2, *plan.size)
    for name, shape in plan.boxes.items():
        if shape.left < whole.left - _TOUCH or shape.right > whole.right + _TOUCH:
            yield name
        if shape.top < whole.top - _TOUCH or shape.bottom > whole.bottom + _TOUCH:
            yield name


def samples(route: Route) -> Iterator[Point]:
    """Points along an arrow."""
    for start in range(0, len(route.points) - 1, 3):
        a, b, c, d = route.points[start : start + 4]
        for step in range(_SAMPLES + 1):
            t = step / _SAMPLES
            weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
            ends = list(zip(weights, (a, b, c, d), strict=True))
            yield Point(sum(w * p.x for w, p in ends), sum(w * p.y for w, p in ends))


def _meet(one: Rect, other: Rect) -> bool:
    return (
        one.left < other.right - _TOUCH
        and other.left < one.right - _TOUCH
        and one.top < other.bottom - _TOUCH
        and other.top < one.bottom - _TOUCH
    )


def _inside(point: Point, shape: Rect) -> bool:
    return (
        shape.left + _TOUCH < point.x < shape.right - _TOUCH
        and shape.top + _TOUCH < point.y < shape.bottom - _TOUCH
    )
