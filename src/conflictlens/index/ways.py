"""The way to each server: whose certificates are accepted, and through which proxy."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from functools import cached_property
from threading import Lock
from typing import Any

import httpcore
import httpx
import msgspec

from conflictlens import __version__
from conflictlens.index.exchanges import Exchanges, as_httpcore
from conflictlens.index.sockets import Sockets
from conflictlens.index.tls import checked_context, unchecked_context

MAX_REDIRECTS = 10
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
    """The client that goes there, opened with its first request."""

    def __init__(self, connecting: Connecting, environ: Mapping[str, str]) -> None:
        self._connecting = connecting
        self._trust = _Trust(connecting, environ)
        self._lock = Lock()
        self._opened: _Client | None = None

    @property
    def client(self) -> _Client:
        """Raises `httpx.UnsupportedProtocol` and `httpx.InvalidURL` for what is no proxy."""
        with self._lock:
            if self._opened is None:
                self._opened = self._open()
            return self._opened

    def proxy(self, url: str) -> str | None:
        """The proxy on the way to `url`, without its credentials; None where there is none."""
        return self.client.proxy(url)

    def close(self) -> None:
        if self._opened is not None:
            self._opened.end()

    def _open(self) -> _Client:
        proxy = self._connecting.proxy
        if proxy is not None and "://" not in proxy:
            proxy = f"http://{proxy}"
        try:
            return _Client(self._trust, proxy)
        except ValueError as error:
            raise httpx.UnsupportedProtocol(str(error)) from error


class _Trust:
    """Contexts of TLS, made when needed: reading the authorities takes as long as ten requests."""

    def __init__(self, connecting: Connecting, environ: Mapping[str, str]) -> None:
        self._connecting = connecting
        self._environ = environ
        self._lock = Lock()

    def context(self, origin: httpcore.Origin) -> ssl.SSLContext | None:
        if origin.scheme != b"https":
            return None
        host = origin.host.decode()
        is_trusted = {host, f"{host}:{origin.port}"} & set(self._connecting.trusted_hosts)
        with self._lock:
            # Connections are opened side by side: one of them makes it for all.
            return self._unchecked if is_trusted else self._checked

    @cached_property
    def _checked(self) -> ssl.SSLContext:
        connecting = self._connecting
        return checked_context(connecting.cert, connecting.client_cert, self._environ)

    @cached_property
    def _unchecked(self) -> ssl.SSLContext:
        return unchecked_context()


class _Cookies(httpx.Cookies):
    """Looks for cookies only where there are any: that takes as long as to send a request."""

    def extract_cookies(self, response: httpx.Response) -> None:
        if "set-cookie" in response.headers:
            super().extract_cookies(response)


class _Client(httpx.Client):
    """Goes through `Exchanges` wherever httpx would make a transport of its own.

    Whether there is a proxy on the way is httpx's to know: the one that is named, else what the
    environment says, and on Windows and macOS the settings of the system. A transport that is
    handed over would end that, so it is given where httpx asks itself for one.
    """

    def __init__(self, trust: _Trust, proxy: str | None) -> None:
        self._trust = trust
        self._sockets = Sockets()
        super().__init__(
            follow_redirects=True,
            max_redirects=MAX_REDIRECTS,
            proxy=proxy,
            headers={"User-Agent": f"conflictlens/{__version__}"},
        )
        self._cookies = _Cookies()

    def _init_transport(self, *_: Any, **_options: Any) -> httpx.BaseTransport:
        return self._exchanges(None)

    def _init_proxy_transport(
        self, proxy: httpx.Proxy, *_: Any, **_options: Any
    ) -> httpx.BaseTransport:
        url = as_httpcore(proxy.url)
        context = self._trust.context(url.origin)
        return self._exchanges(
            httpcore.Proxy(url, proxy.raw_auth, ssl_context=context), str(proxy.url)
        )

    def end(self) -> None:
        """Close it, under those too who wait for an answer."""
        self.close()
        self._sockets.abort()

    def proxy(self, url: str) -> str | None:
        transport = self._transport_for_url(httpx.URL(url))
        return transport.proxy if isinstance(transport, Exchanges) else None

    def _exchanges(self, proxy: httpcore.Proxy | None, named: str | None = None) -> Exchanges:
        def dial(origin: httpcore.Origin) -> httpcore.ConnectionInterface:
            pool = httpcore.ConnectionPool(
                ssl_context=self._trust.context(origin),
                proxy=proxy,
                keepalive_expiry=_KEPT,
                network_backend=self._sockets,
            )
            try:
                return pool.create_connection(origin)
            except ImportError as error:
                reason = "a SOCKS proxy needs the package socksio"
                raise httpx.UnsupportedProtocol(reason) from error

        return Exchanges(dial, proxy=named)
