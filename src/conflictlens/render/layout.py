"""Lines of a given width: wrapping, columns, and three styles of terminals."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Iterable, Sequence

import msgspec

_NARROWEST = 24
"""A column is never wrapped to less than this, whatever the width."""


PART = "\n"
"""Stands between parts of a cell that would rather have lines of their own than be wrapped."""


class Paint(msgspec.Struct, frozen=True):
    """SGR styles, or none at all; what is painted must have been made harmless before."""

    colour: bool = False

    def strong(self, text: str) -> str:
        return self._styled("1", text)

    def faint(self, text: str) -> str:
        return self._styled("2", text)

    def bad(self, text: str) -> str:
        return self._styled("1;31", text)

    def good(self, text: str) -> str:
        return self._styled("1;32", text)

    def _styled(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour and text else text


def cells(text: str) -> int:
    """How many columns of a terminal `text` takes."""
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in text)
    return len(text) + wide - sum(map(bool, map(unicodedata.combining, text)))


class _Wrapper(textwrap.TextWrapper):
    """Breaks what is longer than a line after its commas: extras and specifiers."""

    def _split(self, text: str) -> list[str]:
        room = self.width - len(self.subsequent_indent)
        chunks: list[str] = []
        for chunk in super()._split(text):
            whole = cells(chunk) <= room
            chunks.extend([chunk] if whole else re.findall(r"[^,]*,|[^,]+", chunk))
        return chunks


def padded(text: str, width: int) -> str:
    return text + " " * (width - cells(text))


def wrapped(text: str, width: int, indent: int = 0, hanging: int | None = None) -> list[str]:
    """`text` in lines of at most `width` where words allow it, later ones indented by `hanging`."""
    wrapper = _Wrapper(
        max(width, _NARROWEST + indent),
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent if hanging is None else hanging),
        break_long_words=False,
        break_on_hyphens=False,
    )
    return wrapper.wrap(text)


def columns(
    rows: Sequence[tuple[str, ...]], width: int, indent: int, gap: int = 3
) -> Iterable[str]:
    """Rows whose cells are aligned; the last column is wrapped, its parts at `PART` first.

    Where the last column would get too narrow, each row is a sentence.
    """
    last = max((len(row) for row in rows), default=0) - 1
    widths = [max(cells(row[place]) for row in rows) for place in range(last)]
    start = indent + sum(widths) + gap * last
    longest = max((cells(part) for row in rows for part in row[last].split(PART)), default=0)
    below = start + min(longest, _NARROWEST) > width
    for row in rows:
        head = (" " * gap).join(map(padded, row[:last], widths)).rstrip()
        if below:
            yield from wrapped(" ".join(row), width, indent, indent + 4)
            continue
        whole = row[last].replace(PART, "  ")
        parts = [whole] if cells(whole) <= width - start else row[last].split(PART)
        lines = [line for part in parts for line in wrapped(part, width - start)] or [""]
        yield (padded(" " * indent + head, start) + lines[0]).rstrip()
        yield from (" " * start + line for line in lines[1:])
