"""On a terminal the conflict is told while fixes are still looked for."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from conflictlens.cli.progress import Progress
from conflictlens.cli.streaming import AGAIN, Streaming, rest
from conflictlens.explanation.records import Findings
from conflictlens.index.records import IndexStats
from conflictlens.question import Reporter
from conflictlens.render.style import Style
from conflictlens.render.text import render_opening, render_text
from tests.render.asking import of_scenario
from tests.scenario import scenarios
from tests.served_index import Universe, Variant, served

UNIVERSE: Universe = {
    "app": {f"{n}.0": [f"lib=={n}.*"] for n in range(1, 9)},
    "lib": {f"{n}.0": [] for n in range(1, 9)},
}
ROOT = Path(__file__).parents[2]
pty = pytest.importorskip("pty", reason="needs a POSIX terminal", exc_type=ImportError)


def chunks(*command: str) -> Iterator[str]:
    """What a command writes on a terminal, as it comes."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "conflictlens", *command],
        stdin=theirs,
        stdout=theirs,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
    )
    os.close(theirs)
    try:
        while chunk := _read(ours):
            yield chunk.decode()
    finally:
        os.close(ours)
        assert process.wait(timeout=60) == 1


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # what Linux says when nobody has the other end any more
        return b""


def test_the_conflict_is_told_before_fixes_are_looked_for() -> None:
    with served(UNIVERSE, Variant(latency=0.02)) as server:
        command = ("explain", "app==1.0", "lib>=2", "-i", server.url, "--no-cache")
        told = chunks(*command, "--color", "never")
        opening = next(told)
        asked = server.count()
        text = (opening + "".join(told)).replace("\r\n", "\n")
        assert "They clash over lib" in opening
        assert "works (tried)" not in opening
        assert asked < server.count()
    assert "works (tried)" in text
    assert text.count("can't be installed together") == 1


def test_the_whole_is_what_a_file_would_get() -> None:
    snapshot = "examples/several-conflicts/snapshot.json.gz"
    command = ("explain", "--index-snapshot", snapshot, "--color", "never")
    written = subprocess.run(
        [sys.executable, "-m", "conflictlens", *command],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert "".join(chunks(*command)).replace("\r\n", "\n") == written.stdout


class Listening(Reporter):
    def __init__(self) -> None:
        self.heard: Findings | None = None

    def conflicts(self, findings: Findings) -> None:
        self.heard = findings


@pytest.mark.parametrize("name", scenarios())
def test_an_answer_begins_with_its_opening(name: str, tmp_path: Path) -> None:
    listening = Listening()
    findings = of_scenario(name, tmp_path, listening)
    if listening.heard is not None and len(listening.heard.conflicts) == len(findings.conflicts):
        opening = render_opening(listening.heard)
        assert opening
        assert render_text(findings).startswith(opening)


def test_what_came_to_light_later_is_told_with_the_whole(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    findings = of_scenario("two-conflicts-in-one-file", tmp_path)
    fewer = replace(findings, conflicts=findings.conflicts[:1])
    reporter = Streaming(Progress(IndexStats(), None), Style())
    reporter.conflicts(fewer)
    assert capsys.readouterr().out == render_opening(fewer)
    assert rest(render_text(findings), reporter.shown) == AGAIN + render_text(findings)
    assert rest(render_text(fewer), reporter.shown) == render_text(fewer)[len(reporter.shown) :]
