"""Core metadata of distributions on this machine's disk. Nothing is unpacked or run."""

from __future__ import annotations

import zlib
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from conflictlens.index.core_metadata import metadata_member, parse_core_metadata
from conflictlens.index.locations import local_path
from conflictlens.index.records import (
    Distribution,
    DistributionKind,
    Metadata,
    UnknownMetadata,
)

MEMBER_LIMIT = 10_000_000

_UNREADABLE = (OSError, BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)
"""What zipfile raises for archives that are damaged, encrypted or of an unknown method."""


def read_local(distribution: Distribution) -> Metadata | UnknownMetadata:
    """The metadata of a file that `distribution.url` gives as ``file:`` URL."""
    path = local_path(distribution.url)
    match distribution.kind:
        case DistributionKind.WHEEL:
            return _wheel(path, distribution)
        case DistributionKind.SDIST:
            return UnknownMetadata("a source distribution", distribution.url)


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
