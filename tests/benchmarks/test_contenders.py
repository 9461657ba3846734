"""All that are measured give the same verdicts, or their times mean nothing."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import families, with_conflictlens, with_resolvelib
from benchmarks.families import FAMILIES
from benchmarks.measuring import measured, median, program
from benchmarks.recorded import Recorded
from benchmarks.served import Server, serving
from benchmarks.tables import ratio, table
from benchmarks.tools import run, written
from tests.benchmarks.slices import SLICE

NAB = importlib.util.find_spec("nab_resolver") is not None
SMALL = {
    "ladder": 5,
    "ladder, off": 5,
    "diamond": 4,
    "diamond, off": 4,
    "all versions need": 30,
    "parity": 3,
    "parity, off": 3,
    "pigeons": 3,
    "pigeons, off": 3,
    "wide": 30,
    "wide, off": 30,
}
OUTCOMES = {True: "conflict", False: "resolved", None: "resolved"}


def test_every_family_is_checked() -> None:
    assert SMALL.keys() == FAMILIES.keys()


@pytest.mark.parametrize("name", SMALL)
class TestFamily:
    def member(self, name: str) -> Recorded:
        return FAMILIES[name].make(SMALL[name])

    def test_is_the_same_every_time(self, name: str) -> None:
        assert self.member(name) == self.member(name)

    def test_conflictlens_says_what_it_was_made_for(self, name: str) -> None:
        answer = with_conflictlens.answered(self.member(name))
        assert answer.outcome == OUTCOMES[FAMILIES[name].conflict]

    def test_resolvelib_agrees(self, name: str) -> None:
        answer = with_resolvelib.solve(self.member(name))
        assert answer.outcome == OUTCOMES[FAMILIES[name].conflict]

    @pytest.mark.skipif(not NAB, reason="nab-resolver is not installed")
    def test_nab_resolver_agrees(self, name: str) -> None:
        from benchmarks import with_nab

        answer = with_nab.solve(self.member(name))
        assert answer.outcome == OUTCOMES[FAMILIES[name].conflict]


def test_extras_and_markers_are_read_alike() -> None:
    ours, theirs = with_conflictlens.solve(SLICE), with_resolvelib.solve(SLICE)
    assert (ours.outcome, ours.picked) == (theirs.outcome, theirs.picked) == ("resolved", 4)
    assert ours.milliseconds.keys() == {"on demand", "interned", "floor", "floor interned"}


def test_a_conflict_is_followed_to_its_fix() -> None:
    answer = with_conflictlens.solve(families.diamond_off(3))
    assert answer.outcome == "conflict"
    assert answer.milliseconds.keys() == {"on demand", "core", "fix", "told", "whole"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(SLICE, tmp_path_factory.mktemp("served")) as running:
        yield running


@pytest.mark.skipif(sys.platform == "win32", reason="processes are measured with wait4")
class TestProcesses:
    @pytest.mark.parametrize("tool", ["conflictlens", "uv", "pip"])
    def test_a_tool_reads_what_is_served(self, server: Server, tmp_path: Path, tool: str) -> None:
        asked = written(SLICE, tmp_path / "asked", server.url)
        server.log()
        one = run(tool, asked, tmp_path / "cache", seconds=30)
        assert one.code == 0
        assert "/files/app-1.0-py3-none-any.whl.metadata" in server.log()

    def test_a_conflict_is_an_answer(self, tmp_path: Path) -> None:
        off = families.diamond_off(3)
        with serving(off, tmp_path) as server:
            asked = written(off, tmp_path / "asked", server.url)
            assert run("conflictlens", asked, tmp_path / "cache", seconds=30).code == 1

    def test_a_process_is_ended_by_the_clock(self, tmp_path: Path) -> None:
        command = [program("python"), "-c", "import time; time.sleep(60)"]
        assert measured(command, tmp_path, seconds=0.2).timed_out

    def test_an_unexpected_end_is_no_measurement(self, tmp_path: Path) -> None:
        with pytest.raises(SystemExit, match="exit code 3: oh"):
            measured(
                [program("python"), "-c", "import sys; print('oh', file=sys.stderr); sys.exit(3)"],
                tmp_path,
            )

    def test_memory_is_the_programs_own(self, tmp_path: Path) -> None:
        """Not that of the process that started it, which Linux would count."""
        ballast = bytes(range(256)) * 400_000
        one = measured([program("python"), "-I", "-S", "-c", "pass"], tmp_path)
        assert one.megabytes < len(ballast) / 1e6 / 2


def test_tables() -> None:
    assert list(table(("a", "b"), [("x|y", 1)])) == ["| a | b |", "|---|---|", "| x\\|y | 1 |"]
    assert (median([3.0, None, 1.0]), median([None])) == (2.0, None)
    assert (ratio(1, 2), ratio(None, 2)) == ("0.50", "unknown")
