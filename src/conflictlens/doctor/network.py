"""Certificates, proxies, indexes and the clock: what stands between here and the packages."""

from __future__ import annotations

import os
import socket
import ssl
import time
from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from urllib.parse import urlsplit

import msgspec

from conflictlens.doctor.records import Check, CheckId, State, Value
from conflictlens.errors import (
    BudgetSpent,
    IndexMalformed,
    IndexTLSFailure,
    mask_credentials,
    mask_password,
)
from conflictlens.index.configuration import IndexSources
from conflictlens.index.locations import is_local, is_there
from conflictlens.index.reached import NoWay, Reach, Reached, Unreached
from conflictlens.index.tls import CA_VARIABLES, checked_context

SECONDS = 12.0
"""How long an index may take at most; a connection alone has 10 s."""
_SLOW = 3.0
_OFF = 120.0
_WRONG = 86_400.0
_CONNECTING = 5.0


class Authorities(msgspec.Struct, frozen=True):
    """Whom connections trust: `count` certificates, `expired` of them; `folder` is read later."""

    source: str
    count: int
    expired: int
    folder: bool = False


class Unusable(msgspec.Struct, frozen=True):
    source: str
    reason: str


def probe_certificates(sources: IndexSources, environ: Mapping[str, str]) -> Authorities | Unusable:
    """Really makes the context of TLS that the index is asked with."""
    source, path = _named(sources, environ)
    try:
        context = checked_context(sources.cert, sources.client_cert, environ)
    except IndexTLSFailure as failure:
        return Unusable(source, failure.reason)
    ends = [str(one["notAfter"]) for one in context.get_ca_certs() if "notAfter" in one]
    now = time.time()
    expired = sum(ssl.cert_time_to_seconds(end) < now for end in ends)
    # A certificate that is trusted for itself alone is no authority, and counts.
    count = context.cert_store_stats()["x509"]
    return Authorities(source, count, expired, bool(path) and os.path.isdir(path))


def _named(sources: IndexSources, environ: Mapping[str, str]) -> tuple[str, str]:
    """Who says which bundle is trusted, and its path; ours and the system's without."""
    if sources.cert:
        return f"pip's cert, {sources.cert}", sources.cert
    for name in CA_VARIABLES:
        if environ.get(name):
            return f"{name}, {environ[name]}", environ[name]
    return "", ""


def judge_certificates(found: Authorities | Unusable, ssl_problem: str) -> Check:
    """`ssl_problem` is why the examined Python has no ``ssl``; empty where it has it."""
    if ssl_problem:
        return Check(CheckId.CERTIFICATES, State.SSL_MISSING, {"reason": ssl_problem})
    match found:
        case Unusable(source, reason):
            state, facts = State.CERTIFICATES_UNUSABLE, {"source": source, "reason": reason}
            return Check(CheckId.CERTIFICATES, state, facts)
        case Authorities(source, count, expired, folder):
            told: dict[str, Value] = {"source": source, "count": count, "expired": expired}
            return Check(CheckId.CERTIFICATES, _trust(count, expired, folder), told)


def _trust(count: int, expired: int, folder: bool) -> State:
    if folder:
        # OpenSSL looks into a folder only once a server shows its certificate.
        return State.CERTIFICATES_FOLDER
    if not count:
        return State.CERTIFICATES_NONE
    return State.CERTIFICATES_EXPIRED if expired == count else State.CERTIFICATES_LOADED


class Connected(msgspec.Struct, frozen=True):
    """An address that takes connections."""

    address: str


class Unconnected(msgspec.Struct, frozen=True):
    address: str
    reason: str
    unknown_name: bool = False


def connect(url: str) -> Connected | Unconnected:
    """Whether the server of a URL takes connections; no more is said to it."""
    address = mask_credentials(url)
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or {"http": 80}.get(parts.scheme, 443)
    except ValueError as error:
        return Unconnected(address, str(error))
    try:
        socket.create_connection((host, port), _CONNECTING).close()
    except socket.gaierror as error:
        return Unconnected(address, error.strerror or str(error), unknown_name=True)
    except TimeoutError:
        return Unconnected(address, f"no answer within {_CONNECTING:g} s")
    except (OSError, UnicodeError) as error:
        # UnicodeError: a host name that can't be one.
        return Unconnected(address, getattr(error, "strerror", None) or str(error))
    return Connected(address)


def judge_proxies(
    reaches: Sequence[Reach], connections: Sequence[Connected | Unconnected]
) -> Check:
    """`connections` are to the proxies on the way to the indexes, each once."""
    for one in reaches:
        if isinstance(one, NoWay):
            return Check(CheckId.PROXY, State.PROXY_MALFORMED, {"reason": one.reason})
    for connection in connections:
        if isinstance(connection, Unconnected):
            facts: dict[str, Value] = {
                "proxy": connection.address,
                "reason": connection.reason,
            }
            return Check(CheckId.PROXY, State.PROXY_SILENT, facts)
    if not connections:
        return Check(CheckId.PROXY, State.PROXY_NONE)
    proxies = tuple(connection.address for connection in connections)
    return Check(CheckId.PROXY, State.PROXY_ANSWERS, {"proxy": proxies})


def judge_indexes(
    sources: IndexSources, reaches: Sequence[Reach], project: str, seconds: float = SECONDS
) -> Iterator[Check]:
    """One check for each index, and for each page of find-links that has a fault.

    `seconds` is how long they were given to answer.
    """
    known = {reach.url: reach for reach in reaches}
    elsewhere = any(isinstance(one, Reached) and one.files for one in reaches)
    for url in sources.index_urls:
        if is_local(url):
            yield _folder(url, State.INDEX_NO_FOLDER)
        else:
            yield _judged(known[mask_password(url)], project, seconds, lacks=not elsewhere)
    for url in sources.find_links:
        if is_local(url):
            yield _folder(url, State.LINKS_MISSING)
        else:
            yield _judged(known[mask_password(url)], project, seconds, lacks=False)
    if not (sources.index_urls or sources.find_links):
        yield Check(CheckId.INDEX, State.INDEX_NONE)


def _folder(url: str, missing: State) -> Check:
    state = State.INDEX_FOLDER if is_there(url) else missing
    return Check(CheckId.INDEX, state, {"url": url})


def _judged(reach: Reach, project: str, limit: float, *, lacks: bool) -> Check:
    facts: dict[str, Value] = {"url": reach.url, "project": project}
    match reach:
        case NoWay(_, reason):
            facts |= {"reason": reason, "first": "proxy"}
            return Check(CheckId.INDEX, State.INDEX_NOT_ASKED, facts)
        case Reached(_, status, seconds, files):
            facts |= {"status": status, "latency_seconds": round(seconds, 3)}
            return Check(CheckId.INDEX, _answered(status, seconds, files, lacks=lacks), facts)
        case Unreached(url, failure, proxy):
            state, reason = _unreached(url, failure, proxy, limit)
            facts |= {"reason": mask_credentials(reason), "first": "certificates"}
            return Check(CheckId.INDEX, state, facts | ({"proxy": proxy} if proxy else {}))


def _answered(status: int, seconds: float, files: int | None, *, lacks: bool) -> State:
    match status:
        case 401:
            return State.INDEX_UNAUTHORIZED
        case 403:
            return State.INDEX_FORBIDDEN
        case 407:
            return State.INDEX_PROXY_REFUSES
    if lacks and not files:
        return State.INDEX_WITHOUT_PROJECT if files is None else State.INDEX_WITHOUT_FILES
    return State.INDEX_SLOW if seconds > _SLOW else State.INDEX_ANSWERS


def _unreached(url: str, failure: Exception, proxy: str | None, limit: float) -> tuple[State, str]:
    """What is behind a failure; where the client only knows that it failed, it is tried again."""
    reason = getattr(failure, "reason", str(failure))
    match failure:
        case IndexTLSFailure() if not failure.url.startswith("https:"):
            # The file of authorities, not what a server showed.
            return State.INDEX_NOT_ASKED, reason
        case IndexTLSFailure():
            return State.INDEX_NOT_TRUSTED, reason
        case IndexMalformed():
            return State.INDEX_MALFORMED, reason
    late = isinstance(failure, BudgetSpent)
    if late:
        reason = f"no answer within {limit:g} s"
    if proxy is not None:
        return State.INDEX_BEHIND_PROXY, reason
    match connect(url):
        case Unconnected(_, why, unknown_name=True):
            return State.INDEX_NO_NAME, why
        case Unconnected(_, why):
            return State.INDEX_UNREACHABLE, why
    return State.INDEX_SILENT if late else State.INDEX_UNREACHABLE, reason


def judge_clock(reaches: Sequence[Reach]) -> Check:
    """By the servers' own clocks: the middle one, so that a single wrong one does not count."""
    ahead = [one.clock for one in reaches if isinstance(one, Reached) and one.clock is not None]
    if not ahead:
        return Check(CheckId.CLOCK, State.CLOCK_UNKNOWN)
    seconds = median(ahead)
    state = State.CLOCK_RIGHT
    if abs(seconds) > _OFF:
        state = State.CLOCK_WRONG if abs(seconds) > _WRONG else State.CLOCK_OFF
    return Check(CheckId.CLOCK, state, {"ahead_seconds": round(seconds, 1)})
