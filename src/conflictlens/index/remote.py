"""The index that answers from the world: remote indexes, local ones and find-links, merged.

An answer comes from the first that has it: this process's memory, the cache, the network. What
fetching needs (httpx, asyncio, ssl) is imported with the first fetch, so that an answer from the
cache starts as fast as it can.

PyPI's JSON API (``/pypi/NAME/json``) is not used: its page is more than twice as large as the
simple one (numpy: 3.6 MB instead of 1.7 MB), tells the dependencies of the newest version alone,
and so saves one small request that runs beside others anyway.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from packaging.utils import NormalizedName

from conflictlens.errors import IndexFailure, OfflineMiss, mask_password
from conflictlens.index.cache import Cache, CachedPage, NoCache
from conflictlens.index.configuration import IndexSources
from conflictlens.index.locations import is_local, local_files, local_path, project_page
from conflictlens.index.pages import File, FileGroups, Page, Validators, distributions
from conflictlens.index.records import (
    Distribution,
    IndexStats,
    Metadata,
    Project,
    UncheckedReference,
    UnknownMetadata,
)
from conflictlens.index.references import (
    SourceArchive,
    SourceFolder,
    WheelFile,
    classify,
    read_folder,
    resolved,
)
from conflictlens.index.sdists import SdistContents

if TYPE_CHECKING:
    from conflictlens.index.background import Job
    from conflictlens.index.network import Network

T = TypeVar("T")

Progress = Callable[[str], None]
"""Told the name of the project or file that a call is about to wait for."""


def open_index(
    sources: IndexSources,
    *,
    cache_dir: Path | None = None,
    use_cache: bool = True,
    offline: bool = False,
    deadline: float | None = None,
    progress: Progress | None = None,
    environ: Mapping[str, str] | None = None,
) -> RemoteIndex:
    """An index over `sources`; close it, or use it as a context manager.

    `cache_dir` is the user's cache folder unless given. `offline` answers from the cache however
    old it is, and raises `OfflineMiss` for what is not there; local folders still answer.
    `deadline` is in `time.monotonic()`; past it, waiting raises `BudgetSpent`.
    """
    stats = IndexStats()
    cache = Cache(cache_dir or _user_cache_folder(), stats.notes.append) if use_cache else NoCache()
    return RemoteIndex(
        sources,
        cache,
        stats,
        offline=offline,
        deadline=deadline,
        progress=progress,
        environ=os.environ if environ is None else environ,
    )


def _user_cache_folder() -> Path:
    from platformdirs import user_cache_path

    return user_cache_path("conflictlens", appauthor=False)


class RemoteIndex:
    """An `Index`; `open_index` makes one.

    Every URL is asked for once: a call joins the fetch that `prefetch` began. Any index that
    fails (other than by not having the project) fails the answer, even where another has
    files: what the silent one would have added could change a verdict.
    """

    def __init__(
        self,
        sources: IndexSources,
        cache: NoCache,
        stats: IndexStats,
        *,
        offline: bool,
        deadline: float | None,
        progress: Progress | None,
        environ: Mapping[str, str],
    ) -> None:
        self.sources = sources
        self.stats = stats
        self._cache = cache
        self._offline = offline
        self._deadline = deadline
        self._progress = progress or (lambda _: None)
        self._environ = environ
        self._network: Network | None = None
        self._projects: dict[NormalizedName, Project] = {}
        self._metadata: dict[str, Metadata | UnknownMetadata] = {}
        self._references: dict[str, tuple[Distribution, Metadata] | UncheckedReference] = {}
        self._pages: dict[str, Page] = {}
        self._links: dict[str, FileGroups] = {}
        self._page_jobs: dict[str, Job[Page]] = {}
        self._metadata_jobs: dict[str, Job[Metadata | UnknownMetadata]] = {}

    def __enter__(self) -> RemoteIndex:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends what still runs and writes the cache; at most some seconds, whatever servers do."""
        if self._network is not None:
            self._network.close()
            self._network = None
        self._cache.close()

    # --- the questions ---------------------------------------------------------------------

    def project(self, name: NormalizedName) -> Project:
        known = self._projects.get(name)
        if known is None:
            self._begin_pages([name], urgent=True)
            known = self._projects[name] = self._merged(name)
            self.stats.projects += 1
        return known

    def _merged(self, name: NormalizedName) -> Project:
        """All files of all sources; the project is found where any of them knows it."""
        files: dict[str, Distribution] = {}
        found = False
        for index in self.sources.index_urls:
            page = project_page(index, name) if is_local(index) else self._page(_url(index, name))
            found = found or page.found
            files.update((file.url, file) for file in distributions(page.files, name))
        for location in self.sources.find_links:
            files.update((file.url, file) for file in self._linked(location).distributions(name))
        return Project(name, tuple(files.values()), found or bool(files))

    def metadata(self, distribution: Distribution) -> Metadata | UnknownMetadata:
        known = self._metadata.get(distribution.url)
        if known is None:
            known = self._metadata[distribution.url] = self._read(distribution)
            self.stats.metadata += 1
        return known

    def _read(self, distribution: Distribution) -> Metadata | UnknownMetadata:
        if is_local(distribution.url):
            from conflictlens.index.local_archives import read_local

            return read_local(distribution)
        key = _key(distribution)
        cached = self._cache.metadata(key, stale=self._offline)
        if cached is not None:
            return cached
        if self._offline:
            raise OfflineMiss(distribution.url, "not in the cache")
        job = self._metadata_jobs.get(distribution.url) or self._begin_metadata(
            distribution, urgent=True
        )
        return self._await(job, distribution.filename)

    def reference(self, url: str) -> tuple[Distribution, Metadata] | UncheckedReference:
        known = self._references.get(url)
        if known is None:
            reference = classify(url)
            if isinstance(reference, UncheckedReference):
                return reference
            known = self._references[url] = resolved(url, reference, self._referred(reference))
        return known

    def _referred(
        self, reference: WheelFile | SourceArchive | SourceFolder
    ) -> Metadata | UnknownMetadata:
        match reference:
            case WheelFile(wheel):
                return self.metadata(wheel)
            case SourceFolder(path):
                return read_folder(path)
            case SourceArchive(location, folder) if is_local(location):
                from conflictlens.index.local_archives import read_local_source

                return read_local_source(local_path(location), SdistContents(folder=folder))
            case SourceArchive(location, folder):
                return self._fetched_source(location, folder)

    def _fetched_source(self, location: str, folder: str) -> Metadata | UnknownMetadata:
        key = _bare(f"{location}#subdirectory={folder}")
        cached = self._cache.metadata(key, stale=self._offline)
        if cached is not None:
            return cached
        if self._offline:
            raise OfflineMiss(location, "not in the cache")
        job = self._connected().fetch_source(
            location, folder, lambda metadata: self._cache.keep_metadata(key, metadata)
        )
        return self._await(job, mask_password(location))

    def prefetch(
        self, names: Iterable[NormalizedName] = (), distributions: Iterable[Distribution] = ()
    ) -> None:
        if self._offline:
            return
        try:
            self._begin_pages((name for name in names if name not in self._projects), urgent=False)
            self._begin_files(distributions)
        except IndexFailure:
            # The question itself will meet the same failure, and tell it.
            return

    # --- pages -----------------------------------------------------------------------------

    def _page(self, url: str) -> Page:
        page = self._pages.get(url)
        if page is None:
            page = self._pages[url] = self._fetched_page(url)
        return page

    def _fetched_page(self, url: str) -> Page:
        if (job := self._page_jobs.get(url)) is not None:
            return self._await(job, mask_password(url))
        cached = self._cache.page(_bare(url))
        if cached is not None and (self._offline or cached.is_fresh):
            return cached.page
        if self._offline:
            raise OfflineMiss(url, "not in the cache")
        return self._await(self._begin_page(url, cached, urgent=True), mask_password(url))

    def _begin_pages(self, names: Iterable[NormalizedName], *, urgent: bool) -> None:
        """Starts what the network must give, so that several indexes are asked at once."""
        remote = [index for index in self.sources.index_urls if not is_local(index)]
        for url in [_url(index, name) for name in names for index in remote]:
            if self._offline or url in self._pages or url in self._page_jobs:
                continue
            if not self._cache.has_fresh_page(_bare(url)):
                self._begin_page(url, self._cache.page(_bare(url)), urgent=urgent)

    def _begin_page(self, url: str, cached: CachedPage | None, *, urgent: bool) -> Job[Page]:
        def keep(page: Page | None, validators: Validators, lifetime: float) -> Page:
            # None: not modified, so there was one.
            current = cached.page if page is None and cached is not None else page or Page()
            self._cache.keep_page(_bare(url), current, validators, lifetime)
            return current

        known = Validators() if cached is None else cached.validators
        job = self._connected().fetch_page(url, known, keep, urgent=urgent)
        self._page_jobs[url] = job
        return job

    def _linked(self, location: str) -> FileGroups:
        """The files of one find-links location, read once."""
        groups = self._links.get(location)
        if groups is None:
            local = is_local(location)
            files = self._local_links(location) if local else self._remote_links(location)
            groups = self._links[location] = FileGroups(files, local=local)
        return groups

    def _local_links(self, location: str) -> Iterable[File]:
        files = local_files(location)
        if files is None:
            self.stats.notes.append(f"the find-links location {location} does not exist")
        return files or ()

    def _remote_links(self, location: str) -> Iterable[File]:
        name = urlsplit(location).path.rpartition("/")[2]
        if name.endswith((".whl", ".tar.gz", ".zip")):
            return (File(name, location),)
        return self._page(location).files

    # --- metadata --------------------------------------------------------------------------

    def _begin_files(self, distributions: Iterable[Distribution]) -> None:
        wanted = {
            _key(file): file
            for file in distributions
            if file.url not in self._metadata
            and file.url not in self._metadata_jobs
            and not is_local(file.url)
        }
        for key in self._cache.unknown(wanted):
            self._begin_metadata(wanted[key], urgent=False)

    def _begin_metadata(
        self, distribution: Distribution, *, urgent: bool
    ) -> Job[Metadata | UnknownMetadata]:
        def keep(metadata: Metadata | UnknownMetadata) -> None:
            self._cache.keep_metadata(_key(distribution), metadata)

        job = self._connected().fetch_metadata(distribution, keep, urgent=urgent)
        self._metadata_jobs[distribution.url] = job
        return job

    # --- the network -----------------------------------------------------------------------

    def _connected(self) -> Network:
        if self._network is None:
            from conflictlens.index.client import Connecting
            from conflictlens.index.network import Network

            sources = self.sources
            connecting = Connecting(
                sources.cert,
                sources.client_cert,
                sources.trusted_hosts,
                sources.proxy,
                self._deadline,
            )
            urls = (*sources.index_urls, *sources.find_links)
            self._network = Network(connecting, urls, self._environ, self.stats)
        return self._network

    def _await(self, job: Job[T], what: str) -> T:
        self._progress(what)
        return self._connected().result(job)


def _url(index: str, name: NormalizedName) -> str:
    """PEP 503: the project's page, with its final slash."""
    return f"{index.rstrip('/')}/{name}/"


def _bare(url: str) -> str:
    """`url` as a key of the cache: no password is written to disk."""
    return mask_password(url)


def _key(distribution: Distribution) -> str:
    """What the metadata of a file is kept under: its hash where the index gives one.

    With the host's name, since the hash is only claimed: an index can't plant metadata for the
    files of another.
    """
    if distribution.sha256 is None:
        return _bare(distribution.url)
    return f"{urlsplit(distribution.url).netloc} {distribution.sha256}"
