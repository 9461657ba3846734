"""Editing the text of a pyproject.toml: strings in its arrays of requirements, nothing else."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from typing import Any

from conflictlens.edits.records import NewTexts, Uneditable
from conflictlens.edits.toml_strings import rewritten
from conflictlens.requirements.toml_lines import Path, Span, value_lines, value_spans

_BLANK = re.compile(r"[ \t]*")
_FILLER = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_REST_OF_LINE = re.compile(r"[ \t]*(?:#[^\n]*)?(?:\r?\n|\Z)")


def edited_toml(text: str, new_texts: NewTexts) -> str:
    """`text` with other requirements in the places of `new_texts`. Raises Uneditable."""
    found = list(_elements(text, new_texts))
    if missing := set(new_texts) - {(line, old) for _, line, old in found}:
        line, old = min(missing)
        raise Uneditable(line, f"{old} is not an element of an array of requirements there")
    # From the last to the first: an element that goes moves none that is still to be edited.
    for number, (path, line, old) in reversed(list(enumerate(found))):
        new = new_texts[line, old]
        # Of elements that say the same in one line, one gets neighbours.
        if (line, old) not in [place[1:] for place in found[:number]]:
            text = _with_elements(text, value_spans(text)[path], new.added)
        start, end = span = value_spans(text)[path]
        if new.text is None:
            text = _without(text, span)
        else:
            text = text[:start] + rewritten(text[start:end], old, new.text) + text[end:]
    return text


def _with_elements(text: str, span: Span, added: Sequence[str]) -> str:
    """`text` with more elements behind one of an array, on lines of their own if it has one."""
    start, end = span
    if not added:
        return text
    comma = _end(_FILLER, text, end)
    behind = comma + 1 if text[comma] == "," else end
    tokens = [f"{text[start]}{one}{text[start]}" for one in added]
    indent = text[text.rfind("\n", 0, start) + 1 : start]
    rest = _REST_OF_LINE.match(text, behind)
    if rest is None or indent.strip():
        listed = ", ".join(tokens)
        return f"{text[:end]}, {listed}{text[end:]}"
    newline = "\r\n" if rest[0].endswith("\r\n") else "\n"
    last = "," if behind > end else ""
    lines = f",{newline}".join(indent + token for token in tokens) + last + newline
    return (
        f"{text[:end]}{',' if not last else ''}{text[end : rest.end()]}{lines}{text[rest.end() :]}"
    )


def _elements(text: str, new_texts: NewTexts) -> Iterator[tuple[Path, int, str]]:
    """The paths of the requirements to edit, in the order of the document."""
    document = tomllib.loads(text)
    lines = value_lines(text)
    for path in value_spans(text):
        if not _is_requirement(path):
            continue
        value = _value(document, path)
        if isinstance(value, str) and (lines[path], value.strip()) in new_texts:
            yield path, lines[path], value.strip()


def _is_requirement(path: Path) -> bool:
    match path:
        case ("project", "dependencies", int()):
            return True
        case ("project", "optional-dependencies", str(), int()):
            return True
        case ("dependency-groups", str(), int()):
            return True
        case _:
            return False


def _value(document: Any, path: Path) -> object:
    for key in path:
        document = document[key]
    return document


def _without(text: str, span: Span) -> str:
    """`text` without an element of an array, its comma, and its line where it stood alone."""
    start, end = span
    comma = _end(_FILLER, text, end)
    if text[comma] != ",":
        return _cut(text, _preceding_comma(text, start), end)
    if "#" not in text[end:comma]:
        return _cut(text, start, _end(_BLANK, text, comma + 1))
    return text[:start] + text[end:comma].lstrip(" \t") + text[comma + 1 :]


def _preceding_comma(text: str, start: int) -> int:
    """Where the comma before the last element stands, if in the same line; else `start`.

    One in another line stays: TOML allows a comma behind the last element.
    """
    before = text[:start].rstrip(" \t")
    return len(before) - 1 if before.endswith(",") else start


def _cut(text: str, start: int, end: int) -> str:
    line_start = text.rfind("\n", 0, start) + 1
    rest = _REST_OF_LINE.match(text, end)
    if rest is not None and not text[line_start:start].strip():
        start, end = line_start, rest.end()
    elif text.startswith(("\n", "\r"), end):
        start = len(text[:start].rstrip(" \t"))
    return text[:start] + text[end:]


def _end(token: re.Pattern[str], text: str, at: int) -> int:
    match = token.match(text, at)
    return at if match is None else match.end()
