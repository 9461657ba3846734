"""Core metadata of distributions on this machine's disk. Nothing is unpacked or run."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path
from zipfile import BadZipFile, ZipFile, is_zipfile

from conflictlens.index.core_metadata import metadata_member, parse_core_metadata
from conflictlens.index.locations import local_path
from conflictlens.index.records import (
    Distribution,
    DistributionKind,
    Metadata,
    UnknownMetadata,
)
from conflictlens.index.sdists import Contents, SdistContents, pour
from conflictlens.index.tar_stream import ArchiveError

MEMBER_LIMIT = 10_000_000
_CHUNK = 1 << 16

_UNREADABLE = (OSError, BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)
"""What zipfile raises for archives that are damaged, encrypted or of an unknown method."""


def read_local(distribution: Distribution) -> Metadata | UnknownMetadata:
    """The metadata of a file that `distribution.url` gives as ``file:`` URL."""
    path = local_path(distribution.url)
    match distribution.kind:
        case DistributionKind.WHEEL:
            return _wheel(path, distribution)
        case DistributionKind.SDIST:
            return read_local_source(path, SdistContents(distribution.project))


def read_local_source(path: Path, contents: SdistContents) -> Metadata | UnknownMetadata:
    """What a source archive says, zip or compressed tar by its content."""
    source = path.as_uri()
    failure = look_into(path, contents)
    return UnknownMetadata(failure, source) if failure else contents.metadata(source)


def look_into(path: Path, contents: Contents) -> str | None:
    """Fills `contents` from a source archive; a clause where that was not possible."""
    try:
        if not is_zipfile(path):
            pour(_chunks(path), contents)
            return None
        with ZipFile(path) as archive:
            for name in archive.namelist():
                if contents.wants(name) and not contents.enough:
                    contents.take(name, _limited(archive, name))
    except (*_UNREADABLE, ArchiveError) as error:
        return f"the source distribution can't be read: {error}"
    return None


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _wheel(path: Path, wheel: Distribution) -> Metadata | UnknownMetadata:
    try:
        with ZipFile(path) as archive:
            name = metadata_member(archive.namelist(), wheel.project)
            content = _limited(archive, name) if name else b""
    except _UNREADABLE as error:
        return UnknownMetadata(f"the wheel can't be read: {error}", wheel.url)
    core = parse_core_metadata(content)
    if core is None:
        return UnknownMetadata("the wheel holds no METADATA", wheel.url)
    return core.as_metadata(wheel.url)


def _limited(archive: ZipFile, name: str) -> bytes:
    with archive.open(name) as member:
        return member.read(MEMBER_LIMIT)
