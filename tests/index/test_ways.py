"""How servers are reached: through proxies, over HTTP/2, from one server to the next."""

from __future__ import annotations

import asyncio
import json
import select
import socket
import ssl
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

import httpcore
import pytest
import trustme
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import RequestReceived
from packaging.utils import canonicalize_name

from conflictlens.errors import IndexTLSFailure, IndexUnreachable
from conflictlens.index.configuration import IndexSources
from conflictlens.index.records import Metadata
from conflictlens.index.remote import RemoteIndex, open_index
from tests.index.opening import metadata_of, opened
from tests.served_index import JSON_TYPE, Fault, Universe, Variant, served

A = canonicalize_name("a")
UNIVERSE: Universe = {"a": {"1.0": ["b"]}}
AUTHORITY = trustme.CA()

# --- proxies ---------------------------------------------------------------------------------


class _Proxy(ThreadingHTTPServer):
    """Passes requests on, and notes each with the credentials that it came with."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Forwarding)
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_side=True)
        self.scheme = "http" if tls is None else "https"
        self.seen: list[tuple[str, str, str | None]] = []

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.server_port}"

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that leaves is no error."""


class _Forwarding(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Proxy

    def log_message(self, format: str, *args: object) -> None:
        pass

    def _note(self) -> None:
        self.server.seen.append((self.command, self.path, self.headers.get("Proxy-Authorization")))

    def do_GET(self) -> None:
        self._note()
        parts = urlsplit(self.path)
        connection = HTTPConnection(parts.netloc)
        connection.request("GET", parts.path, headers=dict(self.headers))
        answer = connection.getresponse()
        body = answer.read()
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.headers.get("Content-Type", ""))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        connection.close()

    def do_CONNECT(self) -> None:
        self._note()
        host, _, port = self.path.rpartition(":")
        with socket.create_connection((host, int(port))) as server:
            self.send_response(200)
            self.end_headers()
            ends = {self.connection: server, server: self.connection}
            while True:
                for ready in select.select(list(ends), [], [])[0]:
                    data = ready.recv(65_536)
                    if not data:
                        self.close_connection = True
                        return
                    ends[ready].sendall(data)


@contextmanager
def proxying(tls: ssl.SSLContext | None = None) -> Iterator[_Proxy]:
    with _Proxy(tls) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def proxy() -> Iterator[_Proxy]:
    with proxying() as server:
        yield server


@pytest.fixture
def tls() -> ssl.SSLContext:
    """What a server at 127.0.0.1 shows; `bundle` is who vouches for it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    AUTHORITY.issue_cert("127.0.0.1").configure_cert(context)
    return context


@pytest.fixture
def bundle(tmp_path: Path) -> str:
    path = tmp_path / "ca.pem"
    AUTHORITY.cert_pem.write_to_path(str(path))
    return str(path)


@pytest.fixture(autouse=True)
def no_proxies_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http", "https", "all", "no"):
        monkeypatch.delenv(f"{name}_proxy", raising=False)
        monkeypatch.delenv(f"{name.upper()}_PROXY", raising=False)


def through(
    proxy: str, url: str, cert: str | None = None, trusted: tuple[str, ...] = ()
) -> RemoteIndex:
    sources = IndexSources(index_urls=(url,), proxy=proxy, cert=cert, trusted_hosts=trusted)
    return open_index(sources, use_cache=False, environ={"HOME": "/nonexistent"})


def test_a_named_proxy_is_on_the_way_to_pages_and_files(proxy: _Proxy) -> None:
    with served(UNIVERSE) as server, through(proxy.url, server.url) as index:
        assert isinstance(metadata_of(index, "a"), Metadata)
    file = server.file_url("a-1.0-py3-none-any.whl.metadata")
    assert proxy.seen == [("GET", f"{server.url}/a/", None), ("GET", file, None)]


def test_a_proxy_is_told_its_own_credentials_and_no_others(proxy: _Proxy) -> None:
    url = proxy.url.replace("://", "://me:s%3Acret@")
    with served(UNIVERSE) as server, through(url, server.url) as index:
        assert index.project(A).found
    assert [credentials for *_, credentials in proxy.seen] == ["Basic bWU6czpjcmV0"]
    assert all("authorization" not in request.headers for request in server.requests)


def test_a_proxy_without_a_scheme_speaks_http(proxy: _Proxy) -> None:
    bare = proxy.url.removeprefix("http://")
    with served(UNIVERSE) as server, through(bare, server.url) as index:
        assert index.project(A).found
    assert len(proxy.seen) == 1


@pytest.mark.parametrize("trusted", [(), ("127.0.0.1",)], ids=["named", "trusted"])
def test_an_encrypted_server_is_reached_through_a_tunnel(
    trusted: tuple[str, ...], proxy: _Proxy, tls: ssl.SSLContext, bundle: str
) -> None:
    cert = None if trusted else bundle
    with (
        served(UNIVERSE, Variant(tls=tls)) as server,
        through(proxy.url, server.url, cert, trusted) as index,
    ):
        assert isinstance(metadata_of(index, "a"), Metadata)
    host = server.origin.removeprefix("https://")
    assert proxy.seen == [("CONNECT", host, None)]


def test_the_certificate_of_a_proxy_is_checked(tls: ssl.SSLContext, bundle: str) -> None:
    with served(UNIVERSE) as server, proxying(tls) as proxy:
        with through(proxy.url, server.url, bundle) as index:
            assert index.project(A).found
        with through(proxy.url, server.url) as index, pytest.raises(IndexTLSFailure):
            index.project(A)
    assert len(proxy.seen) == 1


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def test_the_environment_names_a_proxy(
    variable: str, proxy: _Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, proxy.url)
    with served(UNIVERSE) as server, opened(server.url) as index:
        assert index.project(A).found
    assert len(proxy.seen) == 1


def test_the_environment_exempts_servers(proxy: _Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    monkeypatch.setenv("NO_PROXY", "example,127.0.0.1")
    with served(UNIVERSE) as server, opened(server.url) as index:
        assert index.project(A).found
    assert proxy.seen == []


def test_a_proxy_that_is_not_there_is_a_failure() -> None:
    with (
        served(UNIVERSE) as server,
        through("http://127.0.0.1:9", server.url) as index,
        pytest.raises(IndexUnreachable),
    ):
        index.project(A)
    assert server.count() == 0


@pytest.mark.parametrize(
    ("proxy", "reason"),
    [
        ("gopher://127.0.0.1", "Unknown scheme for proxy"),
        ("http://127.0.0.1:port", "Invalid port"),
        ("socks5://127.0.0.1", "socksio"),
    ],
)
def test_what_is_no_proxy_is_a_failure(
    proxy: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "socksio", None)
    with (
        through(proxy, "http://127.0.0.1:9/simple") as index,
        pytest.raises(IndexUnreachable, match=reason),
    ):
        index.project(A)


@pytest.mark.parametrize("variable", ["NO_PROXY", "HTTP_PROXY"])
def test_no_request_waits_for_the_pool(
    variable: str, proxy: _Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """httpx asks its client for transports; were it to stop, its own would be used."""
    pooled: list[object] = []
    monkeypatch.setattr(httpcore.AsyncConnectionPool, "handle_async_request", pooled.append)
    monkeypatch.setenv(variable, proxy.url)
    with served(UNIVERSE) as server, opened(server.url) as index:
        assert index.project(A).found
    assert pooled == []


# --- redirects -------------------------------------------------------------------------------


def test_credentials_stay_with_their_server() -> None:
    with served(UNIVERSE) as other:
        moved = Fault(301, headers={"Location": f"{other.url}/a/"})
        with (
            served({}, Variant(faults={"/simple/a/": [moved]})) as server,
            opened(server.url.replace("://", "://me:secret@")) as index,
        ):
            assert index.project(A).found
        assert "authorization" in server.requests[0].headers
        assert ["authorization" in request.headers for request in other.requests] == [False]


def test_a_redirect_to_what_is_no_server_is_a_failure() -> None:
    moved = Fault(302, headers={"Location": "file:///etc/passwd"})
    with (
        served({}, Variant(faults={"/simple/a/": [moved]})) as server,
        opened(server.url) as index,
        pytest.raises(IndexUnreachable, match="not the address of a server"),
    ):
        index.project(A)


# --- HTTP/2 ----------------------------------------------------------------------------------


class _Multiplexed(asyncio.Protocol):
    """Answers each request with a page that lists one wheel of the project in its path."""

    connections: ClassVar[list[asyncio.Transport]] = []
    requests = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self.connections.append(transport)
        self._state = H2Connection(H2Configuration(client_side=False))
        self._state.initiate_connection()
        self._transport.write(self._state.data_to_send())

    def data_received(self, data: bytes) -> None:
        for event in self._state.receive_data(data):
            if isinstance(event, RequestReceived):
                type(self).requests += 1
                path = dict(event.headers or ())[b":path"].decode()
                self._answer(event.stream_id or 0, path.split("/")[2])
        self._transport.write(self._state.data_to_send())

    def _answer(self, stream: int, name: str) -> None:
        file = {"filename": f"{name}-1.0-py3-none-any.whl", "url": f"/{name}.whl", "hashes": {}}
        page = json.dumps({"meta": {"api-version": "1.1"}, "name": name, "files": [file]}).encode()
        fields = [(":status", "200"), ("content-type", JSON_TYPE)]
        self._state.send_headers(stream, fields)
        self._state.send_data(stream, page, end_stream=True)


@contextmanager
def multiplexing(tls: ssl.SSLContext) -> Iterator[str]:
    """The URL of a server that speaks HTTP/2 alone."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    serving = loop.create_server(_Multiplexed, "127.0.0.1", 0, ssl=tls)
    server = asyncio.run_coroutine_threadsafe(serving, loop).result()
    try:
        yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/simple"
    finally:
        asyncio.run_coroutine_threadsafe(_ended(server), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _ended(server: asyncio.Server) -> None:
    server.close()
    for connection in _Multiplexed.connections:
        connection.abort()
    await asyncio.sleep(0.05)


def test_a_server_that_speaks_http2_gets_one_connection(tls: ssl.SSLContext, bundle: str) -> None:
    tls.set_alpn_protocols(["h2"])
    names = [canonicalize_name(f"p{n}") for n in range(60)]
    with multiplexing(tls) as url, opened(url, cert=bundle) as index:
        index.prefetch(names)
        assert all(len(index.project(name).distributions) == 1 for name in names)
    assert (len(_Multiplexed.connections), _Multiplexed.requests) == (1, 60)
