"""Sockets to servers: by addresses that are asked for once, and ended from outside.

Each connection would else ask for its host's addresses anew: with 24 at once a name server often
left some waiting for 5 s. The address that answered last is tried first, and a further one soon
where there are several: a network whose IPv6 leads nowhere says so by silence.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from contextlib import suppress
from typing import Any
from weakref import WeakSet

import httpcore

IMPATIENCE = 2.0
"""Seconds after which the next address is tried, where there is one."""


class Sockets(httpcore.SyncBackend):
    """Connects by addresses that it remembers. Any thread may ask."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._streams: WeakSet[_Stream] = WeakSet()
        self._is_over = False
        self._known: dict[tuple[str, int], Future[list[str]]] = {}

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        addresses = self._addresses(host, port, timeout)
        *others, last = addresses
        soon = IMPATIENCE if timeout is None else min(timeout, IMPATIENCE)
        for address in others:
            with suppress(httpcore.ConnectError, httpcore.ConnectTimeout):
                stream = super().connect_tcp(address, port, soon, local_address, socket_options)
                self._prefer(addresses, address)
                return _Stream(stream, self._keep)
        stream = super().connect_tcp(last, port, timeout, local_address, socket_options)
        self._prefer(addresses, last)
        return _Stream(stream, self._keep)

    def abort(self) -> None:
        """Whoever waits for a server has waited in vain."""
        with self._lock:
            self._is_over = True
            streams = list(self._streams)
        for stream in streams:
            stream.abort()

    def _keep(self, stream: _Stream) -> None:
        with self._lock:
            self._streams.add(stream)
            is_over = self._is_over
        if is_over:
            # It was on its way while the others were ended.
            stream.abort()

    def _addresses(self, host: str, port: int, timeout: float | None) -> list[str]:
        """At least one. Those who ask while a lookup is under way share it, and its failure."""
        with self._lock:
            known = self._known.get((host, port))
            is_mine = known is None
            if known is None:
                known = self._known[host, port] = Future()
        if is_mine:
            self._look_up(host, port, known)
        try:
            return known.result(timeout)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(f"no address of {host} yet") from error
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(str(error)) from error

    def _look_up(self, host: str, port: int, into: Future[list[str]]) -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            # The latter is said of a name that can't be one.
            with self._lock:
                del self._known[host, port]
            into.set_exception(error)
        else:
            into.set_result(list(dict.fromkeys(str(address[0]) for *_, address in found)))

    def _prefer(self, addresses: list[str], answered: str) -> None:
        with self._lock:
            if addresses[0] != answered:
                addresses.sort(key=lambda address: address != answered)


class _Stream(httpcore.NetworkStream):
    """A connection that another thread can end: closing a socket does not wake who reads it."""

    def __init__(self, stream: httpcore.NetworkStream, keep: Callable[[_Stream], None]) -> None:
        self._stream = stream
        self._keep = keep
        keep(self)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, timeout)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, timeout)

    def close(self) -> None:
        self._stream.close()

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, timeout)
        return _Stream(stream, self._keep)

    def abort(self) -> None:
        with suppress(OSError):
            # That of `ssl` would make a read that is under way fail in a way of its own.
            socket.socket.shutdown(self._stream.get_extra_info("socket"), socket.SHUT_RDWR)
