"""HTTP for the index: what is asked, how often, and what the answer amounts to.

Every answer is bounded in bytes and in time, repeated where that can help, and ends in an
`Answer` or in an `errors.IndexFailure`; no exception of httpx gets out.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from math import inf
from threading import Lock
from typing import Protocol

import httpx
import msgspec
from msgspec.structs import replace

from conflictlens.errors import (
    BudgetSpent,
    IndexMalformed,
    IndexTLSFailure,
    IndexUnauthorized,
    IndexUnreachable,
)
from conflictlens.index.credentials import Credentials, split_credentials
from conflictlens.index.records import IndexStats
from conflictlens.index.ways import MAX_REDIRECTS, Connecting, Ways

MEGABYTE = 1_000_000
PAGE_LIMIT = 100 * MEGABYTE
BACKOFF = (0.25, 0.5, 1.0)
"""Seconds before each repetition, at least; a Retry-After of the server counts instead."""
LONGEST_RETRY_AFTER = 30.0
CONNECT, ANSWER = 10.0, 20.0
"""Seconds for a connection, and for each piece of an answer."""
_WORTH_REPEATING = frozenset((408, 425, 429, 500, 502, 503, 504))


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
        self._lock = Lock()
        self._ways = Ways(connecting, environ)

    def get(
        self, url: str, headers: Mapping[str, str] | None = None, *, limit: int = PAGE_LIMIT
    ) -> Answer:
        """The answer with up to `limit` bytes of body, decoded; a longer one is cut off.

        A body whose announced length is over the limit is not read at all.
        """
        buffer = _Buffer()

        def new_buffer() -> Sink:
            nonlocal buffer
            buffer = _Buffer()
            return buffer

        answer = self._repeat(url, headers or {}, new_buffer, limit)
        return replace(answer, body=bytes(buffer.data))

    def stream(self, url: str, new_sink: Callable[[], Sink], *, limit: int) -> Answer:
        """Pours an archive into a new sink, until it has enough or `limit` bytes came."""
        headers = {"Accept-Encoding": "identity"}
        return self._repeat(url, headers, new_sink, limit)

    def open(self) -> None:
        """Nothing is sent. Raises IndexUnreachable where the proxy that is named can be none."""
        with _translated(""):
            _ = self._ways.client

    def proxy(self, url: str) -> str | None:
        """The proxy through which `url` is asked. Raises IndexUnreachable for what is no URL."""
        with _translated(url):
            return self._ways.proxy(url)

    def close(self) -> None:
        self._ways.close()

    def _repeat(
        self, url: str, headers: Mapping[str, str], new_sink: Callable[[], Sink], limit: int
    ) -> Answer:
        outcome = self._attempt(url, headers, new_sink(), limit)
        for pause in BACKOFF:
            if isinstance(outcome, Answer) or outcome.wait > LONGEST_RETRY_AFTER:
                break
            self._pause(url, max(pause, outcome.wait))
            outcome = self._attempt(url, headers, new_sink(), limit)
        if isinstance(outcome, _Setback):
            raise IndexUnreachable(url, outcome.reason)
        return outcome

    def _left(self, url: str) -> float:
        """Seconds until the deadline; raises BudgetSpent where it has passed."""
        left = inf if self._deadline is None else self._deadline - time.monotonic()
        if left <= 0:
            raise BudgetSpent(url, "while waiting for an answer")
        return left

    def _pause(self, url: str, seconds: float) -> None:
        time.sleep(min(seconds, self._left(url)))
        self._left(url)

    def _attempt(
        self, url: str, headers: Mapping[str, str], sink: Sink, limit: int
    ) -> Answer | _Setback:
        self._count(requests=1)
        try:
            with _translated(url):
                client = self._ways.client
                request, auth = self._request(client, url, headers)
                response = client.send(request, auth=auth, stream=True)
                try:
                    return self._receive(url, response, sink, limit)
                finally:
                    self._count(len(response.history), response.num_bytes_downloaded)
                    response.close()
        except httpx.TransportError as error:
            self._left(url)
            return _Setback(str(error) or type(error).__name__)

    def _count(self, requests: int, received: int = 0) -> None:
        with self._lock:
            self._stats.requests += requests
            self._stats.bytes += received

    def _request(
        self, client: httpx.Client, url: str, headers: Mapping[str, str]
    ) -> tuple[httpx.Request, httpx.Auth | None]:
        bare, credentials = split_credentials(url)
        pair = credentials or self._credentials.of(bare)
        left = self._left(url)
        timeout = httpx.Timeout(min(ANSWER, left), connect=min(CONNECT, left))
        request = client.build_request("GET", bare, headers=headers, timeout=timeout)
        return request, None if pair is None else httpx.BasicAuth(*pair)

    def _receive(
        self, url: str, response: httpx.Response, sink: Sink, limit: int
    ) -> Answer | _Setback:
        status, headers = response.status_code, dict(response.headers.items())
        if status in _WORTH_REPEATING:
            return _Setback(f"HTTP status {status}", _retry_after(headers))
        complete = status >= 300 or self._pour(url, response, sink, limit)
        return Answer(str(response.url), status, headers, complete=complete)

    def _pour(self, url: str, response: httpx.Response, sink: Sink, limit: int) -> bool:
        """Whether the body ended, or the sink had enough, within `limit` bytes."""
        announced = response.headers.get("content-length", "")
        if sink.whole and announced.isdigit() and int(announced) > limit:
            return False
        received = 0
        identity = response.request.headers.get("accept-encoding") == "identity"
        for data in response.iter_raw() if identity else response.iter_bytes():
            self._left(url)
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
    except httpx.ConnectError as error:
        if (cause := _tls_cause(error)) is not None:
            raise IndexTLSFailure(url, cause) from error
        raise
    except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
        raise IndexUnreachable(url, str(error)) from error
    except httpx.TooManyRedirects as error:
        raise IndexUnreachable(url, f"more than {MAX_REDIRECTS} redirects") from error
    except httpx.DecodingError as error:
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
