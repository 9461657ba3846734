"""Metadata of distributions: from memory, from the cache, from disk or from the network."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from conflictlens.errors import mask_password
from conflictlens.index.cache import NoCache
from conflictlens.index.connection import Connection
from conflictlens.index.locations import is_local
from conflictlens.index.records import Distribution, IndexStats, Metadata, UnknownMetadata

if TYPE_CHECKING:
    from conflictlens.index.background import Job

Known = Metadata | UnknownMetadata


class MetadataReader:
    """Reads every file once; a file that is asked for joins the fetch that `begin` started."""

    def __init__(self, connection: Connection, cache: NoCache, stats: IndexStats) -> None:
        self._connection = connection
        self._cache = cache
        self._stats = stats
        self._known: dict[str, Known] = {}
        self._jobs: dict[str, Job[Known]] = {}

    def metadata(self, distribution: Distribution) -> Known:
        known = self._known.get(distribution.url)
        if known is None:
            known = self._known[distribution.url] = self._read(distribution)
            self._stats.metadata += 1
        return known

    def begin(self, distributions: Iterable[Distribution]) -> None:
        """Starts to fetch what neither memory nor the cache can give."""
        wanted = {
            _key(file): file
            for file in distributions
            if file.url not in self._known and file.url not in self._jobs and not is_local(file.url)
        }
        for key in self._cache.unknown(wanted):
            self._fetch(wanted[key], urgent=False)

    def source(self, location: str, folder: str) -> Known:
        """The metadata of the project in `folder` of a remote archive of sources."""
        key = f"{mask_password(location)}#subdirectory={folder}"
        cached = self._cache.metadata(key, stale=self._connection.offline)
        if cached is not None:
            return cached
        network = self._connection.network(location)
        job = network.fetch_source(location, folder, self._keeper(key))
        return self._connection.result(job, mask_password(location))

    def _read(self, distribution: Distribution) -> Known:
        if is_local(distribution.url):
            from conflictlens.index.local_archives import read_local

            return read_local(distribution)
        job = self._jobs.get(distribution.url)
        if job is None:
            cached = self._cache.metadata(_key(distribution), stale=self._connection.offline)
            if cached is not None:
                return cached
            job = self._fetch(distribution, urgent=True)
        return self._connection.result(job, distribution.filename)

    def _fetch(self, distribution: Distribution, *, urgent: bool) -> Job[Known]:
        network = self._connection.network(distribution.url)
        keep = self._keeper(_key(distribution))
        job = network.fetch_metadata(distribution, keep, urgent=urgent)
        self._jobs[distribution.url] = job
        return job

    def _keeper(self, key: str) -> Callable[[Known], None]:
        return lambda known: self._cache.keep_metadata(key, known)


def _key(distribution: Distribution) -> str:
    """What the metadata of a file is kept under: its hash where the index gives one.

    With the host's name, since the hash is only claimed: an index can't plant metadata for the
    files of another.
    """
    if distribution.sha256 is None:
        return mask_password(distribution.url)
    from urllib.parse import urlsplit

    return f"{urlsplit(distribution.url).netloc} {distribution.sha256}"
