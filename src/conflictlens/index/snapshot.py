"""Questions that can be asked again: a recorded slice of an index is itself an `Index`.

A replay gives the answers that were recorded, offline. What was never recorded is not guessed
at: it raises `OfflineMiss`, so that the outcome is undecided.
"""

from __future__ import annotations

import gzip
import os
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
from packaging.version import InvalidVersion, Version

from conflictlens.errors import IndexMalformed, OfflineMiss, SnapshotError
from conflictlens.files import write_file
from conflictlens.index.memory import FILES
from conflictlens.index.records import (
    Distribution,
    DistributionKind,
    IndexStats,
    Metadata,
    Project,
    Provenance,
    UncheckedReference,
    UnknownMetadata,
)
from conflictlens.index.snapshot_format import (
    File,
    LayoutError,
    Question,
    Reference,
    Releases,
    Slice,
    decode,
    encode,
)
from conflictlens.names import NormalizedName, canonicalize_name

PROJECTS = "https://index.example/simple/"
LARGEST = 128 * 1024 * 1024
_GZIP = b"\x1f\x8b"


class Snapshot(msgspec.Struct, frozen=True):
    """A question and the slice of the index that its answer used."""

    question: Question
    slice: Slice

    @property
    def index(self) -> SnapshotIndex:
        """A new index that answers from the slice alone."""
        return SnapshotIndex(self.slice)


def read_snapshot(path: str | os.PathLike[str]) -> Snapshot:
    """The snapshot of a file, gzip or plain; raises SnapshotError for one that can't be read."""
    try:
        return Snapshot(*decode(_content(Path(path))))
    except OSError as error:
        raise SnapshotError(os.fspath(path), f"can't be read: {error.strerror}") from error
    except LayoutError as error:
        raise SnapshotError(os.fspath(path), str(error)) from error


def write_snapshot(snapshot: Snapshot, path: str | os.PathLike[str]) -> None:
    """Write the file in one step, with gzip when its name ends in ``.gz``.

    An older file stays as it is when writing fails; raises SnapshotError.
    """
    content = encode(snapshot.question, snapshot.slice)
    if os.fspath(path).endswith(".gz"):
        content = gzip.compress(content, mtime=0)
    try:
        write_file(path, content)
    except OSError as error:
        raise SnapshotError(os.fspath(path), f"can't be written: {error.strerror}") from error


class SnapshotIndex:
    """An `Index` that answers from a slice. All files seem to come from one host."""

    def __init__(self, part: Slice) -> None:
        self._slice = part
        self._projects: dict[str, Project] = {}
        self._files: dict[str, File] = {}
        self._read: dict[str, Metadata | UnknownMetadata] = {}
        self._stats = IndexStats()

    @property
    def stats(self) -> IndexStats:
        return self._stats

    def project(self, name: NormalizedName) -> Project:
        known = self._projects.get(name)
        if known is None:
            known = self._projects[name] = self._recorded(name)
            self._stats.projects += 1
        return known

    def _recorded(self, name: NormalizedName) -> Project:
        url = f"{PROJECTS}{name}/"
        if name not in self._slice.projects and not self._slice.complete:
            raise OfflineMiss(url, "the snapshot was made without it")
        releases = self._slice.projects.get(name)
        if releases is None:
            return Project(name, found=False)
        try:
            return Project(name, tuple(self._distributions(name, releases)))
        except InvalidVersion as error:
            raise IndexMalformed(url, str(error)) from error

    def _distributions(self, name: NormalizedName, releases: Releases) -> Iterator[Distribution]:
        """A file name that two indexes share gets two URLs."""
        seen: Counter[str] = Counter()
        for text, files in releases.items():
            version = Version(text)
            for file in files:
                seen[file.file] += 1
                again = f"#{seen[file.file]}" if seen[file.file] > 1 else ""
                url = f"{FILES}{file.file}{again}"
                self._files[url] = file
                yield _distribution(name, version, file, url, _kind(file.file))

    def metadata(self, distribution: Distribution) -> Metadata | UnknownMetadata:
        known = self._read.get(distribution.url)
        if known is None:
            known = self._read[distribution.url] = self._facts(distribution)
            self._stats.metadata += 1
        return known

    def _facts(self, distribution: Distribution) -> Metadata | UnknownMetadata:
        file = self._files.get(distribution.url)
        match file.metadata if file else None:
            case int(number) if file is not None:
                return self._metadata(distribution, file, number)
            case str(reason):
                return UnknownMetadata(reason, distribution.url)
            case _:
                raise OfflineMiss(distribution.url, "the snapshot was made without its metadata")

    def _metadata(self, distribution: Distribution, file: File, number: int) -> Metadata:
        facts, strings = self._slice.facts[number], self._slice.strings
        suffix = ".metadata" if file.announced else ""
        return Metadata(
            name=facts.name or distribution.project,
            version=file.version or str(distribution.version),
            requires_dist=tuple([strings[i] for i in facts.requires]),
            provides_extra=tuple([strings[i] for i in facts.extras]),
            requires_python=facts.python,
            source=distribution.url + suffix,
            provenance=Provenance.DECLARED if file.declared else Provenance.STATIC,
        )

    def reference(self, url: str) -> tuple[Distribution, Metadata] | UncheckedReference:
        match self._slice.references.get(url):
            case None:
                raise OfflineMiss(url, "the snapshot was made without it")
            case str(reason):
                return UncheckedReference(url, reason)
            case found:
                return self._behind(found)

    def _behind(self, found: Reference) -> tuple[Distribution, Metadata]:
        try:
            version = Version(found.version)
        except InvalidVersion as error:
            raise IndexMalformed(found.url, str(error)) from error
        name = canonicalize_name(found.project)
        distribution = _distribution(name, version, found.file, found.url, found.kind)
        self._files[found.url] = found.file
        match self.metadata(distribution):
            case Metadata() as metadata:
                return distribution, metadata
            case UnknownMetadata(reason):
                raise IndexMalformed(found.url, reason)

    def prefetch(
        self, names: Iterable[NormalizedName] = (), distributions: Iterable[Distribution] = ()
    ) -> None:
        """Nothing to fetch."""


def _distribution(
    name: NormalizedName, version: Version, file: File, url: str, kind: DistributionKind
) -> Distribution:
    return Distribution(
        project=name,
        version=version,
        filename=file.file,
        url=url,
        kind=kind,
        requires_python=file.python,
        upload_time=file.time,
        yanked=file.yanked,
        has_metadata=file.announced,
        sha256=file.sha256,
        local=file.local,
    )


def _kind(filename: str) -> DistributionKind:
    return DistributionKind.WHEEL if filename.endswith(".whl") else DistributionKind.SDIST


def _content(path: Path) -> bytes:
    """What the file says, unpacked; at most `LARGEST` bytes, whatever gzip promises."""
    with path.open("rb") as file:
        packed = file.read(LARGEST + 1)
    content = _unpacked(packed) if packed.startswith(_GZIP) else packed
    if len(content) > LARGEST:
        raise LayoutError(f"it holds more than {LARGEST // 1024**2} MiB")
    return content


def _unpacked(packed: bytes) -> bytes:
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        content = unpacker.decompress(packed, LARGEST + 1)
    except zlib.error as error:
        raise LayoutError(f"its gzip data is damaged: {error}") from error
    if not unpacker.eof and len(content) <= LARGEST:
        raise LayoutError("its gzip data ends too early")
    return content
