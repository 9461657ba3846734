"""Writing edited files: all of them or none, and only over what was read.

New and old contents are written into temporary files beside each file first, so that only
renaming is left to do: forwards, or backwards where something stops it midway. A symbolic link
stays one: the file that it leads to is replaced. The file mode stays, too.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile
from collections.abc import Sequence
from pathlib import Path

import msgspec

from conflictlens.edits.records import EditError, FileEdit, HalfWritten


class _Staged(msgspec.Struct, frozen=True):
    """A file that is to be replaced, and the files that hold its contents."""

    edit: FileEdit
    target: Path
    new: Path
    old: Path


def write_all(edits: Sequence[FileEdit], cwd: str = ".") -> None:
    """Writes all files or none. Raises EditError.

    A file whose content is not `before` any more was changed meanwhile, and is not overwritten.
    """
    with contextlib.ExitStack() as temporary:
        staged = [_stage(edit, Path(cwd, edit.path), temporary) for edit in edits]
        for one in staged:
            _check_unchanged(one)
        _replace_all(staged)


def _stage(edit: FileEdit, path: Path, temporary: contextlib.ExitStack) -> _Staged:
    try:
        target = path.resolve(strict=True)
        _check_writable(edit, target)
        new = _beside(target, edit.after, temporary)
        return _Staged(edit, target, new, _beside(target, edit.before, temporary))
    except OSError as error:
        raise _failed(edit, error) from error


def _check_writable(edit: FileEdit, target: Path) -> None:
    # Renaming asks for no permission of the file itself, and an administrator has them all.
    if not target.stat().st_mode & _WRITABLE or not os.access(target, os.W_OK):
        raise EditError(edit.path, None, "is read-only")


_WRITABLE = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH


def _beside(target: Path, content: bytes, temporary: contextlib.ExitStack) -> Path:
    """A file with the mode of `target` that is gone in the end unless it was renamed."""
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:100]}.")
    path = Path(name)
    temporary.callback(path.unlink, missing_ok=True)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    _keep_owner(path, target)
    shutil.copymode(target, path)
    return path


def _keep_owner(path: Path, target: Path) -> None:
    if not hasattr(os, "chown"):
        return
    status = target.stat()
    # Who may not give files away keeps them as one's own, as editors do.
    with contextlib.suppress(PermissionError):
        os.chown(path, status.st_uid, status.st_gid)


def _check_unchanged(staged: _Staged) -> None:
    try:
        content = staged.target.read_bytes()
    except OSError as error:
        raise _failed(staged.edit, error) from error
    if content != staged.edit.before:
        reason = "was changed while the question was being answered; ask again"
        raise EditError(staged.edit.path, None, reason)


def _replace_all(staged: Sequence[_Staged]) -> None:
    with contextlib.ExitStack() as undo:
        for one in staged:
            try:
                one.new.replace(one.target)
            except OSError as error:
                raise _failed(one.edit, error) from error
            undo.callback(_restore, one)
        undo.pop_all()


def _restore(one: _Staged) -> None:
    try:
        one.old.replace(one.target)
    except OSError as error:
        raise HalfWritten(one.edit.path, error.strerror or str(error)) from error


def _failed(edit: FileEdit, error: OSError) -> EditError:
    return EditError(edit.path, None, f"can't be written: {error.strerror or error}")
