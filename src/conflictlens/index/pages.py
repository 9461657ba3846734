"""One project's page of one index, as records that are cheap to keep."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import msgspec

from conflictlens.index.filenames import FilenameReader, parse_filename
from conflictlens.index.records import Distribution
from conflictlens.names import NormalizedName


class File(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One link of a page, its URL absolute; the fields are those of `Distribution`.

    `metadata_sha256` is set where PEP 658 gives the hash of the ``.metadata`` file.
    """

    filename: str
    url: str
    requires_python: str | None = None
    upload_time: datetime | None = None
    yanked: str | None = None
    has_metadata: bool | None = None
    metadata_sha256: str | None = None
    sha256: str | None = None
    size: int | None = None


class Page(msgspec.Struct, frozen=True, array_like=True):
    """All links of a page; not `found` stands for 404.

    `is_foreign`: nothing on it tells that it is a package index's, though it has links.
    """

    files: tuple[File, ...] = ()
    found: bool = True
    is_foreign: bool = False


MISSING = Page(found=False)


class Validators(msgspec.Struct, frozen=True):
    """What a server gave to ask later whether a page changed (RFC 9110); both empty: nothing."""

    etag: str = ""
    last_modified: str = ""

    @property
    def headers(self) -> dict[str, str]:
        pairs = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in pairs.items() if value}


def distributions(
    files: Iterable[File], project: NormalizedName, *, local: bool = False
) -> Iterator[Distribution]:
    """The wheels and sdists of `project` among `files`; anything else is passed over."""
    reader = FilenameReader(project)
    for file in files:
        read = reader.read(file.filename)
        if read is not None:
            yield Distribution(
                project,
                read[0],
                file.filename,
                file.url,
                read[1],
                file.requires_python,
                file.upload_time,
                file.yanked,
                file.has_metadata,
                file.sha256,
                file.size,
                local,
                file.metadata_sha256,
            )


class FileGroups:
    """The files of a page of many projects, as find-links pages and folders are."""

    def __init__(self, files: Iterable[File], *, local: bool) -> None:
        self._local = local
        self._groups: dict[NormalizedName, list[File]] = {}
        for file in files:
            if (parsed := parse_filename(file.filename)) is not None:
                self._groups.setdefault(parsed.project, []).append(file)

    def files(self, name: NormalizedName) -> Sequence[File]:
        return self._groups.get(name, ())

    def distributions(self, name: NormalizedName) -> Iterator[Distribution]:
        return distributions(self.files(name), name, local=self._local)


class _StoredPage(msgspec.Struct, array_like=True):
    """A page for the cache; where `prefix` is set, URLs lack it and the file name at their end."""

    found: bool
    prefix: str
    files: tuple[File, ...]
    is_foreign: bool = False


_STORED = msgspec.msgpack.Decoder(_StoredPage)


def encode_page(page: Page) -> bytes:
    """`page` for the cache, with what its URLs share written once."""
    files = page.files
    folders = [_folder(file) for file in files]
    prefix = _common_prefix(folders)
    shared = prefix if "://" in prefix else ""
    if shared:
        start = len(shared)
        files = tuple(
            [_at(file, folder[start:]) for file, folder in zip(files, folders, strict=True)]
        )
    return msgspec.msgpack.encode(_StoredPage(page.found, shared, files, page.is_foreign))


def _common_prefix(texts: list[str]) -> str:
    # What the first and the last in order share, all between them share.
    return os.path.commonprefix([min(texts), max(texts)]) if texts else ""  # noqa: RUF071


def decode_page(content: bytes) -> Page:
    """The page that was encoded; raises `msgspec.MsgspecError` for anything else."""
    stored = _STORED.decode(content)
    files, prefix = stored.files, stored.prefix
    if prefix:
        files = tuple(_at(file, f"{prefix}{file.url}{file.filename}") for file in files)
    return Page(files, stored.found, stored.is_foreign)


def _folder(file: File) -> str:
    """The URL up to the file name; empty where it does not end in that."""
    return file.url[: -len(file.filename)] if file.url.endswith(file.filename) else ""


def _at(file: File, url: str) -> File:
    return File(
        file.filename,
        url,
        file.requires_python,
        file.upload_time,
        file.yanked,
        file.has_metadata,
        file.metadata_sha256,
        file.sha256,
        file.size,
    )
