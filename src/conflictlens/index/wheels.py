"""Core metadata out of a wheel, where no file beside it says the same: by range requests.

The whole wheel is taken if it is small and the server does not honour them.
"""

from __future__ import annotations

from conflictlens.errors import mask_password
from conflictlens.index.core_metadata import is_metadata, metadata_member, parse_core_metadata
from conflictlens.index.ranges import RangeReader, Unreachable
from conflictlens.index.records import Distribution, Metadata, UnknownMetadata
from conflictlens.index.zip_directory import ZipError


def read_wheel(wheel: Distribution, ranges: RangeReader) -> Metadata | UnknownMetadata:
    """What METADATA in the archive says."""
    source = mask_password(wheel.url)
    try:
        archive = ranges.open(wheel.url)
        if isinstance(archive, Unreachable):
            return UnknownMetadata(archive.reason, source)
        members = archive.members(is_metadata)
        name = metadata_member(members, wheel.project)
        core = parse_core_metadata(archive.read(members[name])) if name else None
    except ZipError as error:
        return UnknownMetadata(f"the wheel can't be read: {error}", source)
    if core is None:
        return UnknownMetadata("the wheel holds no METADATA", source)
    return core.as_metadata(source)
