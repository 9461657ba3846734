"""Certificates, proxies, indexes and the clock, with real servers on 127.0.0.1."""

from __future__ import annotations

import os
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
import trustme

from conflictlens.doctor.network import (
    Authorities,
    Connected,
    Unconnected,
    Unusable,
    connect,
    judge_certificates,
    judge_clock,
    judge_indexes,
    judge_proxies,
    probe_certificates,
)
from conflictlens.doctor.records import Check, State
from conflictlens.errors import IndexMalformed, IndexTLSFailure
from conflictlens.index.configuration import IndexSources
from conflictlens.index.reached import NoWay, Reach, Reached, Unreached
from conflictlens.index.reaching import reach
from tests.served_index import Fault, Universe, Variant, served

UNIVERSE: Universe = {"pip": {"1.0": []}}
NOWHERE = {"HOME": "/nonexistent"}


def reached(
    *urls: str, seconds: float = 20.0, cert: str | None = None, proxy: str | None = None
) -> tuple[Reach, ...]:
    sources = IndexSources(urls, cert=cert, proxy=proxy)
    return reach(sources, "pip", NOWHERE, seconds)


def judged(*urls: str, seconds: float = 20.0, cert: str | None = None) -> list[Check]:
    sources = IndexSources(urls)
    return list(judge_indexes(sources, reached(*urls, seconds=seconds, cert=cert), "pip"))


def states(*urls: str, cert: str | None = None) -> list[State]:
    return [check.state for check in judged(*urls, cert=cert)]


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


@contextmanager
def closed_port() -> Iterator[int]:
    """A port that nobody listens on, and that nobody else is given meanwhile."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


@contextmanager
def mute() -> Iterator[int]:
    """A server that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def test_an_index_that_answers() -> None:
    with served(UNIVERSE) as server:
        [one] = reached(server.url)
        assert isinstance(one, Reached)
        assert (one.status, one.files, one.proxy) == (200, 1, None)
        assert 0 < one.seconds < 20
        assert server.count() == 1
        [check] = judged(server.url)
    assert check.state is State.INDEX_ANSWERS
    assert check.facts["latency_seconds"] == pytest.approx(one.seconds, abs=5)


def test_a_slow_index(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conflictlens.doctor.network._SLOW", 0.2)
    with served(UNIVERSE, Variant(latency=0.3)) as server:
        assert states(server.url) == [State.INDEX_SLOW]


def test_credentials_are_asked_for_and_masked() -> None:
    with served(UNIVERSE, Variant(credentials=("me", "secret"))) as server:
        assert states(server.url) == [State.INDEX_UNAUTHORIZED]
        known = server.url.replace("://", "://me:secret@")
        [check] = judged(known)
        wrong = server.url.replace("://", "://me:wrong-one@")
        [refused] = judged(wrong)
    assert check.state is State.INDEX_ANSWERS
    assert "secret" not in str(check)
    assert (refused.state, "wrong-one" in str(refused)) == (State.INDEX_UNAUTHORIZED, False)


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (403, State.INDEX_FORBIDDEN),
        (407, State.INDEX_PROXY_REFUSES),
        (500, State.INDEX_UNREACHABLE),
        (404, State.INDEX_WITHOUT_PROJECT),
    ],
)
def test_what_a_status_means(status: int, state: State) -> None:
    faults = {"/simple/": [Fault(status=status, times=9)]}
    with served(UNIVERSE, Variant(faults=faults)) as server:
        [check] = judged(server.url)
    assert check.state is state
    if status == 500:
        assert check.facts["reason"] == "HTTP status 500"


def test_an_index_without_pip_is_none_unless_another_has_it() -> None:
    with served(UNIVERSE) as full, served({}) as empty:
        assert states(empty.url) == [State.INDEX_WITHOUT_PROJECT]
        assert states(full.url, empty.url) == [State.INDEX_ANSWERS, State.INDEX_ANSWERS]


EMPTY = b"<html><head><title>Links for pip</title></head></html>"


@pytest.mark.parametrize(
    ("body", "content_type", "state"),
    [
        (b"<html>Log in here</html>", "text/html", State.INDEX_MALFORMED),
        (b"<html>Log in here</html>", "application/json", State.INDEX_MALFORMED),
        (EMPTY, "text/html", State.INDEX_WITHOUT_FILES),
    ],
)
def test_what_is_no_index(body: bytes, content_type: str, state: State) -> None:
    page = Fault(status=200, body=body, content_type=content_type)
    with served(UNIVERSE, Variant(faults={"/simple/": [page]})) as server:
        assert states(server.url) == [state]


def test_a_closed_port() -> None:
    with closed_port() as port:
        [check] = judged(f"http://127.0.0.1:{port}/simple")
    assert (check.state, check.facts["reason"]) == (
        State.INDEX_UNREACHABLE,
        "Connection refused",
    )


def test_a_name_that_nobody_knows() -> None:
    [check] = judged("https://index.invalid/simple")
    assert check.state is State.INDEX_NO_NAME


def test_a_server_that_says_nothing() -> None:
    with mute() as port:
        started = time.monotonic()
        [check] = judged(f"http://127.0.0.1:{port}/simple", seconds=0.5)
    assert check.state is State.INDEX_SILENT
    assert time.monotonic() - started < 10


def test_a_certificate_that_nobody_signed(
    tls: ssl.SSLContext, authority: trustme.CA, tmp_path: Path
) -> None:
    bundle = str(tmp_path / "ca.pem")
    authority.cert_pem.write_to_path(bundle)
    with served(UNIVERSE, Variant(tls=tls)) as server:
        [check] = judged(server.url)
        assert check.state is State.INDEX_NOT_TRUSTED
        assert "issuer certificate" in str(check.facts["reason"])
        assert states(server.url, cert=bundle) == [State.INDEX_ANSWERS]


def test_a_server_without_tls() -> None:
    with served(UNIVERSE) as server:
        [check] = judged(server.url.replace("http:", "https:"))
    assert check.state is State.INDEX_UNREACHABLE
    assert "SSL" in str(check.facts["reason"])


def test_folders(tmp_path: Path) -> None:
    sources = IndexSources((f"file://{tmp_path}", "/nowhere/simple"), ("/nowhere/links",))
    found = [check.state for check in judge_indexes(sources, (), "pip")]
    assert found == [State.INDEX_FOLDER, State.INDEX_NO_FOLDER, State.LINKS_MISSING]
    none = IndexSources((), no_index=True)
    assert [one.state for one in judge_indexes(none, (), "pip")] == [State.INDEX_NONE]


def test_find_links_that_are_a_page() -> None:
    with served(UNIVERSE) as server:
        sources = IndexSources((), (f"{server.url}/pip/",), no_index=True)
        found = reach(sources, "pip", NOWHERE, 20)
        assert [c.state for c in judge_indexes(sources, found, "pip")] == [State.INDEX_ANSWERS]


def test_a_proxy_that_does_not_answer() -> None:
    with closed_port() as port:
        proxy = f"http://me:secret@127.0.0.1:{port}"
        reaches = reached("http://index.example/simple", proxy=proxy)
        [one] = reaches
        assert one == Unreached(one.url, one.failure, f"http://127.0.0.1:{port}")  # type: ignore[union-attr]
        connection = connect(f"http://127.0.0.1:{port}")
    assert connection == Unconnected(f"http://127.0.0.1:{port}", "Connection refused")
    check = judge_proxies(reaches, [connection])
    assert check.state is State.PROXY_SILENT
    [index] = judge_indexes(IndexSources(("http://index.example/simple",)), reaches, "pip")
    assert index.state is State.INDEX_BEHIND_PROXY
    assert "secret" not in str(check)


def test_a_proxy_that_answers() -> None:
    # A server that is asked as a proxy gets the whole URL; to this one that is no file of its own.
    with served(UNIVERSE) as server:
        reaches = reached("http://index.example/simple", proxy=server.origin)
        [one] = reaches
        assert isinstance(one, Reached)
        assert (one.proxy, one.status) == (server.origin, 404)
        connection = connect(server.origin)
    assert connection == Connected(server.origin)
    assert judge_proxies(reaches, [connection]).state is State.PROXY_ANSWERS


@pytest.mark.parametrize("proxy", ["ftp://127.0.0.1:3", "http://127.0.0.1:3x", "http://[::1"])
def test_what_is_no_proxy(proxy: str) -> None:
    [one] = reaches = reached("http://index.example/simple", proxy=proxy)
    assert isinstance(one, NoWay)
    assert judge_proxies(reaches, []).state is State.PROXY_MALFORMED
    [check] = judge_indexes(IndexSources(("http://index.example/simple",)), reaches, "pip")
    assert check.state is State.INDEX_NOT_ASKED


def test_the_proxies_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    with served(UNIVERSE) as server, closed_port() as port:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{port}")
        monkeypatch.setenv("no_proxy", "")
        [through] = reached(server.url)
        assert isinstance(through, Unreached)
        assert through.proxy == f"http://127.0.0.1:{port}"
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        [past] = reached(server.url)
    assert isinstance(past, Reached)
    assert past.proxy is None
    assert judge_proxies([past], []).state is State.PROXY_NONE


@pytest.mark.parametrize(
    ("days", "age", "state"),
    [
        (0, 0, State.CLOCK_RIGHT),
        (3, 0, State.CLOCK_WRONG),
        (-3, 0, State.CLOCK_WRONG),
        (-3, 3, State.CLOCK_RIGHT),
        (0.1, 0, State.CLOCK_OFF),
    ],
)
def test_the_clock(days: float, age: int, state: State) -> None:
    told = format_datetime(datetime.now(UTC) + timedelta(days=days), usegmt=True)
    page = Fault(
        status=404, headers={"Age": str(age * 86_400)} if age else {}, content_type="text/html"
    )
    with served(UNIVERSE, Variant(date=told, faults={"/simple/": [page]})) as server:
        [one] = reaches = reached(server.url)
    assert isinstance(one, Reached)
    assert one.clock == pytest.approx(-86_400 * (days + age), abs=60)
    assert judge_clock(reaches).state is state


@pytest.mark.parametrize("date", ["yesterday", "Thu, 99 Nov 2026 10:00:00 GMT", "\xff"])
def test_a_server_without_a_time(date: str) -> None:
    with served(UNIVERSE, Variant(date=date)) as server:
        reaches = reached(server.url)
    assert judge_clock(reaches).state is State.CLOCK_UNKNOWN


def test_one_wrong_clock_of_three_does_not_count() -> None:
    reaches = [Reached("u", 200, 0.1, 1, clock) for clock in (0.5, 400_000.0, 1.0)]
    assert judge_clock(reaches).facts["ahead_seconds"] == 1.0


def certificates(**environ: str) -> Check:
    return judge_certificates(probe_certificates(IndexSources(), environ), "")


def test_the_usual_certificates() -> None:
    check = certificates()
    assert check.state is State.CERTIFICATES_LOADED
    assert int(str(check.facts["count"])) > 50


@pytest.mark.parametrize("content", [None, b"", b"no certificate"])
def test_a_bundle_that_is_none(tmp_path: Path, content: bytes | None) -> None:
    bundle = tmp_path / "ca.pem"
    if content is not None:
        bundle.write_bytes(content)
    check = certificates(SSL_CERT_FILE=str(bundle))
    assert check.state is State.CERTIFICATES_UNUSABLE
    assert check.facts["source"] == f"SSL_CERT_FILE, {bundle}"


def test_an_index_is_not_blamed_for_a_bundle(tls: ssl.SSLContext, tmp_path: Path) -> None:
    with served(UNIVERSE, Variant(tls=tls)) as server:
        [check] = judged(server.url, cert=str(tmp_path / "none.pem"))
    assert (check.state, check.facts["first"]) == (State.INDEX_NOT_ASKED, "certificates")


def test_an_expired_bundle(tmp_path: Path, authority: trustme.CA) -> None:
    old = expired_authority()
    (tmp_path / "ca.pem").write_bytes(old)
    check = certificates(REQUESTS_CA_BUNDLE=str(tmp_path / "ca.pem"))
    assert (check.state, check.facts["expired"]) == (State.CERTIFICATES_EXPIRED, 1)
    (tmp_path / "ca.pem").write_bytes(old + authority.cert_pem.bytes())
    assert certificates(SSL_CERT_FILE=str(tmp_path / "ca.pem")).state is State.CERTIFICATES_LOADED


def expired_authority() -> bytes:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "old")])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2001, 1, 1))
        .not_valid_after(datetime(2002, 1, 1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    )
    certificate = builder.sign(key, hashes.SHA256())
    return certificate.public_bytes(serialization.Encoding.PEM)


def test_a_folder_of_certificates(tmp_path: Path) -> None:
    check = certificates(SSL_CERT_DIR=str(tmp_path))
    assert check.state is State.CERTIFICATES_FOLDER


def test_an_interpreter_without_ssl() -> None:
    found = judge_certificates(Authorities("", 9, 0), "No module named '_ssl'")
    assert found.state is State.SSL_MISSING
    assert judge_certificates(Authorities("", 0, 0), "").state is State.CERTIFICATES_NONE
    assert judge_certificates(Unusable("", "no"), "").state is State.CERTIFICATES_UNUSABLE


def test_failures_that_need_no_second_look() -> None:
    sources = IndexSources(("https://index.example",))
    for failure, state in (
        (IndexTLSFailure("https://index.example", "why"), State.INDEX_NOT_TRUSTED),
        (IndexMalformed("https://index.example", "why"), State.INDEX_MALFORMED),
    ):
        reaches = [Unreached("https://index.example", failure)]
        assert [one.state for one in judge_indexes(sources, reaches, "pip")] == [state]


@pytest.mark.parametrize("url", ["http://host:99999999", "http://[::1", "http://\x00/", "http://"])
def test_no_address_is_connected(url: str) -> None:
    assert isinstance(connect(url), Unconnected)


def test_no_variable_of_this_machine_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """What these tests rest on: the proxies of the environment are those that are set here."""
    assert not [name for name in os.environ if name.lower().endswith("_proxy")]
