r"""Editing the text of a requirements file.

A requirement can be broken by continuations (a backslash at the end of a line), followed by
options such as ``--hash`` and by a comment. Only the requirement is replaced; ``--hash`` options
go with it, since they are those of files that it no longer asks for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from conflictlens.edits.records import NewTexts, Uneditable
from conflictlens.requirements.lines import Line, logical_lines
from conflictlens.requirements.options import split_line
from conflictlens.requirements.pep508 import Refused

# What `str.splitlines` splits at, and what pip takes away around it where it joins lines.
_CONTINUATION = r"\\+(?:\r\n|[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029])\\*"
_NEWLINE = re.compile(r"\r\n|\n|\r")
_LINE_END = re.compile(r"(?:\r\n|\n|\r)\Z")
_OPTION = re.compile(
    rf"(?P<gap>(?:[ \t]|{_CONTINUATION})+)(?P<word>(?!#)(?:(?!{_CONTINUATION})\S)+)"
)


def edited_requirements(text: str, environ: Mapping[str, str], new_texts: NewTexts) -> str:
    """`text` with other requirements in the places of `new_texts`. Raises Uneditable."""
    left = set(new_texts)
    lines = [
        (line, (line.number, _requirement(line.written)))
        for line in logical_lines(text, environ)
        if any(number == line.number for number, _ in new_texts)
    ]
    for at, (line, place) in reversed([*enumerate(lines)]):
        if place in new_texts:
            left.discard(place)
            new = new_texts[place]
            if new.text != place[1]:
                _check_variables(line, place[1])
            start, end = line.span
            edited = _edited(text[start:end], line, new.text)
            # Of requirements that say the same in one line, one gets neighbours.
            added = new.added if place not in [other for _, other in lines[:at]] else ()
            text = text[:start] + _with_lines(edited, text, end, added) + text[end:]
    if left:
        number, old = min(left)
        raise Uneditable(number, f"does not say {old}")
    return text


def _with_lines(edited: str, text: str, end: int, added: Sequence[str]) -> str:
    """An edited line, and lines that come behind it; the last line of a file stays unended."""
    if not added:
        return edited
    newline = _LINE_END.search(edited) or _NEWLINE.search(text)
    ending = newline[0] if newline else "\n"
    lines = [edited.removesuffix(ending)] if edited else []
    unended = end == len(text) and not text.endswith(("\n", "\r"))
    return ending.join([*lines, *added]) + ("" if unended else ending)


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
    old = _requirement(line.written)
    if new is None or new == old:
        return "" if new is None else raw
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
