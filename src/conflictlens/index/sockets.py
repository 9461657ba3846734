"""What httpcore reads from and writes to: sockets on the loop of asyncio itself.

httpcore's own backend goes through anyio, which costs as much as the whole exchange besides.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import httpcore

_EYEBALLS = 0.25
"""Seconds after which a host's next address is tried beside the first (RFC 8305)."""

_UNREAD = 1_000_000
"""Bytes that may wait to be read before the sender is made to wait."""


class Sockets(httpcore.AsyncNetworkBackend):
    """Opens connections."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        loop = asyncio.get_running_loop()
        # There is one address to try; and asyncio's race drops its winner when it is cancelled.
        delay = None if _is_address(host) else _EYEBALLS
        with _translated(httpcore.ConnectTimeout, httpcore.ConnectError):
            async with asyncio.timeout(timeout):
                _, stream = await loop.create_connection(
                    Stream, host, port, happy_eyeballs_delay=delay
                )
        return stream

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        raise NotImplementedError

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class Stream(httpcore.AsyncNetworkStream, asyncio.Protocol):
    """One connection. What is written are requests, so small that no write has to wait."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._unread: deque[bytes] = deque()
        self._size = 0
        self._ended = False
        self._error: Exception | None = None
        self._reader: asyncio.Future[None] | None = None

    # What the loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._unread.append(data)
        self._size += len(data)
        if self._size > _UNREAD and self._transport is not None:
            self._transport.pause_reading()
        self._wake()

    def eof_received(self) -> None:
        self._ended = True
        self._wake()

    def connection_lost(self, error: Exception | None) -> None:
        self._ended = True
        self._error = error
        self._wake()

    def _wake(self) -> None:
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)

    # What httpcore calls.

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if not self._unread and not self._ended:
            self._reader = asyncio.get_running_loop().create_future()
            with _translated(httpcore.ReadTimeout, httpcore.ReadError):
                async with asyncio.timeout(timeout):
                    await self._reader
        if self._unread:
            return self._taken(max_bytes)
        if self._error is not None:
            raise httpcore.ReadError(str(self._error)) from self._error
        return b""

    def _taken(self, most: int) -> bytes:
        data = self._unread.popleft()
        if len(data) > most:
            self._unread.appendleft(data[most:])
            data = data[:most]
        before, self._size = self._size, self._size - len(data)
        if before > _UNREAD >= self._size and self._transport is not None and not self._ended:
            self._transport.resume_reading()
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if self._transport is None or self._transport.is_closing():
            raise httpcore.WriteError("the connection is closed")
        if buffer:
            self._transport.write(buffer)

    async def aclose(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.AsyncNetworkStream:
        assert self._transport is not None
        loop = asyncio.get_running_loop()
        try:
            with _translated(httpcore.ConnectTimeout, httpcore.ConnectError):
                async with asyncio.timeout(timeout):
                    self._transport = await loop.start_tls(
                        self._transport, self, ssl_context, server_hostname=server_hostname
                    )
        except BaseException:
            await self.aclose()
            raise
        return self

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":
            # On an idle connection that means that the server has closed it.
            return self._ended or bool(self._unread)
        return None if self._transport is None else self._transport.get_extra_info(info)


def _is_address(host: str) -> bool:
    return ":" in host or host.replace(".", "").isdigit()


@contextmanager
def _translated(timeout: type[Exception], failure: type[Exception]) -> Iterator[None]:
    try:
        yield
    except TimeoutError as error:
        raise timeout(str(error) or "timed out") from error
    except OSError as error:
        # ssl.SSLError is one.
        raise failure(str(error) or type(error).__name__) from error
