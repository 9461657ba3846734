"""Core metadata out of a wheel, where no file beside it says the same: by range requests.

The whole wheel is taken if it is small and the server does not honour them.
"""

from __future__ import annotations

from conflictlens.errors import mask_password
from conflictlens.index.core_metadata import (
    is_metadata,
    is_own_metadata,
    metadata_member,
    parse_core_metadata,
)
from conflictlens.index.ranges import RangeReader, RemoteZip, Unreachable
from conflictlens.index.records import Distribution, Metadata, UnknownMetadata
from conflictlens.index.zip_directory import Member, ZipError
from conflictlens.names import NormalizedName

_ENDING = b"/METADATA"


def read_wheel(wheel: Distribution, ranges: RangeReader) -> Metadata | UnknownMetadata:
    """What METADATA in the archive says."""
    source = mask_password(wheel.url)
    try:
        archive = ranges.open(wheel.url)
        if isinstance(archive, Unreachable):
            return UnknownMetadata(archive.reason, source)
        member = _member(archive, wheel.project)
        core = parse_core_metadata(archive.read(member)) if member else None
    except ZipError as error:
        return UnknownMetadata(f"the wheel can't be read: {error}", source)
    if core is None:
        return UnknownMetadata("the wheel holds no METADATA", source)
    return core.as_metadata(source)


def _member(archive: RemoteZip, project: NormalizedName) -> Member | None:
    """METADATA's entry, mostly one of the last; the whole directory can be megabytes long.

    A second folder with the project's name is not looked for: installers refuse such a wheel.
    """
    last = archive.last_members(lambda name: is_own_metadata(name, project), _ENDING)
    if last:
        return next(reversed(last.values()))
    members = archive.members(is_metadata, _ENDING)
    name = metadata_member(members, project)
    return members[name] if name else None
