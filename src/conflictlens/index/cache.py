"""What was fetched, kept between runs in one SQLite file.

Pages are kept in derived form with their validators and the time until which they are fresh;
metadata for ever, since a file of an index never changes. What others worked out from a page is
kept with the page's revision, and holds as long as that. Nothing that happens to the file may
change or stop an answer: a damaged one is replaced, one that can't be written is only read, and
what can't be read is fetched again. Processes share the file (write-ahead log).
"""

from __future__ import annotations

import os
import sqlite3
import time
from _thread import allocate_lock
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from conflictlens.digest import blake2b
from conflictlens.index.records import Metadata, Provenance, UnknownMetadata

if TYPE_CHECKING:
    # A warm answer needs no page: what was worked out from it is kept.
    from conflictlens.index.pages import Page, Validators

T = TypeVar("T")

SCHEMA = 4
"""Stands in the file's name: another form of what is kept is another file."""

UNKNOWN_LIFETIME = 86_400.0
"""Seconds for which "can't be known" is believed; a server may learn to honour ranges."""

DERIVED = 20_000
"""Rows of derived content that are kept, the latest: each target and cut-off makes its own."""

_TABLES = """
    CREATE TABLE IF NOT EXISTS page (
        url TEXT PRIMARY KEY, etag TEXT, last_modified TEXT, expires REAL, revision TEXT,
        content BLOB);
    CREATE TABLE IF NOT EXISTS derived (key BLOB PRIMARY KEY, revision TEXT, content BLOB);
    CREATE TABLE IF NOT EXISTS metadata (
        file TEXT PRIMARY KEY, expires REAL, content BLOB);
"""
_BATCH = 64
_BUSY = 2.0
_DAMAGED = frozenset((sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB))


class CachedPage(msgspec.Struct, frozen=True):
    """A page as it was when it was kept."""

    page: Page
    validators: Validators
    expires: float
    revision: str

    @property
    def is_fresh(self) -> bool:
        return time.time() < self.expires


class NoCache:
    """A cache that keeps nothing."""

    def page(self, url: str) -> CachedPage | None:
        return None

    def has_fresh_page(self, url: str) -> bool:
        return False

    def revision(self, url: str, *, stale: bool = False) -> str | None:
        return None

    def derived(self, key: bytes, revision: str) -> bytes | None:
        return None

    def metadata(self, file: str, *, stale: bool = False) -> Metadata | UnknownMetadata | None:
        return None

    def unknown(self, files: Iterable[str]) -> list[str]:
        return list(files)

    def keep_page(
        self, url: str, page: Page, validators: Validators, lifetime: float
    ) -> str | None:
        """Returns the page's revision, None where none is known."""
        return None

    def keep_derived(self, key: bytes, revision: str, content: bytes) -> None:
        pass

    def keep_metadata(self, file: str, metadata: Metadata | UnknownMetadata) -> None:
        pass

    def close(self) -> None:
        pass


class Cache(NoCache):
    """The cache in `folder`; trouble with it is told to `note`, once."""

    def __init__(self, folder: str | os.PathLike[str], note: Callable[[str], None]) -> None:
        self.path = os.path.join(folder, f"index-v{SCHEMA}.sqlite3")
        self._note = note
        self._noted = False
        self._lock = allocate_lock()
        self._pages: list[tuple[str, str, str, float, str, bytes]] = []
        self._derived: list[tuple[bytes, str, bytes]] = []
        self._metadata: list[tuple[str, float | None, bytes]] = []
        self._connection = self._open()
        self._is_new = self._row(_IS_NEW) == (1,)
        self._has_derived = False

    def page(self, url: str) -> CachedPage | None:
        row = self._kept(
            "SELECT content, etag, last_modified, expires, revision FROM page WHERE url = ?", url
        )
        if row is None:
            return None
        content, etag, last_modified, expires, revision = row
        if not isinstance(content, bytes) or _revision(content) != revision:
            return None
        from conflictlens.index.pages import Validators, decode_page

        page = _decoded(lambda: decode_page(content))
        if page is None:
            return None
        return CachedPage(page, Validators(etag, last_modified), expires, revision)

    def has_fresh_page(self, url: str) -> bool:
        row = self._kept("SELECT expires FROM page WHERE url = ?", url)
        return row is not None and time.time() < row[0]

    def revision(self, url: str, *, stale: bool = False) -> str | None:
        """Which page is kept, None where none is, or `stale` ones don't do and it is one."""
        row = self._kept("SELECT revision, expires FROM page WHERE url = ?", url)
        if row is None or not (stale or time.time() < row[1]):
            return None
        revision: str = row[0]
        return revision

    def derived(self, key: bytes, revision: str) -> bytes | None:
        if self._is_new and not self._has_derived:
            return None
        row = self._row("SELECT content, revision FROM derived WHERE key = ?", key)
        return None if row is None or row[1] != revision else _undamaged(row[0])

    def metadata(self, file: str, *, stale: bool = False) -> Metadata | UnknownMetadata | None:
        row = self._kept("SELECT content, expires FROM metadata WHERE file = ?", file)
        if row is None or not (stale or row[1] is None or time.time() < row[1]):
            return None
        content = _undamaged(row[0])
        return None if content is None else _decoded(lambda: _restored(content))

    def unknown(self, files: Iterable[str]) -> list[str]:
        """Those of `files` whose metadata is not kept."""
        return [file for file in files if self._kept(_IS_KNOWN, file, time.time()) is None]

    def keep_page(
        self, url: str, page: Page, validators: Validators, lifetime: float
    ) -> str | None:
        from conflictlens.index.pages import encode_page

        content = encode_page(page)
        revision = _revision(content)
        expires = time.time() + lifetime
        row = (url, validators.etag, validators.last_modified, expires, revision, content)
        with self._lock:
            self._pages.append(row)
            self._flush(at_least=_BATCH)
        return revision

    def keep_derived(self, key: bytes, revision: str, content: bytes) -> None:
        with self._lock:
            self._has_derived = True
            self._derived.append((key, revision, _sealed(content)))
            self._flush(at_least=_BATCH)

    def keep_metadata(self, file: str, metadata: Metadata | UnknownMetadata) -> None:
        expires = None if isinstance(metadata, Metadata) else time.time() + UNKNOWN_LIFETIME
        with self._lock:
            self._metadata.append((file, expires, _sealed(_stored(metadata))))
            self._flush(at_least=_BATCH)

    def close(self) -> None:
        with self._lock:
            self._flush(at_least=1)
            if self._connection is not None:
                with suppress(sqlite3.Error):
                    self._connection.close()
                self._connection = None

    def _flush(self, at_least: int) -> None:
        """Writes what waits, in one transaction; what can't be written is forgotten."""
        if len(self._pages) + len(self._metadata) + len(self._derived) < at_least:
            return
        pages, self._pages = self._pages, []
        derived, self._derived = self._derived, []
        metadata, self._metadata = self._metadata, []
        if self._connection is None:
            return
        try:
            with self._connection as transaction:
                transaction.executemany("REPLACE INTO page VALUES (?, ?, ?, ?, ?, ?)", pages)
                transaction.executemany("REPLACE INTO derived VALUES (?, ?, ?)", derived)
                if derived:
                    transaction.execute(_FORGET_OLDEST, (DERIVED,))
                transaction.executemany("REPLACE INTO metadata VALUES (?, ?, ?)", metadata)
        except sqlite3.Error as error:
            self._recover(error)

    def _kept(self, query: str, *parameters: str | float) -> tuple[Any, ...] | None:
        """A row about a page or a file; what this process kept itself, its readers still have."""
        return None if self._is_new else self._row(query, *parameters)

    def _row(self, query: str, *parameters: str | float | bytes) -> tuple[Any, ...] | None:
        """One row, None where there is none or it can't be read."""
        with self._lock:
            if self._connection is None:
                return None
            try:
                row: tuple[Any, ...] | None = self._connection.execute(query, parameters).fetchone()
            except sqlite3.Error as error:
                self._recover(error)
                return None
            return row

    def _open(self) -> sqlite3.Connection | None:
        try:
            os.makedirs(os.path.dirname(self.path) or os.curdir, exist_ok=True)
            return _connect(self.path)
        except sqlite3.Error as error:
            if _is_damage(error):
                return self._replace()
            return self._read_only(error)
        except OSError as error:
            return self._read_only(error)

    def _recover(self, error: sqlite3.Error) -> None:
        """A damaged file is replaced; anything else (full disk, a lock) is told and borne."""
        if _is_damage(error):
            if self._connection is not None:
                with suppress(sqlite3.Error):
                    self._connection.close()
            self._connection = self._replace()
        else:
            self._tell(error)

    def _replace(self) -> sqlite3.Connection | None:
        try:
            for suffix in ("", "-wal", "-shm"):
                with suppress(FileNotFoundError):
                    os.unlink(self.path + suffix)
            return _connect(self.path)
        except (sqlite3.Error, OSError) as error:
            self._tell(error)
            return None

    def _read_only(self, error: sqlite3.Error | OSError) -> sqlite3.Connection | None:
        """A cache in a folder that can't be written, as in an image: nobody changes it."""
        self._tell(error)
        from pathlib import Path

        try:
            connection = sqlite3.connect(
                f"{Path(self.path).absolute().as_uri()}?immutable=1",
                uri=True,
                check_same_thread=False,
            )
            connection.execute(_IS_KNOWN, ("", 0.0))
        except sqlite3.Error:
            return None
        return connection

    def _tell(self, error: sqlite3.Error | OSError) -> None:
        if not self._noted:
            self._noted = True
            self._note(f"the cache {self.path} can't be used: {error}; going on without it")


_IS_NEW = """
    SELECT NOT EXISTS (SELECT 1 FROM page) AND NOT EXISTS (SELECT 1 FROM metadata)
        AND NOT EXISTS (SELECT 1 FROM derived)
"""
_IS_KNOWN = "SELECT 1 FROM metadata WHERE file = ? AND (expires IS NULL OR expires > ?)"


_DIGEST = 8


def _sealed(content: bytes) -> bytes:
    """`content` with a digest before it: SQLite notices damage to its pages, not to a text."""
    return blake2b(content, digest_size=_DIGEST).digest() + content


def _undamaged(sealed: object) -> bytes | None:
    """What was sealed; None where it is not what it was."""
    if not isinstance(sealed, bytes):
        return None
    content = sealed[_DIGEST:]
    return content if _sealed(content) == sealed else None


def _revision(content: bytes) -> str:
    return blake2b(content, digest_size=12).hexdigest()


_FORGET_OLDEST = "DELETE FROM derived WHERE rowid <= (SELECT max(rowid) FROM derived) - ?"


def _is_damage(error: sqlite3.Error) -> bool:
    # What the module finds out itself, such as a text that is no UTF-8, has no code.
    return getattr(error, "sqlite_errorcode", None) in _DAMAGED


def _connect(path: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_BUSY, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.executescript(_TABLES)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


class _StoredMetadata(msgspec.Struct, array_like=True, tag=0):
    name: str
    version: str
    requires_dist: tuple[str, ...]
    provides_extra: tuple[str, ...]
    requires_python: str | None
    source: str
    provenance: Provenance


class _StoredUnknown(msgspec.Struct, array_like=True, tag=1):
    reason: str
    source: str


@cache
def _decoder() -> msgspec.msgpack.Decoder[_StoredMetadata | _StoredUnknown]:
    return msgspec.msgpack.Decoder(_StoredMetadata | _StoredUnknown)


def _stored(metadata: Metadata | UnknownMetadata) -> bytes:
    match metadata:
        case UnknownMetadata(reason, source):
            return msgspec.msgpack.encode(_StoredUnknown(reason, source))
        case _:
            fields = (getattr(metadata, name) for name in _StoredMetadata.__struct_fields__)
            return msgspec.msgpack.encode(_StoredMetadata(*fields))


def _restored(content: bytes) -> Metadata | UnknownMetadata:
    stored = _decoder().decode(content)
    if isinstance(stored, _StoredUnknown):
        return UnknownMetadata(stored.reason, stored.source)
    return Metadata(*msgspec.structs.astuple(stored))


def _decoded(decode: Callable[[], T]) -> T | None:
    """What `decode` gives; None for content that is not what it was when it was written."""
    try:
        return decode()
    except (msgspec.MsgspecError, TypeError):
        return None
