"""Layouts: nothing lies on anything else, arrows go where they should and cross seldom."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from conflictlens.errors import PictureError
from conflictlens.render import graphviz_layout
from conflictlens.render.geometry import Drawing, Link, Plan, Rect, Size
from conflictlens.render.packing import Wish, packed
from conflictlens.render.picture import picture
from conflictlens.render.placing import layered
from conflictlens.render.ranking import crossings, ranked
from conflictlens.render.svg import drawing_of
from tests.render.geometry import outside, overlaps
from tests.render.hostile import hostile_picture
from tests.render.test_text import ANSWERS
from tests.tools import program

MOST = 40
BOX = Size(100.0, 40.0)


def drawn(seed: int) -> Drawing:
    """A graph as conflicts are, up to the most boxes: mostly forward, some cycles, many labels."""
    chance = random.Random(seed)
    boxes = [f"n{number}" for number in range(chance.randint(2, MOST))]
    links = {}
    for number, box in enumerate(boxes[1:], 1):
        for _ in range(chance.choice([1, 1, 1, 2, 3])):
            other = boxes[chance.randrange(max(0, number - 8), number)]
            ends = (box, other) if chance.random() < 0.05 else (other, box)
            links[ends] = Size(chance.uniform(30, 190), chance.choice([18, 36, 70]))
    sizes = {box: Size(chance.uniform(60, 320), chance.choice([34, 50, 90])) for box in boxes}
    return Drawing(
        sizes,
        [Link(*ends, None if chance.random() < 0.3 else label) for ends, label in links.items()],
    )


@pytest.mark.parametrize("seed", range(40))
def test_nothing_lies_on_anything_else(seed: int) -> None:
    drawing = drawn(seed)
    plan = layered(drawing)
    assert list(overlaps(drawing, plan)) == []
    assert list(outside(plan)) == []


LAYOUTS: dict[str, Callable[[Drawing], Plan]] = {
    "own": layered,
    "graphviz": graphviz_layout.plan,
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_nothing_lies_on_anything_else_in_answers(layout: str, tmp_path: Path) -> None:
    if layout == "graphviz":
        program("dot")
    for find in (*ANSWERS.values(), hostile_picture):
        for group in picture(find(tmp_path)).groups:
            drawing = drawing_of(group)
            plan = LAYOUTS[layout](drawing)
            assert list(outside(plan)) == []
            told = [text for text in overlaps(drawing, plan) if "lies on" in text]
            assert told == []


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("seed", range(8))
def test_arrows_lead_from_box_to_box(layout: str, seed: int) -> None:
    if layout == "graphviz":
        program("dot")
    drawing = drawn(seed)
    plan = LAYOUTS[layout](drawing)
    for link, route in zip(drawing.links, plan.routes, strict=True):
        assert len(route.points) % 3 == 1
        for point, name in ((route.points[0], link.source), (route.points[-1], link.target)):
            across = abs(point.x - plan.boxes[name].x) - plan.boxes[name].width / 2
            down = abs(point.y - plan.boxes[name].y) - plan.boxes[name].height / 2
            assert abs(max(across, down)) <= 2
        assert (route.label is None) == (link.label is None)


def test_overlaps_are_found() -> None:
    """The test of the test: shapes on each other, and an arrow through a box."""
    drawing = Drawing({"a": BOX, "b": BOX, "c": BOX}, [Link("a", "c", None)])
    plan = layered(drawing)
    crowded = {**plan.boxes, "b": plan.boxes["a"]}
    between = Rect(plan.boxes["a"].x, (plan.boxes["a"].y + plan.boxes["c"].y) / 2, 80, 10)
    through = {**plan.boxes, "b": between}
    assert list(overlaps(drawing, Plan(plan.size, crowded, plan.routes))) == ["a lies on b"]
    assert list(overlaps(drawing, Plan(plan.size, through, plan.routes))) == [
        "the arrow a → c runs through b"
    ]


def test_arrows_are_uncrossed_where_that_can_be() -> None:
    links = [Link(f"a{n}", f"b{4 - n}", BOX) for n in range(5)]
    links += [Link(f"b{n}", "c", None) for n in range(5)]
    boxes = {name: BOX for link in links for name in link[:2]}
    order = ranked(Drawing(boxes, links))
    pairs = [pair for chain in order.chains for pair in pairwise(chain)]
    assert crossings(order.rows, pairs) == 0


def test_sides_meet_at_one_height() -> None:
    """Labels stand in the row above their target, however long the ways there are."""
    links = [Link("a", "b", None), Link("b", "clash", BOX), Link("c", "clash", BOX)]
    plan = layered(Drawing(dict.fromkeys(("a", "b", "c", "clash"), BOX), links))
    labels = [route.label.y for route in plan.routes if route.label is not None]
    assert len(labels) == 2
    assert len(set(labels)) == 1
    assert plan.boxes["a"].y == plan.boxes["c"].y < plan.boxes["b"].y < plan.boxes["clash"].y


def test_cycles_are_laid_out() -> None:
    links = [Link("a", "b", BOX), Link("b", "a", BOX), Link("b", "c", None)]
    drawing = Drawing(dict.fromkeys("abc", BOX), links)
    plan = layered(drawing)
    assert list(overlaps(drawing, plan)) == []
    back = plan.routes[1].points
    assert back[0].y > back[-1].y


@pytest.mark.parametrize(
    ("wishes", "places"),
    [
        ([Wish(10, 0), Wish(10, 100)], [0, 100]),
        ([Wish(10, 0), Wish(10, 0)], [-7.5, 7.5]),
        ([Wish(10, 0, 3), Wish(10, 0)], [-3.75, 11.25]),
        ([Wish(10, 30), Wish(10, 0), Wish(10, 90)], [7.5, 22.5, 90]),
        ([], []),
    ],
)
def test_packed(wishes: list[Wish], places: list[float]) -> None:
    assert list(packed(wishes, 5)) == pytest.approx(places)


def test_nothing_to_draw() -> None:
    assert layered(Drawing({}, [])) == Plan(Size(0, 0), {}, ())


def test_a_graphviz_that_fails_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "dot"
    broken.write_text("#!/bin/sh\necho no fonts >&2\nexit 3\n", "utf-8")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PictureError, match="no fonts"):
        graphviz_layout.plan(drawn(0))


def test_a_graphviz_that_says_something_else_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other = tmp_path / "dot"
    other.write_text("#!/bin/sh\necho '{}'\n", "utf-8")
    other.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PictureError, match="its answer can't be read"):
        graphviz_layout.plan(drawn(0))
