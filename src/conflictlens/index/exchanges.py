"""Connections to servers, kept from one request to the next.

How many requests there are at once is decided where they are begun (see `background`): one that
finds no free connection opens its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpcore

Dial = Callable[[httpcore.Origin], httpcore.AsyncConnectionInterface]
"""Gives a connection to a server, which connects with its first request."""


class Exchanges:
    """Sends requests over free connections, and opens one where there is none.

    A server that speaks HTTP/2 gets one connection for all. Whether it does shows when the first
    is made, which others wait for; where it does not, each request has a connection of its own.
    """

    def __init__(self, dial: Dial, *, http2: bool) -> None:
        self._dial = dial
        self._http2 = http2
        self._open: set[httpcore.AsyncConnectionInterface] = set()
        self._free: defaultdict[_Server, list[httpcore.AsyncConnectionInterface]]
        self._free = defaultdict(list)
        self._shared: dict[_Server, httpcore.AsyncConnectionInterface] = {}
        self._single: set[_Server] = set()

    @asynccontextmanager
    async def exchange(self, request: httpcore.Request) -> AsyncIterator[httpcore.Response]:
        """The response, its body yet to be read; left early, its connection is closed."""
        origin = request.url.origin
        server = (origin.scheme, origin.host, origin.port)
        connection, response = await self._sent(request, server)
        try:
            yield response
        finally:
            await response.aclose()
            if self._shared.get(server) is not connection:
                self._give_back(server, connection)

    async def close(self) -> None:
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
