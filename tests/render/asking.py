"""Small questions whose requirements stand in files, and their findings."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from msgspec.structs import replace

from conflictlens.explanation.records import Findings, Stats
from conflictlens.index.records import Index
from conflictlens.pipeline import find
from conflictlens.problem.admission import Admission
from conflictlens.question import SILENT, Question, Reporter
from conflictlens.requirements.reading import read_requirements
from conflictlens.requirements.records import RequirementSet
from conflictlens.resolution.budget import Budget
from conflictlens.target import target_for
from tests.scenario import SCENARIOS, Scenario, load


def written(
    folder: Path, requirements: tuple[str, ...], constraints: tuple[str, ...] = ()
) -> RequirementSet:
    """Requirements as two files in `folder` hold them."""
    (folder / "requirements.txt").write_text("\n".join(requirements), "utf-8")
    (folder / "constraints.txt").write_text("\n".join(constraints), "utf-8")
    return read_requirements(
        [],
        requirement_files=["requirements.txt"],
        constraint_files=["constraints.txt"] if constraints else [],
        cwd=str(folder),
    )


def of_scenario(name: str, folder: Path, reporter: Reporter = SILENT) -> Findings:
    """The findings of one of this project's scenarios."""
    return answer(load(SCENARIOS / f"{name}.toml"), folder, reporter=reporter)


def answer(
    scenario: Scenario,
    folder: Path,
    index: Index | None = None,
    uploaded_before: datetime | None = None,
    reporter: Reporter = SILENT,
) -> Findings:
    """The findings without what differs between two runs."""
    admission = Admission(scenario.pre, uploaded_before, scenario.only_binary, scenario.no_binary)
    question = Question(
        written(folder, scenario.roots, scenario.constraints),
        target_for(scenario.python, scenario.platform or "linux"),
        admission,
    )
    return replace(find(question, index or scenario.index, Budget(), reporter), stats=Stats())


def without_fixes(findings: Findings) -> Findings:
    return replace(findings, fixes=(), repair=None)
