"""A TOML file, read together with the lines of what stands in it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import Any

import msgspec

from conflictlens.requirements.toml_lines import Path, value_lines
from conflictlens.requirements.workspace import Unreadable, Workspace

_PLACE = re.compile(r" \(at (?:line (?P<line>\d+), column \d+|end of document)\)$")


class Document(msgspec.Struct, frozen=True):
    """`path` is the file's, as the user wrote it."""

    path: str
    data: Mapping[str, Any]
    lines: Mapping[Path, int]

    def line(self, *place: str | int) -> int | None:
        """The line of a value, or of the nearest thing around it that has one."""
        while place:
            if place in self.lines:
                return self.lines[place]
            place = place[:-1]
        return None

    def table(self, *names: str) -> Mapping[str, Any]:
        """The table of that name; empty where there is none or it is something else."""
        here: Any = self.data
        for name in names:
            here = here.get(name) if isinstance(here, Mapping) else None
        return here if isinstance(here, Mapping) else {}


class NotTOML(msgspec.Struct, frozen=True):
    line: int | None
    reason: str


def read_document(path: str, workspace: Workspace) -> Document | NotTOML:
    """The document in a file. TOML is always UTF-8; a byte order mark is forgiven."""
    data = workspace.read(path)
    if isinstance(data, Unreadable):
        return NotTOML(None, data.reason)
    try:
        text = data if isinstance(data, str) else data.decode("utf-8-sig")
        return Document(path, tomllib.loads(text), value_lines(text))
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        return NotTOML(line, "is not UTF-8, which TOML has to be")
    except tomllib.TOMLDecodeError as error:
        return _syntax_error(str(error))
    except RecursionError:
        return NotTOML(None, "is not TOML that can be read: nested too deeply")
    except ValueError as error:
        # An integer of more than 4,300 digits, a date in the thirteenth month.
        return NotTOML(None, f"is not valid TOML: {error}")


def _syntax_error(message: str) -> NotTOML:
    match = _PLACE.search(message)
    clause = message if match is None else message[: match.start()]
    line = None if match is None or match["line"] is None else int(match["line"])
    return NotTOML(line, f"is not valid TOML: {clause[:1].lower()}{clause[1:]}")
