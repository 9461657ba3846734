"""The graph of an answer for networkx."""

from __future__ import annotations

from typing import TypeAlias

import networkx

from conflictlens.explanation.records import Conflict, Findings
from conflictlens.graph.build import conflict_graphs
from conflictlens.graph.records import ConflictGraph, Edge, EdgeKind, Node
from conflictlens.render.node_words import edge_label, node_words
from conflictlens.render.phrases import place
from conflictlens.render.verdict import headline
from conflictlens.render.wording import demanded

Graph: TypeAlias = networkx.MultiDiGraph
Attributes = dict[str, str | int | bool]


def to_networkx(findings: Findings) -> Graph:
    """All conflicts of an answer in one graph, which share no node.

    Attributes are texts, numbers and truth values, always there, with an empty text for nothing,
    so that the graph can be written as GraphML or JSON. Texts are other people's, unescaped.

    The graph: ``outcome``, ``title`` and ``conflicts``, how many there are.

    A node: ``kind`` (line, release, project, clash), ``conflict`` (from 0), ``project``,
    ``versions``, ``extras`` (with commas), ``requirement`` and ``place`` of a line, ``core``
    (whether a line belongs to it), ``fix`` (the line's replacement in the first fix),
    ``removed`` (whether that fix removes it), ``out`` (whether the versions can't be picked), and
    ``label``, all that a picture says, in lines.

    An edge: ``kind`` (asks, needs, rules-out, leaves-none, part), ``conflict``, ``requirement``,
    the requirement that it stands for, and ``label``, its versions.
    """
    graph = Graph(
        outcome=findings.outcome.value,
        title=headline(findings).sentence,
        conflicts=len(findings.conflicts),
    )
    for one in conflict_graphs(findings):
        nodes = {node.id: node for node in one.nodes}
        conflict = findings.conflicts[one.conflict]
        for node in one.nodes:
            graph.add_node(node.id, **_node(findings, one, node))
        for edge in one.edges:
            told = _edge(conflict, edge, nodes) | {"conflict": one.conflict}
            graph.add_edge(edge.source, edge.target, **told)
    return graph


def _node(findings: Findings, graph: ConflictGraph, node: Node) -> Attributes:
    change, root = node.change, node.root
    return {
        "kind": node.kind.value,
        "conflict": graph.conflict,
        "project": str(node.project),
        "versions": str(node.versions or ""),
        "extras": ",".join(node.extras),
        "requirement": root.text if root else "",
        "place": (place(root) or "") if root else "",
        "core": root is not None and node.in_core,
        "fix": (change.replacement or "") if change else "",
        "removed": change is not None and change.replacement is None,
        "out": node.out,
        "label": "\n".join(text for text, _ in node_words(findings, graph, node)),
    }


def _edge(conflict: Conflict, edge: Edge, nodes: dict[str, Node]) -> Attributes:
    return {
        "kind": edge.kind.value,
        "requirement": _requirement(conflict, edge, nodes),
        "label": edge_label(conflict, edge, nodes),
    }


def _requirement(conflict: Conflict, edge: Edge, nodes: dict[str, Node]) -> str:
    step, root = edge.step, nodes[edge.source].root
    if step is not None:
        return step.requirement or f"{step.target} {demanded(conflict, step)}"
    return root.text if root is not None and edge.kind is EdgeKind.ASKS else ""
