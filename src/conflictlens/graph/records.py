"""The graph of one conflict: its nodes and edges. Wording is `render`'s."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from conflictlens.explanation.records import Change, Excluded, Step, Unmatched
from conflictlens.explanation.versions import VersionSet
from conflictlens.names import NormalizedName
from conflictlens.requirements.records import RootRequirement


class NodeKind(StrEnum):
    """What a node stands for; the value stands in the attributes of `Explanation.graph`."""

    LINE = "line"
    RELEASE = "release"
    PROJECT = "project"
    CLASH = "clash"


class Node(msgspec.Struct, frozen=True):
    """One node; `id` is made of ASCII letters and digits, and differs from all others.

    A LINE is a member of the core (the target's Python too), or without `in_core` a line that
    `change` changes as well. `change` belongs to the first fix of the conflict. A RELEASE is some
    `versions` of a project, with the `extras` that are asked for; it is `out` where they can't be
    picked. A PROJECT is one of which nothing is told but what is asked of it. The CLASH is the
    project that has no version left. `reasons` say why versions can't be picked.
    """

    id: str
    kind: NodeKind
    project: NormalizedName
    versions: VersionSet | None = None
    extras: tuple[NormalizedName, ...] = ()
    root: RootRequirement | None = None
    in_core: bool = True
    change: Change | None = None
    reasons: tuple[Excluded | Unmatched, ...] = ()
    out: bool = False


class EdgeKind(StrEnum):
    """What an edge says; the value stands in the attributes of `Explanation.graph`."""

    ASKS = "asks"
    NEEDS = "needs"
    RULES_OUT = "rules-out"
    LEAVES_NONE = "leaves-none"
    PART = "part"


class Edge(msgspec.Struct, frozen=True):
    """An edge between the nodes with these ids.

    ASKS goes from a line to what it asks for. NEEDS is a step of the story, `step`, from its
    subject to its target. RULES_OUT goes from the target's Python to what it excludes, and
    LEAVES_NONE from versions of the clash's project that are out to the clash. PART goes from
    versions to some of them that more is told about, and that nothing else leads to.
    """

    source: str
    target: str
    kind: EdgeKind
    step: Step | None = None


class ConflictGraph(msgspec.Struct, frozen=True):
    """The conflict at place `conflict`; nodes and edges in the order of the story."""

    conflict: int
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
