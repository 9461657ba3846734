"""Which Python is examined, and what it is like: asked of real ones."""

from __future__ import annotations

import os
import sys
from datetime import date
from pathlib import Path

import pytest
from msgspec.structs import replace

from conflictlens.doctor.interpreter import (
    Answer,
    Broken,
    Chosen,
    Found,
    Interpreters,
    NoSuchPython,
    NotFound,
    Silent,
    find,
    judge,
)
from conflictlens.doctor.records import State
from conflictlens.errors import UnknownTarget
from conflictlens.target import running_target, target_of
from tests.doctor.pythons import asked, environment, own_python, path_of, programs, python_in

TODAY = date(2026, 6, 1)


def found(python: str | None, **environ: str) -> Found:
    return find(python, environ, Interpreters(programs(**environ)))


def answered(python: str | None, **environ: str) -> Answer:
    answer = found(python, **environ)
    assert isinstance(answer, Answer), answer
    return answer


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    return environment(tmp_path / "bare")


def test_the_running_one_by_default() -> None:
    answer = answered(None)
    assert answer.candidate.chosen is Chosen.RUNNING
    assert os.path.samefile(answer.inside.prefix, sys.prefix)


def test_the_active_environment_comes_first(bare: Path) -> None:
    answer = answered(None, VIRTUAL_ENV=str(bare), CONDA_PREFIX="/nowhere")
    assert (answer.candidate.chosen, answer.inside.prefix) == (Chosen.VIRTUAL_ENV, str(bare))
    assert answer.inside.is_virtual
    assert answered(None, CONDA_PREFIX=str(bare)).candidate.chosen is Chosen.CONDA


def test_the_environment_that_a_tool_made_for_conflictlens_is_not_meant(
    bare: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tool").mkdir()
    (tmp_path / "tool" / "uv-receipt.toml").touch()
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "tool"))
    answer = answered(None, **path_of(bare / "bin"))
    assert (answer.candidate.chosen, answer.inside.prefix) == (Chosen.PATH, str(bare))
    assert answered(None).candidate.chosen is Chosen.RUNNING


@pytest.mark.parametrize("tail", ["", "bin/python"])
def test_a_path(bare: Path, tail: str) -> None:
    assert answered(str(bare / tail)).inside.prefix == str(bare)


def test_a_version(bare: Path) -> None:
    version = ".".join(map(str, sys.version_info[:2]))
    assert answered(version).inside.markers["python_version"] == version
    assert answered(f"python{version}", VIRTUAL_ENV=str(bare)).inside.prefix == str(bare)
    exact = answered(sys.version.split()[0])
    assert exact.inside.version == sys.version.split()[0]


def test_a_version_that_is_not_here() -> None:
    missing = found("3.77")
    assert missing == NotFound("3.77")
    assert judge(missing, TODAY).state is State.PYTHON_NOT_FOUND


def test_what_is_neither(tmp_path: Path) -> None:
    with pytest.raises(NoSuchPython, match="there is no Python"):
        found(str(tmp_path / "nothing"))
    with pytest.raises(NoSuchPython):
        found(str(tmp_path))
    with pytest.raises(UnknownTarget):
        found("three")


def test_an_environment_whose_python_is_gone(bare: Path) -> None:
    os.unlink(python_in(bare))
    os.symlink("/nowhere/python", python_in(bare))
    for broken in (found(None, VIRTUAL_ENV=str(bare)), found(str(bare)), found(python_in(bare))):
        assert isinstance(broken, Broken)
        check = judge(broken, TODAY)
        assert (check.state, check.facts["environment"]) == (State.ENVIRONMENT_BROKEN, str(bare))


def test_what_is_no_python() -> None:
    broken = found("/bin/cat")
    assert isinstance(broken, Broken)
    assert "option" in broken.reason
    assert judge(broken, TODAY).state is State.PYTHON_BROKEN


def test_one_that_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conflictlens.doctor.interpreter.SECONDS", 0.3)
    slow = tmp_path / "python"
    slow.write_text("#!/bin/sh\nsleep 60 & wait\n")
    slow.chmod(0o755)
    silent = found(str(slow))
    assert isinstance(silent, Silent)
    assert judge(silent, TODAY).state is State.PYTHON_SILENT


def test_what_else_is_printed_at_its_start_does_not_count(bare: Path) -> None:
    library = next((bare / "lib").iterdir()) / "site-packages"
    (library / "noise.pth").write_text("import sys; print('conflictlens: hello')\n")
    assert answered(str(bare)).inside.prefix == str(bare)


@pytest.mark.parametrize(
    ("minor", "month"), [("3.8", "2024-10"), ("3.15", "2031-10"), ("3.7", ""), ("4.0", "")]
)
def test_support_lasts_five_years(minor: str, month: str) -> None:
    inside = answered(None).inside
    known = Answer(
        answered(None).candidate,
        replace(inside, markers={**inside.markers, "python_version": minor}),
    )
    assert judge(known, TODAY).facts["ends"] == month


@pytest.mark.parametrize(
    ("day", "state"),
    [
        (date(2020, 1, 1), State.PYTHON_SUPPORTED),
        (date(2060, 1, 1), State.PYTHON_ENDED),
    ],
)
def test_support_ends(day: date, state: State) -> None:
    assert judge(answered(None), day).state is state


def test_a_copied_python_is_no_environment(tmp_path: Path) -> None:
    inside = asked(own_python(tmp_path / "own"))
    assert (inside.prefix, inside.is_virtual) == (str(tmp_path / "own"), False)


def test_the_target_of_the_running_one_is_the_running_target() -> None:
    inside = answered(None).inside
    target = target_of(inside.markers, free_threaded=inside.free_threaded, soabi=inside.soabi)
    assert target.tags == running_target().tags
    assert target.markers == running_target().markers


def test_the_target_of_another_python() -> None:
    markers = {**running_target().markers, "python_full_version": "3.9.2", "python_version": "3.9"}
    cpython = target_of(markers, free_threaded=False, soabi="cpython-39-x86_64-linux-gnu")
    assert (cpython.python, cpython.python_full_version) == ("3.9", "3.9.2")
    assert str(cpython.tags[0]).startswith("cp39-cp39-")
    pypy = target_of(
        {**markers, "implementation_name": "pypy"},
        free_threaded=False,
        soabi="pypy39-pp73-x86_64-linux-gnu",
    )
    tags = list(map(str, pypy.tags))
    assert tags[0].startswith("pp39-pypy39_pp73-")
    assert {"pp3-none-any", "py3-none-any"} <= set(tags)
    assert not any(tag.startswith("cp") for tag in tags)
