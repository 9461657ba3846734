"""Pages of indexes over HTTP, with what their freshness depends on (RFC 9111)."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from conflictlens.errors import IndexMalformed
from conflictlens.index.client import PAGE_LIMIT, Answer, Client
from conflictlens.index.pages import MISSING, Page, Validators
from conflictlens.index.simple import ACCEPT, parse_page

DEFAULT_LIFETIME = 600.0
"""Seconds that a page counts as fresh when the server says nothing; what PyPI says itself."""

_MAX_AGE = re.compile(r"(?<!s-)max-age=(\d+)")


class FetchedPage(msgspec.Struct, frozen=True):
    """A page as of now; `page` is None where it is the one that the validators stand for."""

    page: Page | None
    validators: Validators
    lifetime: float


def fetch_page(client: Client, url: str, known: Validators) -> FetchedPage:
    """The page at `url`, or the news that the known one is still valid."""
    answer = client.get(url, {"Accept": ACCEPT, **known.headers})
    if answer.status == 304 and known.headers:
        return FetchedPage(None, known, _lifetime(answer.headers))
    page = page_of(url, answer)
    return FetchedPage(
        page,
        Validators(answer.headers.get("etag", ""), answer.headers.get("last-modified", "")),
        0.0 if page.is_foreign else _lifetime(answer.headers),
    )


def page_of(asked: str, answer: Answer) -> Page:
    """The page that was answered with; raises IndexFailure where it is none."""
    if answer.status in (404, 410):
        return MISSING
    answer.require_success()
    if not answer.complete:
        raise IndexMalformed(answer.url, f"a page larger than {PAGE_LIMIT // 1_000_000} MB")
    page = parse_page(answer.body, answer.headers.get("content-type", ""), answer.url)
    if not page.files and asked != answer.url:
        _refuse_login(asked, answer.url)
    return page


def _refuse_login(asked: str, answered: str) -> None:
    from conflictlens.index.foreign_pages import REASON, leads_to_login

    if leads_to_login(asked, answered):
        raise IndexMalformed(answered, REASON)


def _lifetime(headers: Mapping[str, str]) -> float:
    """Seconds of freshness; nothing where the server forbids keeping or wants to be asked."""
    control = headers.get("cache-control", "").lower()
    if "no-cache" in control or "no-store" in control:
        return 0.0
    age = headers.get("age", "")
    if (maximum := _MAX_AGE.search(control)) is not None:
        return max(0.0, float(maximum[1]) - (float(age) if age.isdigit() else 0.0))
    return DEFAULT_LIFETIME
