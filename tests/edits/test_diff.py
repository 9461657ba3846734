"""Diffs that can be applied byte by byte."""

from __future__ import annotations

import codecs
import shutil
import subprocess
from pathlib import Path

import pytest

from conflictlens.edits.diff import patch, unified
from conflictlens.edits.records import FileEdit


def edit(before: bytes, after: bytes, coding: str = "utf-8-sig") -> FileEdit:
    return FileEdit("r.txt", before, after, before.decode(coding), after.decode(coding))


def test_a_missing_line_break_is_told() -> None:
    assert unified(edit(b"a\r\nb", b"c\r\nb")) == (
        "--- r.txt\n+++ r.txt\n@@ -1,2 +1,2 @@\n-a\r\n+c\r\n b\n\\ No newline at end of file\n"
    )


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
@pytest.mark.parametrize(
    ("before", "after", "coding"),
    [
        (b"a\r\nb", b"c\r\nb", "utf-8"),
        (codecs.BOM_UTF8 + b"a\nb\n", codecs.BOM_UTF8 + b"a\n", "utf-8-sig"),
        (b"# coding: latin-1\na # \xe9\nb\n", b"# coding: latin-1\nc # \xe9\nb\n", "latin-1"),
        (b"a\x0cb\n\xe2\x80\xa8c\n", b"a\x0cb\n\xe2\x80\xa8d\n", "utf-8"),
    ],
)
def test_git_applies_it(tmp_path: Path, before: bytes, after: bytes, coding: str) -> None:
    (tmp_path / "r.txt").write_bytes(before)
    command = ["git", "apply", "-p0", "--whitespace=nowarn", "-"]
    subprocess.run(command, cwd=tmp_path, input=patch(edit(before, after, coding)), check=True)
    assert (tmp_path / "r.txt").read_bytes() == after


def test_text_of_two_bytes_each_is_shown_as_text() -> None:
    shown = patch(edit("a\n".encode("utf-16"), "b\n".encode("utf-16"), "utf-16"))
    assert shown == b"--- r.txt\n+++ r.txt\n@@ -1 +1 @@\n-a\n+b\n"
