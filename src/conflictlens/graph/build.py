"""From a conflict to its graph.

The user's lines come first; each asks for releases that the story tells about, these need
others, and where the sides meet is the clash. What takes versions from the clash itself (a
Requires-Python, say) is told on its node, not beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from conflictlens.explanation.records import (
    Change,
    ChangeAction,
    Conflict,
    Excluded,
    Findings,
    Unmatched,
)
from conflictlens.explanation.versions import VersionSet
from conflictlens.graph.records import ConflictGraph, Edge, EdgeKind, Node, NodeKind
from conflictlens.graph.releases import Told, is_part, meant, told_releases
from conflictlens.names import NormalizedName
from conflictlens.problem.releases import Exclusion
from conflictlens.requirements.records import OriginKind, RootRequirement

_OF_PYTHON = frozenset({Exclusion.REQUIRES_PYTHON, Exclusion.NO_WHEEL})


def conflict_graphs(findings: Findings) -> tuple[ConflictGraph, ...]:
    """A graph for each conflict; they share no node."""
    return tuple(
        _Builder(conflict, place, shown_changes(findings, place)).graph()
        for place, conflict in enumerate(findings.conflicts)
    )


def shown_changes(findings: Findings, conflict: int) -> tuple[Change, ...]:
    """The changes of the fix that is drawn: the first of the conflict, or what lets a wish in."""
    if findings.supposition is not None and findings.repair is not None:
        return findings.repair.changes
    fixes = (fix for fix in findings.fixes if fix.conflict == conflict and fix.verified)
    return next((fix.changes for fix in fixes), ())


class _Builder:
    def __init__(self, conflict: Conflict, place: int, changes: tuple[Change, ...]) -> None:
        self._conflict = conflict
        self._place = place
        self._changes = changes
        self._nodes: list[Node] = []
        self._edges: list[Edge] = []
        self._projects: dict[NormalizedName, Node] = {}
        self._releases = told_releases(conflict)
        self._of: dict[Told, Node] = {}

    def graph(self) -> ConflictGraph:
        lines = [self._line(root) for root in self._conflict.core]
        self._of = {told: self._release(told) for told in self._releases}
        others = [self._other(change) for change in self._elsewhere()]
        clash = self._clash()
        for node in (*lines, *others):
            self._ask(node)
        for told in self._releases:
            self._need(told)
        self._part()
        if clash is not None:
            self._lead_to(clash)
        return ConflictGraph(self._place, tuple(self._nodes), tuple(self._edges))

    def _add(self, node: Node) -> Node:
        self._nodes.append(node)
        return node

    @property
    def _next(self) -> str:
        return f"c{self._place + 1}n{len(self._nodes) + 1}"

    def _line(self, root: RootRequirement) -> Node:
        change = next((one for one in self._changes if _same(one.root, root)), None)
        return self._add(Node(self._next, NodeKind.LINE, root.name, root=root, change=change))

    def _elsewhere(self) -> Iterator[Change]:
        """Changes of the fix to lines that are not in the core."""
        for change in self._changes:
            if not any(_same(change.root, root) for root in self._conflict.core):
                yield change

    def _other(self, change: Change) -> Node:
        root = change.root
        line = Node(self._next, NodeKind.LINE, root.name, root=root, in_core=False, change=change)
        return self._add(line)

    def _release(self, told: Told) -> Node:
        return self._add(
            Node(
                self._next,
                NodeKind.RELEASE,
                told.project,
                versions=told.versions,
                extras=told.extras,
                reasons=told.reasons,
                out=told.out,
            )
        )

    def _clash(self) -> Node | None:
        name = self._conflict.clash
        if name is None:
            return None
        node = Node(self._next, NodeKind.CLASH, name, reasons=tuple(self._reasons(name)), out=True)
        self._projects[name] = node
        return self._add(node)

    def _reasons(self, clash: NormalizedName) -> Iterator[Excluded | Unmatched]:
        for step in self._conflict.steps:
            fact = self._conflict.facts[step.facts[0]]
            if step.project == clash and isinstance(fact, Excluded | Unmatched):
                yield fact

    def _project(self, name: NormalizedName) -> Node:
        if name not in self._projects:
            self._projects[name] = self._add(Node(self._next, NodeKind.PROJECT, name))
        return self._projects[name]

    def _targets(self, name: NormalizedName, allowed: VersionSet | None) -> list[Node]:
        releases = [told for told in self._releases if told.project == name]
        found = [self._of[told] for told in meant(releases, allowed)]
        return found or [self._project(name)]

    def _ask(self, line: Node) -> None:
        root = line.root
        if root is not None and root.origin.kind is OriginKind.TARGET:
            self._link(line, self._python_excludes(), EdgeKind.RULES_OUT)
        elif line.in_core or self._tells_of(line):
            self._link(line, self._targets(line.project, None), EdgeKind.ASKS)

    def _tells_of(self, line: Node) -> bool:
        """Whether another line's project is in the story, so that its change can be placed."""
        change = line.change
        names = (node.project for node in self._nodes if node.kind is not NodeKind.LINE)
        return (
            change is not None
            and change.action is not ChangeAction.PYTHON
            and (line.project in names)
        )

    def _python_excludes(self) -> Iterable[Node]:
        for node in self._nodes:
            if any(isinstance(r, Excluded) and r.reason in _OF_PYTHON for r in node.reasons):
                yield node

    def _need(self, told: Told) -> None:
        for step in told.steps:
            if step.target is not None:
                for node in self._targets(step.target, step.allowed):
                    source = self._of[told].id
                    self._edges.append(Edge(source, node.id, EdgeKind.NEEDS, step))

    def _lead_to(self, clash: Node) -> None:
        for told, node in self._of.items():
            if told.out and told.project == clash.project:
                self._edges.append(Edge(node.id, clash.id, EdgeKind.LEAVES_NONE))
        if all(edge.target != clash.id for edge in self._edges):
            # All demands are about releases that are told about: the last one finds none left.
            steps = [edge.step for edge in self._edges if edge.step is not None]
            last = next(step for step in reversed(steps) if step.target == clash.project)
            source = next(edge.source for edge in self._edges if edge.step is last)
            self._edges = [edge for edge in self._edges if edge.step is not last]
            self._edges.append(Edge(source, clash.id, EdgeKind.NEEDS, last))

    def _part(self) -> None:
        """Lead to what nothing leads to from the versions that it is a part of."""
        led_to = {edge.target for edge in self._edges}
        for told, node in self._of.items():
            wholes = [whole for whole in self._releases if is_part(told, whole)]
            if node.id not in led_to and wholes:
                whole = min(wholes, key=lambda one: one.versions.count)
                self._link(self._of[whole], [node], EdgeKind.PART)

    def _link(self, source: Node, targets: Iterable[Node], kind: EdgeKind) -> None:
        self._edges.extend(Edge(source.id, target.id, kind) for target in targets)


def _same(one: RootRequirement, other: RootRequirement) -> bool:
    return (one.origin, one.text) == (other.origin, other.text)
