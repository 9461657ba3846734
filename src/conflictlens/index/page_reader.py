"""Pages of remote indexes: from memory, from the cache while they are fresh, from the network."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from conflictlens.errors import mask_password
from conflictlens.index.cache import CachedPage, NoCache
from conflictlens.index.connection import Connection

if TYPE_CHECKING:
    from conflictlens.index.background import Job
    from conflictlens.index.pages import Page, Validators


class PageReader:
    """Reads every page once; a page that is asked for joins the fetch that `begin` started."""

    def __init__(self, connection: Connection, cache: NoCache) -> None:
        self._connection = connection
        self._cache = cache
        self._pages: dict[str, Page] = {}
        self._jobs: dict[str, Job[Page]] = {}
        self._revisions: dict[str, str] = {}

    def page(self, url: str) -> Page:
        page = self._pages.get(url)
        if page is None:
            page = self._pages[url] = self._read(url)
        return page

    def revision(self, url: str) -> str | None:
        """Which page `page` answers with; None where that is not known without fetching."""
        known = self._revisions.get(url)
        if known is None and url not in self._jobs:
            known = self._cache.revision(_key(url), stale=self._connection.offline)
            if known is not None:
                self._revisions[url] = known
        return known

    def begin(self, urls: Iterable[str], *, urgent: bool = False) -> None:
        """Starts to fetch those pages that neither memory nor the cache can give."""
        for url in urls:
            known = url in self._pages or url in self._jobs or url in self._revisions
            if not known and not self._cache.has_fresh_page(_key(url)):
                self._fetch(url, self._cache.page(_key(url)), urgent=urgent)

    def _read(self, url: str) -> Page:
        job = self._jobs.get(url)
        if job is None:
            cached = self._cache.page(_key(url))
            if cached is not None and self._may_use(url, cached):
                self._revisions[url] = cached.revision
                return cached.page
            job = self._fetch(url, cached, urgent=True)
        return self._connection.result(job, mask_password(url))

    def _may_use(self, url: str, cached: CachedPage) -> bool:
        """Whether a kept page will do: what was believed once in this run stays so."""
        believed = self._revisions.get(url) == cached.revision
        return believed or self._connection.offline or cached.is_fresh

    def _fetch(self, url: str, cached: CachedPage | None, *, urgent: bool) -> Job[Page]:
        from conflictlens.index.pages import Page, Validators

        def keep(fetched: Page | None, validators: Validators, lifetime: float) -> Page:
            # Not modified (None) is only said of a page that was known.
            page = cached.page if fetched is None and cached is not None else fetched or Page()
            revision = self._cache.keep_page(_key(url), page, validators, lifetime)
            if revision is not None:
                self._revisions[url] = revision
            return page

        known = Validators() if cached is None else cached.validators
        network = self._connection.network(url)
        job = self._jobs[url] = network.fetch_page(url, known, keep, urgent=urgent)
        return job


def _key(url: str) -> str:
    """What a page is kept under: no password is written to disk."""
    return mask_password(url)
