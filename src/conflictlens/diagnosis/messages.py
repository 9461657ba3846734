"""What a program said last: the message of an exception, the end of a build's output."""

from __future__ import annotations

import re
from collections.abc import Sequence

from conflictlens.diagnosis.page import Page
from conflictlens.diagnosis.wrapping import Part, Sentence

_NEAR = 6
"""The last words stand so many lines before the end of an output at most."""
_CLOSING = 14
"""So many lines before the end may belong to them."""
_LINES = 4
PANIC = re.compile(r"\s*thread '[^']{1,60}'(?: \(\d{1,9}\))? panicked at \S{1,300}:\Z")
"""How Rust says it since 1.73."""
_BARE = re.compile(r"\s*[\w.]{1,120}:\s*\Z")
"""An exception whose message begins on a later line."""
_NO_MESSAGE = re.compile(
    r"\[end of output\]|^\s*-{20,}|─"
    r"|^\s*(?:Traceback|During handling|The above exception|note: |ERROR: |error: )"
)
_AT_WORK = re.compile(
    r"^\s*(?:running |copying |creating |building |writing |adding |reading |compiling "
    r"|File \"|Traceback|-- |checking |\[ *\d+(?:/\d+|%)\]|.{0,80}[Ww]arning"
    r"|\S{0,200}(?:gcc|g\+\+|clang|cc|cl\.exe)\S{0,10} -|\[end of output\]"
    r"|.{0,20}\[\d+ lines of output\]"
    # Where the tool's own words end.
    r"|\[std(?:err|out)\]|[×├╰]|cause: |hint: |error: Failed to |Script (?:started|done) on )"
)
"""What a build prints while it works: what stands before is not its last words."""


def said_before(page: Page, place: int) -> Sequence[Sentence]:
    """The lines with which an output ends, if one of them stands near its end."""
    spoken: list[Sentence] = []
    for before in range(place - 1, max(place - _CLOSING, -1), -1):
        text = page.text(before)
        if not text.strip():
            if not spoken and before < place - _NEAR:
                break
            continue
        if spoken and _AT_WORK.match(text):
            break
        spoken.append(page.sentence(before))
    return spoken[::-1]


def with_message(page: Page, place: int, bare: re.Pattern[str] = _BARE) -> Sentence | None:
    """A bare exception together with the message below it; it stands where that begins."""
    opening = page.text(place)
    if not bare.match(opening):
        return None
    text, parts = opening.rstrip(), list[Part]()
    for below in range(place + 1, min(place + 1 + _NEAR + _LINES, len(page.raw))):
        said = page.text(below)
        if _NO_MESSAGE.search(said) or len(parts) == _LINES:
            break
        if not re.search(r"\w", said):
            if parts:
                break
            continue
        part = page.sentence(below).part(0)
        parts.append(Part(len(text) + 1 if parts else 0, part.number, part.line))
        text = f"{text} {said.strip()}"
    return Sentence(text, tuple(parts)) if parts else None
