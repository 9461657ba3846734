"""The facts of a conflict as a list, each with the node of the graph that it belongs to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from conflictlens.explanation.records import (
    Conflict,
    Excluded,
    Fact,
    Findings,
    Needs,
    Step,
    Unmatched,
)
from conflictlens.graph.records import ConflictGraph, Node, NodeKind
from conflictlens.graph.releases import overlap
from conflictlens.render.html_tags import Html, code, joined, tag
from conflictlens.render.phrases import counted, number, subject
from conflictlens.render.wording import exclusion, no_match, step_text


def facts(findings: Findings, graph: ConflictGraph) -> Html | None:
    """To be opened: each step, and below it the facts that it rests on, with their sources."""
    conflict = findings.conflicts[graph.conflict]
    if not conflict.steps:
        return None
    items = [_step(findings, conflict, graph, step) for step in conflict.steps]
    return tag(
        "details",
        tag("summary", f"What was read: {number(len(conflict.facts), 'fact')}"),
        tag("p", tag("span", class_="of"), _show_all(), class_="chosen js", hidden=True),
        tag("ol", *items),
        class_="facts",
    )


def _show_all() -> Html:
    return tag("button", "Show all", type="button", class_="all")


def _step(findings: Findings, conflict: Conflict, graph: ConflictGraph, step: Step) -> Html:
    rows = [_fact(findings, conflict.facts[place]) for place in step.facts]
    text = tag("span", step_text(findings, conflict, step))
    return tag("li", text, tag("ul", *rows), **told_by(conflict, graph, step))


def told_by(conflict: Conflict, graph: ConflictGraph, step: Step) -> dict[str, str | None]:
    """The attributes that tie a step to its arrow in the picture, else to the box that tells it."""
    edges = [edge for edge in graph.edges if edge.step == step]
    if len(edges) == 1:
        return {"data_source": edges[0].source, "data_target": edges[0].target}
    return {"data_node": edges[0].source if edges else _teller(conflict, graph, step)}


def _teller(conflict: Conflict, graph: ConflictGraph, step: Step) -> str | None:
    for node in graph.nodes:
        if _is_about(node, step):
            return node.id
    clash = (node.id for node in graph.nodes if node.kind is NodeKind.CLASH)
    return next(clash, None) if step.project == conflict.clash else None


def _is_about(node: Node, step: Step) -> bool:
    return (
        node.kind is NodeKind.RELEASE
        and node.project == step.project
        and node.versions is not None
        and overlap(node.versions, step.versions)
    )


def _fact(findings: Findings, fact: Fact) -> Html:
    match fact:
        case Needs():
            subject_ = subject(fact.project, fact.extra, fact.versions)
            said = joined(subject_, ": ", code(f"Requires-Dist: {fact.requirement}"))
            return tag("li", said, *_sources(fact.sources))
        case Excluded():
            who = f"{fact.project} {counted(fact.versions)}"
            said = joined(f"{who} {exclusion(findings, fact)}")
            return tag("li", said, *_sources(fact.sources))
        case Unmatched():
            return tag("li", no_match(fact))
        case _:
            assert_never(fact)


def _sources(sources: tuple[str, ...]) -> Iterator[Html]:
    """Where it was read. Only what a browser gets over the network is a link."""
    for source in sources:
        yield Html(" ")
        if source.startswith(("https://", "http://")):
            name = source.partition("#")[0].rpartition("/")[2] or source
            yield tag("a", name, href=source, rel="noreferrer noopener", class_="source")
        else:
            yield tag("span", source, class_="source")
