"""The pieces of a notebook that an answer shows: strict, harmless, and at home on any page."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from msgspec.structs import replace

from conflictlens.answer import Explanation
from conflictlens.errors import mask_credentials
from conflictlens.explanation.records import Findings, Outcome
from conflictlens.index.memory import MemoryIndex
from conflictlens.library import why_not
from conflictlens.render.changes import FIXES, change_text, fixes_of
from conflictlens.render.notebook import render_notebook
from conflictlens.render.picture import picture
from conflictlens.render.text import render_text
from tests.render.hostile import hostile_findings, hostile_picture
from tests.render.test_parsers import ATTRIBUTES, ELEMENTS, SVG
from tests.render.test_text import ANSWERS

HTML = {
    "div",
    "style",
    "pre",
    "p",
    "strong",
    "span",
    "code",
    "details",
    "summary",
    "ul",
    "ol",
    "li",
}
VOID = {"br"}


@pytest.fixture(params=sorted(ANSWERS))
def findings(request: pytest.FixtureRequest, tmp_path: Path) -> Findings:
    return ANSWERS[request.param](tmp_path)


def parsed(findings: Findings) -> ElementTree.Element:
    return ElementTree.fromstring(render_notebook(findings))


def words(element: ElementTree.Element) -> str:
    """What is read of an element, with blanks between its parts."""
    parts = (
        text
        for one in element.iter()
        if one.tag not in ("style", "pre")
        for text in (one.text, one.tail)
        if text
    )
    return " ".join(" ".join(parts).split())


def test_it_is_strict_and_holds_only_what_it_may(findings: Findings) -> None:
    root = parsed(findings)
    assert {one.tag for one in root.iter() if not one.tag.startswith(SVG)} <= HTML | VOID
    assert {one.tag.removeprefix(SVG) for one in root.iter() if SVG in one.tag} <= ELEMENTS
    attributes = {name for one in root.iter() for name in one.attrib}
    assert attributes <= ATTRIBUTES | {"open", "hidden", "style"}


def test_it_tells_each_conflict_and_its_fixes(findings: Findings) -> None:
    root = parsed(findings)
    told = words(root)
    assert picture(findings).title in told
    assert len(root.findall(f".//{SVG}svg")) == len(findings.conflicts)
    for place in range(len(findings.conflicts)):
        for fix in fixes_of(findings, place)[:FIXES]:
            for change in fix.changes:
                assert " ".join(change_text(change).split()) in told


def test_where_the_style_is_dropped_the_text_is_read(findings: Findings) -> None:
    style, fallback, rich = parsed(findings)
    assert (style.tag, fallback.tag) == ("style", "pre")
    assert fallback.text == mask_credentials(render_text(findings))
    assert (rich.get("hidden"), rich.get("style")) == ("hidden", "display:none")
    assert ".cl-fallback{display:none!important}" in (style.text or "")
    assert ".cl-told{display:block!important;" in (style.text or "")


def test_no_rule_is_about_the_page_around_it(findings: Findings) -> None:
    style = re.sub(r"@media[^{]*\{", "", parsed(findings)[0].text or "")
    selectors = re.sub(r":is\([^{]*?\]\)", "", style)
    found = [one for rule in re.findall(r"([^{}]+)\{", selectors) for one in rule.split(",")]
    assert len(found) > 40
    assert not [one for one in found if not one.strip().startswith((".conflictlens", ".cl-answer"))]


@pytest.mark.parametrize("evil", [hostile_findings, hostile_picture])
def test_other_peoples_text_is_no_markup(evil: Callable[[Path], Findings], tmp_path: Path) -> None:
    findings = evil(tmp_path)
    for told in (findings, replace(findings, outcome=Outcome.UNDECIDED, undecided="<b>\x1b")):
        html = render_notebook(told)
        root = ElementTree.fromstring(html)
        tags = {one.tag.removeprefix(SVG) for one in root.iter()}
        assert tags <= HTML | VOID | ELEMENTS
        assert {name for one in root.iter() for name in one.attrib} <= ATTRIBUTES | {
            *("open", "hidden", "style"),
        }
        assert all(line.isprintable() for line in html.split("\n"))
        assert tags >= browser_tags(html) - {"svg"}


def browser_tags(html: str) -> set[str]:
    """The tags as HTML is read, which knows no XML."""
    found: set[str] = set()

    class Tags(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.add(tag)

    Tags().feed(html)
    return found


KITCHEN: Mapping[str, Mapping[str, list[str]]] = {
    "kettle": {"1.0": ["steel<2"], "1.1": ["steel<3"]},
    "steel": {"1.0": [], "2.0": ["ore"]},
    "ore": {"1.0": []},
}


def test_a_blocked_upgrade() -> None:
    kitchen = MemoryIndex.of(KITCHEN)
    asked = ["kettle==1.0", "steel<2"]
    root = parsed(why_not("steel>=2", asked, index=kitchen, python="3.11").findings)
    told = words(root)
    assert told.startswith("✗ steel>=2 is blocked by 1 line")
    assert "What blocks it: argument kettle==1.0: kettle 1.1 is the first release" in told
    assert "Tried and works, change 2 lines: steel<2 → steel>=2 kettle==1.0 → kettle==1.1" in told
    assert "Either" not in told


def test_an_upgrade_that_nothing_blocks() -> None:
    kitchen = MemoryIndex.of(KITCHEN)
    root = parsed(why_not("steel>=2", ["kettle", "steel<2"], index=kitchen, python="3.11").findings)
    assert words(root).startswith("✓ Nothing blocks steel>=2")
    assert "steel<2 → steel>=2 steel 2.0 would be installed instead of 1.0" in words(root)
    assert "3 versions to install kettle 1.1" in words(root)


def test_the_bundle_of_an_answer(tmp_path: Path) -> None:
    explanation = Explanation(ANSWERS["several-conflicts-with-fixes"](tmp_path))
    bundle = explanation._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "image/svg+xml", "text/html"}
    assert bundle["text/plain"] == explanation.to_text()
    assert bundle["image/svg+xml"] == explanation.to_svg(graphviz=False)
    assert bundle["text/html"] == render_notebook(explanation.findings)
    assert set(explanation._repr_mimebundle_(include={"text/html"})) == {"text/html"}
    assert set(explanation._repr_mimebundle_(exclude={"text/html"})) == set(bundle) - {"text/html"}
