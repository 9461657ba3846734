"""Connections to servers, kept from one request to the next.

httpx's own way there is httpcore's pool, which goes through all connections and all that wait for
one with each request: measured, nine tenths of the time that requests took. How many requests
there are at once is decided where they are begun (see `background`): here, one that finds no free
connection opens its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import httpcore
import httpx

Dial = Callable[[httpcore.Origin], httpcore.ConnectionInterface]
"""Gives a connection to a server, which connects with its first request."""

_FAILURES = (
    httpcore.NetworkError,
    httpcore.TimeoutException,
    httpcore.ProtocolError,
    httpcore.ProxyError,
)


class Exchanges(httpx.BaseTransport):
    """Sends requests over free connections, and opens one where there is none. Any thread may.

    `proxy` is the address of what they go through, without credentials.
    """

    def __init__(self, dial: Dial, *, proxy: str | None = None) -> None:
        self.proxy = proxy
        self._dial = dial
        self._closed = False
        self._free: defaultdict[_Server, list[httpcore.ConnectionInterface]] = defaultdict(list)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The response, its body yet to be read; left early, its connection is closed."""
        if request.url.scheme not in ("http", "https") or not request.url.host:
            raise httpx.UnsupportedProtocol("not the address of a server", request=request)
        sent = httpcore.Request(
            request.method,
            as_httpcore(request.url),
            headers=request.headers.raw,
            extensions=request.extensions,
        )
        origin = sent.url.origin
        server = (origin.scheme, origin.host, origin.port)
        with _as_httpx():
            connection = self._connection(origin, server)
            try:
                response = connection.handle_request(sent)
            except BaseException:
                self._give_back(server, connection)
                raise

        def done() -> None:
            response.close()
            self._give_back(server, connection)

        assert isinstance(response.stream, Iterable)
        return httpx.Response(
            response.status,
            headers=response.headers,
            stream=_Body(response.stream, done),
            extensions=response.extensions,
        )

    def close(self) -> None:
        """Those that carry a request are closed with its end."""
        self._closed = True
        for server in list(self._free):
            self._close_free(server)

    def _close_free(self, server: _Server) -> None:
        while (connection := self._taken(server)) is not None:
            connection.close()

    def _taken(self, server: _Server) -> httpcore.ConnectionInterface | None:
        try:
            return self._free[server].pop()
        except IndexError:
            return None

    def _connection(self, origin: httpcore.Origin, server: _Server) -> httpcore.ConnectionInterface:
        while (connection := self._taken(server)) is not None:
            if not connection.has_expired():
                return connection
            connection.close()
        return self._dial(origin)

    def _give_back(self, server: _Server, connection: httpcore.ConnectionInterface) -> None:
        if connection.is_idle() and connection.is_available():
            self._free[server].append(connection)
            if self._closed:
                self._close_free(server)


_Server = tuple[bytes, bytes, int]
"""Scheme, host and port; an `httpcore.Origin` can't be a key."""


class _Body(httpx.SyncByteStream):
    """The body of a response; closing it, once, frees the connection."""

    def __init__(self, stream: Iterable[bytes], done: Callable[[], None]) -> None:
        self._stream = stream
        self._done = done

    def __iter__(self) -> Iterator[bytes]:
        with _as_httpx():
            yield from self._stream

    def close(self) -> None:
        self._done()


def as_httpcore(url: httpx.URL) -> httpcore.URL:
    return httpcore.URL(
        scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
    )


@contextmanager
def _as_httpx() -> Iterator[None]:
    """httpx calls its errors as httpcore does."""
    try:
        yield
    except _FAILURES as error:
        named: type[httpx.TransportError] = getattr(httpx, type(error).__name__)
        raise named(str(error)) from error
