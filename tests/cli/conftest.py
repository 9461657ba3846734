"""Real processes of the command, on questions that are answered from a snapshot."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from conflictlens.index.memory import MemoryIndex
from conflictlens.index.recording import RecordingIndex
from conflictlens.index.snapshot import write_snapshot
from conflictlens.index.snapshot_format import Question, WrittenRequirement
from conflictlens.requirements.records import Origin, OriginKind

UNIVERSE: Mapping[str, Mapping[str, list[str]]] = {
    "kettle": {"1.0": ["steel<2"]},
    "pan": {"1.0": ["steel>=2"], "0.9": ["steel"]},
    "steel": {"1.0": [], "2.0": [], "3.0a1": []},
}

Done = subprocess.CompletedProcess[str]
Run = Callable[..., Done]


def environment(**more: str) -> dict[str, str]:
    """The process's own, without what changes output or configures pip."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PIP_", "PYTHON")) and name not in ("NO_COLOR", "FORCE_COLOR")
    }
    return {**kept, "PIP_CONFIG_FILE": os.devnull, "PYTHONIOENCODING": "utf-8", **more}


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs ``conflictlens …`` in the test's folder and waits for its end."""

    def run(*arguments: str, stdin: str = "", **more: str) -> Done:
        return subprocess.run(
            [sys.executable, "-W", "error", "-m", "conflictlens", *arguments],
            cwd=tmp_path,
            env=environment(**more),
            input=stdin,
            capture_output=True,
            encoding="utf-8",
            timeout=60,
        )

    return run


@pytest.fixture
def case(tmp_path: Path) -> str:
    """A snapshot of the whole universe; its question is a conflict of two lines."""
    index = RecordingIndex(MemoryIndex.of(UNIVERSE))
    for name in (*UNIVERSE, "ketlle"):
        for file in index.project(name).distributions:  # type: ignore[arg-type]
            index.metadata(file)
    lines = (
        WrittenRequirement(text, Origin(OriginKind.REQUIREMENT, "requirements.txt", line))
        for line, text in ((1, "kettle"), (3, "pan>=1"))
    )
    question = Question(tuple(lines), python="3.11", platform="linux")
    path = tmp_path / "case.json.gz"
    write_snapshot(index.snapshot(question), path)
    return str(path)
