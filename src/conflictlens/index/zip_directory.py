"""Finding one member in a zip archive that is read from its end (PKWARE's APPNOTE).

Pure functions on bytes, for archives of which only ranges are fetched. Offsets count from the
start of the archive. Anything that does not fit raises `ZipError`.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator

import msgspec

_END = struct.Struct("<4s4H2LH")
_END64_LOCATOR = struct.Struct("<4sLQL")
_END64 = struct.Struct("<4sQ2H2L4Q")
_ENTRY = struct.Struct("<4s6H3L5H2L")
_HEADING = struct.Struct("<4s24x3H12x")
"""Of an entry, what leads to the next one: all that is read of most."""
_LOCAL = struct.Struct("<4s5H3L2H")
LOCAL_HEADER_SIZE = _LOCAL.size

_SIGNATURE = b"PK\x01\x02"
_MAX32 = 0xFFFFFFFF
_ENCRYPTED = 1


class ZipError(ValueError):
    """The bytes are not a zip archive that can be read."""


class Span(msgspec.Struct, frozen=True):
    """The bytes from `start` to before `stop`."""

    start: int
    stop: int


class Member(msgspec.Struct, frozen=True):
    """One entry of the central directory; `offset` is that of its local header."""

    name: str
    method: int
    compressed: int
    size: int
    offset: int
    encrypted: bool = False


def directory_span(tail: bytes, total: int) -> Span:
    """Where the central directory lies, from the last bytes of an archive of `total` bytes.

    A zip64 archive's end record must be within `tail`, which 100 bytes more than the comment
    ensure.
    """
    position = tail.rfind(b"PK\x05\x06")
    while position >= 0 and len(tail) - position < _END.size:
        position = tail.rfind(b"PK\x05\x06", 0, position)
    if position < 0:
        raise ZipError("no end of central directory")
    *_, size, offset, _ = _END.unpack_from(tail, position)
    if offset == _MAX32 or size == _MAX32:
        size, offset = _zip64_directory(tail, position, total)
    if offset + size > total:
        raise ZipError("a central directory outside of the archive")
    return Span(offset, offset + size)


def _zip64_directory(tail: bytes, end: int, total: int) -> tuple[int, int]:
    locator = end - _END64_LOCATOR.size
    if locator < 0 or tail[locator : locator + 4] != b"PK\x06\x07":
        raise ZipError("no zip64 locator")
    *_, record, _ = _END64_LOCATOR.unpack_from(tail, locator)
    position = record - (total - len(tail))
    if position < 0 or tail[position : position + 4] != b"PK\x06\x06":
        raise ZipError("no zip64 end of central directory")
    if position + _END64.size > locator:
        raise ZipError("a damaged zip64 end of central directory")
    *_, size, offset = _END64.unpack_from(tail, position)
    return size, offset


def members(
    directory: bytes, wants: Callable[[str], bool], ending: bytes = b""
) -> Iterator[Member]:
    """The entries of a central directory that `wants` names, in its order.

    Only names with this `ending` are looked at: some wheels have tens of thousands.
    """
    size, stop, heading = _ENTRY.size, 0, _HEADING.unpack_from
    while (start := stop) + size <= len(directory):
        signature, name_length, extra_length, comment_length = heading(directory, start)
        extra = start + size + name_length
        stop = extra + extra_length + comment_length
        if signature != _SIGNATURE or stop > len(directory):
            raise ZipError("a damaged central directory")
        if not directory.endswith(ending, start + size, extra):
            continue
        name = directory[start + size : extra].decode("utf-8", "replace")
        if wants(name):
            yield _member(name, directory, start, directory[extra : extra + extra_length])


def _member(name: str, directory: bytes, start: int, extra: bytes) -> Member:
    entry = _ENTRY.unpack_from(directory, start)
    _, _, _, flags, method, _, _, _, compressed, size, *_, offset = entry
    size, compressed, offset = _widened(extra, size, compressed, offset)
    return Member(name, method, compressed, size, offset, bool(flags & _ENCRYPTED))


def last_members(end: bytes, wants: Callable[[str], bool], ending: bytes = b"") -> Iterator[Member]:
    """The same of the end of a central directory, which may begin amid an entry.

    From the first signature on each entry has to lead to the next; what only looked like one
    leads to none, or to a `ZipError`.
    """
    start = end.find(_SIGNATURE)
    return members(end[start:], wants, ending) if start >= 0 else iter(())


def _widened(extra: bytes, *values: int) -> list[int]:
    """zip64: values that do not fit stand, in this order, in extra field 1."""
    wide = iter(_extra_field(extra, 1))
    return [next(wide, value) if value == _MAX32 else value for value in values]


def _extra_field(extra: bytes, wanted: int) -> tuple[int, ...]:
    while len(extra) >= 4:
        kind, length = struct.unpack_from("<2H", extra)
        if kind == wanted:
            data = extra[4 : 4 + length]
            return struct.unpack_from(f"<{len(data) // 8}Q", data)
        extra = extra[4 + length :]
    return ()


def data_start(member: Member, local_header: bytes) -> int:
    """Where a member's data begins: only its local header knows how long that one is."""
    if len(local_header) < _LOCAL.size or local_header[:4] != b"PK\x03\x04":
        raise ZipError(f"no local header for {member.name}")
    lengths: tuple[int, int] = _LOCAL.unpack_from(local_header)[-2:]
    return member.offset + _LOCAL.size + sum(lengths)


def content(member: Member, data: bytes, limit: int) -> bytes:
    """The member's content out of its `data`; more than `limit` bytes are a `ZipError`."""
    if member.encrypted:
        raise ZipError(f"{member.name} is encrypted")
    match member.method:
        case 0:
            inflated = data[: member.compressed]
        case 8:
            inflated = _inflated(member, data[: member.compressed], limit)
        case method:
            raise ZipError(f"{member.name} is compressed by method {method}")
    if len(inflated) > limit:
        raise ZipError(f"{member.name} is larger than {limit} bytes")
    return inflated


def _inflated(member: Member, data: bytes, limit: int) -> bytes:
    try:
        # One byte more than allowed is enough to know.
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, limit + 1)
    except zlib.error as error:
        raise ZipError(f"{member.name}: {error}") from error
