"""What pictures say, as golden texts; what they look like is in ``docs/pictures``.

``CONFLICTLENS_GOLDEN=write pytest tests/render`` writes them anew.
"""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from conflictlens.explanation.records import Findings
from conflictlens.index.memory import MemoryIndex
from conflictlens.render.dot import render_dot
from conflictlens.render.mermaid import render_mermaid
from conflictlens.render.picture import picture
from conflictlens.render.picture_records import fitted
from conflictlens.render.style import Style
from conflictlens.render.svg import render_svg
from conflictlens.render.theme import DARK, LIGHT, Theme
from conflictlens.render.tree import render_tree
from tests.render.asking import answer
from tests.render.hostile import NAME, hostile_picture
from tests.render.test_text import ANSWERS, of_kitchen

GOLDEN = Path(__file__).parent / "golden" / "pictures"
SEVERAL = "several-conflicts-with-fixes"
RENDERERS: dict[str, Callable[[Findings], str]] = {
    "tree": render_tree,
    "mmd": render_mermaid,
    "dot": render_dot,
    "svg": partial(render_svg, graphviz=False),
}
PICTURES = (
    *((name, "tree") for name in sorted(ANSWERS)),
    *((name, kind) for name in ("range-over-many-releases", SEVERAL) for kind in RENDERERS),
    ("diamond", "mmd"),
    ("diamond", "svg"),
)


@pytest.mark.parametrize(("name", "kind"), dict.fromkeys(PICTURES))
def test_pictures_say_what_they_should(name: str, kind: str, tmp_path: Path) -> None:
    text = RENDERERS[kind](ANSWERS[name](tmp_path))
    path = GOLDEN / f"{name}.{kind}"
    if os.environ.get("CONFLICTLENS_GOLDEN") == "write":
        path.write_text(text, "utf-8")
    assert text == path.read_text("utf-8")


def test_every_golden_picture_is_drawn() -> None:
    assert {path.name for path in GOLDEN.iterdir()} == {f"{name}.{kind}" for name, kind in PICTURES}


@pytest.mark.parametrize("width", [40, 80, 120])
@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_trees_fit(name: str, width: int, tmp_path: Path) -> None:
    text = render_tree(ANSWERS[name](tmp_path), Style(width=width))
    assert max(map(len, text.splitlines())) <= width
    assert not re.search(" $", text, re.MULTILINE)


def test_colour_changes_nothing_in_a_tree_but_colour(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    findings = ANSWERS[SEVERAL](tmp_path)
    coloured = render_tree(findings, Style(colour=True))
    assert "\x1b[1;31m✗" in coloured
    plain = re.sub(r"\x1b\[[\d;]*m", "", coloured)
    assert [line.rstrip() for line in plain.splitlines()] == render_tree(findings).splitlines()


@pytest.mark.parametrize("colour", [False, True])
def test_trees_hold_only_printable_characters(colour: bool, tmp_path: Path) -> None:
    text = render_tree(hostile_picture(tmp_path), Style(colour=colour))
    assert "\\x1b[2J" in text
    assert all(line.isprintable() for line in re.sub(r"\x1b\[[\d;]*m", "", text).split("\n"))


_LABEL = r'"(?:[\w .,:=!/()\'+@✗✓→…-]|#\d+;|<br>)*"'
_LINES = re.compile(
    r"%%\{init: [^%]*\}%%|flowchart TB"
    r"|  acc(?:Title|Descr): (?:[\w .,:=!/()'+@→…-]|#\d+;)*"
    rf"|  c1n\d+\[{_LABEL}\]:::[a-z]+"
    rf"|  c1n\d+ (?:-->|-\.->)(?:\|{_LABEL}\|)? c1n\d+"
    r"|  classDef [a-z]+ [\w:#,. -]+",
    re.ASCII,
)


def test_mermaid_holds_nothing_but_what_it_should(tmp_path: Path) -> None:
    """Also where no parser is there to say so."""
    text = render_mermaid(hostile_picture(tmp_path))
    assert [line for line in text.splitlines() if not _LINES.fullmatch(line)] == []


TAGS = (
    *("svg", "title", "desc", "style", "g", "rect", "text", "path", "polygon"),
    *("b", "br", "font"),
)


def test_dot_and_svg_hold_no_markup_of_others(tmp_path: Path) -> None:
    findings = hostile_picture(tmp_path)
    svg, dot = render_svg(findings, graphviz=False), render_dot(findings)
    labels = re.findall(r"label=<(.*?)>(?= \w+=|\])", dot)
    assert len(labels) > 5
    for text in (svg, *labels):
        assert re.sub(r"[\n\t]", "", text).isprintable()
        tags = set(re.findall(r"<[a-z/!?]+", text))
        assert tags <= {f"<{end}{tag}" for tag in TAGS for end in ("", "/")}
    assert [one for one in labels if "\\" in one] == []


def test_long_chains_are_drawn_with_a_gap(tmp_path: Path) -> None:
    links = 30
    chain = {f"link{n}": {"1": [f"link{n + 1}"]} for n in range(links)}
    index = MemoryIndex.of({**chain, f"link{links}": {"1": ["anchor>2"]}, "anchor": {"1": []}})
    findings = answer(dataclasses.replace(of_kitchen(), roots=("link0",)), tmp_path, index)
    [group] = picture(findings).groups
    assert [box.texts[0].text for box in group.boxes[1:-1]] == [
        *("link0 1", "link1 1", "link2 1"),
        "… 25 more in a row",
        *("link28 1", "link29 1", "link30 1"),
    ]
    assert len(group.arrows) == len(group.boxes) - 1
    assert render_tree(findings).count("link") == 6 + 1


def test_what_is_too_long_is_cut_in_a_box_and_told_beside_it(tmp_path: Path) -> None:
    [group] = picture(hostile_picture(tmp_path)).groups
    for box in group.boxes:
        assert max(len(row.text) for row in box.rows) <= 42
        assert "\n".join(text.text for text in box.texts) == box.whole
    assert any("javascript:1" in box.whole for box in group.boxes)
    assert len(NAME) > 100


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("a b", ["a b"]),
        ("a>=1.10.17,<2.0.1,!=1.5.12", ["a>=1.10.17,<2.0.1,", "!=1.5.12"]),
        ("x" * 60, [f"{'x' * 12}…{'x' * 12}"]),
        ("words " * 30, ["words words words words"] * 3 + ["words words words words …"]),
        ("漢" * 30, ["漢漢漢漢漢漢…漢漢漢漢漢漢"]),
    ],
)
def test_fitted(text: str, rows: list[str]) -> None:
    assert fitted(text, 24) == rows


def test_findings_without_a_conflict_have_a_picture(tmp_path: Path) -> None:
    told = picture(ANSWERS["diamond"](tmp_path))
    assert (told.mark, told.groups) == ("✓", ())


def test_doubts_are_told(tmp_path: Path) -> None:
    findings = ANSWERS["not-proved-minimal"](tmp_path)
    assert "not proved minimal: the time budget ended" in render_tree(findings, Style(width=200))


def test_an_answer_without_a_clash(tmp_path: Path) -> None:
    findings = ANSWERS["two-roots-meet"](tmp_path)
    [conflict] = findings.conflicts
    told: Findings = replace(findings, conflicts=(replace(conflict, clash=None),))
    [group] = picture(told).groups
    assert [box.look for box in group.boxes].count("clash") == 0
    assert "no choice of versions satisfies all of this" in group.captions


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_text_has_enough_contrast(theme: Theme) -> None:
    """At least 4.5 to 1 for text, 3 to 1 for borders (WCAG 2.2, 1.4.3 and 1.4.11)."""
    for ink in (theme.ink, theme.muted, theme.bad, theme.fix):
        for ground in (theme.page, theme.line, theme.release, theme.clash):
            assert contrast(ink, ground) >= 4.5
    for border in (theme.edge, theme.line_border, theme.release_border, theme.clash_border):
        assert contrast(border, theme.page) >= 3
    assert len(set(msgspec.structs.astuple(theme))) == 12


def contrast(one: str, other: str) -> float:
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
