"""What a command line asks an installer for, and where that is not plain."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from conflictlens.cli.installer import installer, version_of


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.delenv("PIP_CONSTRAINT", raising=False)
    (tmp_path / "in.txt").write_text("a\n")


PLAIN = {
    "pip install -U a==1 -r in.txt": (["a==1"], ["in.txt"], []),
    "python3.12 -m pip install -rin.txt -c c.txt": ([], ["in.txt"], ["c.txt"]),
    "uv pip install --target=lib a b[x]>=2": (["a", "b[x]>=2"], [], []),
    "uv pip compile in.txt -o out.txt": ([], ["in.txt"], []),
    "/opt/venv/bin/pip3 wheel -w out a": (["a"], [], []),
    "pip download --python-version 3.9 --only-binary=:all: a": (["a"], [], []),
    "pip install -e .": (["."], [], []),
}


@pytest.mark.parametrize(("line", "asked"), PLAIN.items(), ids=PLAIN)
def test_plain(line: str, asked: tuple[list[str], list[str], list[str]]) -> None:
    found = installer(line.split())
    assert found is not None
    names = found.arguments
    assert (names.requirements, names.requirement, names.constraint) == asked


def test_pip_heeds_the_constraints_that_it_is_configured_with(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PIP_CONSTRAINT", "d.txt e.txt")
    for line, files in (("pip", ["c.txt", "d.txt", "e.txt"]), ("uv pip", ["c.txt"])):
        found = installer(f"{line} install a -c c.txt".split())
        assert found is not None
        assert found.arguments.constraint == files


NOT_PLAIN = (
    "pip list", "pip", "poetry install", "uv sync", "pip install", "python setup.py install",
    "pip install --new-option x a", "pip install --platform manylinux2014_x86_64 a",
)  # fmt: skip


@pytest.mark.parametrize("line", NOT_PLAIN)
def test_not_plain(line: str) -> None:
    assert installer(line.split()) is None


def test_options_of_the_index() -> None:
    found = installer(
        [
            "pip",
            "install",
            "-i",
            "https://a.example",
            "--extra-index-url=https://b.example",
            "-f",
            "w",
            "--pre",
            "x",
        ]
    )
    assert found is not None
    asked = found.arguments
    assert (asked.index_url, asked.extra_index_url) == ("https://a.example", ["https://b.example"])
    assert (asked.find_links, asked.pre, asked.no_index) == (["w"], True, False)


def test_the_python_that_it_is_for() -> None:
    found = installer([sys.executable, "-m", "pip", "install", "a"])
    assert found is not None
    assert found.interpreter == sys.executable
    assert version_of(sys.executable) == ".".join(map(str, sys.version_info[:3]))
    assert version_of("/no/such/python") is None
    path = installer(["uv", "pip", "install", "-p", "/opt/python", "a"])
    assert path is not None
    assert (path.interpreter, path.arguments.python) == ("/opt/python", None)
