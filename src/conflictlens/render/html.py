"""An answer as one HTML page that needs nothing else: it loads nothing, and sends nothing.

All that it says is there without its script, which lights chains, shows what chosen fixes change,
and filters. What is allowed to it is said by hashes, so that nothing else can run.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from importlib.resources import files

from conflictlens.explanation.records import Findings, Outcome
from conflictlens.graph.build import conflict_graphs
from conflictlens.graph.records import ConflictGraph
from conflictlens.render.blocking import blocker_rows, moved_texts, unrelated_text
from conflictlens.render.html_conflict import change_rows, choice, section
from conflictlens.render.html_edits import edits, menus
from conflictlens.render.html_tags import Html, tag
from conflictlens.render.issue import issues
from conflictlens.render.phrases import number
from conflictlens.render.picture import picture
from conflictlens.render.remarks import note_lines
from conflictlens.render.svg import page_style
from conflictlens.render.theme import DARK, LIGHT, properties
from conflictlens.render.verdict import Headline, headline
from conflictlens.render.wording import summary


def render_html(findings: Findings, *, graphviz: bool = True) -> str:
    """The whole answer. With `graphviz` pictures are laid out by Graphviz if that is there."""
    style, script = _style(), _part("report.js")
    body = tag("body", *_body(findings, graphviz=graphviz), _data(findings), _script(script))
    head = _head(headline(findings), style, script)
    return f"<!DOCTYPE html>\n{tag('html', head, body, lang='en')}\n"


def _part(name: str) -> str:
    return files("conflictlens.render").joinpath(name).read_text("ascii")


def _style() -> str:
    dark = properties(DARK)
    return (
        f":root{{color-scheme:light dark;{properties(LIGHT)}}}"
        f"@media(prefers-color-scheme:dark){{:root:not([data-theme=light]){{{dark}}}}}"
        f":root[data-theme=light]{{color-scheme:light}}"
        f":root[data-theme=dark]{{color-scheme:dark;{dark}}}"
        f"@media print{{:root:root[lang]{{color-scheme:light;{properties(LIGHT)}}}}}"
        f"{page_style()}{_part('report.css')}"
    )


def _head(told: Headline, style: str, script: str) -> Html:
    policy = (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    return tag(
        "head",
        tag("meta", charset="utf-8"),
        # The name of this attribute is no Python name's, even with its underscores turned.
        Html(f'<meta http-equiv="Content-Security-Policy" content="{policy}">'),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", f"{told.sentence} ({told.where})"),
        tag("style", Html(style)),
    )


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def _script(script: str) -> Html:
    return tag("script", Html(script))


def _data(findings: Findings) -> Html:
    """For the script. No ``<`` in it, so that nothing ends it."""
    graphs = conflict_graphs(findings)
    told = {
        **edits(findings),
        "edges": [[edge.source, edge.target] for graph in graphs for edge in graph.edges],
    }
    text = json.dumps(told, separators=(",", ":")).replace("<", "\\u003c")
    return tag("script", Html(text), type="application/json", id="data")


def _body(findings: Findings, *, graphviz: bool) -> Iterator[Html]:
    panel = _panel(findings)
    yield tag("header", *_header(findings))
    yield tag(
        "main",
        tag("div", *_main(findings, graphviz=graphviz), class_="told"),
        panel,
        class_="with-panel" if panel else None,
    )
    yield tag("footer", *_notes(findings))


def _header(findings: Findings) -> Iterator[Html]:
    told = headline(findings)
    mark = tag("span", told.mark, class_=f"mark {findings.outcome}", aria_hidden="true")
    yield tag("h1", mark, Html(" "), told.sentence)
    yield tag("p", told.where, class_="where")
    yield tag("div", *_tools(findings), class_="tools js")
    if len(findings.conflicts) > 1:
        yield tag("nav", tag("ol", *_contents(findings)), aria_label="Conflicts")


def _tools(findings: Findings) -> Iterator[Html]:
    if len(findings.conflicts) > 1 or findings.resolution:
        field = tag("input", type="search", id="filter", autocomplete="off", spellcheck="false")
        yield tag("label", tag("span", "Filter"), field, class_="filter")
        yield tag("output", id="found", for_="filter")
    themes = [
        tag("button", shown, type="button", data_theme=theme, aria_pressed=str(not theme).lower())
        for theme, shown in (("", "Auto"), ("light", "Light"), ("dark", "Dark"))
    ]
    yield tag("div", *themes, class_="themes", role="group", aria_label="Colours")


def _contents(findings: Findings) -> Iterator[Html]:
    for place, conflict in enumerate(findings.conflicts):
        link = tag("a", summary(findings, conflict), href=f"#conflict-{place + 1}")
        yield tag("li", link, data_for=f"conflict-{place + 1}")


def _main(findings: Findings, *, graphviz: bool) -> Iterator[Html]:
    yield from _blockers(findings)
    yield from _repair(findings)
    told, filed = picture(findings), issues(findings)
    graphs: tuple[ConflictGraph, ...] = conflict_graphs(findings)
    for graph, group in zip(graphs, told.groups, strict=True):
        yield section(findings, graph, group, filed, graphviz=graphviz)
    if findings.outcome is Outcome.RESOLVED:
        yield from _wished(findings)
        yield from _resolution(findings)


def _blockers(findings: Findings) -> Iterator[Html]:
    """Who is in the way of what was wanted."""
    rows = [
        tag("tr", tag("th", at, scope="row"), tag("td", text))
        for at, text in blocker_rows(findings)
    ]
    if rows:
        yield tag(
            "section",
            tag("h2", "What blocks it"),
            tag("table", tag("tbody", *rows)),
            *(tag("p", text) for text in (unrelated_text(findings),) if text),
        )


def _wished(findings: Findings) -> Iterator[Html]:
    """What a wish that nothing blocks changes."""
    wish = findings.supposition
    if wish is not None:
        changes = [tag("li", change_rows(change)) for change in wish.replaced]
        texts = [tag("li", text) for text in moved_texts(findings, wish)]
        yield tag("section", tag("h2", "What it changes"), tag("ul", *changes, *texts))


def _resolution(findings: Findings) -> Iterator[Html]:
    """What would be installed; the user's own projects stand out."""
    own = {root.name for root in findings.roots if not root.is_constraint}
    rows = [
        tag(
            "tr",
            tag("th", name, scope="row", class_="own" if name in own else None),
            tag("td", str(version)),
            data_filter="project",
        )
        for name, version in sorted((findings.resolution or {}).items())
    ]
    if rows:
        title = f"What would be installed: {number(len(rows), 'project')}"
        note = (
            "Your own are in bold, the others are needed by them." if len(own) < len(rows) else ""
        )
        table = tag("table", tag("tbody", *rows), class_="versions")
        yield tag("section", tag("h2", title), tag("p", note) if note else None, table)


def _panel(findings: Findings) -> Html | None:
    """What the chosen fixes change; the script fills it."""
    if not any(menus(findings)):
        return None
    states = [tag("p", text, data_state=state, hidden=True) for state, text in _STATES.items()]
    return tag(
        "aside",
        tag("h2", "Your requirements, edited"),
        tag("div", *states, role="status", class_="states"),
        tag("div", id="files"),
        tag(
            "details",
            tag("summary", "What would be installed"),
            tag("ul"),
            id="installs",
        ),
        id="panel",
        class_="js",
        aria_label="Your requirements, edited",
        data_arguments="Arguments" if findings.supposition is None else "Wanted",
    )


_STATES = {
    "asked": "Nothing is changed: this is what can't be installed.",
    "tried": "✓ Tried and works: just these lines were solved.",
    "untried": "Not tried together: each fix was tried with the first fixes of the other "
    "conflicts. `conflictlens fix --choose` tries this choice.",
    "open": "Not tried: where nothing is changed, a conflict may remain.",
    "twice": "These fixes change the same line in different ways; choose others.",
}


def _repair(findings: Findings) -> Iterator[Html]:
    """What lets a wish in, which belongs to no conflict alone."""
    if findings.supposition is None or findings.repair is None:
        return
    changes = findings.repair.changes
    menu = tag(
        "fieldset",
        tag("legend", f"Tried and works, change {number(len(changes), 'line')}:"),
        choice(0, 0, *map(change_rows, changes)),
        choice(0, None, tag("span", "Change nothing")),
        class_="menu",
    )
    yield tag("section", tag("h2", "What lets it in"), menu)


def _notes(findings: Findings) -> Iterator[Html]:
    texts = note_lines(findings, verbose=True)
    notes = [tag("li", text.removeprefix("note: ")) for text in texts]
    if notes:
        label = number(len(notes), "note")
        yield tag("details", tag("summary", label), tag("ul", *notes), open=len(notes) <= 4)
    yield tag("p", "Made by conflictlens. This page loads nothing and sends nothing.")
