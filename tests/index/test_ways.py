"""How servers are reached: by which address, through proxies, from one server to the next."""

from __future__ import annotations

import select
import socket
import ssl
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpcore
import pytest
import trustme
from packaging.utils import canonicalize_name

from conflictlens.errors import IndexTLSFailure, IndexUnreachable
from conflictlens.index.configuration import IndexSources
from conflictlens.index.records import Metadata
from conflictlens.index.remote import RemoteIndex, open_index
from conflictlens.index.sockets import IMPATIENCE, Sockets
from tests.index.opening import metadata_of, opened
from tests.served_index import Fault, Universe, Variant, served

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
    monkeypatch.setattr(httpcore.ConnectionPool, "handle_request", pooled.append)
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


# --- sockets ---------------------------------------------------------------------------------


class _Lookups:
    """The real lookup, counted; its answer for "localhost" can be led by other addresses."""

    def __init__(self, *before: str) -> None:
        self.asked: list[str] = []
        self._before = before
        self._real = socket.getaddrinfo

    def __call__(self, host: str, port: int, *hints: Any, **named: Any) -> Any:
        if host != "localhost":
            return self._real(host, port, *hints, **named)
        self.asked.append(host)
        time.sleep(0.1)
        found = self._real("127.0.0.1", port, *hints, **named)
        dead = [(*found[0][:4], (address, port)) for address in self._before]
        return [*dead, *found]


@pytest.fixture
def lookups(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> _Lookups:
    counted = _Lookups(*getattr(request, "param", ()))
    monkeypatch.setattr(socket, "getaddrinfo", counted)
    return counted


@pytest.mark.parametrize("lookups", [(), ("127.0.0.2", "127.0.0.3")], indirect=True)
def test_a_host_is_looked_up_once_and_every_address_tried(lookups: _Lookups) -> None:
    names = [canonicalize_name(f"p{n}") for n in range(60)]
    universe: Universe = {name: {"1.0": []} for name in names}
    with (
        served(universe) as server,
        opened(server.url.replace("127.0.0.1", "localhost")) as index,
    ):
        index.prefetch(names)
        assert all(index.project(name).found for name in names)
    assert lookups.asked == ["localhost"]


@pytest.mark.parametrize("lookups", [("127.0.0.2",)], indirect=True)
def test_an_address_that_is_silent_is_not_waited_for_long(lookups: _Lookups) -> None:
    with served(UNIVERSE) as server, ExitStack() as silence:
        port = urlsplit(server.url).port
        assert port is not None
        # Who listens and accepts nobody is silent once its queue is full.
        silence.enter_context(socket.create_server(("127.0.0.2", port), backlog=0))
        for _ in range(4):
            queued = silence.enter_context(socket.socket())
            queued.setblocking(False)
            queued.connect_ex(("127.0.0.2", port))
        sockets, seconds = Sockets(), []
        for _ in range(2):
            started = time.monotonic()
            sockets.connect_tcp("localhost", port, timeout=10).close()
            seconds.append(time.monotonic() - started)
    assert IMPATIENCE <= seconds[0] < IMPATIENCE + 2
    assert seconds[1] < 1


def test_a_host_that_can_not_be_found_is_a_setback() -> None:
    for name in ("nowhere.invalid", "x" * 70 + ".example"):
        with pytest.raises(httpcore.ConnectError):
            Sockets().connect_tcp(name, 80, timeout=10)
