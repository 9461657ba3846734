"""Recorded slices of an index: what every benchmark asks about.

A slice is read from a file (see `Layout`), made by `benchmarks.record`, or made up by
`benchmarks.families`; it is put before conflictlens in memory (`memory_index`) or served over
HTTP to everybody (`benchmarks.served`). The files are other people's data and stay outside the
project: name their folder in CONFLICTLENS_SNAPSHOTS, or have it at ``../shared/snapshots``.
"""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import msgspec
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from conflictlens.index.memory import FILES, MemoryIndex
from conflictlens.index.records import Distribution, DistributionKind, Metadata
from conflictlens.target import Target, target_for

FOLDER = Path(
    os.environ.get("CONFLICTLENS_SNAPSHOTS", Path(__file__).parents[2] / "shared" / "snapshots")
)
PLATFORM = "x86_64-unknown-linux-gnu"


@dataclass(frozen=True, slots=True)
class Release:
    """One version: its one wheel, and what that wheel's metadata says.

    `source_only`: on the real index it has no wheel; for the benchmark it is shown as one, so
    that nobody builds anything.
    """

    version: str
    filename: str
    uploaded: str | None = None
    requires_python: str | None = None
    requires: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    source_only: bool = False


@dataclass(frozen=True, slots=True)
class Recorded:
    """A question and the slice of the index that bears on it; what is not in it does not exist."""

    name: str
    requirements: tuple[str, ...]
    projects: Mapping[str, Sequence[Release]]
    python: str = "3.11.7"
    date: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def target(self) -> Target:
        return target_for(self.python, PLATFORM)


class Layout(msgspec.Struct):
    """The JSON of a file: strings by number in `deps`, these by number in `projects`.

    `deps` holds pairs of Requires-Dist and Provides-Extra.
    """

    name: str
    date: str | None
    python: str
    env: dict[str, str]
    requirements: tuple[str, ...]
    strings: list[str]
    deps: list[tuple[list[int], list[int]]]
    projects: dict[str, Rows]


class Rows(msgspec.Struct):
    """`v`: version, file name, upload time, Requires-Python, source-only, number in `deps`.

    Newest first. Of the rows past the first `known` the dependencies were not recorded; they
    are left out.
    """

    v: list[tuple[str, str, str | None, str | None, int, int | None]]
    known: int


def names() -> list[str]:
    """The recorded questions that are there."""
    return sorted(path.name.removesuffix(".json.gz") for path in FOLDER.glob("*.json.gz"))


def load(name: str) -> Recorded:
    """A slice by its name in the folder, or by its path."""
    path = Path(name)
    path = path if path.suffix == ".gz" else FOLDER / f"{name}.json.gz"
    if not path.exists():
        raise SystemExit(
            f"{path} is not there: name the folder of slices in CONFLICTLENS_SNAPSHOTS"
        )
    return read(path)


def read(path: Path) -> Recorded:
    layout = msgspec.json.decode(gzip.decompress(path.read_bytes()), type=Layout)
    texts = [
        (
            tuple([layout.strings[number] for number in requires]),
            tuple([layout.strings[number] for number in extras]),
        )
        for requires, extras in layout.deps
    ]
    projects = {
        name: [
            Release(version, filename, time, python, *texts[deps], source_only=bool(source))
            for version, filename, time, python, source, deps in rows.v[: rows.known]
            if deps is not None
        ]
        for name, rows in layout.projects.items()
    }
    return Recorded(
        layout.name, layout.requirements, projects, layout.python, layout.date, layout.env
    )


def write(recorded: Recorded, path: Path) -> None:
    """The file that `read` reads, the same bytes for the same slice."""
    strings: dict[str, int] = {}
    deps: dict[tuple[tuple[int, ...], tuple[int, ...]], int] = {}

    def numbers(texts: Iterable[str]) -> tuple[int, ...]:
        return tuple([strings.setdefault(text, len(strings)) for text in texts])

    def row(one: Release) -> tuple[str, str, str | None, str | None, int, int]:
        number = deps.setdefault((numbers(one.requires), numbers(one.extras)), len(deps))
        python = one.requires_python
        return one.version, one.filename, one.uploaded, python, int(one.source_only), number

    projects = {
        name: Rows([row(one) for one in releases], len(releases))
        for name, releases in sorted(recorded.projects.items())
    }
    layout = Layout(
        recorded.name,
        recorded.date,
        recorded.python,
        dict(recorded.environment),
        recorded.requirements,
        list(strings),
        [(list(requires), list(extras)) for requires, extras in deps],
        projects,
    )
    path.write_bytes(gzip.compress(msgspec.json.encode(layout), mtime=0))


def memory_index(recorded: Recorded) -> MemoryIndex:
    """The slice in memory: versions parsed, requirements not."""
    return MemoryIndex(
        facts=(
            _file(canonicalize_name(name), release)
            for name, releases in recorded.projects.items()
            for release in releases
        ),
        empty=map(canonicalize_name, recorded.projects),
    )


def _file(name: NormalizedName, release: Release) -> tuple[Distribution, Metadata]:
    url = FILES + release.filename
    file = Distribution(
        project=name,
        version=Version(release.version),
        filename=release.filename,
        url=url,
        kind=DistributionKind.WHEEL,
        requires_python=release.requires_python,
        upload_time=datetime.fromisoformat(release.uploaded) if release.uploaded else None,
        has_metadata=True,
    )
    metadata = Metadata(
        name=name,
        version=release.version,
        requires_dist=release.requires,
        provides_extra=release.extras,
        source=url,
    )
    return file, metadata


def core_metadata(name: str, release: Release) -> bytes:
    """The METADATA of a release, a description apart."""
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {release.version}"]
    if release.requires_python:
        lines.append(f"Requires-Python: {release.requires_python}")
    lines += [f"Provides-Extra: {extra}" for extra in release.extras]
    lines += [f"Requires-Dist: {text}" for text in release.requires]
    return "\n".join([*lines, "", ""]).encode()
