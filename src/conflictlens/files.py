"""Writing a file as a whole."""

from __future__ import annotations

import os
import stat
from contextlib import suppress


def write_file(path: str | os.PathLike[str], content: bytes) -> None:
    """Replace a file in one step, so that nobody reads half of it. Raises OSError.

    A symbolic link stays one, and the mode stays; a new file's is what the umask says. What is no
    regular file, such as a device or a pipe, is written into.
    """
    status = _status(path)
    if status is not None and not stat.S_ISREG(status.st_mode):
        with open(path, "wb") as file:
            file.write(content)
        return
    target = os.path.realpath(path)
    # What `tempfile` would do, which takes as long to load as a small answer to find.
    folder, name = os.path.split(target)
    beside = os.path.join(folder, f".{name[:100]}.{os.getpid()}")
    file = open(beside, "xb")  # noqa: SIM115
    try:
        with file:
            file.write(content)
        if status is not None:
            os.chmod(beside, stat.S_IMODE(status.st_mode))
        os.replace(beside, target)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(beside)


def _status(path: str | os.PathLike[str]) -> os.stat_result | None:
    try:
        return os.stat(path)
    except FileNotFoundError:
        return None
