"""Writing a file as a whole."""

from __future__ import annotations

import os
import stat
from pathlib import Path


def write_file(path: Path, content: bytes) -> None:
    """Replace a file in one step, so that nobody reads half of it. Raises OSError.

    A symbolic link stays one, and the mode stays; a new file's is what the umask says. What is no
    regular file, such as a device or a pipe, is written into.
    """
    status = _status(path)
    if status is not None and not stat.S_ISREG(status.st_mode):
        with path.open("wb") as file:
            file.write(content)
        return
    target = path.resolve()
    # What `tempfile` would do, which takes as long to load as a small answer to find.
    beside = target.with_name(f".{target.name[:100]}.{os.getpid()}")
    file = beside.open("xb")
    try:
        with file:
            file.write(content)
        if status is not None:
            beside.chmod(stat.S_IMODE(status.st_mode))
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:
        return None
