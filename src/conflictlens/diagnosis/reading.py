"""Bytes of a log as numbered lines, in blocks and in bounded memory, whatever their encoding."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from typing import IO

import msgspec

BLOCK = 1 << 19
LONGEST = 1 << 14
"""What is kept of one line; the rest of it is passed over."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class Block(msgspec.Struct, frozen=True):
    """Consecutive lines; `first` is the 1-based number of the first one."""

    first: int
    lines: list[str]


def blocks(stream: IO[bytes]) -> Iterator[Block]:
    """All lines. A line ends at LF, CR LF or CR, as a progress bar's redrawing does."""
    first, rest = 1, ""
    for text in _texts(stream):
        *lines, rest = (rest + text).split("\n")
        rest = rest[:LONGEST]
        if lines:
            yield Block(first, lines)
            first += len(lines)
    if rest:
        yield Block(first, [rest])


def _texts(stream: IO[bytes]) -> Iterator[str]:
    data = stream.read(BLOCK)
    decoder = io.IncrementalNewlineDecoder(
        codecs.getincrementaldecoder(_encoding(data[:4096]))("replace"), translate=True
    )
    while data:
        # A file that PowerShell appended to holds UTF-16 in the middle of something else.
        yield decoder.decode(data).replace("\0", "")
        data = stream.read(BLOCK)
    yield decoder.decode(b"", final=True)


def _encoding(head: bytes) -> str:
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    if head[1::2].count(0) > len(head) // 4:
        return "utf-16-le"
    return "utf-16-be" if head[::2].count(0) > len(head) // 4 else "utf-8"
