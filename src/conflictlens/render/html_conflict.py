"""One conflict as a section of a report: its picture, its story, its facts and its fixes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from conflictlens.explanation.records import (
    Change,
    ChangeAction,
    Conflict,
    Findings,
    Fix,
    Step,
)
from conflictlens.graph.records import ConflictGraph, NodeKind
from conflictlens.render.changes import assumed_text, dead_end_text, installed, menu_heading
from conflictlens.render.escaping import visible
from conflictlens.render.html_facts import facts, told_by
from conflictlens.render.html_tags import Html, code, joined, tag
from conflictlens.render.issue import Issue, upstream_text
from conflictlens.render.phrases import place, where
from conflictlens.render.picture import caption_role
from conflictlens.render.picture_records import Group
from conflictlens.render.sides import Side
from conflictlens.render.svg import group_svg
from conflictlens.render.telling import side_words, telling
from conflictlens.render.wording import step_text, summary
from conflictlens.requirements.records import RootRequirement


def section(
    findings: Findings,
    graph: ConflictGraph,
    group: Group,
    issues: Iterable[Issue],
    *,
    graphviz: bool,
) -> Html:
    conflict = findings.conflicts[graph.conflict]
    name = f"conflict-{graph.conflict + 1}"
    said = summary(findings, conflict)
    return tag(
        "section",
        tag("h2", f"{group.heading or 'Conflict'}: {said}", id=f"{name}-title"),
        _figure(group, said, graphviz=graphviz),
        _story(findings, conflict, graph),
        _menu(findings, graph.conflict),
        *_remarks(findings, graph.conflict),
        *_upstream(findings, graph.conflict, issues),
        facts(findings, graph),
        id=name,
        class_="conflict",
        aria_labelledby=f"{name}-title",
        data_filter="conflict",
    )


def _figure(group: Group, said: str, *, graphviz: bool) -> Html:
    told = visible(said)
    description = f"{told}. {'; '.join(group.captions)}"
    drawn = Html(group_svg(group, f"Picture: {told}", description, graphviz=graphviz))
    captions = [
        tag("span", text, class_=f"caption-{caption_role(text)}") for text in group.captions
    ]
    return tag(
        "figure",
        tag("div", *_zoom(), class_="tools js"),
        tag("div", drawn, class_="view", tabindex="0", role="group", aria_label=_VIEW),
        tag("figcaption", *captions, tag("span", _HINT, class_="js hint")),
    )


_VIEW = "Picture. Arrow keys move it, + and - change its size, 0 fits it"
_HINT = "Point at a box to see its chain; choose it (click, Enter) to see its facts."


def _zoom() -> Iterator[Html]:
    for zoom, shown, said in (("out", "−", "Smaller"), ("in", "+", "Larger"), ("fit", "Fit", None)):
        yield tag("button", shown, type="button", data_zoom=zoom, aria_label=said)


def _story(findings: Findings, conflict: Conflict, graph: ConflictGraph) -> Html:
    told = telling(conflict)
    lines = [_line(findings, root, graph) for root in conflict.core]
    heading = [Html(" "), tag("strong", told.over), Html(":")] if told.over else []
    return tag(
        "div",
        tag("h3", "Your lines" if len(lines) > 1 else "Your line"),
        tag("table", tag("tbody", *lines)),
        tag("h3", "Why") if told.before or told.heading else None,
        _steps(findings, conflict, graph, "ol", told.before),
        tag("p", told.heading, *heading) if told.heading else None,
        _sides(conflict, graph, told.sides),
        _steps(findings, conflict, graph, "ul" if told.sides else "ol", told.after),
        class_="story",
    )


def _line(findings: Findings, root: RootRequirement, graph: ConflictGraph) -> Html:
    kind = " (constraint)" if root.is_constraint else ""
    return tag(
        "tr",
        tag("th", where(findings.target, root) or "argument", scope="row"),
        tag("td", code(root.text), kind),
        data_node=_node_of_line(graph, root),
    )


def _node_of_line(graph: ConflictGraph, root: RootRequirement) -> str | None:
    lines = (node for node in graph.nodes if node.kind is NodeKind.LINE)
    return next((node.id for node in lines if node.root == root), None)


def _steps(
    findings: Findings,
    conflict: Conflict,
    graph: ConflictGraph,
    kind: str,
    steps: tuple[Step, ...],
) -> Html | None:
    items = [
        tag("li", step_text(findings, conflict, step), **told_by(conflict, graph, step))
        for step in steps
    ]
    return tag(kind, *items) if items else None


def _sides(conflict: Conflict, graph: ConflictGraph, sides: tuple[Side, ...]) -> Html | None:
    rows = [_side(conflict, graph, side) for side in sides]
    return tag("table", tag("tbody", *rows), class_="sides") if rows else None


def _side(conflict: Conflict, graph: ConflictGraph, side: Side) -> Html:
    who, verb, wanted = side_words(conflict, side)
    match side:
        case Step():
            tied = told_by(conflict, graph, side)
        case RootRequirement():
            tied = {"data_node": _node_of_line(graph, side)}
    row = (tag("th", who, scope="row"), tag("td", verb), tag("td", code(wanted)))
    return tag("tr", *row, **tied)


def _menu(findings: Findings, conflict: int) -> Html | None:
    """The fixes, one to be chosen. Where a wish is let in, its changes are told instead."""
    fixes = [fix for fix in findings.fixes if fix.conflict == conflict and fix.verified]
    if not fixes or (findings.supposition is not None and findings.repair is not None):
        return None
    options = [_option(findings, conflict, place, fix) for place, fix in enumerate(fixes)]
    return tag(
        "fieldset",
        tag("legend", f"{menu_heading(findings, fixes)}:"),
        *options,
        choice(conflict, None, tag("span", "Change nothing here")),
        class_="menu",
    )


def _option(findings: Findings, conflict: int, place: int, fix: Fix) -> Html:
    changes = [change_rows(change, installed(change, fix.resolution)) for change in fix.changes]
    if assumed := assumed_text(findings, fix):
        changes.append(tag("span", tag("span", assumed, class_="more"), class_="change"))
    return choice(conflict, place, *changes)


def choice(menu: int, option: int | None, *parts: Html) -> Html:
    """A toggle; the first one is on. Without the script, which makes it do something, a text."""
    value = "" if option is None else str(option)
    toggle = tag(
        "input",
        type="radio",
        name=f"menu-{menu}",
        value=value,
        data_menu=str(menu),
        checked=option == 0,
        class_="js",
    )
    return tag(
        "label", toggle, tag("span", *parts), class_="option js" if option is None else "option"
    )


def change_rows(change: Change, more: str = "") -> Html:
    """A change as what goes and what comes."""
    old, new = change.root.text, change.replacement or ""
    rows: list[Html] = []
    match change.action:
        case ChangeAction.REPLACE:
            rows = [tag("del", old), tag("ins", new)]
        case ChangeAction.REMOVE:
            rows = [tag("del", old)]
        case ChangeAction.ADD:
            rows = [tag("ins", new)]
        case ChangeAction.PYTHON:
            rows = [tag("ins", f"use Python {new}")]
    at = place(change.root)
    return tag(
        "span",
        tag("span", at, class_="place") if at else None,
        *(tag("code", row) for row in rows),
        tag("span", more, class_="more") if more else None,
        class_="change",
    )


def _remarks(findings: Findings, conflict: int) -> Iterator[Html]:
    """What helps as little; doubts stand below the picture."""
    text = dead_end_text(findings, conflict)
    if text:
        yield tag("p", text, class_="remark")


def _upstream(findings: Findings, conflict: int, issues: Iterable[Issue]) -> Iterator[Html]:
    """What another project could do, with the issue that asks for it."""
    for change, issue in zip(findings.upstream, issues, strict=True):
        if change.conflict == conflict:
            yield tag("p", upstream_text(change), class_="remark")
            yield tag(
                "details",
                tag("summary", f"An issue for {issue.project}, ready to file"),
                joined(tag("p", tag("strong", issue.title)), _body(issue)),
                class_="issue",
            )


def _body(issue: Issue) -> Html:
    """Markdown, line by line: its line breaks are ours."""
    lines = [joined(line, Html("\n")) for line in issue.body.split("\n")]
    return tag("pre", tag("code", *lines))
