"""From a conflict to its graph: whose node leads to whose, and what is merged."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from msgspec.structs import replace
from packaging.utils import canonicalize_name
from packaging.version import Version

from conflictlens.explanation.records import (
    Change,
    ChangeAction,
    Conflict,
    Excluded,
    Findings,
    Needs,
    Step,
)
from conflictlens.explanation.versions import VersionSet
from conflictlens.graph.build import conflict_graphs
from conflictlens.graph.records import ConflictGraph, Node, NodeKind
from conflictlens.graph.releases import meant, told_releases
from conflictlens.index.memory import MemoryIndex
from conflictlens.problem.releases import Exclusion
from tests.render.asking import answer, of_scenario
from tests.render.test_text import ANSWERS, kitchen, of_kitchen, several

TEA = canonicalize_name("tea")
WATER = canonicalize_name("water")


def versions(*runs: tuple[str, str], count: int = 1) -> VersionSet:
    return VersionSet(tuple((Version(first), Version(last)) for first, last in runs), count)


def shape(graph: ConflictGraph) -> list[str]:
    """Each edge in a line: ``line requirements.txt:2 asks release kettle 1.2.1``."""
    nodes = {node.id: node for node in graph.nodes}
    return [
        f"{_name(nodes[edge.source])} {edge.kind} {_name(nodes[edge.target])}"
        for edge in graph.edges
    ]


def _name(node: Node) -> str:
    told = node.root.text if node.root else f"{node.project} {node.versions or ''}".strip()
    return f"{node.kind} {told}"


def test_lines_ask_releases_need_and_sides_clash(tmp_path: Path) -> None:
    [graph] = conflict_graphs(kitchen(tmp_path))
    assert shape(graph) == [
        "line kettle==1.2.1 asks release kettle 1.2.1",
        "line tea>=2 asks release tea 2.0 to 2.1.1",
        "release tea 2.0 to 2.1.1 needs clash water",
        "release kettle 1.2.1 needs clash water",
    ]


def test_the_first_fix_is_on_its_line(tmp_path: Path) -> None:
    [graph] = conflict_graphs(kitchen(tmp_path))
    changed = {node.root.text: node.change for node in graph.nodes if node.root and node.change}
    assert {text: change.replacement for text, change in changed.items()} == {
        "tea>=2": "tea>=1.10,<2"
    }


def test_conflicts_share_no_node_and_other_changed_lines_are_there(tmp_path: Path) -> None:
    findings = several(tmp_path)
    second = findings.conflicts[1]
    also = Change(ChangeAction.REMOVE, second.core[0], None)
    fix = replace(findings.fixes[0], changes=(*findings.fixes[0].changes, also))
    graphs = conflict_graphs(replace(findings, fixes=(fix,)))
    ids = [node.id for graph in graphs for node in graph.nodes]
    assert len(ids) == len(set(ids))
    others = [node for node in graphs[0].nodes if not node.in_core]
    assert [(node.root, node.change) for node in others] == [(second.core[0], also)]


@pytest.mark.parametrize(
    ("scenario", "edges"),
    [
        (
            "cycle-that-never-closes",
            [
                "line hen asks release hen 1 to 3",
                "release hen 1 to 3 needs release egg 1 to 3",
                "release egg 1 to 3 needs release hen 2 to 3",
                "release hen 2 to 3 needs release egg 2 to 3",
                "release egg 2 to 3 needs release hen 3",
                "release hen 3 needs release egg 3",
                "release egg 3 needs clash hen",
            ],
        ),
        (
            "dead-ends-all-along",
            [
                "line lamp asks release lamp 1.0 to 1.1",
                "line lamp asks release lamp 2.0",
                "release lamp 1.0 to 1.1 needs project bulb",
                "release lamp 2.0 needs clash diode",
            ],
        ),
        (
            "python-too-old",
            ["line snake>=2 asks clash snake", "line Python 3.9 rules-out clash snake"],
        ),
        (
            "release-against-itself",
            ["line kettle==1.0 asks release kettle 1.0", "release kettle 1.0 needs clash steel"],
        ),
        ("missing-project", ["line ketlle asks clash ketlle"]),
    ],
)
def test_shapes(scenario: str, edges: list[str], tmp_path: Path) -> None:
    [graph] = conflict_graphs(of_scenario(scenario, tmp_path))
    assert shape(graph) == edges


@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_every_line_and_step_is_in_the_graph(name: str, tmp_path: Path) -> None:
    findings = ANSWERS[name](tmp_path)
    for conflict, graph in zip(findings.conflicts, conflict_graphs(findings), strict=True):
        lines = [node.root for node in graph.nodes if node.kind is NodeKind.LINE and node.in_core]
        assert lines == list(conflict.core)
        told = {edge.step for edge in graph.edges if edge.step is not None}
        assert told == {step for step in conflict.steps if step.target is not None}
        ends = {end for edge in graph.edges for end in (edge.source, edge.target)}
        assert {node.id for node in graph.nodes if node.in_core} <= ends
        excluded = {f for f in conflict.facts if isinstance(f, Excluded)}
        assert {r for node in graph.nodes for r in node.reasons if isinstance(r, Excluded)} == (
            excluded
        )


def conflict(findings: Findings, *steps: Step, facts: tuple[Excluded | Needs, ...]) -> Conflict:
    return replace(findings.conflicts[0], clash=WATER, steps=steps, facts=facts)


def test_what_looks_the_same_is_one_node(tmp_path: Path) -> None:
    parts = [versions((one, one)) for one in ("1", "3", "2")]
    facts = tuple(Excluded(TEA, part, Exclusion.YANKED, ("bad",), ()) for part in parts)
    other = replace(facts[2], detail=("worse",))
    steps = [Step(TEA, None, part, (number,)) for number, part in enumerate(parts)]
    told = told_releases(conflict(kitchen(tmp_path), *steps, facts=(*facts[:2], other)))
    assert [(str(one.versions), one.versions.count) for one in told] == [("1, 3", 2), ("2", 1)]


def test_a_demand_is_about_the_whole_rather_than_a_part(tmp_path: Path) -> None:
    whole, part, yanked = versions(("1", "9"), count=8), versions(("5", "9")), versions(("7", "7"))
    facts = (
        Needs(TEA, None, whole, "water<2", ()),
        Excluded(TEA, yanked, Exclusion.YANKED, (), ()),
    )
    steps = (
        Step(TEA, None, whole, (0,), WATER, "water<2"),
        Step(TEA, None, part, (0,), WATER, "water<1"),
        Step(TEA, None, yanked, (1,)),
    )
    told = told_releases(conflict(kitchen(tmp_path), *steps, facts=facts))
    assert [one.versions for one in meant(told, None)] == [whole, yanked]
    assert [one.versions for one in meant(told, part)] == [part]
    assert [one.versions for one in meant(told, versions(("1", "2")))] == [whole]
    assert meant(told, versions(("10", "11"))) == []


def test_versions_lead_to_their_parts_where_nothing_else_does(tmp_path: Path) -> None:
    universe: dict[str, dict[str, list[str]]] = {
        "apple": {"1.0": ["bread==1", "bread>=4"], "2.0": ["bread==1", "dough!=1"]},
        "bread": {"1": [], "2": [], "3": []},
        "dough": {"1": [], "2": ["apple==3"], "3": ["bread!=1"], "4": ["bread!=1"]},
    }
    scenario = dataclasses.replace(of_kitchen(), roots=("apple",))
    [graph] = conflict_graphs(answer(scenario, tmp_path, MemoryIndex.of(universe)))
    assert "release apple 1.0 to 2.0 part release apple 2.0" in shape(graph)
    led_to = {edge.target for edge in graph.edges}
    assert [node for node in graph.nodes if node.id not in led_to] == [graph.nodes[0]]


def test_the_last_demand_leads_to_the_clash_where_no_other_does(tmp_path: Path) -> None:
    universe: dict[str, dict[str, list[str]]] = {
        "apple": {"1": ["bread"], "4": ["bread==1"]},
        "bread": {"1": ["apple==4", "cheese"], "2": ["apple==4"]},
        "cheese": {"1": ["apple<3"]},
    }
    scenario = dataclasses.replace(of_kitchen(), roots=("apple",))
    [graph] = conflict_graphs(answer(scenario, tmp_path, MemoryIndex.of(universe)))
    told = shape(graph)
    assert [edge for edge in told if edge.endswith("clash apple")] == [
        "release cheese 1 needs clash apple"
    ]
