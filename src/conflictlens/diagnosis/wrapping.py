"""Sentences that stand on several lines, joined again; each part knows where it stood.

Three things break lines. PowerShell 5 writes what a program says on standard error at the width of
its console: it breaks after a blank, which stays at the line's end, or in the middle of a word
where the line is full. uv and Poetry wrap their proofs, the later lines indented. And CMake
indents what an error says below the place where it is.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from conflictlens.diagnosis.cleaning import MATCHED, clean, indent

_FRAME = "    + CategoryInfo"
_NARROWEST = 18
_PARAGRAPH = re.compile(
    r"\s*(?:[╰├]─▶ |[`|]-> |cause: |So, because |Because |And because "
    r"|CMake Error at [^ ]+ \(\w+\):$|(?:💥 )?maturin failed$)"
)
_SPACED = "CMake Error at "
"""Blank lines are within it."""
_SECTION = re.compile(r"\s*(?:[╰├]─|\[std(?:out|err)\]|hint: )")
_LONGEST = 60
"""Lines of a paragraph without a new beginning."""
_MOST_PARTS = 400
_MOST_BLANK = 24
"""A paragraph with so many lines ends at the next blank one."""
OPENINGS = ("ecause ", "─▶ ", "`-> ", "|-> ", "cause: ", _SPACED, "maturin failed")
"""What a line holds that may begin a paragraph."""


class Part(msgspec.Struct, frozen=True):
    """A physical line within a sentence that begins there at `offset`."""

    offset: int
    number: int
    line: str


class Sentence(msgspec.Struct, frozen=True):
    """One line as the tool meant it."""

    text: str
    parts: tuple[Part, ...]

    def part(self, offset: int) -> Part:
        """The physical line on which the character at `offset` stands."""
        return next(part for part in reversed(self.parts) if part.offset <= offset)


def may_be_broken(lines: Sequence[bytes]) -> bool:
    """Whether a console may have broken these lines, told at a glance."""
    text = b"\n".join(lines)
    blank = text.count(b" \n") + text.endswith(b" ")
    return blank >= max(10, len(lines) // 10) or _FRAME.encode() in text


def console_width(lines: Sequence[str]) -> int | None:
    """The width at which a console broke these lines; None where it did not."""
    frames = [place for place, line in enumerate(lines) if line.startswith(_FRAME)]
    near = [line for place in frames for line in lines[max(place - 12, 0) : place + 12]]
    if frames:
        broken = [line for line in near if line.endswith(" ") or line.strip("+ ~") == ""]
        return max([len(lines[frames[0]]), *(len(line) for line in broken if len(line) <= 200)])
    return _width_by_habit(lines)


def _width_by_habit(lines: Sequence[str]) -> int | None:
    """Without PowerShell's own lines: many lines end in a blank, many are equally long."""
    blank = [len(line) for line in lines if line.endswith(" ") and line.strip()]
    if len(blank) < max(10, len(lines) // 10):
        return None
    lengths = Counter(len(line) for line in lines if not line.endswith(" "))
    longest = max(blank)
    width = max(range(longest, longest + 4), key=lambda length: lengths[length])
    enough = lengths[width] >= max(5, len(lines) // 20)
    return width if enough and width >= _NARROWEST else None


def unwrapped(first: int, lines: Sequence[str], width: int) -> Iterator[Sentence]:
    """The sentences of lines that a console of this width broke."""
    parts: list[Part] = []
    text, previous = "", ""
    for number, line in enumerate(lines, first):
        if not (parts and _goes_on(previous, line, width, len(parts))):
            if parts:
                yield Sentence(text, tuple(parts))
            parts, text = [], ""
        parts.append(Part(len(text), number, line))
        text += clean(line) if len(text) < 2 * MATCHED else ""
        previous = line
    if parts:
        yield Sentence(text, tuple(parts))


def _goes_on(previous: str, line: str, width: int, parts: int) -> bool:
    if len(previous) > width or len(line) > width or parts > _MOST_PARTS or not line.strip():
        return False
    if previous.startswith(("+ ", "At line:")):
        return False
    if not previous.strip():
        # It broke behind a line's indentation; what is a line of its own is indented again.
        return previous != "" and not line.startswith(" ")
    return previous.endswith(" ") or len(previous) == width


def paragraph(opening: Sentence, following: Iterable[Sentence]) -> list[Sentence]:
    """A proof's first line and those that belong to it."""
    held, left = [opening], _LONGEST
    for sentence in following:
        if not left or not _belongs(held, sentence.text):
            break
        left = _LONGEST if opens_paragraph(sentence.text) else left - 1
        held.append(sentence)
    return held


def opens_paragraph(text: str) -> bool:
    return _PARAGRAPH.match(text) is not None


def _belongs(held: Sequence[Sentence], text: str) -> bool:
    if not text.strip():
        return _SPACED in held[0].text and len(held) < _MOST_BLANK
    # Poetry numbers its proofs, and does not indent the second half of a sentence by that.
    deeper = indent(text) > indent(held[0].text) or text.startswith(" and ")
    return deeper and not _SECTION.match(text) and len(held) < _MOST_PARTS


def joined(held: Sequence[Sentence]) -> Sentence:
    """As one sentence."""
    text, parts = held[0].text, list(held[0].parts)
    for sentence in held[1:]:
        start = len(text) + 1
        text = f"{text} {sentence.text.strip()}"
        parts.extend(Part(start + part.offset, part.number, part.line) for part in sentence.parts)
    return Sentence(text, tuple(parts))
