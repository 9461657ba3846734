"""The line on a terminal that says what is going on."""

from __future__ import annotations

import io
import re
import time

import pytest

from conflictlens.cli import progress
from conflictlens.cli.progress import Progress, TerminalLine, line_on
from conflictlens.index.records import IndexStats
from conflictlens.question import Stage


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "PATIENCE", 0.01)
    monkeypatch.setattr(progress, "_PERIOD", 0.01)


def shown(stream: Terminal, *, quiet: bool = False, seconds: float = 0.1) -> str:
    with Progress(IndexStats(projects=1, metadata=2), line_on(stream, quiet)) as reporter:
        reporter.stage(Stage.RESOLVING)
        time.sleep(seconds)
    return stream.getvalue()


def test_it_tells_the_work_and_erases_itself() -> None:
    text = shown(Terminal())
    assert re.search(r"\r\x1b\[2Kresolving: 1 project, 2 metadata files, 0\.\d s", text)
    assert text.endswith("\r\x1b[2K")
    assert "\n" not in text


def test_short_answers_show_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "PATIENCE", 30)
    assert shown(Terminal(), seconds=0) == ""


def test_quiet_and_files_show_nothing() -> None:
    assert shown(Terminal(), quiet=True) == ""
    stream = io.StringIO()
    with Progress(IndexStats(), line_on(stream, quiet=False)):
        time.sleep(0.05)
    assert stream.getvalue() == ""


def test_the_line_is_cut_where_it_would_break(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TerminalLine, "_columns", lambda _: 20)
    lines = shown(Terminal()).split("\r\x1b[2K")
    assert "resolving: 1 projec" in lines
    assert max(map(len, lines)) == 19
