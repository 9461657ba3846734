"""What reading needs from outside: a directory, the environment variables, standard input."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import BinaryIO, TextIO

import msgspec

STDIN = "<stdin>"


LARGEST = 64 * 1024 * 1024
"""Bytes of a file that are read at most; no requirements are longer, and /dev/zero never ends."""


class Unreadable(msgspec.Struct, frozen=True):
    """A file or its text that can't be had; `reason` is a clause for a message."""

    reason: str


Contents = dict[str, bytes | str | Unreadable]
"""What files hold, by `Workspace.identity`; standard input may be text already."""


class Workspace(msgspec.Struct, frozen=True):
    """`cwd` is what relative paths are relative to. `stdin` None: there is nothing to read.

    Each file is read once: its content is kept in `contents`, and what stands there is not read.
    """

    cwd: str
    environ: Mapping[str, str]
    stdin: TextIO | BinaryIO | None = None
    contents: Contents = msgspec.field(default_factory=dict)

    def absolute(self, path: str) -> str:
        return os.path.normpath(os.path.join(self.cwd, path))

    def identity(self, path: str) -> str:
        """The same for all names of one file."""
        return path if path == STDIN else os.path.realpath(self.absolute(path))

    def is_file(self, path: str) -> bool:
        """Whether there is something to read: a file, or a pipe such as the shell's ``<(…)``."""
        absolute = self.absolute(path)
        return os.path.exists(absolute) and not os.path.isdir(absolute)

    def is_directory(self, path: str) -> bool:
        return os.path.isdir(self.absolute(path))

    def read(self, path: str) -> bytes | str | Unreadable:
        """The content of a file; for ``<stdin>`` that of standard input, perhaps text already."""
        try:
            identity = self.identity(path)
        except ValueError:
            # A NUL or a lone surrogate in the path.
            return Unreadable("no such file")
        if identity not in self.contents:
            self.contents[identity] = self._read(path)
        return self.contents[identity]

    def _read(self, path: str) -> bytes | str | Unreadable:
        try:
            if path == STDIN:
                return self._read_stdin()
            with open(self.absolute(path), "rb") as file:
                content = file.read(LARGEST + 1)
            return content if len(content) <= LARGEST else Unreadable("too large to be read")
        except OSError as error:
            return Unreadable(_clause(error))
        except ValueError:
            return Unreadable("no such file")

    def _read_stdin(self) -> bytes | str | Unreadable:
        if self.stdin is None:
            return Unreadable("standard input is closed")
        # A text stream's own decoding knows nothing of byte order marks and coding comments.
        stream: TextIO | BinaryIO = getattr(self.stdin, "buffer", self.stdin)
        return stream.read()


def _clause(error: OSError) -> str:
    match error:
        case FileNotFoundError() | NotADirectoryError():
            return "no such file"
        case IsADirectoryError():
            return "is a directory"
        case PermissionError():
            return "permission denied"
        case _:
            return error.strerror or "can't be read"
