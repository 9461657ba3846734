"""Opening an index on a served universe, the way most tests need it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from conflictlens.index.configuration import IndexSources
from conflictlens.index.records import Distribution, DistributionKind, Metadata, UnknownMetadata
from conflictlens.index.remote import RemoteIndex, open_index


def opened(
    *urls: str, environ: Mapping[str, str] | None = None, cert: str | None = None, **options: Any
) -> RemoteIndex:
    """An index that asks `urls`, with no cache unless `cache_dir` is given."""
    sources = IndexSources(index_urls=urls, cert=cert, find_links=options.pop("find_links", ()))
    options.setdefault("use_cache", "cache_dir" in options)
    # No variable of this machine, no netrc: HOME is a place that does not exist.
    return open_index(sources, environ=environ or {"HOME": "/nonexistent"}, **options)


def only_file(
    index: RemoteIndex, name: str, kind: DistributionKind = DistributionKind.WHEEL
) -> Distribution:
    """The only file of that kind."""
    files = index.project(canonicalize_name(name)).distributions
    [file] = [file for file in files if file.kind is kind]
    return file


def metadata_of(
    index: RemoteIndex, name: str, kind: DistributionKind = DistributionKind.WHEEL
) -> Metadata | UnknownMetadata:
    return index.metadata(only_file(index, name, kind))


def warm(cache: Path, *urls: str, **options: Any) -> RemoteIndex:
    return opened(*urls, cache_dir=cache, **options)
