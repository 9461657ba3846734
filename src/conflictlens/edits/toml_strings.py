"""Other content for a string of a TOML document, in the same quotes and with the same escapes."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from itertools import takewhile

import msgspec

_LONG_START = re.compile(r"(\"\"\"|''')(?:\r?\n)?")
# Of a basic string: an escape, a line break that is escaped away, or one character.
_BASIC_UNIT = re.compile(
    r"\\[ \t]*\r?\n[ \t\r\n]*|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8}|\\.|\r\n|.", re.DOTALL
)
_LITERAL_UNIT = re.compile(r"\r\n|.", re.DOTALL)


class _Unit(msgspec.Struct, frozen=True):
    """A piece of a string as it is written, and the character that it stands for, if any."""

    written: str
    value: str


def rewritten(token: str, old: str, new: str) -> str:
    """`token` with `old`, which it says between blanks, replaced by `new`.

    Only what differs between the two is written anew.
    """
    opening, closing = _quotes(token)
    basic = closing.startswith('"')
    units = _units(token[len(opening) : -len(closing)], basic)
    value = "".join(unit.value for unit in units)
    start = value.index(old)
    same = _shared(old, new)
    tail = _shared(reversed(old[same:]), reversed(new[same:]))
    head = _before(units, start + same)
    rest = _after(units, start + len(old) - tail)
    middle = new[same : len(new) - tail]
    return opening + head + (_escaped(middle) if basic else middle) + rest + closing


def _shared(one: Iterable[str], other: Iterable[str]) -> int:
    """How many characters are the same from the beginning on."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _quotes(token: str) -> tuple[str, str]:
    long = _LONG_START.match(token)
    return (long[0], long[1]) if long else (token[0], token[0])


def _units(content: str, basic: bool) -> list[_Unit]:
    pattern = _BASIC_UNIT if basic else _LITERAL_UNIT
    return [_Unit(written, _value(written, basic)) for written in pattern.findall(content)]


def _value(written: str, basic: bool) -> str:
    if basic and written.startswith("\\"):
        return str(tomllib.loads(f'key = """{written}"""')["key"])
    return "\n" if written == "\r\n" else written


def _before(units: list[_Unit], length: int) -> str:
    """The units of the first `length` characters."""
    written = []
    for unit in units:
        if length <= 0:
            break
        written.append(unit.written)
        length -= len(unit.value)
    return "".join(written)


def _after(units: list[_Unit], start: int) -> str:
    """The units from the character at `start` on."""
    for place, unit in enumerate(units):
        if start <= 0:
            return "".join(rest.written for rest in units[place:])
        start -= len(unit.value)
    return ""


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
