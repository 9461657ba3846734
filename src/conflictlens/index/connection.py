"""The way to the network, opened with the first fetch.

What fetching needs (httpx, ssl) is imported no earlier, so that an answer from the
cache starts as fast as it can.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeVar

from conflictlens.errors import OfflineMiss
from conflictlens.index.configuration import IndexSources
from conflictlens.index.records import IndexStats

if TYPE_CHECKING:
    from conflictlens.index.background import Job
    from conflictlens.index.network import Network

T = TypeVar("T")

Progress = Callable[[str], None]
"""Told the page or the file that a call is about to wait for."""


class Connection:
    """Opens the network when it is first asked for; `offline`, it raises `OfflineMiss`."""

    def __init__(
        self,
        sources: IndexSources,
        stats: IndexStats,
        environ: Mapping[str, str],
        *,
        offline: bool,
        deadline: float | None,
        progress: Progress | None,
    ) -> None:
        self.offline = offline
        self._sources = sources
        self._stats = stats
        self._environ = environ
        self._deadline = deadline
        self._progress = progress or (lambda _: None)
        self._network: Network | None = None

    @property
    def is_open(self) -> bool:
        """Whether something had to be fetched already."""
        return self._network is not None

    def network(self, url: str) -> Network:
        """The network, in order to fetch `url`."""
        if self.offline:
            raise OfflineMiss(url, "not in the cache")
        if self._network is None:
            self._network = self._open()
        return self._network

    def _open(self) -> Network:
        from conflictlens.index.network import Network
        from conflictlens.index.ways import Connecting

        sources = self._sources
        connecting = Connecting(
            cert=sources.cert,
            client_cert=sources.client_cert,
            trusted_hosts=sources.trusted_hosts,
            proxy=sources.proxy,
            deadline=self._deadline,
        )
        urls = (*sources.index_urls, *sources.find_links)
        return Network(connecting, urls, self._environ, self._stats)

    def result(self, job: Job[T], what: str) -> T:
        """What a fetch gives, once it is there."""
        self._progress(what)
        return self.network(job.url).result(job)

    def close(self) -> None:
        if self._network is not None:
            self._network.close()
            self._network = None
