"""Files that an answer is written to."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from threading import Thread

import pytest

from conflictlens.files import write_file


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_file_obeys_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_file(tmp_path / "new", b"x")
    finally:
        os.umask(before)
    assert mode(tmp_path / "new") == 0o640


def test_a_file_keeps_its_mode_and_its_link(tmp_path: Path) -> None:
    file, link = tmp_path / "file", tmp_path / "link"
    file.write_bytes(b"old, and longer")
    file.chmod(0o600)
    link.symlink_to("file")
    write_file(link, b"new")
    assert link.is_symlink()
    assert (file.read_bytes(), mode(file)) == (b"new", 0o600)
    assert sorted(tmp_path.iterdir()) == [file, link]


def test_a_pipe_is_written_into(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = Thread(target=lambda: read.append(pipe.read_bytes()), daemon=True)
    reader.start()
    write_file(pipe, b"told")
    reader.join(10)
    assert read == [b"told"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_what_fails_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError):
        write_file(tmp_path, b"x")
    with pytest.raises(FileNotFoundError):
        write_file(tmp_path / "missing" / "file", b"x")
    assert list(tmp_path.iterdir()) == []
