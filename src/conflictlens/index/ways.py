"""The way to each server: whose certificates are accepted, and through which proxy."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from functools import cached_property

import httpcore
import msgspec

from conflictlens.index.proxies import Proxies
from conflictlens.index.sockets import Sockets
from conflictlens.index.tls import checked_context, unchecked_context

_KEPT = 5.0
"""Seconds for which a connection is kept unused; servers close theirs after some more."""


class Connecting(msgspec.Struct, frozen=True):
    """How to reach servers. `deadline` is monotonic time, after which nothing is awaited."""

    cert: str | None = None
    client_cert: str | None = None
    trusted_hosts: tuple[str, ...] = ()
    proxy: str | None = None
    deadline: float | None = None


class Ways:
    """Makes connections, each of which connects with its first request."""

    def __init__(self, connecting: Connecting, environ: Mapping[str, str]) -> None:
        self._connecting = connecting
        self._environ = environ
        self._proxies = Proxies(connecting.proxy)
        self._sockets = Sockets()

    def dial_http1(self, origin: httpcore.Origin) -> httpcore.AsyncConnectionInterface:
        return self._dial(origin, http2=False)

    def dial_http2(self, origin: httpcore.Origin) -> httpcore.AsyncConnectionInterface:
        """A connection that speaks HTTP/2 if the server does, which it says over TLS alone."""
        return self._dial(origin, http2=True)

    def _dial(self, origin: httpcore.Origin, *, http2: bool) -> httpcore.AsyncConnectionInterface:
        # Not for its pool, which goes through all connections and all that wait for one with
        # each request: six seventh of the time that requests took.
        pool = httpcore.AsyncConnectionPool(
            ssl_context=self._context(origin),
            proxy=self._proxies.to(origin),
            http2=http2,
            keepalive_expiry=_KEPT,
            network_backend=self._sockets,
        )
        return pool.create_connection(origin)

    def _context(self, origin: httpcore.Origin) -> ssl.SSLContext | None:
        """Made when it is needed: reading the authorities takes as long as ten requests."""
        if origin.scheme != b"https":
            return None
        host = origin.host.decode()
        if {host, f"{host}:{origin.port}"} & set(self._connecting.trusted_hosts):
            return self._unchecked
        return self._checked

    @cached_property
    def _checked(self) -> ssl.SSLContext:
        connecting = self._connecting
        return checked_context(connecting.cert, connecting.client_cert, self._environ)

    @cached_property
    def _unchecked(self) -> ssl.SSLContext:
        return unchecked_context()
