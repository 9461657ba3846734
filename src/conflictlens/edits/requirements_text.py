r"""Editing the text of a requirements file.

A requirement can be broken by continuations (a backslash at the end of a line), followed by
options such as ``--hash`` and by a comment. Only the requirement is replaced; ``--hash`` options
go with it, since they are those of files that it no longer asks for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from conflictlens.edits.records import NewTexts, Uneditable
from conflictlens.requirements.lines import Line, logical_lines
from conflictlens.requirements.options import split_line
from conflictlens.requirements.pep508 import Refused

# What `str.splitlines` splits at, and what pip takes away around it where it joins lines.
_CONTINUATION = r"\\+(?:\r\n|[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029])\\*"
_OPTION = re.compile(
    rf"(?P<gap>(?:[ \t]|{_CONTINUATION})+)(?P<word>(?!#)(?:(?!{_CONTINUATION})\S)+)"
)


def edited_requirements(text: str, environ: Mapping[str, str], new_texts: NewTexts) -> str:
    """`text` with other requirements in the places of `new_texts`. Raises Uneditable."""
    left = set(new_texts)
    for line in reversed(list(logical_lines(text, environ))):
        if all(number != line.number for number, _ in new_texts):
            continue
        place = line.number, _requirement(line.written)
        if place in new_texts:
            left.discard(place)
            _check_variables(line, place[1])
            start, end = line.span
            text = text[:start] + _edited(text[start:end], line, new_texts[place]) + text[end:]
    if left:
        number, old = min(left)
        raise Uneditable(number, f"does not say {old}")
    return text


def _requirement(line: str) -> str:
    """The text of the root that a line stands for, as the reader makes it."""
    try:
        split = split_line(line)
    except Refused:
        return ""
    editable = split.values("editable")
    return f"-e {editable[0]}" if editable and not split.requirement else split.requirement


def _check_variables(line: Line, old: str) -> None:
    if _requirement(line.expanded) != old:
        reason = f"{old} takes its value from environment variables, so change it by hand"
        raise Uneditable(line.number, reason)


def _edited(raw: str, line: Line, new: str | None) -> str:
    if new is None:
        return ""
    old = _requirement(line.written)
    found = _as_written(old).match(raw)
    if found is None:
        raise Uneditable(line.number, f"{old} is not written in a way that can be edited")
    return raw[: found.start("old")] + new + _without_hashes(raw[found.end("old") :])


def _as_written(old: str) -> re.Pattern[str]:
    """Finds a requirement at the start of its line, whatever continuations it is broken by."""
    body = f"(?:{_CONTINUATION})*".join(map(re.escape, old))
    return re.compile(rf"[\s\\]*(?P<old>{body})")


def _without_hashes(tail: str) -> str:
    kept: list[str] = []
    at = 0
    value_follows = False
    while (option := _OPTION.match(tail, at)) is not None:
        at = option.end()
        name, equals, _ = option["word"].partition("=")
        # pip reads unambiguous beginnings of an option, too.
        is_hash = len(name) > 2 and "--hash".startswith(name)
        if not is_hash and not value_follows:
            kept.append(option[0])
        value_follows = is_hash and not equals
    return "".join(kept) + tail[at:]
