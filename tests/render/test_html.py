"""The page as a strict parser reads it: it says all, has no markup of others, loads nothing."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeAlias
from xml.etree.ElementTree import Element

import html5lib
import pytest
from msgspec.structs import replace

from conflictlens.edits.checking import after_changes
from conflictlens.explanation.records import Change, Findings
from conflictlens.index.memory import MemoryIndex
from conflictlens.pipeline import find
from conflictlens.problem.admission import Admission
from conflictlens.question import Question
from conflictlens.render.escaping import visible
from conflictlens.render.html import render_html
from conflictlens.render.html_edits import asked_for, edits, menus, tried
from conflictlens.render.theme import DARK, LIGHT, Theme
from conflictlens.render.wording import step_text
from conflictlens.requirements.reading import read_requirements
from conflictlens.requirements.records import (
    Origin,
    OriginKind,
    RequirementSet,
    RootRequirement,
)
from conflictlens.resolution.budget import Budget
from conflictlens.target import target_for
from conflictlens.whatif import why_not
from tests.render.asking import of_scenario, written
from tests.render.hostile import EVIL, MARKUP, hostile_findings, hostile_picture
from tests.render.test_pictures import contrast
from tests.render.test_text import ANSWERS

Tree: TypeAlias = Element
LARGEST = 500_000
SEVERAL = "two-conflicts-in-one-file"
SHELF: dict[str, dict[str, list[str]]] = {
    "lamp": {"1.0": ["bulb<2"], "2.0": ["bulb"]},
    "shade": {"1.0": ["bulb>=2"], "0.9": ["bulb"]},
    "bulb": {"1.0": [], "2.0": []},
}


def wished(folder: Path) -> Findings:
    """What lets a wish in changes one line, and another takes its place."""
    asked = Question(
        written(folder, ("lamp==1.0", "shade==0.9")), target_for("3.11", "linux"), Admission()
    )
    return why_not(asked, read_requirements(["shade>=1"]).roots, MemoryIndex.of(SHELF), Budget())


def granted(folder: Path) -> Findings:
    """A wish that nothing blocks."""
    asked = Question(written(folder, ("shade==0.9",)), target_for("3.11", "linux"), Admission())
    return why_not(asked, read_requirements(["shade>=1"]).roots, MemoryIndex.of(SHELF), Budget())


def added(folder: Path) -> Findings:
    """A wish about a project that no line is about."""
    asked = Question(written(folder, ("lamp==1.0",)), target_for("3.11", "linux"), Admission())
    return why_not(
        asked, read_requirements(["shade>=1", "bulb"]).roots, MemoryIndex.of(SHELF), Budget()
    )


def hostile_file(folder: Path) -> Findings:
    """What a browser shows of it by script is evil as well."""
    findings = hostile_picture(folder)
    lines = [
        RootRequirement(EVIL + MARKUP, root.name, Origin(OriginKind.REQUIREMENT, EVIL, 1))
        for root in findings.roots
    ]
    return replace(findings, requirements=RequirementSet(tuple(lines)))


def wide(folder: Path) -> Findings:
    """Eight lines, each of which rules out one version of what all need."""
    names = [f"one-of-several-lines-{n}" for n in range(8)]
    universe = {name: {"1.0": [f"core!={n}"]} for n, name in enumerate(names)}
    universe["core"] = {str(n): [] for n in range(8)}
    asked = Question(written(folder, tuple(names)), target_for("3.11", "linux"), Admission())
    return find(asked, MemoryIndex.of(universe), Budget())


def many(folder: Path) -> Findings:
    """Eight conflicts, and fixes that all install many projects."""
    universe: dict[str, dict[str, list[str]]] = {}
    for n in range(8):
        universe[f"left-{n}"] = {"1.0": [f"core-{n}<2"], "2.0": [f"core-{n}"]}
        universe[f"right-{n}"] = {"1.0": [f"core-{n}>=2"], "0.9": [f"core-{n}"]}
        universe[f"core-{n}"] = {"1.0": [], "2.0": []}
    rest = [f"a-project-with-a-long-name-{n}" for n in range(300)]
    universe |= {name: {"1.0": []} for name in rest}
    lines = [f"{side}-{n}==1.0" for n in range(8) for side in ("left", "right")]
    asked = Question(written(folder, (*lines, *rest)), target_for("3.11", "linux"), Admission())
    return find(asked, MemoryIndex.of(universe), Budget())


MADE: dict[str, Callable[[Path], Findings]] = {
    **ANSWERS,
    "several": lambda folder: of_scenario(SEVERAL, folder),
    "hostile": hostile_findings,
    "hostile-picture": hostile_file,
    "wide": wide,
    "wished": wished,
    "granted": granted,
    "added": added,
}


@pytest.fixture(params=sorted(MADE))
def made(request: pytest.FixtureRequest, tmp_path: Path) -> Findings:
    return MADE[str(request.param)](tmp_path)


def parsed(page: str) -> Tree:
    """As the standard says that it is parsed; any error in it is raised."""
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    tree: Tree = parser.parse(page)
    return tree


def test_pages_are_strict_html_and_say_all(made: Findings) -> None:
    tree = parsed(render_html(made, graphviz=False))
    said = "".join("".join(tree.itertext()).split())
    for conflict in made.conflicts:
        told = [root.text for root in conflict.core]
        told += [step_text(made, conflict, step) for step in conflict.steps]
        for text in told:
            assert "".join(visible(text).split()) in said
    for change in (one for menu in menus(made) for option in menu for one in option.changes):
        assert "".join(visible(change.replacement or change.root.text).split()) in said
    for note in made.notes:
        assert "".join(visible(note.text).split()) in said or note.text == made.undecided


SVG = "{http://www.w3.org/2000/svg}"
ELEMENTS = {
    *("html", "head", "meta", "title", "style", "body", "script", "header", "main", "footer"),
    *("nav", "section", "aside", "div", "span", "p", "h1", "h2", "h3", "strong", "a", "code"),
    *("pre", "ul", "ol", "li", "table", "tbody", "tr", "th", "td", "figure", "figcaption"),
    *("details", "summary", "fieldset", "legend", "label", "input", "button", "output"),
    *("del", "ins", "wbr"),
    *(f"{SVG}{name}" for name in ("svg", "title", "desc", "g", "rect", "text", "path", "polygon")),
}


def test_a_page_holds_no_markup_of_others(made: Findings) -> None:
    page = render_html(made, graphviz=False)
    assert re.sub(r"\n", "", page).isprintable()
    for element in parsed(page).iter():
        assert element.tag in ELEMENTS
        assert not [name for name in element.attrib if name.startswith("on") or name == "style"]
        assert re.match(r"https?://|#conflict-\d+$", element.get("href", "#conflict-1"))
        assert element.get("src") is None


def test_a_page_lets_in_only_what_is_in_it(made: Findings) -> None:
    page = render_html(made, graphviz=False)
    tree = parsed(page)
    [policy] = [one for one in tree.iter("meta") if one.get("http-equiv")]
    allowed = dict(one.split(" ", 1) for one in (policy.get("content") or "").split("; "))
    [style] = tree.iter("style")
    data, script = tree.iter("script")
    assert allowed == {
        "default-src": "'none'",
        "style-src": f"'{digest(style)}'",
        "script-src": f"'{digest(script)}'",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    assert data.get("type") == "application/json"
    assert not re.search(r"url\(|@import|https?:|<", (style.text or "") + (data.text or ""))
    assert not re.search(r"fetch|XMLHttp|WebSocket|import\(|innerHTML|https?:", script.text or "")


def digest(element: Tree) -> str:
    text = element.text or ""
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def test_what_the_script_is_told_is_what_there_is(made: Findings) -> None:
    data, _ = parsed(render_html(made, graphviz=False)).iter("script")
    told: dict[str, Any] = json.loads(data.text or "")
    assert told.pop("edges") is not None
    assert told == edits(made)
    texts = [text for _, _, text in told["lines"]] + [path or "" for path, _, _ in told["lines"]]
    assert [text for text in texts if visible(text) != text] == []


def test_choices_that_are_called_tried_were_solved(made: Findings) -> None:
    """For each there is a fix, or the repair, with just these lines."""
    offered = menus(made)
    solved = {(one.requirements, one.constraints) for menu in offered for one in menu}
    for one in tried(made):
        chosen = [menu[at] for menu, at in zip(offered, one.choice, strict=True) if at is not None]
        changes: dict[object, Change] = {}
        for change in (change for option in chosen for change in option.changes):
            assert changes.setdefault((change.root.origin, change.root.text), change) == change
        after = after_changes(asked_for(made), changes.values())
        lines = tuple(root.text for root in after.roots)
        assert (lines, tuple(root.text for root in after.constraints)) in solved


@pytest.mark.parametrize(
    ("name", "choices"),
    [
        ("several", [(0, 0), (1, 0), (0, 1)]),
        ("wished", [(0,)]),
        ("added", [(0,)]),
        ("granted", []),
        ("pre-releases-let-in-by-a-line", [(0,), (1,)]),
    ],
)
def test_each_fix_is_tried_with_the_first_of_the_others(
    name: str, choices: list[tuple[int, ...]], tmp_path: Path
) -> None:
    assert [one.choice for one in tried(MADE[name](tmp_path))] == choices


def test_lines_that_were_not_solved_are_not_called_tried(tmp_path: Path) -> None:
    findings = of_scenario(SEVERAL, tmp_path)
    fixes = tuple(replace(fix, requirements=("another",)) for fix in findings.fixes)
    assert list(tried(replace(findings, fixes=fixes))) == []


def test_passwords_are_masked(tmp_path: Path) -> None:
    secret = "tea @ https://user:secret,x@index.example/tea-1.0-py3-none-any.whl"
    findings = of_scenario(SEVERAL, tmp_path)
    first, *others = findings.conflicts
    line, *rest = first.core
    told = replace(first, core=(replace(line, text=secret), *rest))
    roots = written(tmp_path, ("lamp", secret))
    page = render_html(
        replace(findings, conflicts=(told, *others), requirements=roots), graphviz=False
    )
    assert page.count("https://user:****@index.example") > 4
    assert "secret" not in page


def test_a_large_page_is_small(tmp_path: Path) -> None:
    findings = many(tmp_path)
    assert len(findings.conflicts) == 8
    assert len(list(tried(findings))) > 8
    assert len(render_html(findings, graphviz=False).encode()) < LARGEST


def test_what_is_in_every_page_is_ascii(tmp_path: Path) -> None:
    """So that a page can be written in any encoding, its hashes unchanged."""
    tree = parsed(render_html(ANSWERS["diamond"](tmp_path)))
    assert all((one.text or "").isascii() for one in fixed(tree))


def fixed(tree: Tree) -> Iterator[Tree]:
    yield from tree.iter("style")
    yield from tree.iter("script")


def test_the_outcomes_have_titles(tmp_path: Path) -> None:
    titles = {
        name: parsed(render_html(MADE[name](tmp_path))).findtext("head/title")
        for name in ("diamond", "wished", "granted", "several")
    }
    assert titles == {
        "diamond": "The requirement can be installed (Python 3.11, linux)",
        "wished": "shade>=1 is blocked by 1 line (Python 3.11, linux)",
        "granted": "Nothing blocks shade>=1 (Python 3.11, linux)",
        "several": "2 conflicts: 4 of 5 requirements can't be installed together "
        "(Python 3.11, linux)",
    }


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_links_have_enough_contrast(theme: Theme) -> None:
    assert min(contrast(theme.line_border, at) for at in (theme.page, theme.line)) >= 4.5
