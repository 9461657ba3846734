"""The index that answers from the world: remote indexes, local ones and find-links, merged.

PyPI's JSON API (``/pypi/NAME/json``) is not used: its page is more than twice as large as the
simple one (numpy: 3.6 MB instead of 1.7 MB), tells the dependencies of the newest version alone,
and so saves one small request that runs beside others anyway.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING

from conflictlens.digest import blake2b
from conflictlens.errors import IndexFailure, IndexMalformed, IndexUnreachable, mask_password
from conflictlens.index.cache import Cache, NoCache
from conflictlens.index.configuration import IndexSources
from conflictlens.index.connection import Connection, Progress
from conflictlens.index.locations import (
    is_local,
    is_there,
    local_files,
    local_path,
    page_stamp,
    project_page,
)
from conflictlens.index.metadata_reader import MetadataReader
from conflictlens.index.page_reader import PageReader
from conflictlens.index.records import (
    Distribution,
    IndexStats,
    Metadata,
    Project,
    UncheckedReference,
    UnknownMetadata,
)
from conflictlens.names import NormalizedName

if TYPE_CHECKING:
    from conflictlens.index.build_needs import BuildNeeds, Unread
    from conflictlens.index.pages import File, FileGroups, Page


def open_index(
    sources: IndexSources,
    *,
    cache_dir: str | os.PathLike[str] | None = None,
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
    environ = os.environ if environ is None else environ
    stats = IndexStats()
    cache = Cache(cache_dir or _user_cache_folder(), stats.notes.append) if use_cache else NoCache()
    connection = Connection(
        sources,
        stats,
        environ,
        offline=offline,
        deadline=deadline,
        progress=progress,
    )
    return RemoteIndex(sources, connection, cache, stats)


def _user_cache_folder() -> str:
    from platformdirs import user_cache_dir

    return user_cache_dir("conflictlens", appauthor=False)


class RemoteIndex:
    """An `Index`; `open_index` makes one.

    Every URL is asked for once: a call joins the fetch that `prefetch` began. Any index that
    fails (other than by not having the project) fails the project, even where another has
    files: what the silent one would have added could change a verdict.
    """

    def __init__(
        self, sources: IndexSources, connection: Connection, cache: NoCache, stats: IndexStats
    ) -> None:
        self.sources = sources
        self.stats = stats
        self._connection = connection
        self._cache = cache
        self._pages = PageReader(connection, cache)
        self._metadata = MetadataReader(connection, cache, stats)
        self._projects: dict[NormalizedName, Project] = {}
        self._links: dict[str, FileGroups] = {}
        self._references: dict[str, tuple[Distribution, Metadata] | UncheckedReference] = {}
        self._revisions: dict[NormalizedName, str] = {}
        self._asked: set[NormalizedName] = set()
        self._hinted_names: list[NormalizedName] = []
        self._hinted_files: list[Distribution] = []
        self._remote = [index for index in sources.index_urls if not is_local(index)]

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
        self._connection.close()
        self._cache.close()

    def project(self, name: NormalizedName) -> Project:
        known = self._projects.get(name)
        if known is None:
            # All indexes are asked, and hints followed, before one answer is waited for.
            if (len(self._remote) > 1 or self._hinted_names) and not self._connection.offline:
                self._pages.begin(self._urls(name), urgent=True)
            self._begin_hinted()
            known = self._projects[name] = self._merged(name)
            self._count(name)
        return known

    def derived(self, name: NormalizedName, key: str) -> bytes | None:
        revision = self._revision(name)
        if revision is None:
            return None
        content = self._cache.derived(self._derived_key(name, key), revision)
        if content is not None:
            self._count(name)
        return content

    def keep_derived(self, name: NormalizedName, key: str, content: bytes) -> None:
        revision = self._revision(name)
        if revision is not None:
            self._cache.keep_derived(self._derived_key(name, key), revision, content)

    def _revision(self, name: NormalizedName) -> str | None:
        """What tells the answer of `project` from others; None where it is not known cheaply."""
        known = self._revisions.get(name) or self._marks(name)
        if known is not None:
            self._revisions[name] = known
        return known

    def _marks(self, name: NormalizedName) -> str | None:
        marks: list[str] = []
        for index in self.sources.index_urls:
            local = is_local(index)
            mark = page_stamp(index, name) if local else self._pages.revision(_url(index, name))
            if mark is None:
                return None
            marks.append(mark)
        for location in self.sources.find_links:
            files = self._linked(location).files(name)
            marks += [f"{file.url} {file.size} {file.sha256}" for file in files]
        return "\n".join(marks)

    def _derived_key(self, name: NormalizedName, key: str) -> bytes:
        return blake2b("\n".join((key, name, *self._places)).encode(), digest_size=16).digest()

    @cached_property
    def _places(self) -> tuple[str, ...]:
        return tuple(map(mask_password, (*self.sources.index_urls, *self.sources.find_links)))

    def _count(self, name: NormalizedName) -> None:
        """Projects are counted once, however they are read."""
        self.stats.projects += name not in self._asked
        self._asked.add(name)

    def metadata(self, distribution: Distribution) -> Metadata | UnknownMetadata:
        if self._hinted_files and not self._connection.offline:
            self._metadata.begin([distribution])
            self._begin_hinted()
        return self._metadata.metadata(distribution)

    def reference(self, url: str) -> tuple[Distribution, Metadata] | UncheckedReference:
        known = self._references.get(url)
        if known is None:
            from conflictlens.index.references import read_reference

            known = self._references[url] = read_reference(url, self._metadata)
        return known

    def build_needs(self, distribution: Distribution) -> BuildNeeds | Unread:
        """What the build of a source distribution needs; raises IndexFailure as `metadata` does."""
        from conflictlens.index.build_needs import BuildFiles, Unread, read_folder_needs

        files, url = BuildFiles(), distribution.url.partition("#")[0]
        if is_local(url):
            from conflictlens.index.local_archives import look_into

            path = local_path(url)
            if path.is_dir():
                return read_folder_needs(path)
            failure = look_into(path, files)
        else:
            job = self._connection.network(url).look_into(url, files)
            failure = self._connection.result(job, distribution.filename)
        return Unread(failure) if failure else files.needs()

    def prefetch(
        self, names: Iterable[NormalizedName] = (), distributions: Iterable[Distribution] = ()
    ) -> None:
        if self._connection.offline:
            return
        if self._connection.is_open:
            self._begin(names, distributions)
        else:
            # Loading what fetching needs costs more than a whole warm answer: not for a hint.
            self._hinted_names.extend(names)
            self._hinted_files.extend(distributions)

    def _begin_hinted(self) -> None:
        """Follow the hints that waited, once something has to be fetched anyway."""
        if not self._connection.is_open or not (self._hinted_names or self._hinted_files):
            return
        self._begin(self._hinted_names, self._hinted_files)
        self._hinted_names, self._hinted_files = [], []

    def _begin(
        self, names: Iterable[NormalizedName], distributions: Iterable[Distribution]
    ) -> None:
        try:
            self._pages.begin(
                url for name in names if name not in self._projects for url in self._urls(name)
            )
            self._metadata.begin(distributions)
        except IndexFailure:
            # The question itself will meet the same failure, and tell it.
            return

    def _urls(self, name: NormalizedName) -> list[str]:
        return [_url(index, name) for index in self._remote]

    def _merged(self, name: NormalizedName) -> Project:
        """All files of all sources; the project is found where any of them knows it."""
        from conflictlens.index.pages import distributions

        files: dict[str, Distribution] = {}
        found = False
        for index in self.sources.index_urls:
            page = project_page(index, name) if is_local(index) else self._page(index, name)
            found = found or page.found
            files.update((file.url, file) for file in distributions(page.files, name))
        for location in self.sources.find_links:
            files.update((file.url, file) for file in self._linked(location).distributions(name))
        if not files and not found:
            self._refuse_if_nowhere()
        return Project(name, tuple(files.values()), found or bool(files))

    def _page(self, index: str, name: NormalizedName) -> Page:
        """A project's page of a remote index, which must be one: links alone don't make it that."""
        page = self._pages.page(_url(index, name))
        if page.is_foreign:
            # Its expressions are only compiled where a page has to be read.
            from conflictlens.index.foreign_pages import REASON

            raise IndexMalformed(_url(index, name), REASON)
        return page

    def _refuse_if_nowhere(self) -> None:
        """That a project is in no index says nothing when there is no index."""
        places = (*self.sources.index_urls, *self.sources.find_links)
        if places and not any(map(is_there, places)):
            raise IndexUnreachable(places[0], "there is no such folder")

    def _linked(self, location: str) -> FileGroups:
        """The files of one find-links location, read once."""
        from conflictlens.index.pages import FileGroups

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
        """The links of a page, or the one file that the location is."""
        from urllib.parse import urlsplit

        name = urlsplit(location).path.rpartition("/")[2]
        if name.endswith((".whl", ".tar.gz", ".zip")):
            from conflictlens.index.pages import File

            return (File(name, location),)
        return self._pages.page(location).files


def _url(index: str, name: NormalizedName) -> str:
    """PEP 503: the project's page, with its final slash."""
    return f"{index.rstrip('/')}/{name}/"
