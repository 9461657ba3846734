"""Direct references: what kind of thing a URL or path names (PEP 440, 508 and 610).

Whatever would need a version-control checkout or a build is not checked, and said so.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec
from msgspec.structs import replace

from conflictlens.index.core_metadata import parse_core_metadata
from conflictlens.index.filenames import parse_filename, parse_version, sdist_stem
from conflictlens.index.local_archives import read_local_source
from conflictlens.index.locations import is_local, local_path
from conflictlens.index.metadata_reader import MetadataReader
from conflictlens.index.pyproject import NotStatic, parse_static_project
from conflictlens.index.records import (
    Distribution,
    DistributionKind,
    Metadata,
    UncheckedReference,
    UnknownMetadata,
)
from conflictlens.index.sdists import SdistContents
from conflictlens.names import canonicalize_name

Resolved = tuple[Distribution, Metadata] | UncheckedReference


class WheelFile(msgspec.Struct, frozen=True):
    """A wheel; the distribution's `url` is the location of the file."""

    wheel: Distribution


class SourceArchive(msgspec.Struct, frozen=True):
    """An archive of sources; `folder` is the project's folder in it, empty for its root."""

    location: str
    folder: str = ""


class SourceFolder(msgspec.Struct, frozen=True):
    path: Path


Reference = WheelFile | SourceArchive | SourceFolder | UncheckedReference


def classify(url: str) -> Reference:
    """What `url`, or a path, names. Nothing is opened but to tell folders from files."""
    scheme = url.partition(":")[0].lower() if "://" in url or url.startswith("file:") else ""
    if "+" in scheme:
        vcs = scheme.partition("+")[0]
        return UncheckedReference(url, f"its dependencies are known only to a {vcs} checkout")
    if scheme not in ("", "http", "https", "file"):
        return UncheckedReference(url, f"{scheme} is no way to get a distribution")
    location, _, fragment = url.partition("#")
    folder = next(iter(parse_qs(fragment).get("subdirectory", [])), "")
    if is_local(location):
        path = local_path(location)
        if not path.exists():
            return UncheckedReference(url, "there is no such file or directory", unusable=True)
        if path.is_dir():
            return _classified_folder(url, path / folder)
        location = path.as_uri()
    return _classified_file(url, location, fragment, folder)


def _classified_folder(url: str, path: Path) -> Reference:
    """pip's rule: a folder is a project by one of two files."""
    if any((path / name).is_file() for name in ("pyproject.toml", "setup.py")):
        return SourceFolder(path)
    reason = "it is a directory without a pyproject.toml or setup.py"
    return UncheckedReference(url, reason, unusable=True)


def _classified_file(url: str, location: str, fragment: str, folder: str) -> Reference:
    filename = unquote(urlsplit(location).path.rpartition("/")[2])
    if not filename.endswith(".whl"):
        if sdist_stem(filename) is None:
            # What a server sends can be an archive, whatever its URL looks like.
            reason = "it is neither a wheel nor an archive of sources"
            return UncheckedReference(url, reason, unusable=is_local(location))
        return SourceArchive(location, folder)
    parsed = parse_filename(filename)
    if parsed is None:
        return UncheckedReference(url, "the wheel's file name is not valid", unusable=True)
    sha256 = next(iter(parse_qs(fragment).get("sha256", [])), None)
    return WheelFile(
        Distribution(
            parsed.project,
            parsed.version,
            filename,
            location,
            DistributionKind.WHEEL,
            sha256=sha256,
            local=is_local(location),
        )
    )


def read_reference(url: str, reader: MetadataReader) -> Resolved:
    """The distribution behind `url` and its metadata, or why they can't be had."""
    match classify(url):
        case UncheckedReference() as unchecked:
            return unchecked
        case WheelFile(wheel):
            metadata = reader.metadata(wheel)
            if isinstance(metadata, UnknownMetadata):
                return UncheckedReference(url, metadata.reason)
            # A reference is known by the text that the user wrote.
            return replace(wheel, url=url), metadata
        case SourceFolder(path):
            return _source(url, read_folder(path))
        case SourceArchive(location, folder) if is_local(location):
            contents = SdistContents(folder=folder)
            return _source(url, read_local_source(local_path(location), contents))
        case SourceArchive(location, folder):
            return _source(url, reader.source(location, folder))


def _source(url: str, metadata: Metadata | UnknownMetadata) -> Resolved:
    """Sources have the name and the version that they state."""
    if isinstance(metadata, UnknownMetadata):
        return UncheckedReference(url, metadata.reason)
    version = parse_version(metadata.version)
    if version is None:
        return UncheckedReference(url, f"{metadata.version} is no valid version")
    path = urlsplit(url.partition("#")[0]).path
    distribution = Distribution(
        canonicalize_name(metadata.name),
        version,
        unquote(path.rstrip("/").rpartition("/")[2]),
        url,
        DistributionKind.SDIST,
        requires_python=metadata.requires_python,
        local=is_local(url),
    )
    return distribution, metadata


def read_folder(path: Path) -> Metadata | UnknownMetadata:
    """What a folder of sources states: PKG-INFO of an unpacked sdist, else pyproject.toml."""
    source = path.as_uri()
    core = parse_core_metadata(_content(path / "PKG-INFO"))
    if core is not None and core.dependencies_are_static:
        return core.as_metadata(source)
    content = _content(path / "pyproject.toml")
    if not content:
        return UnknownMetadata("what it needs is known only once its setup.py has run", source)
    project = parse_static_project(content)
    if isinstance(project, NotStatic):
        return UnknownMetadata(project.reason, source)
    return project.as_metadata(core.version if core else None, source)


def _content(path: Path) -> bytes:
    """A file's content, empty where there is none to be read."""
    try:
        return path.read_bytes()
    except OSError:
        return b""
