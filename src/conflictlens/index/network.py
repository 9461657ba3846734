"""The cold half of the index: what is only needed once something must be fetched.

Importing this module imports httpx, so `remote` does it as late as it can.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from threading import Lock
from typing import TYPE_CHECKING, TypeVar

from conflictlens.index.background import Background, Job
from conflictlens.index.client import Client
from conflictlens.index.credentials import Credentials
from conflictlens.index.fetching import fetch_page
from conflictlens.index.metadata_files import MetadataFiles
from conflictlens.index.pages import Page, Validators
from conflictlens.index.records import (
    Distribution,
    DistributionKind,
    IndexStats,
    Metadata,
    UnknownMetadata,
)
from conflictlens.index.ways import Connecting

if TYPE_CHECKING:
    # Most answers need no archive, and do without what reads them.
    from conflictlens.index.ranges import RangeReader
    from conflictlens.index.sdists import Contents

IN_FLIGHT = 32
"""Fetches at once; 600 small files 20 ms away took 1.2 s with 16, 0.97 with 24, 0.85 from 32 on."""

T = TypeVar("T")
Known = Metadata | UnknownMetadata
KeepPage = Callable[[Page | None, Validators, float], Page]
"""Takes a page (None: not modified), its validators and its lifetime; gives the page itself."""


class Network:
    """Starts fetches and waits for them; answers go to the `keep` functions when they come."""

    def __init__(
        self,
        connecting: Connecting,
        urls: tuple[str, ...],
        environ: Mapping[str, str],
        stats: IndexStats,
    ) -> None:
        self._deadline = connecting.deadline
        self._client = Client(connecting, Credentials(urls, environ), environ, stats)
        self._files = MetadataFiles(self._client)
        self._background = Background(IN_FLIGHT)
        self._lock = Lock()
        self._range_reader: RangeReader | None = None

    def fetch_page(self, url: str, known: Validators, keep: KeepPage, *, urgent: bool) -> Job[Page]:
        def work() -> Page:
            fetched = fetch_page(self._client, url, known)
            return keep(fetched.page, fetched.validators, fetched.lifetime)

        return self._background.submit(url, work, urgent=urgent)

    def fetch_metadata(
        self, distribution: Distribution, keep: Callable[[Known], None], *, urgent: bool
    ) -> Job[Known]:
        def work() -> Known:
            known = self._read(distribution)
            keep(known)
            return known

        return self._background.submit(distribution.url, work, urgent=urgent)

    def fetch_source(self, url: str, folder: str, keep: Callable[[Known], None]) -> Job[Known]:
        from conflictlens.index.remote_sdists import read_source
        from conflictlens.index.sdists import SdistContents

        def work() -> Known:
            contents = SdistContents(folder=folder)
            known = read_source(url, contents, self._client, self._ranges)
            keep(known)
            return known

        return self._background.submit(url, work, urgent=True)

    def look_into(self, url: str, contents: Contents) -> Job[str | None]:
        """Fills `contents` from the archive of sources at `url`, as `remote_sdists` does."""
        from conflictlens.index.remote_sdists import look_into

        def work() -> str | None:
            return look_into(url, contents, self._client, self._ranges)

        return self._background.submit(f"{url}#sources", work, urgent=True)

    @property
    def _ranges(self) -> RangeReader:
        # Fetches run side by side, and what one of them learns of a host is for all.
        with self._lock:
            if self._range_reader is None:
                from conflictlens.index.ranges import RangeReader

                self._range_reader = RangeReader(self._client)
            return self._range_reader

    def _read(self, distribution: Distribution) -> Known:
        """By the cheapest way that there is: the file beside it, a part of it, all of it."""
        match distribution.kind:
            case DistributionKind.WHEEL:
                return self._read_wheel(distribution)
            case DistributionKind.SDIST:
                from conflictlens.index.remote_sdists import read_sdist

                return read_sdist(distribution, self._client, self._files, self._ranges)

    def _read_wheel(self, wheel: Distribution) -> Known:
        doubtful = self._files.is_doubtful(wheel) and self._ranges.are_honoured(wheel.url)
        if not doubtful and (beside := self._files.beside(wheel)) is not None:
            return beside
        from conflictlens.index.wheels import read_wheel

        known = read_wheel(wheel, self._ranges)
        if doubtful and not isinstance(known, Metadata):
            return self._files.beside(wheel) or known
        return known

    def close(self) -> None:
        self._background.close()
        self._client.close()

    def result(self, job: Job[T]) -> T:
        return self._background.result(job, self._deadline)
