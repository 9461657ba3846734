"""The library: what it takes, what it gives back, and what it refuses."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import networkx
import pytest
from msgspec.structs import replace
from packaging.version import Version

import conflictlens
from conflictlens import (
    ConflictlensError,
    Explanation,
    InputError,
    MemoryIndex,
    RequirementsError,
    explain,
)
from conflictlens.cutoff import UnknownCutOff, cut_off
from conflictlens.explanation.records import Outcome
from conflictlens.index.memory import wheel
from conflictlens.requirements.records import OriginKind

UNIVERSE: Mapping[str, Mapping[str, list[str]]] = {
    "kettle": {"1.0": ["steel<2"]},
    "pan": {"1.0": ["steel>=2"], "0.9": ["steel"]},
    "steel": {"1.0": [], "2.0": [], "3.0a1": []},
}


def ask(requirements: str | Path | Iterable[str | Path], **options: object) -> Explanation:
    options = {"python": "3.11", "platform": "linux", "index": MemoryIndex.of(UNIVERSE), **options}
    return explain(requirements, **options)  # type: ignore[arg-type]


def versions(explanation: Explanation) -> dict[str, str]:
    assert explanation.resolution is not None
    return {name: str(version) for name, version in explanation.resolution.items()}


def test_requirements_that_resolve() -> None:
    explanation = ask(["kettle", "steel"])
    assert explanation.outcome is Outcome.RESOLVED
    assert explanation.exit_code == 0
    assert explanation.conflicts == ()
    assert explanation.resolution == {"kettle": Version("1.0"), "steel": Version("1.0")}


def test_requirements_that_conflict() -> None:
    explanation = ask(["kettle", "pan>=1"])
    assert explanation.outcome is Outcome.CONFLICT
    assert explanation.exit_code == 1
    assert explanation.resolution is None
    [conflict] = explanation.conflicts
    assert [root.text for root in conflict.core] == ["kettle", "pan>=1"]
    assert {root.origin.kind for root in conflict.core} == {OriginKind.ARGUMENT}


def test_an_explanation_prints_as_its_text() -> None:
    explanation = ask(["kettle", "pan>=1"])
    assert str(explanation) == explanation.to_text()
    assert str(explanation).startswith("✗ The 2 requirements can't be installed together")
    assert repr(explanation) == (
        "<Explanation: ✗ The 2 requirements can't be installed together (Python 3.11, linux)>"
    )
    assert "\x1b" in explanation.to_text(color=True)
    assert max(map(len, explanation.to_text(width=30).splitlines())) <= 30
    assert explanation.to_markdown().startswith("### ✗ The 2")
    assert json.loads(explanation.to_json()) == explanation.to_dict()


def test_a_file_by_its_path(tmp_path: Path) -> None:
    file = tmp_path / "wanted"
    file.write_text("kettle\npan>=1\n", "utf-8")
    for given in (file, str(file), [file]):
        [conflict] = ask(given).conflicts
        assert [root.origin.line for root in conflict.core] == [1, 2]


def test_a_path_is_never_taken_for_a_requirement() -> None:
    with pytest.raises(RequirementsError, match="no such file"):
        ask(Path("kettle"))


def test_texts_and_files_mix(tmp_path: Path) -> None:
    file = tmp_path / "requirements.txt"
    file.write_text("kettle\n", "utf-8")
    [conflict] = ask([file, "pan>=1"]).conflicts
    assert [root.origin.kind for root in conflict.core] == [
        OriginKind.REQUIREMENT,
        OriginKind.ARGUMENT,
    ]


def test_constraints_as_text_and_by_path(tmp_path: Path) -> None:
    assert versions(ask("pan", constraints="steel<2")) == {"pan": "0.9", "steel": "1.0"}
    file = tmp_path / "constraints.txt"
    file.write_text("steel<2\n", "utf-8")
    [conflict] = ask("pan>=1", constraints=[file, "kettle==1"]).conflicts
    assert [(root.text, root.origin.kind) for root in conflict.core] == [
        ("pan>=1", OriginKind.ARGUMENT),
        ("steel<2", OriginKind.CONSTRAINT),
    ]


def test_extras_and_groups_of_a_project(tmp_path: Path) -> None:
    file = tmp_path / "pyproject.toml"
    file.write_text(
        '[project]\nname = "kitchen"\nversion = "1"\ndependencies = ["kettle"]\n'
        'optional-dependencies.metal = ["steel<1.5"]\n'
        '[dependency-groups]\ndev = ["pan"]\n',
        "utf-8",
    )
    assert set(versions(ask(file))) == {"kettle", "steel"}
    assert set(versions(ask(file, extras=["metal"], groups=["dev"]))) == {"kettle", "steel", "pan"}


def test_options_of_a_file_count_too(tmp_path: Path) -> None:
    file = tmp_path / "requirements.txt"
    file.write_text("--pre\nsteel\n", "utf-8")
    assert versions(ask(file)) == {"steel": "3.0a1"}
    assert versions(ask("steel", pre=True)) == {"steel": "3.0a1"}
    assert versions(ask("steel")) == {"steel": "2.0"}


def test_only_binary_and_no_binary() -> None:
    assert ask("kettle", no_binary=["Kettle"]).outcome is Outcome.CONFLICT
    assert ask("kettle", no_binary=[":all:"]).outcome is Outcome.CONFLICT
    assert ask("kettle", only_binary=[":all:"]).outcome is Outcome.RESOLVED


def test_the_cut_off() -> None:
    days = {
        "1.0": datetime(2024, 1, 1, 23, 59, tzinfo=UTC),
        "2.0": datetime(2024, 1, 2, tzinfo=UTC),
    }
    files = ((wheel("steel", version), day) for version, day in days.items())
    index = MemoryIndex((replace(file, upload_time=day), said) for (file, said), day in files)
    assert versions(ask("steel", index=index, exclude_newer="2024-01-01")) == {"steel": "1.0"}
    assert versions(ask("steel", index=index, exclude_newer=date(2024, 1, 2))) == {"steel": "2.0"}


def test_bad_input_is_told_as_such() -> None:
    with pytest.raises(InputError):
        ask("kettle >>1")
    with pytest.raises(InputError):
        ask("kettle", python="three")
    with pytest.raises(InputError):
        ask("kettle", exclude_newer="soon")
    assert issubclass(InputError, ConflictlensError)


def test_a_spent_budget_is_undecided() -> None:
    explanation = ask(["kettle", "pan>=1"], timeout=-1.0)
    assert explanation.outcome is Outcome.UNDECIDED
    assert explanation.exit_code == 3


def test_find_links_answer_without_an_index(tmp_path: Path) -> None:
    explanation = explain(
        "kettle", find_links=[tmp_path], no_index=True, use_cache=False, timeout=None
    )
    [conflict] = explanation.conflicts
    assert conflict.clash == "kettle"


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'explian'"):
        _ = conflictlens.explian
    assert dir(conflictlens) == sorted(conflictlens.__all__)


NOW = datetime(2024, 6, 15, 12, tzinfo=UTC)
EAST = timezone(timedelta(hours=2))


@pytest.mark.parametrize(
    ("given", "moment"),
    [
        ("2024-05-31", datetime(2024, 6, 1, tzinfo=UTC)),
        (date(2024, 12, 31), datetime(2025, 1, 1, tzinfo=UTC)),
        ("2024-05-31T12:00:00Z", datetime(2024, 5, 31, 12, tzinfo=UTC)),
        ("2024-05-31t12:00:00z", datetime(2024, 5, 31, 12, tzinfo=UTC)),
        ("2024-05-31 12:00:00.5+02:00", datetime(2024, 5, 31, 10, 0, 0, 500000, tzinfo=UTC)),
        (datetime(2024, 5, 31, 1, tzinfo=EAST), datetime(2024, 5, 30, 23, tzinfo=UTC)),
        ("7 days", NOW - timedelta(days=7)),
        ("1 week ago", NOW - timedelta(days=7)),
        ("24 hours", NOW - timedelta(days=1)),
        ("P7D", NOW - timedelta(days=7)),
        ("P1WT2H", NOW - timedelta(days=7, hours=2)),
    ],
)  # fmt: skip
def test_cut_off(given: str | date, moment: datetime) -> None:
    assert cut_off(given, NOW) == moment
    assert cut_off(given, NOW).tzinfo is UTC


WRONG = (
    "", "2024", "2024-13-01", "2024-02-30", "9999-12-31", "2024-05-31T12:00:00", "P", "PT",
    "7 moons", "2024-05-31T25:00:00Z", "P99999W99999D", datetime(2024, 5, 31),
    "0001-01-01T00:00:00+23:00",
)  # fmt: skip


@pytest.mark.parametrize("given", WRONG)
def test_cut_offs_that_are_none(given: str | date) -> None:
    with pytest.raises(UnknownCutOff, match="--exclude-newer"):
        cut_off(given, NOW)


def test_pictures() -> None:
    explanation = ask(["kettle", "pan>=1"])
    assert explanation.to_tree().endswith("✓ tried and works, the only fix found\n")
    assert "\x1b[" in explanation.to_tree(color=True)
    assert max(map(len, explanation.to_tree(width=40).splitlines())) <= 40
    assert 'c1n1["argument<br>kettle"]:::line' in explanation.to_mermaid()
    assert explanation.to_dot().startswith("digraph conflictlens {")
    assert explanation.to_svg(graphviz=False).startswith("<svg ")


def test_the_graph_of_an_answer() -> None:
    graph = ask(["kettle", "pan>=1"]).graph
    assert graph.graph == {
        "outcome": "conflict",
        "title": "The 2 requirements can't be installed together",
        "conflicts": 1,
    }
    nothing = {"conflict": 0, "versions": "", "extras": "", "requirement": "", "place": ""}
    nothing |= {"core": False, "fix": "", "removed": False, "out": False}
    assert dict(graph.nodes(data=True)) == {
        "c1n1": nothing
        | {"kind": "line", "project": "kettle", "requirement": "kettle", "core": True}
        | {"label": "argument\nkettle"},
        "c1n2": nothing
        | {"kind": "line", "project": "pan", "requirement": "pan>=1", "core": True}
        | {"fix": "pan>=0.9,<1", "label": "argument\npan>=1\n✓ change to pan>=0.9,<1"},
        "c1n3": nothing
        | {"kind": "release", "project": "pan", "versions": "1.0", "label": "pan 1.0"},
        "c1n4": nothing
        | {"kind": "release", "project": "kettle", "versions": "1.0", "label": "kettle 1.0"},
        "c1n5": nothing
        | {"kind": "clash", "project": "steel", "out": True}
        | {"label": "✗ steel\nno version suits both"},
    }
    assert [
        (start, end, told["kind"], told["requirement"], told["label"], told["conflict"])
        for start, end, told in graph.edges(data=True)
    ] == [
        ("c1n1", "c1n4", "asks", "kettle", "", 0),
        ("c1n2", "c1n3", "asks", "pan>=1", "", 0),
        ("c1n3", "c1n5", "needs", "steel>=2", ">=2", 0),
        ("c1n4", "c1n5", "needs", "steel<2", "<2", 0),
    ]


def test_a_graph_can_be_written_as_graphml() -> None:
    text = "\n".join(networkx.generate_graphml(ask(["kettle", "pan>=1"]).graph))
    assert networkx.parse_graphml(text).number_of_edges() == 4


def test_the_graph_of_a_resolution_is_empty() -> None:
    graph = ask(["kettle", "steel"]).graph
    assert (graph.graph["outcome"], len(graph)) == ("resolved", 0)
