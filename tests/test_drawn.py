"""The pictures in the documents are what is drawn: ``python -m tests.test_drawn`` draws them anew.

Without Graphviz, so that they are the same on every machine.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import conflictlens
from conflictlens.cli.recorded import recorded_requirements, recorded_target
from conflictlens.index.snapshot import read_snapshot
from conflictlens.pipeline import find
from conflictlens.problem.admission import Admission
from conflictlens.question import Question
from conflictlens.requirements.workspace import Workspace
from conflictlens.resolution.budget import Budget
from tests.test_readme import DOCUMENTS

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "pictures"
DRAWN = {
    "kinde-pydantic": ROOT / "examples" / "kinde-pydantic",
    "oumi-azure": ROOT / "tests" / "cases" / "oumi-azure",
    "databricks-pandas": ROOT / "tests" / "cases" / "databricks-pandas",
    "numpy-python38": ROOT / "tests" / "cases" / "numpy-python38",
}
_SHOWN = re.compile(r"!\[[^\]]{20,}\]\((?:docs/)?pictures/([\w-]+\.(?:svg|png))\)")


def drawn(name: str) -> str:
    return answered(DRAWN[name]).to_svg(graphviz=False)


def answered(folder: Path) -> conflictlens.Explanation:
    """The answer to the question that a folder holds."""
    with contextlib.chdir(folder):
        snapshot = read_snapshot("snapshot.json.gz")
        asked = snapshot.question
        question = Question(
            recorded_requirements(asked, Workspace(os.getcwd(), {})),
            recorded_target(asked, None, None),
            Admission(pre=asked.pre, uploaded_before=asked.exclude_newer),
        )
        findings = find(question, snapshot.index, Budget())
    return conflictlens.Explanation(findings)


@pytest.mark.parametrize("name", DRAWN)
def test_a_picture_is_as_drawn(name: str) -> None:
    assert (FOLDER / f"{name}.svg").read_text("utf-8") == drawn(name)


def shown(document: Path) -> Iterator[str]:
    """The pictures that a document shows, each with words for who does not see it."""
    return (found[1] for found in _SHOWN.finditer(document.read_text("utf-8")))


def test_documents_show_the_pictures_that_there_are() -> None:
    there = {*(f"{name}.svg" for name in DRAWN), "report.png"}
    assert len(set(shown(DOCUMENTS[0]))) == 2
    assert {name for document in DOCUMENTS for name in shown(document)} == there
    assert {path.name for path in FOLDER.iterdir()} == there


if __name__ == "__main__":
    for each in DRAWN:
        (FOLDER / f"{each}.svg").write_text(drawn(each), "utf-8")
