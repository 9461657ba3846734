"""Whether there is a pip that starts, and whose the one on PATH is."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from conflictlens.doctor.inside import Inside
from conflictlens.doctor.interpreter import Interpreters
from conflictlens.doctor.pips import (
    Absent,
    Failing,
    OnPath,
    Orphaned,
    Owned,
    Started,
    Unclear,
    interpreter_of,
    judge_path,
    judge_pip,
    probe_path,
    probe_pip,
)
from conflictlens.doctor.programs import Programs
from conflictlens.doctor.records import State
from tests.doctor.pythons import (
    asked,
    environment,
    path_of,
    programs,
    python_in,
    site_packages,
    with_pip,
)


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return environment(tmp_path_factory.mktemp("venv") / "bare")


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With a pip, in a folder whose path is too long for ``#!`` and holds a blank."""
    return with_pip(tmp_path_factory.mktemp("venv") / f"with a blank {'x' * 120}")


@pytest.fixture
def inside(bare: Path) -> Inside:
    return asked(python_in(bare))


def on_path(*folders: Path | str) -> OnPath:
    environ = path_of(*folders)
    return probe_path(Interpreters(Programs(environ)), environ)


def test_pip_starts(full: Path) -> None:
    pip = probe_pip(asked(python_in(full)), programs())
    assert isinstance(pip, Started)
    assert pip.version[0].isdigit()
    assert judge_pip(pip).state is State.PIP_RUNS


def test_no_pip(inside: Inside) -> None:
    pip = probe_pip(inside, Programs({"PATH": ""}))
    assert pip == Absent(obtainable=True, other=None)
    assert judge_pip(pip).state is State.PIP_MISSING
    assert judge_pip(Absent(obtainable=False, other=None)).state is State.PIP_UNAVAILABLE


def test_no_pip_but_uv(inside: Inside, tmp_path: Path) -> None:
    (tmp_path / "uv").write_text("#!/bin/sh\n")
    (tmp_path / "uv").chmod(0o755)
    check = judge_pip(probe_pip(inside, Programs({"PATH": str(tmp_path)})))
    assert (check.state, check.facts["uv"]) == (State.PIP_LEFT_TO_UV, str(tmp_path / "uv"))


def test_a_pip_that_is_damaged(tmp_path: Path) -> None:
    folder = environment(tmp_path / "damaged")
    (site_packages(folder) / "pip").mkdir()
    (site_packages(folder) / "pip" / "__init__.py").write_text('__version__ = "1"\n')
    pip = probe_pip(asked(python_in(folder)), programs())
    assert pip == Failing("ModuleNotFoundError: No module named 'pip._internal'")
    assert judge_pip(pip).state is State.PIP_BROKEN


@pytest.mark.parametrize(
    ("version", "state"),
    [("20.2.4", State.PIP_OLD), ("20.3", State.PIP_RUNS), ("its own", State.PIP_RUNS)],
)
def test_an_old_pip(version: str, state: State) -> None:
    assert judge_pip(Started(version)).state is state


def test_the_pip_on_path_is_of_this_python(full: Path) -> None:
    found = on_path(full / "bin")
    assert isinstance(found.pip, Owned)
    assert found.pip.path == str(full / "bin" / "pip")
    assert judge_path(found, asked(python_in(full))).state is State.PATH_SAME


def test_the_pip_on_path_is_of_another(full: Path, inside: Inside) -> None:
    found = on_path(full / "bin")
    check = judge_path(found, inside)
    assert check.state is State.PATH_ELSEWHERE
    with_its_own = replace(inside, has_pip=True)
    assert judge_path(found, with_its_own).state is State.PATH_OTHER
    assert check.facts["pip_prefix"] == str(full)


def test_pip_and_python_on_path_differ(full: Path, bare: Path) -> None:
    found = on_path(bare / "bin", full / "bin")
    check = judge_path(found, asked(sys.executable))
    assert check.state is State.PATH_DIFFERS
    assert (check.facts["pip_prefix"], check.facts["python_prefix"]) == (str(full), str(bare))


def test_a_pip_whose_python_is_gone(tmp_path: Path, inside: Inside) -> None:
    folder = with_pip(tmp_path / "moved")
    folder.rename(tmp_path / "here")
    found = on_path(tmp_path / "here" / "bin")
    assert isinstance(found.pip, Orphaned)
    assert found.pip.interpreter.startswith(str(folder))
    assert judge_path(found, inside).state is State.PATH_BROKEN


def test_no_pip_on_path(tmp_path: Path, full: Path, inside: Inside) -> None:
    assert on_path(tmp_path) == OnPath(None, None)
    assert judge_path(on_path(tmp_path), asked(python_in(full))).state is State.PATH_NONE
    assert judge_path(on_path(tmp_path), inside).state is State.PATH_UNNEEDED


def shim(folder: Path, name: str, *lines: str) -> None:
    (folder / name).write_text("\n".join(["#!/usr/bin/env bash", *lines, ""]))
    (folder / name).chmod(0o755)


def test_shims_are_those_of_the_python_beside_them(
    tmp_path: Path, bare: Path, inside: Inside
) -> None:
    system = os.environ["PATH"]
    shim(tmp_path, "pip", "echo never run >&2; exit 1")
    assert isinstance(on_path(tmp_path, system).pip, Unclear)
    assert judge_path(on_path(tmp_path, system), inside).state is State.PATH_UNCLEAR
    shim(tmp_path, "python", f'exec "{python_in(bare)}" "$@"')
    assert judge_path(on_path(tmp_path, system), inside).state is State.PATH_SAME


@pytest.mark.parametrize(
    ("content", "interpreter"),
    [
        (b"#!/opt/py/bin/python3.12\nimport sys\n", "/opt/py/bin/python3.12"),
        (b"#! /opt/py/bin/python3 -E\n", "/opt/py/bin/python3"),
        (b"#!/opt/with blank/bin/python3\n", "/opt/with blank/bin/python3"),
        (b"#!/bin/sh\n'''exec' \"/opt/a b/python\" \"$0\" \"$@\"\n' '''\n", "/opt/a b/python"),
        (b"#!/bin/sh\n'''exec' /opt/ab/python \"$0\" \"$@\"\n' '''\n", "/opt/ab/python"),
        (b'MZ\x90\x00 launcher #!"C:\\Py 3\\python.exe"\r\nPK\x03\x04 zip', "C:\\Py 3\\python.exe"),
        (b"#!C:\\Py\\python.exe\r\n", "C:\\Py\\python.exe"),
        (b"#!/bin/bash\nexec pip\n", None),
        (b"\x7fELF", None),
        (b"", None),
    ],
)
def test_what_runs_a_script(tmp_path: Path, content: bytes, interpreter: str | None) -> None:
    (tmp_path / "pip").write_bytes(content)
    assert interpreter_of(str(tmp_path / "pip"), {}) == interpreter


def test_env_is_looked_up(tmp_path: Path, bare: Path) -> None:
    (tmp_path / "pip").write_text("#!/usr/bin/env python3\n")
    found = interpreter_of(str(tmp_path / "pip"), path_of(bare / "bin"))
    assert found == str(bare / "bin" / "python3")
