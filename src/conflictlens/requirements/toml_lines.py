"""In which line each value of a TOML document begins.

The standard library's reader gives values without places. This walks over a document that it
has accepted already, so it need not check anything, and notes the line of every value, table
and element of an array by its path, such as ``("project", "dependencies", 0)``.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_left
from collections.abc import Mapping
from typing import Final

Path = tuple[str | int, ...]
Span = tuple[int, int]

_BLANK: Final = re.compile(r"[ \t]*")
_FILLER: Final = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")
_BASIC: Final = re.compile(r'"(?:[^"\\]|\\.)*"')
_LITERAL: Final = re.compile(r"'[^']*'")
# One or two quotes may stand before the three that end a string.
_LONG_BASIC: Final = re.compile(r'"""(?:[^"\\]|\\.|"{1,2}(?!"))*"{3,5}', re.DOTALL)
_LONG_LITERAL: Final = re.compile(r"'''(?:[^']|'{1,2}(?!'))*'{3,5}", re.DOTALL)
_SCALAR: Final = re.compile(r"[^,\]}#\n]*")


def value_lines(text: str) -> Mapping[Path, int]:
    """The 1-based line of everything in a valid document; newlines are ``\\n`` or ``\\r\\n``."""
    walk = _Walk(text)
    walk.document()
    return walk.lines


def value_spans(text: str) -> Mapping[Path, Span]:
    """Where every value of a valid document begins and ends, in the order in which they end."""
    walk = _Walk(text)
    walk.document()
    return walk.spans


class _Walk:
    """A position that moves over the document once, from its beginning to its end."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[Path, int] = {}
        self.spans: dict[Path, Span] = {}
        self._newlines = [match.start() for match in re.finditer("\n", text)]
        self._last_of_array: dict[Path, int] = {}

    def document(self) -> None:
        table: Path = ()
        self._skip(_FILLER)
        while self.at < len(self.text):
            if self.text[self.at] == "[":
                table = self._header()
            else:
                self._pair(table)
            self._skip(_FILLER)

    def _header(self) -> Path:
        """``[a.b]`` or ``[[a.b]]``; a part that is an array of tables means its last element."""
        start = self.at
        double = self.text.startswith("[[", self.at)
        self.at += 2 if double else 1
        parts = self._key()
        self.at += 2 if double else 1
        table: Path = ()
        for part in parts[:-1]:
            table = self._current((*table, part))
        table = (*table, parts[-1])
        if double:
            self._last_of_array[table] = self._last_of_array.get(table, -1) + 1
        table = self._current(table)
        self.lines[table] = self._line(start)
        return table

    def _current(self, table: Path) -> Path:
        last = self._last_of_array.get(table)
        return table if last is None else (*table, last)

    def _pair(self, table: Path) -> None:
        path = (*table, *self._key())
        self.at += 1  # the equals sign
        self._skip(_BLANK)
        self._value(path)

    def _key(self) -> list[str]:
        parts = []
        while True:
            self._skip(_BLANK)
            parts.append(self._key_part())
            self._skip(_BLANK)
            if not self.text.startswith(".", self.at):
                return parts
            self.at += 1

    def _key_part(self) -> str:
        match self.text[self.at]:
            case '"':
                token = self._skip(_BASIC)
                return str(tomllib.loads(f"key = {token}")["key"])
            case "'":
                return self._skip(_LITERAL)[1:-1]
            case _:
                return self._skip(_BARE_KEY)

    def _value(self, path: Path) -> None:
        start = self.at
        self.lines[path] = self._line(start)
        match self.text[self.at]:
            case "[":
                self._array(path)
            case "{":
                self._inline_table(path)
            case '"':
                self._skip(_LONG_BASIC if self.text.startswith('"""', self.at) else _BASIC)
            case "'":
                self._skip(_LONG_LITERAL if self.text.startswith("'''", self.at) else _LITERAL)
            case _:
                self._skip(_SCALAR)
        self.spans[path] = (start, self.at)

    def _array(self, path: Path) -> None:
        index = 0
        self._open()
        while self.text[self.at] != "]":
            self._value((*path, index))
            self._separator()
            index += 1
        self.at += 1

    def _inline_table(self, path: Path) -> None:
        self._open()
        while self.text[self.at] != "}":
            self._pair(path)
            self._separator()
        self.at += 1

    def _open(self) -> None:
        self.at += 1
        self._skip(_FILLER)

    def _separator(self) -> None:
        self._skip(_FILLER)
        if self.text[self.at] == ",":
            self._open()

    def _skip(self, token: re.Pattern[str]) -> str:
        match = token.match(self.text, self.at)
        assert match is not None, f"valid TOML expected at {self.at}"
        self.at = match.end()
        return match[0]

    def _line(self, position: int) -> int:
        return bisect_left(self._newlines, position) + 1
