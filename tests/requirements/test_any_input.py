"""Whatever the bytes: requirements, or one error that names lines. Never a traceback."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from conflictlens.errors import RequirementsError
from conflictlens.requirements.reading import read_requirements
from conflictlens.requirements.records import RequirementSet

PIECES = [
    "a", "==", ">=1", "=", ";", "python_version", "<'3'", "[x]", " ", "\n", "\\\n", "#", "--hash",
    "=sha256:0", "-r ", "-c ", "-e ", "r.txt", ".", "/", "\\", "@", "git+https://h/x#egg=", "é",
    "file:", "http://[", "://", "%", "${A}", "\0", "\x0c", "\u2028", "'", '"', "(", "-", "--",
    "C:\\", ".whl", "a-1-py3-none-any.whl", ".tar.gz", "-i", "--pre", "~", "*", ",", "\r",
]  # fmt: skip
TOML_PIECES = [
    "[project]\n", "dependencies = ", "[", "]", '"a"', "'''", '"""', "\n", ",", "{", "}", "=", "#",
    "dynamic = ['dependencies']\n", "name = 'a'\n", "x", ".", "1979-05-27 07:32:00", "\\", "'a[b]'",
    "[project.optional-dependencies]\n", "x = ['a[x]']\n", "[dependency-groups]\n", "1",
    "g = [{include-group='g'}]\n", "[[packages]]\n", "lock-version = '1.0'\n", "created-by = 'x'\n",
    "version = '1'\n", "marker = \"'x' in extras\"\n", "packages = []\n", "é", "\r\n", "inf",
]  # fmt: skip
BYTES = st.binary(max_size=200) | st.builds(
    bytes.__add__,
    st.sampled_from([b"# coding: utf-7\n", b"\xff\xfe", b"\xef\xbb\xbf", b"# coding: punycode\n"]),
    st.binary(max_size=100),
)


def _texts(pieces: list[str]) -> st.SearchStrategy[bytes]:
    return st.lists(st.sampled_from(pieces), max_size=20).map(lambda parts: "".join(parts).encode())


def _read(name: str, content: bytes) -> RequirementSet | RequirementsError:
    with tempfile.TemporaryDirectory() as directory:
        (Path(directory) / name).write_bytes(content)
        try:
            return read_requirements([name], cwd=directory, environ={"A": "-r x"})
        except RequirementsError as error:
            return error


@settings(deadline=None)
@given(BYTES | _texts(PIECES))
@example(b"-r r.txt")
@example(b"# coding: idna\n" + b"a." * 100)
@example(b"http://[::1/a.whl")
@example(b"a @ http://[::1")
@example(b"-e file://[")
@example(b"a==1!" + b"9" * 5000)
def test_requirements_files(content: bytes) -> None:
    result = _read("r.txt", content)
    if isinstance(result, RequirementsError):
        assert result.lines
        assert all(line.reason for line in result.lines)


@pytest.mark.parametrize("name", ["pyproject.toml", "pylock.toml"])
@settings(deadline=None)
@given(content=BYTES | _texts(TOML_PIECES))
def test_toml_files(name: str, content: bytes) -> None:
    result = _read(name, content)
    if isinstance(result, RequirementsError):
        assert result.lines


@settings(deadline=None)
@given(st.text(max_size=30) | st.lists(st.sampled_from(PIECES), max_size=8).map("".join))
@example("\0")
@example("\ud800/x")
@example("./\ud800.whl")
def test_arguments(text: str) -> None:
    with tempfile.TemporaryDirectory() as directory:
        try:
            read = read_requirements([text], cwd=directory, stdin=None)
        except RequirementsError:
            return
        assert text == "-" or len(read.roots) <= 1
