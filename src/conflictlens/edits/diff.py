"""An edit as a unified diff."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from conflictlens.edits.records import FileEdit

_UNENDED = "\\ No newline at end of file\n"


def unified(edit: FileEdit) -> str:
    r"""The diff of the texts, to be read; a missing line break at the end is told.

    Only ``\n`` ends a line, so what is before it (``\r``) belongs to the line.
    """
    return _diff(edit.path, edit.text_before, edit.text_after)


def patch(edit: FileEdit) -> bytes:
    """The diff of the bytes, to be applied by ``patch -p0`` or ``git apply -p0``.

    Of a file in an encoding without lines of bytes (UTF-16) it is the diff of the texts.
    """
    if b"\0" in edit.before:
        text = unified(edit)
    else:
        text = _diff(edit.path, _transparent(edit.before), _transparent(edit.after))
    return text.encode("utf-8", "surrogateescape")


def _diff(path: str, before: str, after: str) -> str:
    lines = difflib.unified_diff(list(_lines(before)), list(_lines(after)), path, path)
    return "".join(line if line.endswith("\n") else f"{line}\n{_UNENDED}" for line in lines)


def _transparent(content: bytes) -> str:
    """Text from which the same bytes can be had, whatever they are."""
    return content.decode("utf-8", "surrogateescape")


def _lines(text: str) -> Iterator[str]:
    start = 0
    while start < len(text):
        end = text.find("\n", start) + 1 or len(text)
        yield text[start:end]
        start = end
