"""Real questions of different kinds, recorded; what is said of each is reviewed as prose.

``python -m tests.record`` records them anew and says what they are. ``CONFLICTLENS_GOLDEN=write
pytest tests/test_cases.py`` writes only the answers anew, offline.
"""

from __future__ import annotations

import gzip
import os
import re
from pathlib import Path
from statistics import median

import pytest
from msgspec.structs import replace

from conflictlens.cli.main import main
from conflictlens.cli.recorded import recorded_requirements, recorded_target
from conflictlens.core.enumeration import DisjointCores
from conflictlens.explanation.checker import flaws
from conflictlens.explanation.records import Findings, Stats
from conflictlens.explanation.story import tell
from conflictlens.index.snapshot import read_snapshot
from conflictlens.pipeline import find
from conflictlens.problem.admission import Admission
from conflictlens.problem.problem import pose
from conflictlens.question import Question
from conflictlens.render.phrases import where
from conflictlens.requirements.reading import read_requirements
from conflictlens.requirements.workspace import Workspace
from conflictlens.resolution.budget import Budget
from conflictlens.resolution.outcome import Conflict
from conflictlens.resolution.verdict import decide
from tests.record import CASES

FOLDER = Path(__file__).with_name("cases")
LARGEST = 60_000
CONFLICT = 1
MEDIAN = 60
_HOST = re.compile(r"\bhttps?://([^/\s\"']+)")


@pytest.fixture(params=sorted(CASES))
def folder(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of one case, which is the working directory."""
    monkeypatch.chdir(FOLDER / str(request.param))
    return Path.cwd()


def question() -> Question:
    asked = read_snapshot("snapshot.json.gz").question
    return Question(
        recorded_requirements(asked, Workspace(os.getcwd(), {})),
        recorded_target(asked, None, None),
        Admission(pre=asked.pre, uploaded_before=asked.exclude_newer),
    )


def answered() -> Findings:
    index = read_snapshot("snapshot.json.gz").index
    return replace(find(question(), index, Budget()), stats=Stats())


def test_every_folder_is_a_case() -> None:
    assert {path.parent.name for path in FOLDER.glob("*/answer.txt")} == set(CASES)


def test_answers_as_recorded(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["explain", "--index-snapshot", "snapshot.json.gz", "--color", "never"])

    text = capsys.readouterr().out
    if os.environ.get("CONFLICTLENS_GOLDEN") == "write":
        (folder / "answer.txt").write_text(text, "utf-8")
    assert (code, text) == (CONFLICT, (folder / "answer.txt").read_text("utf-8"))


def test_names_every_line_and_stays_short(folder: Path) -> None:
    findings = answered()
    text = (folder / "answer.txt").read_text("utf-8")

    assert max(map(len, text.splitlines())) <= 80
    assert len(text.split()) <= 150 * len(findings.conflicts)
    together = re.sub(r"\s+", "", text)
    for conflict in findings.conflicts:
        for root in conflict.core:
            place = where(findings.target, root)
            assert place is not None
            assert f"{place}{root.text}".replace(" ", "") in together


def test_what_is_told_is_true(folder: Path) -> None:
    """The checker finds nothing wrong with the stories, which are those that are told."""
    asked = question()
    index = read_snapshot("snapshot.json.gz").index
    problem = pose(asked.requirements, asked.target, asked.admission, index)
    verdict = decide(problem, Budget())
    assert isinstance(verdict.outcome, Conflict)
    cores = list(DisjointCores(verdict, Budget()))

    stories = [tell(core) for core in cores]

    assert stories == list(answered().conflicts[: len(stories)])
    for core, story in zip(cores, stories, strict=True):
        assert list(flaws(core.universe, story)) == []


def test_the_files_are_what_was_asked(folder: Path) -> None:
    limits = [path.name for path in folder.glob("constraints.txt")]
    files = read_requirements(["requirements.txt"], constraint_files=limits)

    asked = read_snapshot("snapshot.json.gz").question

    assert [(one.text, one.origin) for one in (*asked.requirements, *asked.constraints)] == [
        (root.text, root.origin) for root in (*files.roots, *files.constraints)
    ]


def test_is_small_and_names_no_index(folder: Path) -> None:
    packed = (folder / "snapshot.json.gz").read_bytes()

    assert len(packed) < LARGEST
    assert set(_HOST.findall(gzip.decompress(packed).decode())) <= {"github.com"}


def test_one_explanation_takes_a_glance() -> None:
    """The words per conflict, headline and fixes included; not what to run, and notes."""
    words = []
    for path in FOLDER.glob("*/answer.txt"):
        text = re.split(r"\n  (?:conflictlens fix|note:)", path.read_text("utf-8"))[0]
        words.append(len(text.split()) / max(1, text.count("\nConflict ")))
    assert median(words) <= MEDIAN
