"""Whether indexes answer at all: one page of each is asked for, as for any question."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from msgspec.structs import replace

from conflictlens.errors import IndexFailure, IndexUnreachable, mask_password
from conflictlens.index.background import Background, Job
from conflictlens.index.client import Answer, Client
from conflictlens.index.configuration import IndexSources
from conflictlens.index.credentials import Credentials
from conflictlens.index.fetching import page_of
from conflictlens.index.locations import is_local
from conflictlens.index.reached import NoWay, Reach, Reached, Unreached
from conflictlens.index.records import IndexStats
from conflictlens.index.simple import ACCEPT
from conflictlens.index.ways import Connecting

_AT_ONCE = 8
_REFUSED = frozenset((401, 403, 407))


def reach(
    sources: IndexSources, project: str, environ: Mapping[str, str], seconds: float
) -> tuple[Reach, ...]:
    """Ask every remote index for the page of `project`, and every remote find-links page.

    URLs in what comes back have their passwords masked.
    """
    places = [(url, f"{url.rstrip('/')}/{project}/") for url in sources.index_urls]
    places += [(url, url) for url in sources.find_links]
    remote = [(url, page) for url, page in places if not is_local(url)]
    connecting = Connecting(
        sources.cert,
        sources.client_cert,
        sources.trusted_hosts,
        sources.proxy,
        deadline=time.monotonic() + seconds,
    )
    urls = (*sources.index_urls, *sources.find_links)
    client = Client(connecting, Credentials(urls, environ), environ, IndexStats())
    background = Background(_AT_ONCE)
    try:
        client.open()
        jobs = [(url, _asked(background, client, url, page)) for url, page in remote]
        return tuple(_result(background, client, url, job, connecting) for url, job in jobs)
    except IndexUnreachable as failure:
        return tuple(NoWay(mask_password(url), failure.reason) for url, _ in remote)
    finally:
        background.close()
        client.close()


def _asked(background: Background, client: Client, url: str, page: str) -> Job[Reached]:
    def work() -> Reached:
        started = time.monotonic()
        answer = client.get(page, {"Accept": ACCEPT})
        return _reached(url, answer, time.monotonic() - started)

    return background.submit(page, work, urgent=True)


def _reached(url: str, answer: Answer, seconds: float) -> Reached:
    clock = _ahead(answer.headers, datetime.now(UTC))
    reached = Reached(mask_password(url), answer.status, seconds, clock=clock)
    if answer.status in _REFUSED:
        return reached
    page = page_of(url, answer)
    return replace(reached, files=len(page.files) if page.found else None)


def _result(
    background: Background, client: Client, url: str, job: Job[Reached], connecting: Connecting
) -> Reach:
    proxy = None
    try:
        proxy = client.proxy(job.url)
        return replace(background.result(job, connecting.deadline), proxy=proxy)
    except IndexFailure as failure:
        return Unreached(mask_password(url), failure, proxy)


def _ahead(headers: Mapping[str, str], now: datetime) -> float | None:
    """RFC 9110: Date is when the answer was made, RFC 9111: Age how long a cache has kept it."""
    try:
        made = parsedate_to_datetime(headers.get("date", ""))
        age = headers.get("age", "")
        told = made + timedelta(seconds=int(age) if age.isdigit() and len(age) < 10 else 0)
    except (ValueError, OverflowError):
        return None
    if told.tzinfo is None:
        # RFC 5322: "-0000" says that the time is in UTC.
        told = told.replace(tzinfo=UTC)
    return (now - told).total_seconds()
