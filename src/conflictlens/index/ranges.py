"""Members of a remote zip archive by HTTP range requests (RFC 9110, section 14).

First the end of the archive, which holds the central directory and in most wheels METADATA too,
then what is missing. A server that sends the whole file instead is stopped at once, unless the
file is small.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

import msgspec

from conflictlens.index.client import MEGABYTE, Answer, Client
from conflictlens.index.zip_directory import (
    LOCAL_HEADER_SIZE,
    Member,
    Span,
    ZipError,
    content,
    data_start,
    directory_span,
    last_members,
    members,
)

WHOLE_LIMIT = 5 * MEGABYTE
"""An archive up to this size is taken whole where a server does not honour ranges."""

MEMBER_LIMIT = 10 * MEGABYTE
DIRECTORY_LIMIT = 50 * MEGABYTE

TAIL = 65_536
"""Bytes of the first request. Of 180 wheels of 15 large projects 113 had their directory in that
many and 78 METADATA too; of half as many bytes 81 and 52."""

SHORT_TAIL = 16_384
"""The same where the last archive of the project had a longer directory: of that only the last
entries are wanted, and METADATA is never behind it. Of 300 wheels it saved 30 % of the CPU."""

_EXTRA_ALLOWANCE = 64

_CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")


class Unreachable(msgspec.Struct, frozen=True):
    """Why an archive can't be looked into, as a clause for a note."""

    reason: str


class RangeReader:
    """Opens remote zip archives; remembers which hosts honour ranges, and which do not."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._honouring: set[str] = set()
        self._no_suffix: set[str] = set()
        self._no_ranges: set[str] = set()
        self._large: set[str] = set()

    def open(self, url: str) -> RemoteZip | Unreachable:
        """The archive at `url`; raises `ZipError` where it is none."""
        host = urlsplit(url).netloc
        if host in self._no_ranges:
            return self._whole(url)
        if host in self._no_suffix:
            return self._from_length(url, self._client.get(url, _IDENTITY, limit=0))
        answer = self._range(url, f"-{self._tail_of(url)}", WHOLE_LIMIT)
        if answer.status in _REFUSED:
            self._no_suffix.add(host)
            return self._from_length(url, self._client.get(url, _IDENTITY, limit=0))
        return self._opened(answer) or self._from_length(url, answer)

    def _from_length(self, url: str, whole: Answer) -> RemoteZip | Unreachable:
        """Tries again without a suffix range, counting from the length of the whole file."""
        if whole.status in _GONE:
            return _gone(whole)
        whole.require_success()
        host, length = urlsplit(url).netloc, whole.headers.get("content-length", "")
        if whole.headers.get("accept-ranges", "").lower() == "none" or not length.isdigit():
            self._no_ranges.add(host)
            return self._whole(url)
        self._no_suffix.add(host)
        start = max(0, int(length) - self._tail_of(url))
        answer = self._range(url, f"{start}-{int(length) - 1}", WHOLE_LIMIT)
        if (opened := self._opened(answer)) is not None:
            return opened
        self._no_ranges.add(host)
        return self._whole(url)

    def _whole(self, url: str) -> RemoteZip | Unreachable:
        answer = self._client.get(url, _IDENTITY, limit=WHOLE_LIMIT)
        return self._opened(answer) or _too_large(answer)

    def _opened(self, answer: Answer) -> RemoteZip | Unreachable | None:
        """The archive that an answer to a range request gives, None where it gives too little."""
        if answer.status in _GONE:
            return _gone(answer)
        if answer.status in _REFUSED:
            return None
        answer.require_success()
        if answer.status == 206 and (span := _CONTENT_RANGE.match(_content_range(answer))):
            start, _, total = map(int, span.groups())
            return RemoteZip(self, answer.url, answer.body, start, total)
        if answer.status == 200 and answer.complete:
            return RemoteZip(self, answer.url, answer.body, 0, len(answer.body))
        return None

    def are_honoured(self, url: str) -> bool:
        """Whether the host of `url` gave a part of a file already."""
        return urlsplit(url).netloc in self._honouring

    def _range(self, url: str, span: str, limit: int) -> Answer:
        answer = self._client.get(url, {**_IDENTITY, "Range": f"bytes={span}"}, limit=limit)
        if answer.status == 206:
            self._honouring.add(urlsplit(url).netloc)
        return answer

    def _tail_of(self, url: str) -> int:
        return SHORT_TAIL if _project(url) in self._large else TAIL

    def note_directory(self, url: str, size: int) -> None:
        """Keep in mind for the next archive of the project how far from its end one began."""
        (self._large.add if size > TAIL else self._large.discard)(_project(url))

    def bytes(self, url: str, span: Span) -> bytes:
        """Exactly the bytes of `span`."""
        answer = self._range(url, f"{span.start}-{span.stop - 1}", span.stop - span.start)
        answer.require_success()
        if answer.status != 206 or len(answer.body) != span.stop - span.start:
            raise ZipError("the server sent another range than it was asked for")
        return answer.body


_IDENTITY: Mapping[str, str] = {"Accept-Encoding": "identity"}
_REFUSED = frozenset((400, 405, 416, 501))
_GONE = frozenset((404, 410))


def _project(url: str) -> str:
    """What the files of a project have in common."""
    return urlsplit(url).path.rpartition("/")[2].partition("-")[0]


def _content_range(answer: Answer) -> str:
    return answer.headers.get("content-range", "")


def _gone(answer: Answer) -> Unreachable:
    return Unreachable(f"the file is not there (HTTP status {answer.status})")


def _too_large(answer: Answer) -> Unreachable:
    length = answer.headers.get("content-length", "")
    size = f"{int(length) / MEGABYTE:.0f} MB" if length.isdigit() else "large"
    return Unreachable(f"the server allows no range requests and the file is {size}")


class RemoteZip:
    """A zip archive of `total` bytes, of which those from `start` on are known."""

    def __init__(self, reader: RangeReader, url: str, tail: bytes, start: int, total: int) -> None:
        self.url = url
        self._reader = reader
        self._tail = tail
        self._start = start
        self._total = total

    def members(self, wants: Callable[[str], bool], ending: bytes = b"") -> dict[str, Member]:
        """The members that `wants` names; one that comes twice means the last, as in Python."""
        span = directory_span(self._tail, self._total)
        if span.stop - span.start > DIRECTORY_LIMIT:
            raise ZipError("a central directory of unreasonable size")
        return {member.name: member for member in members(self._bytes(span), wants, ending)}

    def last_members(self, wants: Callable[[str], bool], ending: bytes = b"") -> dict[str, Member]:
        """The same of those entries that are known without a further request, from the last on.

        None of them where these can't be told apart.
        """
        span = directory_span(self._tail, self._total)
        self._reader.note_directory(self.url, self._total - span.start)
        if span.stop <= self._start:
            return {}
        known = self._tail[max(0, span.start - self._start) : span.stop - self._start]
        try:
            return {member.name: member for member in last_members(known, wants, ending)}
        except ZipError:
            return {}

    def read(self, member: Member) -> bytes:
        """The member's content, up to `MEMBER_LIMIT`."""
        if member.compressed > MEMBER_LIMIT:
            raise ZipError(f"{member.name} is larger than {MEMBER_LIMIT} bytes")
        header = LOCAL_HEADER_SIZE + len(member.name.encode()) + _EXTRA_ALLOWANCE
        span = self._clipped(member.offset, member.offset + header + member.compressed)
        known = self._bytes(span)
        start = data_start(member, known)
        stop = start + member.compressed
        if stop > span.stop:
            # The local header was longer than the allowance.
            known, span = self._bytes(self._clipped(start, stop)), Span(start, stop)
        return content(member, known[start - span.start :], MEMBER_LIMIT)

    def _clipped(self, start: int, stop: int) -> Span:
        if start >= self._total:
            raise ZipError("a member outside of the archive")
        return Span(start, min(stop, self._total))

    def _bytes(self, span: Span) -> bytes:
        if span.stop <= self._start:
            return self._reader.bytes(self.url, span)
        if span.start < self._start:
            # What is missing of it joins the end that is known.
            missing = Span(span.start, self._start)
            self._tail = self._reader.bytes(self.url, missing) + self._tail
            self._start = span.start
        return self._tail[span.start - self._start : span.stop - self._start]
