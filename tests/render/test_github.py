"""Answers as workflow commands."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from conflictlens import MemoryIndex, explain
from conflictlens.explanation.records import Findings, Outcome
from conflictlens.render.github import render_github
from conflictlens.requirements.records import Origin, OriginKind
from tests.render.asking import of_scenario
from tests.render.test_text import kitchen

TITLE = "title=2 of 3 requirements can't be installed together"
MESSAGE = (
    "kettle==1.2.1 (requirements.txt:2) and tea>=2 (requirements.txt:3) clash over water"
    "%0Atea 2.0 to 2.1.1 (all 4) need water>=4.6.1"
    "%0Akettle 1.2.1 needs water~=4.5.0"
    "%0Atried and works: requirements.txt:3 tea>=2  →  tea>=1.10,<2"
)


def test_each_line_of_a_conflict_is_annotated(tmp_path: Path) -> None:
    assert (
        render_github(kitchen(tmp_path))
        == f"""\
::error file=requirements.txt,line=2,{TITLE}::{MESSAGE}
::error file=requirements.txt,line=3,{TITLE}::{MESSAGE}
"""
    )


def test_arguments_have_no_place(tmp_path: Path) -> None:
    findings = kitchen(tmp_path)
    [conflict] = findings.conflicts
    core = tuple(replace(root, origin=Origin(OriginKind.ARGUMENT)) for root in conflict.core)
    told = render_github(replace(findings, conflicts=(replace(conflict, core=core),)))
    assert told.startswith(f"::error {TITLE}::kettle==1.2.1 and tea>=2 clash over water%0A")
    assert told.count("\n") == 1


def test_a_path_is_a_property(tmp_path: Path) -> None:
    findings = kitchen(tmp_path)
    [conflict] = findings.conflicts
    origin = Origin(OriginKind.REQUIREMENT, "a,b:100%.txt", 7)
    core = tuple(replace(root, origin=origin) for root in conflict.core)
    told = render_github(replace(findings, conflicts=(replace(conflict, core=core),)))
    assert told.startswith("::error file=a%2Cb%3A100%25.txt,line=7,title=")


def test_a_single_fact_is_told_once() -> None:
    index = MemoryIndex.of({"a": {"1.0": []}})
    told = explain(["a==9"], index=index, python="3.11", platform="linux").to_github()
    assert told.count("no version of a matches ==9") == 1
    assert "%0Atried and works: a==9  →  a==1.0" in told


def test_a_resolution_says_nothing(tmp_path: Path) -> None:
    assert render_github(of_scenario("marker-of-a-root", tmp_path)) == ""


def test_undecided_is_a_warning(tmp_path: Path) -> None:
    undecided = replace(
        kitchen(tmp_path), outcome=Outcome.UNDECIDED, undecided="no answer: 50%", conflicts=()
    )
    assert render_github(undecided) == "::warning title=conflictlens::Undecided: no answer: 50%25\n"


def test_other_peoples_text_begins_no_command(hostile: Findings) -> None:
    lines = render_github(hostile).splitlines()
    assert len(lines) == len(hostile.conflicts[0].lines)
    assert all(line.startswith("::error file=") and line.isprintable() for line in lines)
