"""Lines of a given width: wrapping, columns, and three styles of terminals."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterable, Sequence

import msgspec

_NARROWEST = 24
"""A column is never wrapped to less than this, whatever the width."""


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


def padded(text: str, width: int) -> str:
    return text + " " * (width - cells(text))


def wrapped(text: str, width: int, indent: int = 0, hanging: int | None = None) -> list[str]:
    """`text` in lines of at most `width` where words allow it, later ones indented by `hanging`."""
    return textwrap.wrap(
        text,
        max(width, _NARROWEST + indent),
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent if hanging is None else hanging),
        break_long_words=False,
        break_on_hyphens=False,
    )


def columns(
    rows: Sequence[tuple[str, ...]], width: int, indent: int, gap: int = 3
) -> Iterable[str]:
    """Rows whose cells are aligned; the last column is wrapped.

    Where the last column would get too narrow, it stands below the others.
    """
    last = max((len(row) for row in rows), default=0) - 1
    widths = [max(cells(row[place]) for row in rows) for place in range(last)]
    start = indent + sum(widths) + gap * last
    longest = max((cells(row[last]) for row in rows), default=0)
    below = start + min(longest, _NARROWEST) > width
    for row in rows:
        head = (" " * gap).join(map(padded, row[:last], widths)).rstrip()
        if below:
            yield from wrapped(head, width, indent, indent + 4)
            yield from wrapped(row[last], width, indent + 4)
            continue
        lines = wrapped(row[last], width - start) or [""]
        yield (padded(" " * indent + head, start) + lines[0]).rstrip()
        yield from (" " * start + line for line in lines[1:])
