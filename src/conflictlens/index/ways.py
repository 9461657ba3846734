"""The way to each server: whose certificates are accepted, and through which proxy."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import httpcore
import httpx
import msgspec

from conflictlens import __version__
from conflictlens.index.exchanges import Exchanges, as_httpcore
from conflictlens.index.tls import checked_context, unchecked_context

MAX_REDIRECTS = 10
_TIMEOUT = httpx.Timeout(20.0, connect=10.0)
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
    """Opens clients, with their first request each."""

    def __init__(self, connecting: Connecting, environ: Mapping[str, str]) -> None:
        self._connecting = connecting
        self._trust = _Trust(connecting, environ)
        self._clients: dict[bool, _Client] = {}

    def client(self, *, http2: bool) -> _Client:
        """The one that speaks HTTP/2 if a server does, which it says over TLS alone, or not.

        Raises `httpx.UnsupportedProtocol` and `httpx.InvalidURL` for what is no proxy.
        """
        if http2 not in self._clients:
            self._clients[http2] = self._open(http2=http2)
        return self._clients[http2]

    def proxy(self, url: str) -> str | None:
        """The proxy on the way to `url`, without its credentials; None where there is none."""
        return self.client(http2=True).proxy(url)

    async def close(self) -> None:
        for client in self._clients.values():
            await client.aclose()

    def _open(self, *, http2: bool) -> _Client:
        proxy = self._connecting.proxy
        if proxy is not None and "://" not in proxy:
            proxy = f"http://{proxy}"
        try:
            return _Client(self._trust, proxy, http2=http2)
        except ValueError as error:
            raise httpx.UnsupportedProtocol(str(error)) from error


class _Trust:
    """Contexts of TLS, made when needed: reading the authorities takes as long as ten requests."""

    def __init__(self, connecting: Connecting, environ: Mapping[str, str]) -> None:
        self._connecting = connecting
        self._environ = environ

    def context(self, origin: httpcore.Origin) -> ssl.SSLContext | None:
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


class _Cookies(httpx.Cookies):
    """Looks for cookies only where there are any: that takes as long as to send a request."""

    def extract_cookies(self, response: httpx.Response) -> None:
        if "set-cookie" in response.headers:
            super().extract_cookies(response)


class _Client(httpx.AsyncClient):
    """Goes through `Exchanges` wherever httpx would make a transport of its own.

    Whether there is a proxy on the way is httpx's to know: the one that is named, else what the
    environment says, and on Windows and macOS the settings of the system. A transport that is
    handed over would end that, so it is given where httpx asks itself for one.
    """

    def __init__(self, trust: _Trust, proxy: str | None, *, http2: bool) -> None:
        self._trust = trust
        self._http2 = http2
        super().__init__(
            timeout=_TIMEOUT,
            follow_redirects=True,
            max_redirects=MAX_REDIRECTS,
            proxy=proxy,
            headers={"User-Agent": f"conflictlens/{__version__}"},
        )
        self._cookies = _Cookies()

    def _init_transport(self, *_: Any, **_options: Any) -> httpx.AsyncBaseTransport:
        return self._exchanges(None)

    def _init_proxy_transport(
        self, proxy: httpx.Proxy, *_: Any, **_options: Any
    ) -> httpx.AsyncBaseTransport:
        url = as_httpcore(proxy.url)
        context = self._trust.context(url.origin)
        return self._exchanges(
            httpcore.Proxy(url, proxy.raw_auth, ssl_context=context), str(proxy.url)
        )

    def proxy(self, url: str) -> str | None:
        transport = self._transport_for_url(httpx.URL(url))
        return transport.proxy if isinstance(transport, Exchanges) else None

    def _exchanges(self, proxy: httpcore.Proxy | None, named: str | None = None) -> Exchanges:
        def dial(origin: httpcore.Origin) -> httpcore.AsyncConnectionInterface:
            pool = httpcore.AsyncConnectionPool(
                ssl_context=self._trust.context(origin),
                proxy=proxy,
                http2=self._http2,
                keepalive_expiry=_KEPT,
            )
            try:
                return pool.create_connection(origin)
            except ImportError as error:
                reason = "a SOCKS proxy needs the package socksio"
                raise httpx.UnsupportedProtocol(reason) from error

        return Exchanges(dial, http2=self._http2, proxy=named)
