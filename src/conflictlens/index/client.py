"""HTTP for the index: what is asked, how often, and what the answer amounts to.

Every request is bounded in bytes and in time, repeated where that can help, and ends in an
`Answer` or in an `errors.IndexFailure`; no exception of httpcore gets out.
"""

from __future__ import annotations

import asyncio
import ssl
import zlib
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Protocol
from urllib.parse import urljoin, urlsplit

import httpcore
import msgspec
from msgspec.structs import replace

from conflictlens.errors import (
    BudgetSpent,
    IndexMalformed,
    IndexTLSFailure,
    IndexUnauthorized,
    IndexUnreachable,
)
from conflictlens.index.codings import Decoder, decoders
from conflictlens.index.credentials import Credentials, split_credentials
from conflictlens.index.exchanges import Exchanges
from conflictlens.index.messages import get_request, lower_case
from conflictlens.index.records import IndexStats
from conflictlens.index.ways import Connecting, Ways

MEGABYTE = 1_000_000
PAGE_LIMIT = 100 * MEGABYTE
MAX_REDIRECTS = 10
_REDIRECT_LIMIT = 65_536
BACKOFF = (0.25, 0.5, 1.0)
"""Seconds before each repetition, at least; a Retry-After of the server counts instead."""
LONGEST_RETRY_AFTER = 30.0
_WORTH_REPEATING = frozenset((408, 425, 429, 500, 502, 503, 504))
_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_BROKEN = (
    httpcore.NetworkError,
    httpcore.TimeoutException,
    httpcore.ProtocolError,
    httpcore.ProxyError,
)


class Answer(msgspec.Struct, frozen=True):
    """What a server said. `complete` is False where the body was cut off at the limit.

    `url` is the one after redirects; header names are in lower case.
    """

    url: str
    status: int
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)
    body: bytes = b""
    complete: bool = True

    def require_success(self) -> None:
        """Raises what stands for any status but 2xx."""
        match self.status:
            case 200 | 203 | 206:
                return
            case 401 | 403 | 407:
                raise IndexUnauthorized(self.url, f"HTTP status {self.status}")
            case _:
                raise IndexUnreachable(self.url, f"HTTP status {self.status}")


class Sink(Protocol):
    """Takes a body piece by piece; `feed` returns True when it has had enough.

    `whole` is True where a part of the body is of no use.
    """

    @property
    def whole(self) -> bool: ...

    def feed(self, data: bytes) -> bool: ...


class _Buffer(msgspec.Struct):
    data: bytearray = msgspec.field(default_factory=bytearray)
    whole: bool = True

    def feed(self, data: bytes) -> bool:
        self.data += data
        return False


class _Setback(msgspec.Struct, frozen=True):
    """An attempt that failed in a way that another may not; `wait` is the server's wish."""

    reason: str
    wait: float = 0.0


class Client:
    """Asks servers, within the deadline; counts requests and bytes into `stats`."""

    def __init__(
        self,
        connecting: Connecting,
        credentials: Credentials,
        environ: Mapping[str, str],
        stats: IndexStats,
    ) -> None:
        self._deadline = connecting.deadline
        self._credentials = credentials
        self._stats = stats
        ways = Ways(connecting, environ)
        self._multiplexed = Exchanges(ways.dial_http2, http2=True)
        self._plain = Exchanges(ways.dial_http1, http2=False)

    async def get(
        self, url: str, headers: Mapping[str, str] | None = None, *, limit: int = PAGE_LIMIT
    ) -> Answer:
        """The answer with up to `limit` bytes of body, decoded; a longer one is cut off.

        A body whose announced length is over the limit is not read at all.
        """
        return await self._buffered(url, headers or {}, limit, self._multiplexed)

    async def get_part(self, url: str, headers: Mapping[str, str], *, limit: int) -> Answer:
        """The same for an answer that may turn out to be far longer than wanted.

        Over HTTP/1.1, where leaving early closes the connection: httpcore does not reset a
        stream of HTTP/2, whose server would go on to send up to 16 MB.
        """
        return await self._buffered(url, headers, limit, self._plain)

    async def stream(self, url: str, new_sink: Callable[[], Sink], *, limit: int) -> Answer:
        """Pours an archive into a new sink, until it has enough or `limit` bytes came."""
        headers = {"Accept-Encoding": "identity"}
        return await self._repeat(url, headers, new_sink, limit, self._plain)

    async def _buffered(
        self, url: str, headers: Mapping[str, str], limit: int, exchanges: Exchanges
    ) -> Answer:
        buffer = _Buffer()

        def new_buffer() -> Sink:
            nonlocal buffer
            buffer = _Buffer()
            return buffer

        answer = await self._repeat(url, headers, new_buffer, limit, exchanges)
        return replace(answer, body=bytes(buffer.data))

    async def close(self) -> None:
        await self._multiplexed.close()
        await self._plain.close()

    async def _repeat(
        self,
        url: str,
        headers: Mapping[str, str],
        new_sink: Callable[[], Sink],
        limit: int,
        exchanges: Exchanges,
    ) -> Answer:
        async with self._in_time(url):
            outcome = await self._attempt(exchanges, url, headers, new_sink(), limit)
            for pause in BACKOFF:
                if isinstance(outcome, Answer) or outcome.wait > LONGEST_RETRY_AFTER:
                    break
                await asyncio.sleep(max(pause, outcome.wait))
                outcome = await self._attempt(exchanges, url, headers, new_sink(), limit)
        if isinstance(outcome, _Setback):
            raise IndexUnreachable(url, outcome.reason)
        return outcome

    @asynccontextmanager
    async def _in_time(self, url: str) -> AsyncIterator[None]:
        try:
            # The loop's clock is time.monotonic, that of the deadline.
            async with asyncio.timeout_at(self._deadline) as timeout:
                yield
        except TimeoutError as error:
            if not timeout.expired():
                raise
            raise BudgetSpent(url, "while waiting for an answer") from error

    async def _attempt(
        self,
        exchanges: Exchanges,
        url: str,
        headers: Mapping[str, str],
        sink: Sink,
        limit: int,
    ) -> Answer | _Setback:
        try:
            with _translated(url):
                return await self._follow(exchanges, url, headers, sink, limit)
        except _BROKEN as error:
            return _Setback(str(error) or type(error).__name__)

    async def _follow(
        self,
        exchanges: Exchanges,
        url: str,
        headers: Mapping[str, str],
        sink: Sink,
        limit: int,
    ) -> Answer | _Setback:
        """The answer after redirects, if there are any."""
        bare, credentials = split_credentials(url)
        pair = credentials or self._credentials.of(bare)
        for _ in range(MAX_REDIRECTS + 1):
            self._stats.requests += 1
            request = get_request(bare, headers, pair)
            async with exchanges.exchange(request) as response:
                fields = lower_case(response.headers)
                if response.status not in _REDIRECTS or "location" not in fields:
                    return await self._receive(bare, headers, response, fields, sink, limit)
                # Read to its end, the connection is free for what follows.
                await self._pour(response, fields, (), _Buffer(), _REDIRECT_LIMIT)
            moved = urljoin(bare, fields["location"])
            if urlsplit(moved)[:2] != urlsplit(bare)[:2]:
                # Credentials are for the server that they were given for.
                pair = None
            bare = moved
        raise IndexUnreachable(url, f"more than {MAX_REDIRECTS} redirects")

    async def _receive(
        self,
        url: str,
        headers: Mapping[str, str],
        response: httpcore.Response,
        fields: Mapping[str, str],
        sink: Sink,
        limit: int,
    ) -> Answer | _Setback:
        if response.status in _WORTH_REPEATING:
            return _Setback(f"HTTP status {response.status}", _retry_after(fields))
        complete = True
        if response.status < 300:
            identity = headers.get("Accept-Encoding") == "identity"
            coding = "" if identity else fields.get("content-encoding", "")
            complete = await self._pour(response, fields, decoders(coding), sink, limit)
        return Answer(url, response.status, fields, complete=complete)

    async def _pour(
        self,
        response: httpcore.Response,
        fields: Mapping[str, str],
        steps: Sequence[Decoder],
        sink: Sink,
        limit: int,
    ) -> bool:
        """Whether the body ended, or the sink had enough, within `limit` bytes."""
        announced = fields.get("content-length", "")
        if sink.whole and announced.isdigit() and int(announced) > limit:
            return False
        received = 0
        assert isinstance(response.stream, AsyncIterable)
        async for data in response.stream:
            self._stats.bytes += len(data)
            for step in steps:
                data = step.decode(data)
            received += len(data)
            if received > limit:
                return False
            if sink.feed(data):
                break
        return True


@contextmanager
def _translated(url: str) -> Iterator[None]:
    """Errors that no repetition cures, in our own words."""
    try:
        yield
    except httpcore.ConnectError as error:
        if (cause := _tls_cause(error)) is not None:
            raise IndexTLSFailure(url, cause) from error
        raise
    except zlib.error as error:
        raise IndexMalformed(url, str(error)) from error


def _tls_cause(error: BaseException | None) -> str | None:
    """Why a certificate was refused, if that is at the bottom of `error`."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return error.verify_message
        error = error.__cause__ or error.__context__
    return None


def _retry_after(headers: Mapping[str, str]) -> float:
    """RFC 9110: seconds, or a date, of which the answer's own Date is taken off."""
    value = headers.get("retry-after", "")
    if value.isdigit():
        return float(value)
    from email.utils import parsedate_to_datetime

    try:
        until = parsedate_to_datetime(value)
        return max(0.0, (until - parsedate_to_datetime(headers.get("date", ""))).total_seconds())
    except (ValueError, TypeError):
        return 0.0
