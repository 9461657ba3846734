"""JSON as text that any stream can be given."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeAlias

import msgspec

from conflictlens.errors import mask_credentials

JSON: TypeAlias = bool | int | float | str | list["JSON"] | dict[str, "JSON"] | None

# Characters that JSON allows and that a terminal obeys, or that UTF-8 can't hold.
_UNSAFE = "[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
_NOT_ASCII = "[^\x00-\x7f]"


def json_text(value: JSON) -> str:
    """Any value, indented, with a line break at its end; always encodable as UTF-8."""
    text = _indented(value) + "\n"
    harmless = text.isascii() and "\x7f" not in text
    return text if harmless else re.sub(_UNSAFE, _escaped, text)


def ascii_json(text: str) -> str:
    """The same JSON for a stream that can't show all of it."""
    return re.sub(_NOT_ASCII, _escaped, text)


def without_passwords(value: JSON) -> JSON:
    """The same value with the passwords of URLs masked in all of its texts."""
    match value:
        case str():
            return mask_credentials(value)
        case list():
            return [without_passwords(one) for one in value]
        case dict():
            return {key: without_passwords(one) for key, one in value.items()}
        case _:
            return value


def _indented(value: JSON) -> str:
    try:
        return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
    except UnicodeEncodeError:
        # msgspec takes no lone surrogates. Importing this for the few files whose names hold
        # some would take an answer longer than to write it.
        import json

        return json.dumps(value, ensure_ascii=False, indent=2)


def _escaped(char: re.Match[str]) -> str:
    return "".join(f"\\u{unit:04x}" for unit in _utf16(char[0]))


def _utf16(char: str) -> Iterator[int]:
    units = char.encode("utf-16-be", "surrogatepass")
    for place in range(0, len(units), 2):
        yield int.from_bytes(units[place : place + 2])
