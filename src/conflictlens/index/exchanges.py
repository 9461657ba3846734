"""Connections to servers, kept from one request to the next.

httpx's own way there is httpcore's pool, which goes through all connections and all that wait for
one with each request: measured, nine tenths of the time that requests took. How many requests
there are at once is decided where they are begun (see `background`): here, one that finds no free
connection opens its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager

import httpcore
import httpx

Dial = Callable[[httpcore.Origin], httpcore.AsyncConnectionInterface]
"""Gives a connection to a server, which connects with its first request."""

_FAILURES = (
    httpcore.NetworkError,
    httpcore.TimeoutException,
    httpcore.ProtocolError,
    httpcore.ProxyError,
)


class Exchanges(httpx.AsyncBaseTransport):
    """Sends requests over free connections, and opens one where there is none.

    A server that speaks HTTP/2 gets one connection for all. Whether it does shows when the first
    is made, which others wait for; where it does not, each request has a connection of its own.
    `proxy` is the address of what they go through, without credentials.
    """

    def __init__(self, dial: Dial, *, http2: bool, proxy: str | None = None) -> None:
        self.proxy = proxy
        self._dial = dial
        self._http2 = http2
        self._open: set[httpcore.AsyncConnectionInterface] = set()
        self._free: defaultdict[_Server, list[httpcore.AsyncConnectionInterface]]
        self._free = defaultdict(list)
        self._shared: dict[_Server, httpcore.AsyncConnectionInterface] = {}
        self._single: set[_Server] = set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
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
            connection, response = await self._sent(sent, server)

        async def done() -> None:
            await response.aclose()
            if self._shared.get(server) is not connection:
                self._give_back(server, connection)

        assert isinstance(response.stream, AsyncIterable)
        return httpx.Response(
            response.status,
            headers=response.headers,
            stream=_Body(response.stream, done),
            extensions=response.extensions,
        )

    async def aclose(self) -> None:
        for connection in self._open:
            await connection.aclose()

    async def _sent(
        self, request: httpcore.Request, server: _Server
    ) -> tuple[httpcore.AsyncConnectionInterface, httpcore.Response]:
        while True:
            connection = await self._connection(request.url.origin, server)
            try:
                response = await connection.handle_async_request(request)
            except httpcore.ConnectionNotAvailable:
                # It turned out to carry one request at a time, and has one.
                self._single.add(server)
                continue
            except BaseException:
                self._give_back(server, connection)
                raise
            self._note(server, connection, response.extensions.get("http_version"))
            return connection, response

    async def _connection(
        self, origin: httpcore.Origin, server: _Server
    ) -> httpcore.AsyncConnectionInterface:
        shared = self._shared.get(server)
        if shared is not None and shared.is_available() and not shared.has_expired():
            return shared
        free = self._free[server]
        while free:
            connection = free.pop()
            if not connection.has_expired():
                return connection
            self._open.discard(connection)
            await connection.aclose()
        connection = self._dial(origin)
        self._open.add(connection)
        if self._http2 and origin.scheme == b"https" and server not in self._single:
            self._shared[server] = connection
        return connection

    def _note(
        self, server: _Server, connection: httpcore.AsyncConnectionInterface, spoken: object
    ) -> None:
        if spoken == b"HTTP/2":
            self._single.discard(server)
            self._shared[server] = connection
        else:
            self._single.add(server)
            if self._shared.get(server) is connection:
                del self._shared[server]

    def _give_back(self, server: _Server, connection: httpcore.AsyncConnectionInterface) -> None:
        if connection.is_idle() and connection.is_available():
            self._free[server].append(connection)
        elif connection.is_closed():
            self._open.discard(connection)


_Server = tuple[bytes, bytes, int]
"""Scheme, host and port; an `httpcore.Origin` can't be a key."""


class _Body(httpx.AsyncByteStream):
    """The body of a response; closing it, once, frees the connection."""

    def __init__(self, stream: AsyncIterable[bytes], done: Callable[[], Awaitable[None]]) -> None:
        self._stream = stream
        self._done = done

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _as_httpx():
            async for part in self._stream:
                yield part

    async def aclose(self) -> None:
        await self._done()


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
