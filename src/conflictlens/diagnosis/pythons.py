"""Which Python an install was for, as far as its log tells: the conflict may be none on another."""

from __future__ import annotations

import re
from collections import Counter

_BLOCKS = 8
_SIGNS = re.compile(
    rb"for split[^']{0,60}python_(?:full_)?version [>=]= '(?P<split>3\.\d{1,2})"
    rb"|requested Python version \(>=(?P<asked>3\.\d{1,2})"
    rb"|Using (?:CPython|Python) (?P<uv>3\.\d{1,2})\b"
    rb"|Using python3[\d.]* \((?P<poetry>3\.\d{1,2})\b"
    rb"|\(python (?P<pip>3\.\d{1,2})\)|running Python is (?P<runs>3\.\d{1,2})\b"
    rb"|cpython-(?P<built>3\d{1,2})\b|-cp(?P<wheel>3\d{1,2})-|[/\\]python(?P<path>3\.\d{1,2})[/\\]"
    rb"|[/\\]Python(?P<windows>3\d{1,2})[/\\]|\bFROM \S{0,80}python:(?P<image>3\.\d{1,2})\b"
)
_FIRST = ("split", "asked")
"""A project is locked for several Pythons; uv says of which it speaks."""


class Pythons:
    """Looks at lines as they pass; counts what they say."""

    def __init__(self) -> None:
        self._seen: Counter[str] = Counter()
        self._said: str | None = None
        self._blocks = 0

    def look(self, text: bytes) -> None:
        self._blocks += 1
        if self._blocks > _BLOCKS:
            return
        for found in _SIGNS.finditer(text):
            version = found[found.lastgroup or 0].decode()
            if found.lastgroup in _FIRST:
                self._said = self._said or version
            self._seen[version if "." in version else f"{version[0]}.{version[1:]}"] += 1

    def told(self) -> str | None:
        """``3.11``, or None."""
        if self._said is not None or not self._seen:
            return self._said
        return self._seen.most_common(1)[0][0]
