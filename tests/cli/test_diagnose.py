"""``conflictlens diagnose``: text, JSON, exit codes, and on into `explain`."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from conflictlens.cli.main import main

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
    assert main([*arguments, "--no-explain"]) == 1
    assert "needs c==2" not in capsys.readouterr().out


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
