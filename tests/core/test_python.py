"""The target's Python as a member of a core: where it is blamed, named, and not claimed."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from pathlib import Path

import pytest
from msgspec.structs import replace
from packaging.utils import canonicalize_name

import conflictlens
from conflictlens import Explanation, MemoryIndex
from conflictlens.errors import OfflineMiss
from conflictlens.explanation.checker import flaws
from conflictlens.index.memory import wheel
from conflictlens.index.records import Distribution, Metadata, UnknownMetadata
from conflictlens.problem.admission import Admission, Assessor
from conflictlens.target import target_for
from tests.explanation.test_checker import stories
from tests.scenario import SCENARIOS, load

Universe = Mapping[str, Mapping[str, tuple[str | None, list[str]]]]
TARGET = {"kind": "target", "path": None, "line": None}


def index_of(universe: Universe) -> MemoryIndex:
    """Project → version → its Requires-Python and what it needs."""
    facts = []
    for name, versions in universe.items():
        for version, (python, requires) in versions.items():
            file, metadata = wheel(name, version, requires)
            facts.append((replace(file, requires_python=python), metadata))
    return MemoryIndex(facts)


NEEDS_312: Universe = {
    "pan": {"1.0": (None, []), "2.0": (">=3.12", [])},
    "stove": {"1.0": (None, ["pan>=2"])},
}


def asked(
    *lines: str,
    universe: Universe = NEEDS_312,
    index: MemoryIndex | None = None,
    python: str | None = "3.11",
) -> Explanation:
    return conflictlens.explain(
        lines, python=python, platform="linux", index=index or index_of(universe)
    )


def members(answer: Explanation) -> list[list[str]]:
    return [[root.text for root in conflict.core] for conflict in answer.conflicts]


def test_the_python_is_the_last_member() -> None:
    answer = asked("stove", "pan>=2")
    assert members(answer) == [["stove", "Python 3.11"], ["pan>=2", "Python 3.11"]]
    last = answer.to_dict()["conflicts"][0]["core"][-1]  # type: ignore[index,call-overload]
    assert last == {"requirement": "Python 3.11", "name": "python", "origin": TARGET}
    assert all(conflict.minimal for conflict in answer.conflicts)


def test_the_headline_counts_lines_alone() -> None:
    text = asked("stove", "pan").to_text()
    assert text.startswith("✗ 1 of 2 requirements can't be installed with Python 3.11 (linux)\n")
    assert "  argument   stove\n  --python   Python 3.11\n" in text


def test_a_headline_about_several_conflicts_names_what_all_share() -> None:
    universe: Universe = {**NEEDS_312, "lid": {"1.0": (None, [])}}
    answer = asked("stove", "lid>=2", universe=universe)
    assert members(answer) == [["stove", "Python 3.11"], ["lid>=2"]]
    assert answer.to_text().startswith(
        "✗ 2 conflicts: the 2 requirements can't be installed together\n  (Python 3.11, linux)\n"
    )


def test_the_running_python_is_told_as_such() -> None:
    universe: Universe = {"pan": {"1.0": ("<3", [])}}
    running = ".".join(platform.python_version_tuple()[:2])
    text = asked("pan", universe=universe, python=None).to_text()
    assert f"  argument       pan\n  running here   Python {running}\n" in text
    assert "running here" not in asked("pan", universe=universe, python=running).to_text()


def test_a_project_named_python_is_another_matter() -> None:
    universe: Universe = {"python": {"1.0": (">=3.12", [])}, "pan": {"1.0": (None, ["python<3"])}}
    answer = asked("pan", "python", universe=universe)
    assert members(answer) == [["pan", "Python 3.11"], ["python", "Python 3.11"]]
    assert "They clash" not in answer.to_text()


def test_a_wheel_for_another_python_is_its_fault() -> None:
    index = MemoryIndex([wheel("pan", "1.0", tag="cp312-cp312-manylinux_2_17_x86_64")])
    assert members(asked("pan", index=index)) == [["pan", "Python 3.11"]]


@pytest.mark.parametrize("tag", ["cp312-cp312-win_amd64", "pp311-pypy311_pp73-linux_x86_64"])
def test_a_wheel_that_no_other_python_would_take_is_not(tag: str) -> None:
    answer = asked("pan", index=MemoryIndex([wheel("pan", "1.0", tag=tag)]))
    assert members(answer) == [["pan"]]
    assert "pan 1.0 has no wheel for Python 3.11 on linux" in answer.to_text()


def test_a_conflict_on_any_python_is_told_without_it() -> None:
    universe: Universe = {
        "stove": {"1.0": (None, ["pan>=2"]), "2.0": (">=3.12", ["pan>=2"])},
        "pan": {"1.0": (None, []), "1.5": (">=3.12", [])},
    }
    answer = asked("stove", universe=universe)
    assert members(answer) == [["stove"]]
    text = answer.to_text()
    assert "stove 1.0 and 2.0 need pan>=2\n" in text
    assert "(newest: 1.0)" in text
    assert "3.12" not in text


def test_no_fix_is_the_only_one_where_the_python_could_change() -> None:
    [line, python] = asked("pan>=2").fixes
    assert [change.replacement for change in (*line.changes, *python.changes)] == [
        "pan>=1.0,<2",
        "3.12",
    ]
    assert not line.only
    assert "change 1 line or the Python:" in asked("pan>=2").to_text()


class Forgetful(MemoryIndex):
    """It knows what a file needs only if the file is for the target's Python."""

    def metadata(self, distribution: Distribution) -> Metadata | UnknownMetadata:
        if distribution.requires_python is not None:
            raise OfflineMiss(distribution.url, "the snapshot was made without its metadata")
        return super().metadata(distribution)


class Ignorant(MemoryIndex):
    """What those files need can't be known."""

    def metadata(self, distribution: Distribution) -> Metadata | UnknownMetadata:
        if distribution.requires_python is not None:
            return UnknownMetadata("it would have to be built")
        return super().metadata(distribution)


@pytest.mark.parametrize("kind", [Forgetful, Ignorant])
def test_nothing_is_claimed_where_it_is_not_known(kind: type[MemoryIndex]) -> None:
    index = kind(
        [(replace(wheel("pan", "2.0")[0], requires_python=">=3.12"), wheel("pan", "2.0")[1])]
    )
    answer = asked("pan>=2", index=index)
    assert members(answer) == [["pan>=2"]]
    assert answer.conflicts[0].minimal
    assert "pan 2.0 needs Python >=3.12; this is 3.11" in answer.to_text()


def test_a_wish_against_the_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("r.txt").write_text("stove<1\n", "utf-8")
    universe: Universe = {**NEEDS_312, "stove": {"0.9": (None, [])}}
    index = index_of(universe)
    answer = conflictlens.why_not("pan>=2", "./r.txt", python="3.11", platform="linux", index=index)
    assert members(answer) == [["pan>=2", "Python 3.11"]]
    text = answer.to_text()
    assert text.startswith(
        "✗ pan>=2 can't be installed with Python 3.11, whatever else is required"
    )
    assert "use Python 3.12" in text


def test_markdown_names_the_python() -> None:
    text = asked("pan>=2").to_markdown()
    assert "- `pan>=2`\n- `Python 3.11`, --python\n" in text
    assert "pan\\>=2 can't be installed with Python 3.11: pan 2.0 needs Python" in text


def test_the_checker_wants_a_reason() -> None:
    scenario = load(SCENARIOS / "deep-chain.toml")
    [(universe, story)] = stories(scenario)
    blamed = replace(story, core=(*story.core, universe.problem.python))
    assert [flaw.reason for flaw in flaws(universe, blamed)] == [
        "the target's Python is blamed, and no step is about it"
    ]


def test_what_counts_here_counts_on_any_python() -> None:
    """Among them pre-releases that are let in because nothing else is there."""
    files = [wheel("pan", "1.0rc1"), wheel("pan", "2.0"), wheel("pan", "2.0rc1")]
    facts = [
        (replace(file, requires_python=">=3.12" if "2.0" in file.filename else None), metadata)
        for file, metadata in files
    ]
    name = canonicalize_name("pan")
    target = target_for("3.11", "linux")
    project = MemoryIndex(facts).project(name)
    strict = Assessor(target, Admission()).releases(project)
    lifted = Assessor(target, Admission(), any_python=True).releases(project)
    assert [str(version) for version in lifted.versions] == ["1.0rc1", "2.0rc1", "2.0"]
    assert bin(strict.admissible) == "0b10"
    assert bin(lifted.preferred) == "0b1010"
    assert bin(lifted.unsuited) == "0b1100"


def test_a_pre_release_for_another_python_is_told_where_it_is_asked_for() -> None:
    universe: Universe = {
        "pan": {"1.0": (None, []), "2.0rc1": (">=3.12", [])},
        "stove": {"1.0": (None, ["pan>=2.0rc1"])},
    }
    answer = asked("stove", universe=universe)
    assert members(answer) == [["stove", "Python 3.11"]]
    assert "pan 2.0rc1 needs Python >=3.12; this is 3.11" in answer.to_text()


def test_another_python_may_help_by_its_markers() -> None:
    """The conflict is there on any Python as long as the markers are those of this one."""
    older = ['meta<4.3; python_version < "3.12"']
    universe: Universe = {
        "flake": {"5.0": (None, older), "6.0": (">=3.12", older)},
        "sphinx": {"5.3": (None, ["meta>=4.8"])},
        "meta": {"4.2": (None, []), "4.8": (None, [])},
    }
    answer = asked("flake", "sphinx", universe=universe)
    assert members(answer) == [["flake", "sphinx"]]
    assert [change.replacement for fix in answer.fixes for change in fix.changes] == [
        None,
        None,
        "3.12",
    ]
    assert not any(fix.only for fix in answer.fixes)
