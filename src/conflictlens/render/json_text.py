"""JSON as text that any stream can be given."""

from __future__ import annotations

import json
import re
from typing import TypeAlias

JSON: TypeAlias = bool | int | float | str | list["JSON"] | dict[str, "JSON"] | None

# Characters that JSON allows and that a terminal obeys, or that UTF-8 can't hold.
_UNSAFE = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_NOT_ASCII = re.compile("[^\x00-\x7f]")


def json_text(value: JSON) -> str:
    """Any value, indented, with a line break at its end; always encodable as UTF-8."""
    return _UNSAFE.sub(_escaped, json.dumps(value, ensure_ascii=False, indent=2)) + "\n"


def ascii_json(text: str) -> str:
    """The same JSON for a stream that can't show all of it."""
    return _NOT_ASCII.sub(_escaped, text)


def _escaped(char: re.Match[str]) -> str:
    return json.dumps(char[0])[1:-1]
