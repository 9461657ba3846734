"""Compilers, headers, Rust and git: really run, and really missing."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from conflictlens.doctor.inside import Inside
from conflictlens.doctor.machine import judge_long_paths, place
from conflictlens.doctor.programs import NotStarted, OutOfTime, Programs, Ran
from conflictlens.doctor.records import CheckId, Place, State, Status
from conflictlens.doctor.toolchain import (
    Demand,
    Demands,
    Lacking,
    Toolchain,
    Works,
    judge_toolchain,
    probe_toolchain,
)
from tests.doctor.pythons import asked, programs
from tests.tools import program

NEEDED = Demands(Demand.CERTAIN, Demand.CERTAIN, Demand.CERTAIN)


@pytest.fixture(scope="module")
def inside() -> Inside:
    return asked(sys.executable)


@pytest.fixture
def empty(tmp_path: Path) -> str:
    (tmp_path / "empty").mkdir()
    return str(tmp_path / "empty")


def test_a_compiler_compiles(inside: Inside) -> None:
    program("cc")
    tools = probe_toolchain(replace(inside, compiler="cc -pthread"), programs())
    assert tools.compiler == Works("cc -pthread")
    assert isinstance(tools.headers, Works)
    assert tools.headers.what.endswith("Python.h")


def test_a_path_without_anything(inside: Inside, empty: str) -> None:
    tools = probe_toolchain(replace(inside, compiler="gcc"), Programs({"PATH": empty}))
    assert tools.compiler == Lacking("gcc", "not on PATH")
    assert (tools.rust, tools.git) == (
        Lacking("cargo", "not on PATH"),
        Lacking("git", "not on PATH"),
    )
    checks = {one.id: one.state for one in judge_toolchain(tools, NEEDED)}
    assert checks[CheckId.COMPILER] is State.COMPILER_MISSING
    assert checks[CheckId.RUST] is State.RUST_MISSING
    assert checks[CheckId.GIT] is State.GIT_MISSING


def test_the_compiler_of_the_environment_wins(inside: Inside) -> None:
    tools = probe_toolchain(inside, programs(CC="no-such-compiler -O2"))
    assert tools.compiler == Lacking("no-such-compiler", "not on PATH")
    assert isinstance(tools.headers, Works), "they are there without a compiler too"


def test_a_compiler_that_fails(inside: Inside) -> None:
    tools = probe_toolchain(inside, programs(CC="false"))
    assert tools.compiler == Lacking("false", "it ended with 1")


def test_a_compiler_that_has_no_library(inside: Inside, empty: str) -> None:
    program("cc")
    tools = probe_toolchain(inside, programs(CC=f"cc -nostdinc -isystem {empty}"))
    assert isinstance(tools.compiler, Lacking)
    assert "stdio.h" in tools.compiler.reason


def test_headers_that_are_missing(inside: Inside, empty: str) -> None:
    tools = probe_toolchain(replace(inside, include=(empty, empty)), programs())
    assert tools.headers == Lacking("Python.h", f"not in {empty}")


def test_headers_that_do_not_compile(inside: Inside, empty: str) -> None:
    program("cc")
    Path(empty, "Python.h").write_text("#include <pyconfig.h>\n")
    tools = probe_toolchain(replace(inside, include=(empty,), compiler="cc"), programs())
    assert isinstance(tools.headers, Lacking)
    assert "pyconfig.h" in tools.headers.reason


def test_git_says_its_version(inside: Inside) -> None:
    program("git")
    git = probe_toolchain(inside, programs()).git
    assert isinstance(git, Works)
    assert git.what.startswith("git version ")


def test_rust_without_a_toolchain(inside: Inside, tmp_path: Path) -> None:
    """As rustup leaves it: its stand-in for cargo is there, and fails."""
    for name in ("cargo", "rustc"):
        (tmp_path / name).write_text("#!/bin/sh\necho 'error: no default toolchain' >&2\nexit 1\n")
        (tmp_path / name).chmod(0o755)
    rust = probe_toolchain(inside, Programs({"PATH": str(tmp_path)})).rust
    assert rust == Lacking("cargo", "error: no default toolchain")


ABSENT = Toolchain(*(Lacking(name, "not on PATH") for name in ("cc", "Python.h", "cargo", "git")))


@pytest.mark.parametrize(
    ("demand", "statuses"),
    [
        (NEEDED, [Status.FAIL] * 4),
        (
            Demands(Demand.POSSIBLE, Demand.POSSIBLE, Demand.NONE),
            [Status.WARN, Status.WARN, Status.WARN, Status.SKIP],
        ),
        (Demands(), [Status.WARN, Status.WARN, Status.SKIP, Status.SKIP]),
        (Demands(Demand.NONE), [Status.SKIP] * 4),
    ],
)
def test_what_is_missing_counts_as_it_is_needed(demand: Demands, statuses: list[Status]) -> None:
    assert [check.status for check in judge_toolchain(ABSENT, demand)] == statuses


def test_programs_end() -> None:
    run = programs().run
    assert run([sys.executable, "-c", "print(1)"], 30) == Ran(0, "1\n", "")
    assert run(["/nowhere/program"], 1) == NotStarted("No such file or directory")
    assert run(["a\0b"], 1) == NotStarted("embedded null byte")
    assert run(["/bin/sh", "-c", "sleep 60 & sleep 60"], 0.2) == OutOfTime(0.2)


def test_nothing_is_started_once_all_was_stopped() -> None:
    stopped = programs()
    stopped.stop()
    assert stopped.run(["/bin/true"], 1) == NotStarted("interrupted")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ID=debian\n", Place.DEBIAN),
        ('ID=pop\nID_LIKE="ubuntu debian"\n', Place.DEBIAN),
        ('NAME="Rocky"\nID="rocky"\nID_LIKE="rhel centos fedora"\n', Place.FEDORA),
        ("ID=alpine\n", Place.ALPINE),
        ("ID=arch\n", Place.LINUX),
        ("", Place.LINUX),
    ],
)
@pytest.mark.skipif(sys.platform != "linux", reason="a file of Linux")
def test_which_linux_this_is(tmp_path: Path, text: str, found: Place) -> None:
    (tmp_path / "os-release").write_text(text)
    assert place(tmp_path / "os-release") is found
    assert place(tmp_path / "none") is Place.LINUX


@pytest.mark.skipif(os.name == "nt", reason="a question of Windows")
def test_long_paths_are_a_question_of_windows() -> None:
    assert judge_long_paths() is None
