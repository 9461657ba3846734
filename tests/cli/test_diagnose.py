"""``conflictlens diagnose``: text, JSON, exit codes, and on into `explain`."""

from __future__ import annotations

import io
import json
import sys
import time
from pathlib import Path

import pytest

from conflictlens.cli.main import main
from tests.served_index import Fault, Variant, served

NO_COMPILER = """Collecting ujson==5.10.0
  ╰─> [6 lines of output]
      building 'ujson' extension
      error: [Errno 2] No such file or directory: 'g++'
      [end of output]
ERROR: Failed building wheel for ujson
"""


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    return Path("install.log")


def test_text(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log.write_text(NO_COMPILER, "utf-8")
    assert main(["diagnose", "install.log"]) == 1
    told = capsys.readouterr().out
    assert told.startswith(
        "✗ missing-compiler: ujson has to be compiled here, and there is no C or C++\n"
        "  compiler on PATH.\n"
        "\n"
        "  install.log:4   error: [Errno 2] No such file or directory: 'g++'\n"
        "\n"
        "  What to do:\n"
    )
    assert "sudo apt-get install build-essential" in told


def test_json(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log.write_text(NO_COMPILER, "utf-8")
    assert main(["diagnose", "install.log", "--format", "json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert list(told) == [
        "schema", "outcome", "layer", "also", "line", "text", "package", "tool", "why", "fixes",
        "requirements",
    ]  # fmt: skip
    assert told["schema"] == "conflictlens.diagnosis/1"
    assert told["text"] == "      error: [Errno 2] No such file or directory: 'g++'"
    assert (told["line"], told["package"], told["tool"]) == (4, "ujson", "pip")
    assert set(told["fixes"][0]) == {"text", "command", "platform"}


def test_standard_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data = io.TextIOWrapper(io.BytesIO(b"Successfully installed six-1.16.0\n"))
    monkeypatch.setattr(sys, "stdin", data)
    assert main(["diagnose"]) == 0
    assert capsys.readouterr().out.startswith("✓ The install succeeded")


def test_unknown(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log.write_text("nothing of the kind\n", "utf-8")
    assert main(["diagnose", "install.log"]) == 3
    told = capsys.readouterr().out
    assert told.startswith("? No line of this log")
    assert "python -m pip install -v PACKAGE > install.log 2>&1" in told


@pytest.mark.parametrize("form", ["text", "json"])
def test_an_empty_log(form: str, log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log.write_bytes(b"\r\n")
    assert main(["diagnose", "install.log", "--format", form]) == 3
    told = capsys.readouterr().out
    assert "Nothing came: the log is empty." in told
    assert "pip install -r requirements.txt 2>&1 | conflictlens diagnose" in told
    assert "No line of this log" not in told


def test_no_log(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diagnose", "install.log"]) == 2
    assert (
        capsys.readouterr().err == "error: install.log: can't be read: No such file or directory\n"
    )


def test_what_a_log_holds_is_harmless(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log.write_text("ERROR: Invalid requirement: 'x\x1b]0;owned\x07\u202e'\n", "utf-8")
    assert main(["diagnose", "install.log"]) == 1
    told = capsys.readouterr().out
    assert "\\x1b]0;owned\\x07\\u202e" in told
    assert not {"\x1b", "\x07", "\u202e"} & set(told)


def test_colours_are_no_part_of_the_line(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log.write_text("\x1b[0m\x1b[31mERROR: No matching distribution found for b\x1b[0m\x1b[31m\n")
    assert main(["diagnose", "install.log", "--color", "never"]) == 1
    told = capsys.readouterr().out
    assert "  install.log:1   ERROR: No matching distribution found for b\n" in told


def test_credentials_are_masked(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log.write_text("ERROR: HTTP error 401 while getting https://me:secret@index.example/x\n")
    for form in ("text", "json"):
        assert main(["diagnose", "install.log", "--format", form]) == 1
        assert "secret" not in capsys.readouterr().out


CONFLICT = (
    "ERROR: Cannot install a==1 and b==1 because these package versions have conflicting "
    "dependencies.\nThe conflict is caused by:\n    The user requested a==1\n"
)


def wheel(folder: Path, name: str, requires: str) -> None:
    import zipfile

    info = f"{name}-1.dist-info"
    with zipfile.ZipFile(folder / f"{name}-1-py3-none-any.whl", "w") as archive:
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        needs = f"Requires-Dist: {requires}\n" if requires else ""
        archive.writestr(
            f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n{needs}"
        )


def test_a_conflict_goes_on_into_explain(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log.write_text(CONFLICT, "utf-8")
    wheel(Path(), "a", "c==1")
    wheel(Path(), "b", "c==2")
    wheel(Path(), "c", "")
    arguments = ["diagnose", "install.log", "--no-index", "-f", ".", "--no-cache"]
    assert main(arguments) == 1
    told = capsys.readouterr().out
    assert told.index("✗ dependency-conflict") < told.index("b 1 needs c==2")
    # It is done already.
    assert "conflictlens explain" not in told
    assert "1  loosen or remove one of the requirements" in told
    assert main([*arguments, "--no-explain"]) == 1
    unexplained = capsys.readouterr().out
    assert "needs c==2" not in unexplained
    assert "conflictlens explain b==1 a==1\n" in unexplained
    assert main([*arguments, "-o", "told.txt"]) == 1
    assert "conflictlens explain b==1 a==1\n" in Path("told.txt").read_text("utf-8")


def test_a_conflict_stays_diagnosed_without_an_index(
    log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log.write_text(CONFLICT, "utf-8")
    arguments = [
        "diagnose",
        "install.log",
        "--offline",
        "--no-cache",
        "-i",
        "https://index.example",
    ]
    assert main(arguments) == 1
    assert capsys.readouterr().out.startswith("✗ dependency-conflict")


WHEELLESS = """Collecting ujson==5.10.0
  Downloading ujson-5.10.0.tar.gz (7.2 MB)
      creating build/lib.linux-x86_64-cpython-312
      error: [Errno 2] No such file or directory: 'g++'
ERROR: Failed building wheel for ujson
"""


def test_a_wheel_is_confirmed_by_the_index(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log.write_text(WHEELLESS, "utf-8")
    with served({"ujson": {"5.10.0": [], "5.11.0": []}}) as server:
        arguments = ["diagnose", "install.log", "--no-cache", "-i", server.url]
        assert main([*arguments, "--format", "json"]) == 1
        first = json.loads(capsys.readouterr().out)["fixes"][0]
        asked = server.count("/simple/ujson/")
        assert main([*arguments, "--no-explain"]) == 1
        assert "has a wheel for CPython" not in capsys.readouterr().out
        assert server.count("/simple/ujson/") == asked
    assert first == {
        "text": "ujson 5.10.0 has a wheel for CPython 3.12 on linux x86_64",
        "command": "pip install ujson==5.10.0",
        "platform": None,
        "confirmed": True,
    }


def test_an_index_that_does_not_answer_changes_nothing(
    log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log.write_text(WHEELLESS, "utf-8")
    unasked = ["diagnose", "install.log", "--no-explain"]
    assert main(unasked) == 1
    plain = capsys.readouterr().out
    silent = Variant(faults={"/simple/ujson/": [Fault(hang=30)]})
    with served({"ujson": {"5.10.0": []}}, silent) as server:
        start = time.monotonic()
        assert main(["diagnose", "install.log", "--no-cache", "-i", server.url]) == 1
        assert time.monotonic() - start < 20
    assert capsys.readouterr().out == plain
    assert main(["diagnose", "install.log", "--offline", "--no-cache", "-v", "-i", server.url]) == 1
    offline = capsys.readouterr()
    assert offline.out == plain
    assert offline.err.startswith("note: whether there is a wheel could not be asked: ")
