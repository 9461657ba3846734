"""Reading members out of a compressed tar archive while it arrives.

Nothing is written to disk, so member names can do no harm; what an archive can do is to be
large, and everything here is bounded. Formats: ustar, GNU long names and pax (POSIX.1-2001).
"""

from __future__ import annotations

import bz2
import lzma
import re
import zlib
from collections.abc import Callable, Iterator
from typing import Protocol

BLOCK = 512
MEMBER_LIMIT = 10_000_000
INFLATED_LIMIT = 150_000_000
_STEP = 1 << 18


class ArchiveError(ValueError):
    """The bytes are no archive that can be read, or more than will be read."""


class _Decompressor(Protocol):
    @property
    def eof(self) -> bool: ...

    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


class Inflater:
    """Decompresses gzip, bzip2, xz or nothing, by the first bytes; at most `INFLATED_LIMIT`."""

    def __init__(self) -> None:
        self._head: bytes = b""
        self._decompressor: _Decompressor | None = None
        self._total = 0

    def feed(self, data: bytes) -> Iterator[bytes]:
        """What `data` unpacks to, in pieces of bounded size."""
        if self._decompressor is None:
            self._head += data
            if len(self._head) < 6:
                return
            data, self._decompressor = self._head, _decompressor(self._head)
        for piece in _pieces(self._decompressor, data):
            self._total += len(piece)
            if self._total > INFLATED_LIMIT:
                raise ArchiveError(f"it unpacks to more than {INFLATED_LIMIT // 1_000_000} MB")
            yield piece


def _decompressor(head: bytes) -> _Decompressor:
    if head[:2] == b"\x1f\x8b":
        return _Gzip()
    if head[:3] == b"BZh":
        return bz2.BZ2Decompressor()
    if head[:6] == b"\xfd7zXZ\x00":
        return lzma.LZMADecompressor()
    return _Plain()


def _pieces(decompressor: _Decompressor, data: bytes) -> Iterator[bytes]:
    while not decompressor.eof:
        try:
            piece = decompressor.decompress(data, _STEP)
        except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
            raise ArchiveError(str(error)) from error
        if not piece:
            return
        yield piece
        data = b""


class _Gzip:
    """zlib's decompressor with the interface of the other two."""

    def __init__(self) -> None:
        self._zlib = zlib.decompressobj(16 + zlib.MAX_WBITS)

    @property
    def eof(self) -> bool:
        return self._zlib.eof

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        return self._zlib.decompress(self._zlib.unconsumed_tail + data, max_length)


class _Plain:
    eof = False

    def decompress(self, data: bytes, _: int, /) -> bytes:
        return data


class TarScanner:
    """Picks the members that `wants` names out of a tar archive that is fed in pieces.

    ``feed`` gives the (name, content) pairs that a piece completes. `done` turns true at the
    archive's end mark.
    """

    def __init__(self, wants: Callable[[str], bool]) -> None:
        self._wants = wants
        self._buffer = bytearray()
        self._skip = 0
        self._long_name = ""
        self.done = False

    def feed(self, data: bytes) -> Iterator[tuple[str, bytes]]:
        self._buffer += data
        while not self.done and self._skipped() and len(self._buffer) >= BLOCK:
            header = bytes(self._buffer[:BLOCK])
            if not any(header):
                self.done = True
                return
            size, kind = _size(header), header[156:157]
            name = self._long_name or _name(header)
            wanted = kind in _NAMING or (kind in _REGULAR and self._wants(name))
            if wanted and size > MEMBER_LIMIT:
                raise ArchiveError(f"{name} is larger than {MEMBER_LIMIT // 1_000_000} MB")
            if wanted and len(self._buffer) < BLOCK + size:
                return
            self._skip = BLOCK + (size + BLOCK - 1) // BLOCK * BLOCK
            content = bytes(self._buffer[BLOCK : BLOCK + size]) if wanted else b""
            self._long_name = _long_name(kind, content)
            if wanted and kind in _REGULAR:
                yield name, content

    def _skipped(self) -> bool:
        """Drops what is to be skipped; whether all of it has come yet."""
        dropped = min(self._skip, len(self._buffer))
        del self._buffer[:dropped]
        self._skip -= dropped
        return self._skip == 0


_REGULAR = frozenset((b"0", b"\0", b"7"))
_NAMING = frozenset((b"L", b"x"))
"""GNU's long name and pax's extended header: both tell the name of the next member."""


def _size(header: bytes) -> int:
    if sum(header[:148]) + sum(header[156:]) + 8 * 0x20 != _number(header[148:156]):
        raise ArchiveError("no tar archive: a header's checksum is wrong")
    return _number(header[124:136])


def _number(field: bytes) -> int:
    if field[0] & 0x80:
        # GNU: base 256 for what octal digits can't hold.
        return int.from_bytes(bytes([field[0] & 0x7F]) + field[1:], "big")
    try:
        return int(field.strip(b" \0") or b"0", 8)
    except ValueError as error:
        raise ArchiveError("no tar archive: a number is no octal one") from error


def _name(header: bytes) -> str:
    name = _text(header[:100])
    prefix = _text(header[345:500]) if header[257:262] == b"ustar" else ""
    return f"{prefix}/{name}" if prefix else name


def _long_name(kind: bytes, content: bytes) -> str:
    match kind:
        case b"L":
            return _text(content)
        case b"x":
            found = _PAX_PATH.search(content)
            return found[1].decode("utf-8", "replace") if found else ""
        case _:
            return ""


_PAX_PATH = re.compile(rb"(?:^|\n)\d+ path=([^\n]*)\n")


def _text(field: bytes) -> str:
    return field.partition(b"\0")[0].decode("utf-8", "replace")
