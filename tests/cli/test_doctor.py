"""``conflictlens doctor`` as a process: what it looks at, and how it ends."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Done, Run, environment
from tests.doctor.pythons import environment as virtual_environment
from tests.doctor.pythons import metadata, python_in, site_packages
from tests.served_index import Release, ServedIndex, Universe, Variant, served

EXIT_CODES = {"pass": 0, "warn": 0, "fail": 1, "unknown": 3}

Checks = dict[str, dict[str, Any]]
Look = Callable[..., tuple[Checks, Done]]


@pytest.fixture
def server() -> Iterator[ServedIndex]:
    universe: Universe = {
        "pip": {"1.0": []},
        "a": {"1.0": ["b<2"]},
        "b": {"1.0": [], "2.0": []},
        "c": {"1.0": Release(wheel=False, sdist=True)},
    }
    with served(universe) as server:
        yield server


@pytest.fixture
def look(run: Run, server: ServedIndex, tmp_path: Path) -> Look:
    """Asks for JSON: the checks by their ids, and the process."""

    def look(*arguments: str, **more: str) -> tuple[Checks, Done]:
        index = () if "-i" in arguments else ("-i", server.url)
        cache = ("--cache-dir", str(tmp_path / "cache"))
        done = run("doctor", *arguments, *index, *cache, "--format", "json", **more)
        assert done.returncode in (0, 1, 3), done.stderr
        told = json.loads(done.stdout)
        assert (told["schema"], EXIT_CODES[told["outcome"]]) == (
            "conflictlens.doctor/1",
            done.returncode,
        )
        return {check["id"]: check for check in told["checks"]}, done

    return look


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    return virtual_environment(tmp_path / "bare")


def test_this_machine(look: Look) -> None:
    checks, done = look()
    assert done.stderr == ""
    assert checks["interpreter"]["facts"]["chosen"] == "runs conflictlens"
    assert checks["index"]["status"] == "pass"
    assert checks["clock"]["status"] == "pass"
    assert checks["proxy"]["status"] == "pass"
    assert checks["environment"]["state"] in ("virtual", "system", "container")
    assert checks["requirements"]["status"] == "skip"
    assert {"pip", "target", "temp", "disk", "memory", "certificates", "installed"} <= set(checks)


def test_another_environment(look: Look, bare: Path) -> None:
    for options, more in (([], {"VIRTUAL_ENV": str(bare)}), (["--python", str(bare)], {})):
        checks, _ = look(*options, **more)
        assert checks["interpreter"]["facts"]["prefix"] == str(bare)
        assert checks["pip"]["state"] in ("pip-missing", "pip-left-to-uv")
        assert checks["environment"]["state"] == "virtual"
        assert checks["installed"]["facts"]["count"] == 0


def test_requirements(look: Look, tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("a\nc\n")
    checks, _ = look("requirements.txt")
    assert checks["requirements"]["text"] == "Both requirements can be installed together"
    assert checks["builds"]["facts"]["built"] == ["c 1.0"]


def test_a_conflict(look: Look, tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("a\nb>=2\n")
    checks, done = look("-r", "requirements.txt")
    assert done.returncode == 1
    check = checks["requirements"]
    assert check["text"] == "The 2 requirements can't be installed together: a and b>=2"
    assert check["command"] == "conflictlens explain -r requirements.txt"


def test_a_snapshot_answers(look: Look, case: str) -> None:
    checks, done = look("--index-snapshot", case)
    assert done.returncode == 1
    assert checks["requirements"]["state"] == "requirements-conflict"
    assert {checks[name]["state"] for name in ("index", "proxy", "clock")} == {"from-snapshot"}
    assert checks["requirements"]["command"].endswith(f"--index-snapshot {case}")


def test_constraints_of_pip_count(look: Look, tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("a\n")
    (tmp_path / "pip.txt").write_text("b>=2\n")
    checks, done = look("requirements.txt", PIP_CONSTRAINT="pip.txt")
    assert done.returncode == 1
    assert checks["requirements"]["state"] == "requirements-conflict"
    assert checks["requirements"]["command"] == "conflictlens explain requirements.txt -c pip.txt"


def test_offline(look: Look, server: ServedIndex, bare: Path) -> None:
    checks, done = look("a", "--offline", "--python", str(bare))
    assert {checks[name]["state"] for name in ("index", "proxy", "clock")} == {"offline"}
    assert checks["requirements"]["status"] == "unknown"
    assert done.returncode == (1 if checks["pip"]["status"] == "fail" else 3)
    assert server.count() == 0


def test_an_index_that_refuses(look: Look) -> None:
    with served({"pip": {"1.0": []}}, Variant(credentials=("me", "secret"))) as guarded:
        url = guarded.url.replace("://", "://me:wrong@")
        checks, done = look("a", "-i", url)
    assert done.returncode == 1
    assert checks["index"]["state"] == "index-unauthorized"
    assert checks["requirements"]["status"] == "unknown"
    assert "wrong@" not in done.stdout + done.stderr


def test_a_silent_index_is_awaited_no_longer_than_asked(look: Look) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/simple"
        checks, done = look("-i", url, "--timeout", "1.5")
    assert done.returncode == 1
    assert checks["index"]["state"] == "index-silent"
    assert "no answer within 1.5 s" in checks["index"]["text"]


def test_nothing_on_path(look: Look, tmp_path: Path, bare: Path) -> None:
    (tmp_path / "empty").mkdir()
    checks, done = look("--python", str(bare), PATH=str(tmp_path / "empty"), CC="gcc")
    assert done.returncode == 1
    assert checks["pip"]["state"] == "pip-missing"
    assert checks["pip-on-path"]["state"] == "path-unneeded"
    assert checks["compiler"]["state"] == "compiler-perhaps"
    assert checks["git"]["state"] == "git-unneeded"


def test_certificates_that_are_not_there(look: Look, tmp_path: Path) -> None:
    checks, _ = look(REQUESTS_CA_BUNDLE=str(tmp_path / "none.pem"))
    assert checks["certificates"]["state"] == "certificates-unusable"


def test_a_broken_environment(run: Run, look: Look, bare: Path) -> None:
    metadata(site_packages(bare), "kettle", "1.0", "steel>=2")
    checks, done = look("--python", str(bare))
    assert done.returncode == 1
    assert checks["installed"]["text"] == ("kettle 1.0 needs steel>=2, which is not installed")
    text = run("doctor", "--offline", "--python", str(bare)).stdout
    assert "✗ fail     installed         kettle 1.0 needs steel>=2" in text


def test_hostile_metadata(run: Run, bare: Path) -> None:
    metadata(site_packages(bare), "x", "1\x1b[2J\u202e", "y\x07 ~~ \u202e https://me:secret@h/")
    done = run("doctor", "--offline", "--python", str(bare), "-v")
    assert not {"\x1b", "\x07", "\u202e"} & set(done.stdout + done.stderr)
    assert "secret" not in done.stdout
    assert "\\x07" in done.stdout


def test_a_python_that_is_gone(look: Look, bare: Path) -> None:
    os.unlink(python_in(bare))
    os.symlink("/nowhere/python", python_in(bare))
    checks, done = look("a", VIRTUAL_ENV=str(bare))
    assert done.returncode == 1
    assert checks["interpreter"]["state"] == "environment-broken"
    assert checks["interpreter"]["command"] == f"python3 -m venv --clear {bare}"
    assert checks["requirements"]["state"] == "no-interpreter"
    assert checks["disk"]["state"] == "no-interpreter"


def test_a_python_that_is_not_here(look: Look) -> None:
    checks, done = look("a", "--python", "3.77")
    assert done.returncode == 1
    assert checks["interpreter"]["command"] == "uv python install 3.77"
    assert checks["requirements"]["status"] == "pass"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--python", "./nothing"], "error: --python ./nothing: there is no Python"),
        (["--python", "three"], "error: --python 'three' is not understood"),
        (["nothing.txt"], "error: nothing.txt: no such file"),
        (["-c", "constraints.txt"], "error: no requirements were given"),
        (["-i", "https://[::1"], "error: https://[::1 is no URL: Invalid IPv6 URL"),
        (["-o", "picture.svg"], "error: picture.svg: name it with one of"),
        (["--format", "svg"], "error: argument --format: invalid choice"),
    ],
)
def test_wrong_input(run: Run, arguments: list[str], message: str) -> None:
    done = run("doctor", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(message)


def test_bad_lines_are_told_with_their_place(run: Run, tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("fine\nnot fine at all\n")
    done = run("doctor", "requirements.txt", "--offline")
    assert done.returncode == 2
    assert done.stderr.startswith("error: requirements.txt:2: ")


@pytest.mark.parametrize("name", ["answer.md", "answer.json", "answer.txt"])
def test_files(run: Run, tmp_path: Path, name: str) -> None:
    done = run("doctor", "--offline", "-o", name)
    assert (done.stdout, done.stderr) == ("", "")
    text = (tmp_path / name).read_text("utf-8")
    assert text[0] == {"answer.md": "#", "answer.json": "{"}.get(name, text[0])
    assert "pip" in text


def test_standard_input(run: Run, case: str) -> None:
    done = run("doctor", "-", "--index-snapshot", case, stdin="kettle\npan>=1\n")
    assert done.returncode == 1
    assert "kettle and pan>=1" in " ".join(done.stdout.split())


def test_it_ends_at_once_when_interrupted(tmp_path: Path) -> None:
    """A compiler that hangs is ended too."""
    left = tmp_path / "left"
    slow = tmp_path / "slow"
    slow.write_text(f"#!/bin/sh\necho $$ > {left}.part && mv {left}.part {left}\nsleep 100\n")
    slow.chmod(0o755)
    process = subprocess.Popen(
        [sys.executable, "-m", "conflictlens", "doctor", "--offline"],
        env=environment(CC=str(slow)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    _wait_for(left.exists)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (130, "", "interrupted\n")
    compiler = int(left.read_text())
    _wait_for(lambda: not _runs(compiler))


def _wait_for(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)


def _runs(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_help(run: Run) -> None:
    done = run("doctor", "--help")
    assert done.returncode == 0
    assert "conflictlens doctor requirements.txt" in done.stdout
    assert "doctor" in run("--help").stdout
