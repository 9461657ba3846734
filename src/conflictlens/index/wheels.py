"""Core metadata of a wheel: the ladder from the cheapest way to the last one.

1. the ``.metadata`` file beside it, where the index announces one;
2. the same file unannounced, where the index says nothing about it;
3. METADATA read out of the wheel by range requests;
4. the whole wheel if it is small.
"""

from __future__ import annotations

from conflictlens.errors import mask_password
from conflictlens.index.core_metadata import (
    is_metadata,
    is_own_metadata,
    metadata_member,
    parse_core_metadata,
)
from conflictlens.index.metadata_files import MetadataFiles, metadata_url
from conflictlens.index.ranges import RangeReader, RemoteZip, Unreachable
from conflictlens.index.records import Distribution, Metadata, UnknownMetadata
from conflictlens.index.zip_directory import Member, ZipError
from conflictlens.names import NormalizedName


async def read_wheel(
    wheel: Distribution, files: MetadataFiles, ranges: RangeReader
) -> Metadata | UnknownMetadata:
    """The wheel's metadata from the first rung that holds."""
    core = None
    if wheel.has_metadata:
        core = await files.announced(wheel)
    elif wheel.has_metadata is None:
        core = await files.unannounced(wheel)
    if core is None:
        return await _from_archive(wheel, ranges)
    return core.as_metadata(mask_password(metadata_url(wheel)))


async def _from_archive(wheel: Distribution, ranges: RangeReader) -> Metadata | UnknownMetadata:
    source = mask_password(wheel.url)
    try:
        archive = await ranges.open(wheel.url)
        if isinstance(archive, Unreachable):
            return UnknownMetadata(archive.reason, source)
        member = await _member(archive, wheel.project)
        core = parse_core_metadata(await archive.read(member)) if member else None
    except ZipError as error:
        return UnknownMetadata(f"the wheel can't be read: {error}", source)
    if core is None:
        return UnknownMetadata("the wheel holds no METADATA", source)
    return core.as_metadata(source)


async def _member(archive: RemoteZip, project: NormalizedName) -> Member | None:
    """METADATA's entry, mostly one of the last; the whole directory can be megabytes long.

    A second folder with the project's name is not looked for: installers refuse such a wheel.
    """
    last = archive.last_members(lambda name: is_own_metadata(name, project))
    if last:
        return next(reversed(last.values()))
    members = await archive.members(is_metadata)
    name = metadata_member(members, project)
    return members[name] if name else None
