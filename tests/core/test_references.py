"""A line that names a project by its URL rules the project's other versions out, like any line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from msgspec.structs import replace

from conflictlens import MemoryIndex
from conflictlens.explanation.records import Findings, Outcome
from conflictlens.index.memory import wheel
from conflictlens.pipeline import find
from conflictlens.problem.admission import Admission
from conflictlens.question import Question
from conflictlens.render.text import render_text
from conflictlens.requirements.reading import read_requirements
from conflictlens.resolution.budget import Budget
from conflictlens.target import target_for

URL = "https://files.example/tea-1.0-py3-none-any.whl"
HERE = f"tea @ {URL}"


def ask(
    lines: Sequence[str],
    releases: Mapping[str, Mapping[str, Sequence[str]]],
    version: str = "1.0",
    needs: Sequence[str] = (),
) -> Findings:
    facts = [
        wheel(name, number, requires)
        for name, versions in releases.items()
        for number, requires in versions.items()
    ]
    file, metadata = wheel("tea", version, needs)
    index = MemoryIndex(facts, references={URL: (replace(file, url=URL), metadata)})
    question = Question(read_requirements(lines), target_for("3.11", "linux"), Admission())
    return find(question, index, Budget(deadline=None))


TEA: Mapping[str, Sequence[str]] = {"1.0": [], "2.0": []}


@pytest.mark.parametrize(
    ("lines", "core"),
    [
        ([HERE, "tea>=2"], [HERE, "tea>=2"]),
        ([HERE, "milk"], [HERE, "milk"]),
        # No index has it, whatever else is asked for.
        ([HERE, "tea>=9"], ["tea>=9"]),
        ([HERE, "cup"], ["cup"]),
    ],
)
def test_is_named_where_the_conflict_needs_it(lines: Sequence[str], core: Sequence[str]) -> None:
    findings = ask(lines, {"tea": TEA, "milk": {"1.0": ["tea>=2"]}, "cup": {"1.0": ["tea>=9"]}})
    [conflict] = findings.conflicts
    assert [root.text for root in conflict.core] == core
    assert conflict.minimal


def test_without_an_index_that_has_the_project_the_line_beside_it_is_alone_to_blame() -> None:
    [conflict] = ask([HERE, "tea>=2"], {}).conflicts
    assert [root.text for root in conflict.core] == ["tea>=2"]


@pytest.mark.parametrize("others", [{}, {"tea": TEA}])
def test_a_pre_release_behind_it_counts(others: Mapping[str, Mapping[str, Sequence[str]]]) -> None:
    releases = {**others, "milk": {"1.0": [], "2.0": []}}
    assert ask([HERE], releases, "3.0rc1").resolution == {"tea": "3.0rc1"}
    findings = ask([HERE, "milk>=2"], releases, "3.0rc1", ["milk<2"])
    assert findings.outcome is Outcome.CONFLICT
    assert [root.text for root in findings.conflicts[0].core] == [HERE, "milk>=2"]
    assert "tea 3.0rc1" in render_text(findings)
