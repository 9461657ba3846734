"""An edited file, and why a file can't be edited."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import msgspec

from conflictlens.errors import InputError

Place: TypeAlias = tuple[int, str]
"""A requirement in a file: the number of its line, and its text as it was read."""


class NewText(msgspec.Struct, frozen=True):
    """What becomes of a requirement: it says something else, or goes; others come behind it.

    `text` is None where the requirement goes.
    """

    text: str | None
    added: tuple[str, ...] = ()


NewTexts: TypeAlias = Mapping[Place, NewText]


class FileEdit(msgspec.Struct, frozen=True):
    """`path` as the user wrote it, the file's content when it was read, and the edited one.

    Both texts are the contents decoded, without byte order mark.
    """

    path: str
    before: bytes
    after: bytes
    text_before: str
    text_after: str


class EditError(InputError):
    """A fix that can't be written down in the user's files; nothing was written."""

    def __init__(self, path: str, line: int | None, reason: str) -> None:
        self.path = path
        self.line = line
        self.reason = reason
        place = path if line is None else f"{path}:{line}"
        super().__init__(f"{place}: {reason}; nothing was written")


class HalfWritten(InputError):
    """Writing failed midway, and a file that was written already could not be restored."""

    def __init__(self, path: str, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(
            f"{path}: is changed, but other files are not, and it can't be restored: {reason}"
        )


class Uneditable(ValueError):
    """A place that can't be edited, before it is known in which file. Never leaves this stage."""

    def __init__(self, line: int, reason: str) -> None:
        self.line = line
        self.reason = reason
        super().__init__(reason)
