"""An answer as boxes and arrows with words in them; what draws it adds nothing but the drawing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from conflictlens.explanation.records import Conflict, Findings
from conflictlens.graph.build import conflict_graphs
from conflictlens.graph.records import ConflictGraph, Edge, Node, NodeKind
from conflictlens.render.changes import change_text, others_first
from conflictlens.render.escaping import visible
from conflictlens.render.layout import cells, wrapped
from conflictlens.render.node_words import Role, edge_label, node_words
from conflictlens.render.phrases import number
from conflictlens.render.verdict import headline
from conflictlens.render.wording import summary

_WIDE = 40
"""Columns of a row in a box, at most."""
_LABEL = 26
"""Columns of a row beside an arrow, at most."""
_ROWS = 4
"""Rows of one text, at most."""


class Row(msgspec.Struct, frozen=True):
    text: str
    role: Role


class Box(msgspec.Struct, frozen=True):
    """A node with its words: `texts` as they are, `rows` broken and cut to the width of a box."""

    node: Node
    texts: tuple[Row, ...]

    @property
    def rows(self) -> tuple[Row, ...]:
        return tuple(Row(part, row.role) for row in self.texts for part in fitted(row.text, _WIDE))

    @property
    def whole(self) -> str:
        return "\n".join(row.text for row in self.texts)

    @property
    def id(self) -> str:
        return self.node.id

    @property
    def look(self) -> str:
        """One of `LOOKS`."""
        if self.node.kind is not NodeKind.LINE:
            return (
                "out"
                if self.node.out and self.node.kind is not NodeKind.CLASH
                else (self.node.kind.value)
            )
        return "line" if self.node.in_core else "other"


LOOKS = ("line", "other", "release", "out", "project", "clash")
"""How boxes can look: a line of the core, another line, releases, releases that are out, …"""


class Arrow(msgspec.Struct, frozen=True):
    """All that leads from one box to another; `dashed` where it is not a plain demand."""

    source: str
    target: str
    label: str
    dashed: bool = False

    @property
    def rows(self) -> tuple[str, ...]:
        """The label, broken and cut to the width of one."""
        return tuple(fitted(self.label, _LABEL)) if self.label else ()


class Group(msgspec.Struct, frozen=True):
    """One conflict. The heading is empty where it is the only one."""

    heading: str
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    captions: tuple[str, ...]


class Picture(msgspec.Struct, frozen=True):
    """An answer. Texts are printable, each on one line; markup is not escaped.

    `description` says in sentences what is to be seen.
    """

    mark: str
    title: str
    where: str
    description: str
    groups: tuple[Group, ...]


def picture(findings: Findings) -> Picture:
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
    return Group(
        heading=heading,
        boxes=tuple(_box(findings, graph, node) for node in graph.nodes),
        arrows=tuple(_arrows(conflict, graph)),
        captions=tuple(map(visible, _captions(findings, graph))),
    )


def _captions(findings: Findings, graph: ConflictGraph) -> Iterator[str]:
    """What the marks mean, and what is not proved."""
    marked = sum(node.change is not None for node in graph.nodes)
    if marked:
        fixes = [fix for fix in findings.fixes if fix.conflict == graph.conflict and fix.verified]
        together = "" if marked == 1 else f", {number(marked, 'change')} together"
        only = len(fixes) == 1 and fixes[0].only
        one = ", the only fix" if only else f", one of {len(fixes)} fixes" if len(fixes) > 1 else ""
        yield f"✓ tried and works{together}{one}{others_first(findings)}"
    conflict = findings.conflicts[graph.conflict]
    if conflict.clash is None:
        yield "no choice of versions satisfies all of this"
    if not conflict.minimal:
        yield f"not proved minimal: {conflict.interrupted or 'the search was cut short'}"


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
        label = ", ".join(dict.fromkeys(filter(None, texts)))
        dashed = nodes[source].out or not nodes[source].in_core
        yield Arrow(source, target, visible(label), dashed)


def fitted(text: str, width: int) -> list[str]:
    """`text` in rows of at most `width` columns; what is too long for them is cut."""
    rows = wrapped(text, width)
    if len(rows) > _ROWS:
        rows[_ROWS - 1 :] = [f"{rows[_ROWS - 1]} …"]
    return [_cut(row, width) for row in rows]


def _cut(row: str, width: int) -> str:
    """A word that is longer than a row keeps its beginning and its end."""
    if cells(row) <= width + 2:
        return row
    half = width // 2
    short = f"{row[:half]}…{row[-half:]}"
    return short if cells(short) <= 2 * width else f"{row[: half // 2]}…{row[-(half // 2) :]}"
