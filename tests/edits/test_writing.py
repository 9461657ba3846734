"""All files are written or none, and only over what was read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from conflictlens.edits.records import EditError, FileEdit, HalfWritten
from conflictlens.edits.writing import write_all


def edit(path: str, before: str = "a\n", after: str = "b\n") -> FileEdit:
    return FileEdit(path, before.encode(), after.encode(), before, after)


def files(directory: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in directory.iterdir()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("1.txt", "2.txt"):
        (tmp_path / name).write_text("a\n")
    return tmp_path


def test_all_are_written(folder: Path) -> None:
    (folder / "1.txt").chmod(0o640)
    write_all([edit("1.txt"), edit("2.txt")], str(folder))
    assert files(folder) == {"1.txt": "b\n", "2.txt": "b\n"}
    assert (folder / "1.txt").stat().st_mode & 0o777 == 0o640


def test_a_symbolic_link_stays_one(folder: Path) -> None:
    (folder / "deep").mkdir()
    (folder / "1.txt").rename(folder / "deep" / "real.txt")
    (folder / "1.txt").symlink_to("deep/real.txt")
    write_all([edit("1.txt")], str(folder))
    assert os.readlink(folder / "1.txt") == "deep/real.txt"
    assert files(folder / "deep") == {"real.txt": "b\n"}


def test_a_file_that_changed_meanwhile_is_not_overwritten(folder: Path) -> None:
    (folder / "2.txt").write_text("mine\n")
    with pytest.raises(EditError, match=r"2\.txt: was changed while .*; nothing was written"):
        write_all([edit("1.txt"), edit("2.txt")], str(folder))
    assert files(folder) == {"1.txt": "a\n", "2.txt": "mine\n"}


def test_a_file_that_is_gone(folder: Path) -> None:
    with pytest.raises(EditError, match=r"3\.txt: can't be written: No such file"):
        write_all([edit("1.txt"), edit("3.txt")], str(folder))
    assert files(folder) == {"1.txt": "a\n", "2.txt": "a\n"}


def test_a_read_only_file_is_not_replaced(folder: Path) -> None:
    (folder / "2.txt").chmod(0o444)
    with pytest.raises(EditError, match=r"2\.txt: is read-only; nothing was written"):
        write_all([edit("1.txt"), edit("2.txt")], str(folder))
    assert files(folder) == {"1.txt": "a\n", "2.txt": "a\n"}


class Renaming:
    """Counts renames of temporary files, and lets some of them fail."""

    def __init__(self, *fail: int) -> None:
        self.fail = fail
        self.count = 0
        self.rename = os.replace

    def __call__(self, source: Path, target: Path) -> None:
        self.count += 1
        if self.count in self.fail:
            raise OSError(5, "Input/output error")
        self.rename(source, target)


def test_what_was_written_before_a_failure_is_restored(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "replace", Renaming(2))
    with pytest.raises(EditError, match=r"2\.txt: can't be written: Input/output error; nothing"):
        write_all([edit("1.txt"), edit("2.txt")], str(folder))
    assert files(folder) == {"1.txt": "a\n", "2.txt": "a\n"}


def test_what_can_not_be_restored_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "replace", Renaming(2, 3))
    with pytest.raises(HalfWritten, match=r"1\.txt: is changed, but other files are not"):
        write_all([edit("1.txt"), edit("2.txt")], str(folder))
    assert files(folder) == {"1.txt": "b\n", "2.txt": "a\n"}
