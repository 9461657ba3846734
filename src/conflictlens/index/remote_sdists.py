"""Source distributions over HTTP: streamed until enough is known, or by ranges for zip files."""

from __future__ import annotations

from urllib.parse import urlsplit

from conflictlens.errors import mask_password
from conflictlens.index.client import MEGABYTE, Client
from conflictlens.index.metadata_files import MetadataFiles, metadata_url
from conflictlens.index.ranges import RangeReader, Unreachable
from conflictlens.index.records import Distribution, Metadata, UnknownMetadata
from conflictlens.index.sdists import Contents, SdistContents, SdistStream
from conflictlens.index.tar_stream import ArchiveError
from conflictlens.index.zip_directory import ZipError

STREAM_LIMIT = 20 * MEGABYTE
"""Compressed bytes of one sdist that are received at most."""


def read_sdist(
    sdist: Distribution, client: Client, files: MetadataFiles, ranges: RangeReader
) -> Metadata | UnknownMetadata:
    """What the sdist says; its ``.metadata`` only where that was announced and is static."""
    if sdist.has_metadata:
        core = files.announced(sdist)
        if core is not None and core.dependencies_are_static:
            return core.as_metadata(mask_password(metadata_url(sdist)))
    return read_source(sdist.url, SdistContents(sdist.project), client, ranges)


def read_source(
    url: str, contents: SdistContents, client: Client, ranges: RangeReader
) -> Metadata | UnknownMetadata:
    """What the source archive at `url` says, whatever its name."""
    source = mask_password(url)
    failure = look_into(url, contents, client, ranges)
    return UnknownMetadata(failure, source) if failure else contents.metadata(source)


def look_into(url: str, contents: Contents, client: Client, ranges: RangeReader) -> str | None:
    """Fills `contents` from the archive at `url`; a clause where that was not possible."""
    try:
        if urlsplit(url).path.endswith(".zip"):
            return _by_ranges(url, contents, ranges)
        return _streamed(url, contents, client)
    except (ArchiveError, ZipError) as error:
        return f"the source distribution can't be read: {error}"


def _by_ranges(url: str, contents: Contents, ranges: RangeReader) -> str | None:
    archive = ranges.open(url)
    if isinstance(archive, Unreachable):
        return archive.reason
    for name, member in (archive.members(contents.wants)).items():
        if not contents.enough:
            contents.take(name, archive.read(member))
    return None


def _streamed(url: str, contents: Contents, client: Client) -> str | None:
    answer = client.stream(url, lambda: SdistStream(contents), limit=STREAM_LIMIT)
    if answer.status in (404, 410):
        return f"the file is not there (HTTP status {answer.status})"
    answer.require_success()
    if not answer.complete:
        return f"the source distribution is larger than {STREAM_LIMIT // MEGABYTE} MB"
    return None
