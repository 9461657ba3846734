"""An answer as boxes and arrows with words in them; what draws it adds nothing but the drawing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from conflictlens.explanation.records import Conflict, Findings
from conflictlens.graph.build import conflict_graphs
from conflictlens.graph.records import ConflictGraph, Edge, Node
from conflictlens.render.changes import but_for_unread, change_text, others_first
from conflictlens.render.escaping import visible
from conflictlens.render.node_words import Role, edge_label, node_words
from conflictlens.render.phrases import number
from conflictlens.render.picture_records import Arrow, Box, Group, Picture, Row
from conflictlens.render.shortening import shortened
from conflictlens.render.verdict import headline
from conflictlens.render.wording import similar_texts, summary


def picture(findings: Findings) -> Picture:
    """All that a picture shows of an answer; without conflicts that is its headline."""
    told = headline(findings)
    graphs = conflict_graphs(findings)
    return Picture(
        mark=told.mark,
        title=visible(told.sentence),
        where=visible(told.where),
        description=visible(_description(findings, graphs)),
        groups=tuple(_group(findings, graph) for graph in graphs),
    )


def _description(findings: Findings, graphs: Iterable[ConflictGraph]) -> str:
    sentences = [f"{headline(findings).sentence}."]
    for conflict, graph in zip(findings.conflicts, graphs, strict=True):
        sentences.append(f"{summary(findings, conflict)}.")
        changes = [change_text(node.change) for node in graph.nodes if node.change is not None]
        if changes:
            sentences.append(f"Tried and works: {'; '.join(changes)}.")
    return " ".join(sentences)


def _group(findings: Findings, graph: ConflictGraph) -> Group:
    conflict = findings.conflicts[graph.conflict]
    several = len(findings.conflicts) > 1
    heading = f"Conflict {graph.conflict + 1} of {len(findings.conflicts)}" if several else ""
    boxes = [_box(findings, graph, node) for node in graph.nodes]
    return Group(
        heading,
        *shortened(boxes, list(_arrows(conflict, graph))),
        captions=tuple(map(visible, _captions(findings, graph))),
    )


def _captions(findings: Findings, graph: ConflictGraph) -> Iterator[str]:
    """What the marks mean, and what is not proved."""
    marked = sum(node.change is not None for node in graph.nodes)
    if marked:
        together = "" if marked == 1 else f", {number(marked, 'change')} together"
        yield f"✓ tried and works{together}{_among(findings, graph.conflict)}"
    conflict = findings.conflicts[graph.conflict]
    if conflict.clash is None:
        yield "no choice of versions satisfies all of this"
    yield from similar_texts(findings, conflict)
    if not conflict.minimal:
        yield f"not proved minimal: {conflict.interrupted or 'the search was cut short'}"


def _among(findings: Findings, conflict: int) -> str:
    """Whether the fix that is drawn is the only one, as the end of a sentence."""
    if findings.supposition is not None:
        return ""
    fixes = [fix for fix in findings.fixes if fix.conflict == conflict and fix.verified]
    only = len(fixes) == 1 and fixes[0].only
    one = (
        ", the only fix found" if only else f", one of {len(fixes)} fixes" if len(fixes) > 1 else ""
    )
    return f"{one}{others_first(findings)}{but_for_unread(findings)}"


def caption_role(caption: str) -> Role:
    """How a caption is drawn."""
    return Role.FIX if caption.startswith("✓") else Role.PLACE


def _box(findings: Findings, graph: ConflictGraph, node: Node) -> Box:
    texts = node_words(findings, graph, node)
    return Box(node, tuple(Row(visible(text), role) for text, role in texts))


def _arrows(conflict: Conflict, graph: ConflictGraph) -> Iterator[Arrow]:
    nodes = {node.id: node for node in graph.nodes}
    pairs: dict[tuple[str, str], list[Edge]] = {}
    for edge in graph.edges:
        if edge.source == edge.target:
            continue  # Told in the box.
        pairs.setdefault((edge.source, edge.target), []).append(edge)
    for (source, target), edges in pairs.items():
        texts = [edge_label(conflict, edge, nodes) for edge in edges]
        label = " and ".join(dict.fromkeys(filter(None, texts)))
        dashed = nodes[source].out or not nodes[source].in_core
        yield Arrow(source, target, visible(label), dashed)
