"""What is said of a node and of an edge of a conflict's graph. Nothing is escaped here."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum

from conflictlens.explanation.records import (
    Change,
    ChangeAction,
    Conflict,
    Excluded,
    Findings,
    Step,
    Unmatched,
)
from conflictlens.graph.records import ConflictGraph, Edge, EdgeKind, Node, NodeKind
from conflictlens.render.layout import cells
from conflictlens.render.phrases import counted, where
from conflictlens.render.wording import demanded, exclusion, no_match, specifier_text
from conflictlens.requirements.records import RootRequirement

_LONG = 40
"""Columns from which on extras that stay as they are are left out of a change."""
_REASONS = 3
"""Reasons of one node, at most."""


class Role(StrEnum):
    """What a row of a box is, so that it can be drawn as such."""

    PLACE = "place"
    NAME = "name"
    PLAIN = "plain"
    BAD = "bad"
    FIX = "fix"


def node_words(findings: Findings, graph: ConflictGraph, node: Node) -> Iterator[tuple[str, Role]]:
    """Short texts, each with what it is."""
    match node.kind:
        case NodeKind.LINE:
            yield from _line(findings, node)
        case NodeKind.RELEASE:
            yield from _release(findings, node)
            yield from _of_itself(findings.conflicts[graph.conflict], graph, node)
        case NodeKind.PROJECT:
            yield node.project, Role.NAME
        case NodeKind.CLASH:
            yield f"✗ {node.project}", Role.BAD
            reasons = list(_reasons(findings, node)) or [_no_version(graph, node)]
            yield from ((text, Role.PLAIN) for text in reasons)


def _line(findings: Findings, node: Node) -> Iterator[tuple[str, Role]]:
    root, change = node.root, node.change
    if root is None:
        return
    kind = " (constraint)" if root.is_constraint else ""
    yield f"{where(findings.target, root) or 'argument'}{kind}", Role.PLACE
    if change is None or change.action is not ChangeAction.ADD:
        yield root.text, Role.NAME
    if change is not None:
        yield f"✓ {_edit(change)}", Role.FIX


def _edit(change: Change) -> str:
    match change.action:
        case ChangeAction.REPLACE:
            return f"change to {_without_same_extras(change.root.text, change.replacement or '')}"
        case ChangeAction.REMOVE:
            return "remove this line"
        case ChangeAction.ADD:
            return f"add {change.replacement}"
        case ChangeAction.PYTHON:
            return f"use Python {change.replacement}"


_EXTRAS = re.compile(r"\[[^\[\]]*\]")


def _without_same_extras(old: str, new: str) -> str:
    """A replacement with ``[…]`` for many extras that stay as they are."""
    extras = _EXTRAS.search(new)
    if extras is None or extras[0] not in old or cells(new) <= _LONG:
        return new
    return new.replace(extras[0], "[…]", 1)


def _release(findings: Findings, node: Node) -> Iterator[tuple[str, Role]]:
    if node.versions is None:
        return
    name = f"{node.project}[{','.join(node.extras)}]" if node.extras else str(node.project)
    versions = counted(node.versions)
    if cells(f"{name} {versions}") <= _LONG:
        yield f"{name} {versions}", Role.NAME
    else:
        yield name, Role.NAME
        yield versions, Role.NAME
    reasons = [exclusion(findings, one) for one in node.reasons if isinstance(one, Excluded)]
    if node.out and not reasons:
        reasons = ["can't be picked"]
    yield from ((f"✗ {text}", Role.BAD) for text in reasons[:_REASONS])


def _of_itself(conflict: Conflict, graph: ConflictGraph, node: Node) -> Iterator[tuple[str, Role]]:
    """What versions need of their own project, where that is among them."""
    for edge in graph.edges:
        if edge.source == edge.target == node.id and edge.step is not None:
            yield f"needs {node.project} {demanded(conflict, edge.step)}", Role.PLAIN


def _reasons(findings: Findings, clash: Node) -> Iterator[str]:
    """Why versions of the clash's project can't be picked."""
    for one in clash.reasons[:_REASONS]:
        match one:
            case Excluded():
                yield f"{counted(one.versions)} {exclusion(findings, one)}"
            case Unmatched():
                yield no_match(one)
    if len(clash.reasons) > _REASONS:
        yield f"… {len(clash.reasons) - _REASONS} more reasons"


def _no_version(graph: ConflictGraph, clash: Node) -> str:
    sides = {node.id for node in graph.nodes if node.in_core}
    arriving = [e for e in graph.edges if e.target == clash.id and e.source in sides]
    sources = {edge.source for edge in arriving}
    if len(sources) < 2 or any(edge.kind is EdgeKind.LEAVES_NONE for edge in arriving):
        return "no version is left"
    return "no version suits both" if len(sources) == 2 else "no version suits all"


def edge_label(conflict: Conflict, edge: Edge, nodes: Mapping[str, Node]) -> str:
    """What is asked for; empty where a line says it itself, or where any version will do."""
    source, target = nodes[edge.source], nodes[edge.target]
    if edge.step is not None:
        return _demanded(conflict, edge.step, target)
    root = source.root
    if edge.kind is EdgeKind.ASKS and root and source.in_core and target.kind is NodeKind.CLASH:
        return _asked(root)
    return ""


def _demanded(conflict: Conflict, step: Step, target: Node) -> str:
    says_itself = step.requirement is None and step.allowed == target.versions
    text = demanded(conflict, step)
    if says_itself or text == "any version":
        return ""
    none = step.allowed is not None and not step.allowed.count
    return f"{text}: no version can be used" if none and target.kind is not NodeKind.CLASH else text


def _asked(root: RootRequirement) -> str:
    text = f"@ {root.url}" if root.url else specifier_text(f"{root.name}{root.specifier}")
    return "" if text == "any version" else text
