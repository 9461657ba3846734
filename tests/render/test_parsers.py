"""Pictures as those read them that they are for: Mermaid, Graphviz, and what reads XML."""

from __future__ import annotations

import html
import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TypedDict
from xml.etree import ElementTree

import pytest

from conflictlens.explanation.records import Findings
from conflictlens.render.dot import render_dot, render_png
from conflictlens.render.graphviz_layout import plan
from conflictlens.render.mermaid import conflict_diagram, render_mermaid
from conflictlens.render.picture import picture
from conflictlens.render.picture_records import Group
from conflictlens.render.svg import drawing_of, render_svg
from tests.render.hostile import hostile_picture
from tests.render.test_text import ANSWERS
from tests.tools import node_modules, program, viz

SVG = "{http://www.w3.org/2000/svg}"
SEVERAL = "several-conflicts-with-fixes"
XHTML = re.compile(r"#(\d+);")


@pytest.fixture
def answers(tmp_path: Path) -> dict[str, Findings]:
    """All that there is of small answers, and a hostile one."""
    told = {name: find(_folder(tmp_path, name)) for name, find in ANSWERS.items()}
    return told | {"hostile": hostile_picture(_folder(tmp_path, "hostile"))}


def _folder(parent: Path, name: str) -> Path:
    folder = parent / name
    folder.mkdir()
    return folder


def groups(findings: Findings) -> tuple[Group, ...]:
    return picture(findings).groups


def test_mermaid_reads_what_is_meant(answers: dict[str, Findings]) -> None:
    diagrams = [render_mermaid(findings) for findings in answers.values()]
    for findings, read in zip(answers.values(), _by_mermaid(diagrams), strict=True):
        assert "error" not in read, read
        boxes = {box.id: box for group in groups(findings) for box in group.boxes}
        arrows = [arrow for group in groups(findings) for arrow in group.arrows]
        if boxes:
            assert {one: _decoded(text) for one, text in read["vertices"].items()} == {
                box.id: "\n".join(row.text for row in box.rows) for box in boxes.values()
            }
        assert [(one, other, _decoded(text)) for one, other, text in read["edges"]] == [
            (arrow.source, arrow.target, "\n".join(arrow.rows)) for arrow in arrows
        ]


def test_mermaid_reads_each_conflict_by_itself(answers: dict[str, Findings]) -> None:
    told = picture(answers[SEVERAL])
    read = _by_mermaid([conflict_diagram(told, number) for number in range(2)])
    assert [set(one["vertices"]) for one in read] == [
        {box.id for box in group.boxes} for group in told.groups
    ]


class Read(TypedDict):
    """What Mermaid makes of a diagram."""

    vertices: dict[str, str]
    edges: list[tuple[str, str, str]]


def _by_mermaid(diagrams: list[str]) -> list[Read]:
    done = subprocess.run(
        [program("node"), str(Path(__file__).with_name("mermaid.mjs"))],
        input=json.dumps(diagrams),
        env=os.environ | {"CONFLICTLENS_NODE_MODULES": node_modules()},
        capture_output=True,
        encoding="utf-8",
        check=True,
        timeout=60,
    )
    read: list[Read] = json.loads(done.stdout)
    return read


def _decoded(text: str) -> str:
    """A label as it is shown. Mermaid has put marks of its own around numbers."""
    plain = re.sub(r"ﬂ°°?(\w+)¶ß", r"#\1;", text).replace("<br>", "\n").replace("<br/>", "\n")
    return XHTML.sub(lambda found: chr(int(found[1])), plain)


def test_graphviz_reads_what_is_meant(answers: dict[str, Findings]) -> None:
    dot = program("dot")
    for findings in answers.values():
        done = subprocess.run(
            [dot, "-Tsvg"], input=render_dot(findings).encode(), capture_output=True, check=True
        )
        assert done.stderr == b""
        root = ElementTree.fromstring(done.stdout)
        nodes = {
            _title(one): list(_texts(one))
            for one in root.iter(f"{SVG}g")
            if one.get("class") == "node"
        }
        assert nodes == {
            box.id: ["".join(row.text.split()) for row in box.rows]
            for group in groups(findings)
            for box in group.boxes
        }
        assert not {"script", "image"} & {one.tag.removeprefix(SVG) for one in root.iter()}


def _title(element: ElementTree.Element) -> str:
    return html.unescape(element.findtext(f"{SVG}title") or "")


def _texts(element: ElementTree.Element) -> Iterator[str]:
    """The words of a node without blanks, which Graphviz makes hard ones, row by row."""
    for one in element.iter(f"{SVG}text"):
        yield "".join("".join(one.itertext()).split())


def test_graphviz_draws_a_png(answers: dict[str, Findings]) -> None:
    program("dot")
    assert render_png(answers["hostile"]).startswith(b"\x89PNG\r\n")


def test_a_graphviz_in_a_wheel_is_as_good(
    answers: dict[str, Findings], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.syspath_prepend(viz())
    monkeypatch.setenv("PATH", str(tmp_path))
    for name in (SEVERAL, "hostile"):
        assert render_png(answers[name]).startswith(b"\x89PNG\r\n")
        for group in groups(answers[name]):
            drawing = drawing_of(group)
            assert plan(drawing).boxes.keys() == drawing.boxes.keys()


ELEMENTS = {"svg", "title", "desc", "style", "g", "rect", "text", "path", "polygon"}
ATTRIBUTES = {
    *("class", "role", "viewBox", "width", "height", "x", "y", "rx", "d", "points", "transform"),
    *("data-node", "data-source", "data-target"),
}


@pytest.mark.parametrize("graphviz", [False, True])
def test_svg_is_well_formed_and_says_what_is_meant(
    answers: dict[str, Findings], graphviz: bool
) -> None:
    if graphviz:
        program("dot")
    for findings in answers.values():
        root = ElementTree.fromstring(render_svg(findings, graphviz=graphviz))
        assert {one.tag.removeprefix(SVG) for one in root.iter()} <= ELEMENTS
        assert {name for one in root.iter() for name in one.attrib} <= ATTRIBUTES
        told = picture(findings)
        assert root.findtext(f"{SVG}title") == f"{told.title} ({told.where})"
        assert root.findtext(f"{SVG}desc") == told.description
        drawn = {
            one.get("data-node"): [text.text for text in one.iter(f"{SVG}text")]
            for one in root.iter(f"{SVG}g")
            if one.get("data-node")
        }
        assert drawn == {
            box.id: [row.text for row in box.rows] for group in told.groups for box in group.boxes
        }


def test_no_style_leaks_out_of_an_svg(answers: dict[str, Findings]) -> None:
    """Every rule is about what is inside of it, so that it can stand in somebody's page."""
    root = ElementTree.fromstring(render_svg(answers["hostile"], graphviz=False))
    style = (root.findtext(f"{SVG}style") or "").replace("@media(prefers-color-scheme:dark){", "")
    selectors = [
        one for rule in re.findall(r"([^{}]+)\{", style) for one in rule.strip().split(",")
    ]
    assert len(selectors) > 20
    assert [one for one in selectors if not one.startswith(".conflictlens")] == []
