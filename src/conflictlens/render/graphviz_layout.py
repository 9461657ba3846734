"""A layout by Graphviz, where there is one: a ``dot`` on PATH, or the one inside of pygraphviz.

It is given sizes and numbers, no text: labels are boxes of their own, as in `ranking`.
"""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from conflictlens.errors import PictureError
from conflictlens.render.geometry import Drawing, Plan, Point, Rect, Route, Size

_SECONDS = 20.0
_INCH = 72.0


def is_available() -> bool:
    return shutil.which("dot") is not None or importlib.util.find_spec("pygraphviz") is not None


def check() -> None:
    """Raises PictureError where there is no Graphviz."""
    if not is_available():
        raise PictureError("there is no Graphviz here")


def run(source: str, form: str) -> bytes:
    """What Graphviz makes of one graph. Raises PictureError."""
    command = shutil.which("dot")
    if command is None:
        return _run_inside(source, form)
    try:
        done = subprocess.run(
            [command, f"-T{form}"],
            input=source.encode(),
            capture_output=True,
            check=True,
            timeout=_SECONDS,
        )
    except subprocess.CalledProcessError as error:
        raise PictureError(error.stderr.decode(errors="replace").strip()) from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PictureError(str(error)) from error
    return done.stdout


def _run_inside(source: str, form: str) -> bytes:
    check()
    import pygraphviz

    try:
        graph = pygraphviz.AGraph(string=source)
        graph.layout("dot")
        drawn: bytes = graph.draw(format=form)
    except (OSError, ValueError, pygraphviz.DotError) as error:
        raise PictureError(str(error)) from error
    return drawn


def plan(drawing: Drawing) -> Plan:
    """The drawing as ``dot`` lays it out. Raises PictureError."""
    said = run("\n".join(_source(drawing)), "json0")
    try:
        return _read(drawing, json.loads(said))
    except (ValueError, LookupError) as error:
        raise PictureError(f"its answer can't be read ({error!r})") from error


def _read(drawing: Drawing, told: Any) -> Plan:
    _, _, width, height = _numbers(told["bb"])
    places = {
        node["name"]: _flipped(_numbers(node["pos"]), height)
        for node in told.get("objects", ())
        if "pos" in node  # what has none is the row of the lines
    }
    curves = {
        (tail, head): _flipped(_numbers(edge["pos"]), height)
        for edge in told.get("edges", ())
        for tail, head in [(_name(told, edge["tail"]), _name(told, edge["head"]))]
    }
    boxes = {box: Rect(*places[box][0], *size) for box, size in drawing.boxes.items()}
    routes = (_route(drawing, number, places, curves) for number in range(len(drawing.links)))
    return Plan(Size(width, height), boxes, tuple(routes))


def _source(drawing: Drawing) -> Iterator[str]:
    yield "digraph {"
    yield "graph [nodesep=0.3, ranksep=0.28]"
    yield 'node [shape=box, fixedsize=true, label="", margin=0]'
    yield "edge [arrowhead=none]"
    for box, size in drawing.boxes.items():
        yield f"{box} {_measure(size)}"
    arrived_at = {link.target for link in drawing.links}
    yield f"{{rank=min; {'; '.join(box for box in drawing.boxes if box not in arrived_at)}}}"
    for number, link in enumerate(drawing.links):
        if link.label is None:
            yield f"{link.source} -> {link.target} [minlen=2]"
        else:
            label = _label(number)
            yield f"{label} {_measure(link.label)}"
            # The words stand near the target, beside those of what it meets there.
            yield f"{link.source} -> {label} [tailport=s]"
            yield f"{label} -> {link.target} [weight=8]"
    yield "}"


def _measure(size: Size) -> str:
    return f"[width={size.width / _INCH:.4f}, height={size.height / _INCH:.4f}]"


def _label(number: int) -> str:
    return f"label{number}"


def _name(told: Any, number: int) -> str:
    return str(told["objects"][number]["name"])


def _numbers(text: str) -> list[float]:
    return [float(part) for part in text.replace(",", " ").split()]


def _flipped(numbers: Sequence[float], height: float) -> list[Point]:
    return [Point(x, height - y) for x, y in zip(numbers[::2], numbers[1::2], strict=True)]


Curves = Mapping[tuple[str, str], list[Point]]


def _route(
    drawing: Drawing, number: int, places: Mapping[str, list[Point]], curves: Curves
) -> Route:
    link = drawing.links[number]
    if link.label is None:
        return Route(tuple(curves[link.source, link.target]), None)
    label = _label(number)
    before, after = curves[link.source, label], curves[label, link.target]
    # Straight behind the words, from where the curve meets their box to where it leaves it.
    through = (before[-1], after[0])
    return Route((*before, *through, *after), Rect(*places[label][0], *link.label))
