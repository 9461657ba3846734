"""JSON as text that any stream can be given."""

from __future__ import annotations

import json
import re
from typing import TypeAlias

from conflictlens.errors import mask_credentials

JSON: TypeAlias = bool | int | float | str | list["JSON"] | dict[str, "JSON"] | None

# Characters that JSON allows and that a terminal obeys, or that UTF-8 can't hold.
_UNSAFE = "[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
_NOT_ASCII = "[^\x00-\x7f]"


def json_text(value: JSON) -> str:
    """Any value, indented, with a line break at its end; always encodable as UTF-8."""
    text = json.dumps(value, ensure_ascii=False, indent=2) + "\n"
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


def _escaped(char: re.Match[str]) -> str:
    return json.dumps(char[0])[1:-1]
