"""Bytes of a log as numbered lines, in blocks and in bounded memory, whatever their encoding."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import IO

import msgspec

BLOCK = 1 << 19
LONGEST = 1 << 14
"""What is kept of a line that goes on in the next block; the rest of it is passed over."""

_REDRAWN = b"\r"
_MARKS = (
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class Block(msgspec.Struct, frozen=True):
    """Consecutive lines as UTF-8; `first` is the 1-based number of the first one."""

    first: int
    raw: list[bytes]

    @property
    def lines(self) -> list[str]:
        return [line.decode("utf-8", "replace") for line in self.raw]


def blocks(stream: IO[bytes]) -> Iterator[Block]:
    """All lines. A line ends at LF, CR LF or CR, as a progress bar's redrawing does.

    Where lines end at CR LF, as in the record of a terminal, a CR alone is within one: of such a
    line what was drawn last is kept.
    """
    first, rest = 1, b""
    for data in _ended(_in_utf8(stream)):
        *lines, rest = (rest + data).split(b"\n")
        if _REDRAWN in data or (lines and _REDRAWN in lines[0]):
            lines = list(map(_drawn_last, lines))
        rest = _kept(rest)
        if lines:
            yield Block(first, lines)
            first += len(lines)
    if rest:
        yield Block(first, [_drawn_last(rest)])


def _kept(rest: bytes) -> bytes:
    """What may still count of a line that goes on."""
    drawn, redrawn, drawing = rest.rpartition(_REDRAWN)
    if not redrawn:
        return rest[:LONGEST]
    held = b"" if drawing.strip() else _drawn_last(drawn)[:LONGEST]
    return held + redrawn + drawing[:LONGEST]


def _drawn_last(line: bytes) -> bytes:
    drawn = (one for one in reversed(line.split(_REDRAWN)) if one.strip())
    return next(drawn, b"")


def _ended(texts: Iterator[bytes]) -> Iterator[bytes]:
    """Lines that end at LF alone; CR is left only where it redraws a line that ends at CR LF."""
    held, redraws = b"", None
    for data in texts:
        if held:
            data, held = held + data, b""
        if data.endswith(b"\r"):
            # LF may be the next byte.
            data, held = data[:-1], b"\r"
        if b"\r" in data:
            if redraws is None:
                redraws = 2 * data.count(b"\r\n") > data.count(b"\n") > 0
            data = data.replace(b"\r\n", b"\n")
            if not redraws:
                data = data.replace(_REDRAWN, b"\n")
        yield data
    if held:
        yield b"\n"


def _in_utf8(stream: IO[bytes]) -> Iterator[bytes]:
    data = stream.read(BLOCK)
    encoding = _encoding(data[:4096])
    if encoding != "utf-8":
        yield from _recoded(stream, data, encoding)
        return
    data = data.removeprefix(codecs.BOM_UTF8)
    while data:
        # A file that PowerShell appended to holds UTF-16 in the middle of something else.
        yield data.replace(b"\0", b"") if b"\0" in data else data
        data = stream.read(BLOCK)


def _recoded(stream: IO[bytes], data: bytes, encoding: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    while data:
        yield decoder.decode(data).replace("\0", "").encode("utf-8", "replace")
        data = stream.read(BLOCK)
    yield decoder.decode(b"", final=True).encode("utf-8", "replace")


def _encoding(head: bytes) -> str:
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    if head[1::2].count(0) > len(head) // 4:
        return "utf-16-le"
    return "utf-16-be" if head[::2].count(0) > len(head) // 4 else "utf-8"
