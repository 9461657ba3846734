"""The text of a snapshot file: JSON, in one of two layouts.

``conflictlens.snapshot/1``, which is written::

    {"schema": "conflictlens.snapshot/1",
     "question": {"requirements": [{"text": "numpy>=2", "origin": {...}}], "python": "3.11", ...},
     "slice": {"strings": ["b>=2", "c; extra == 'x'", "x"],
               "facts": [{"name": "a", "requires": [0, 1], "extras": [2]}],
               "projects": {"a": {"1.0": [{"file": "a-1.0-py3-none-any.whl", "metadata": 0}]},
                            "gone": null},
               "references": {}}}

A project's files stand under their version. `metadata` is the number of its facts, or a text
that says why they can't be known, or is left out where nobody asked. A project that is null was
asked for and does not exist; one that is left out was never asked for.

The layout without a schema, which is only read, holds the dependencies of every version and of
every project that exists, one file per version already chosen for the target.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, TypeVar

import msgspec

from conflictlens.index.records import DistributionKind
from conflictlens.requirements.records import Origin, OriginKind

SCHEMA = "conflictlens.snapshot/1"

Number = Annotated[int, msgspec.Meta(ge=0)]


class LayoutError(ValueError):
    """Text that is not a snapshot; its message says why."""


class WrittenRequirement(msgspec.Struct, frozen=True):
    """One root as the user wrote it, passwords in URLs masked."""

    text: str
    origin: Origin
    hashes: tuple[str, ...] = ()
    editable: bool = False


class Question(msgspec.Struct, frozen=True):
    """What was asked: roots and target, enough to ask it again.

    `environment` holds the values of PEP 508 markers and `tags` the wheel tags of the target,
    best first; empty where they follow from `python` and `platform`.
    """

    requirements: tuple[WrittenRequirement, ...]
    constraints: tuple[WrittenRequirement, ...] = ()
    python: str | None = None
    platform: str | None = None
    exclude_newer: datetime | None = None
    pre: bool = False
    only_binary: tuple[str, ...] = ()
    no_binary: tuple[str, ...] = ()
    environment: Mapping[str, str] = msgspec.field(default_factory=dict)
    tags: tuple[str, ...] = ()


class Facts(msgspec.Struct, frozen=True, omit_defaults=True):
    """Core metadata, its strings as numbers; shared by all files that say the same."""

    name: str
    requires: tuple[Number, ...] = ()
    extras: tuple[Number, ...] = ()
    python: str | None = None


class File(msgspec.Struct, frozen=True, omit_defaults=True):
    """One file of a release; `version` where its metadata spells the version in another way."""

    file: str
    time: datetime | None = None
    python: str | None = None
    yanked: str | None = None
    metadata: Number | str | None = None
    declared: bool = False
    version: str | None = None
    announced: bool | None = None
    local: bool = False
    sha256: str | None = None


class Reference(msgspec.Struct, frozen=True, omit_defaults=True):
    """The distribution behind a direct URL."""

    project: str
    version: str
    url: str
    kind: DistributionKind
    file: File


Releases = dict[str, tuple[File, ...]]


class Slice(msgspec.Struct, frozen=True, omit_defaults=True):
    """The part of an index that answers used.

    `complete` means that a project that is left out does not exist.
    """

    strings: tuple[str, ...] = ()
    facts: tuple[Facts, ...] = ()
    projects: dict[str, Releases | None] = {}
    references: dict[str, Reference | str] = {}
    complete: bool = False


class _Document(msgspec.Struct, frozen=True):
    schema: str
    question: Question
    slice: Slice


class _Head(msgspec.Struct):
    schema: str | None = None


def encode(question: Question, part: Slice) -> bytes:
    """The JSON of a snapshot."""
    return msgspec.json.encode(_Document(SCHEMA, question, part))


def decode(text: bytes) -> tuple[Question, Slice]:
    """The content of a snapshot in either layout; raises LayoutError."""
    schema = _decoded(text, _Head).schema
    if schema is None:
        return _without_schema(_decoded(text, _Bare))
    if schema != SCHEMA:
        raise LayoutError(f"it has the schema {schema!r}, this version reads {SCHEMA!r}")
    document = _decoded(text, _Document)
    _check_numbers(document.slice)
    return document.question, document.slice


Layout = TypeVar("Layout")


def _decoded(text: bytes, layout: type[Layout]) -> Layout:
    try:
        return msgspec.json.decode(text, type=layout)
    except msgspec.ValidationError as error:
        raise LayoutError(f"it is not a snapshot: {error}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise LayoutError(f"it is not JSON: {error}") from error
    except RecursionError as error:
        raise LayoutError("it is nested too deeply") from error


def _check_numbers(part: Slice) -> None:
    """All numbers must point into the tables, so that no later look-up can fail."""
    strings = max((max(f.requires + f.extras, default=-1) for f in part.facts), default=-1)
    if strings >= len(part.strings):
        raise LayoutError(f"it has no string number {strings}")
    facts = max(
        (file.metadata for file in _files(part) if isinstance(file.metadata, int)), default=-1
    )
    if facts >= len(part.facts):
        raise LayoutError(f"it has no facts number {facts}")


def _files(part: Slice) -> list[File]:
    listed = [
        file
        for releases in part.projects.values()
        for files in (releases or {}).values()
        for file in files
    ]
    return listed + [r.file for r in part.references.values() if isinstance(r, Reference)]


class _BareProject(msgspec.Struct, frozen=True):
    """`v`: version, file name, upload time, Requires-Python, shown though source-only, deps."""

    v: tuple[tuple[str, str, datetime | None, str | None, int, Number | None], ...]
    known: int


class _Bare(msgspec.Struct, frozen=True):
    """The layout without a schema; `deps` holds pairs of Requires-Dist and Provides-Extra."""

    requirements: tuple[str, ...]
    python: str
    strings: tuple[str, ...]
    deps: tuple[tuple[tuple[Number, ...], tuple[Number, ...]], ...]
    projects: dict[str, _BareProject]
    env: dict[str, str] = {}
    date: datetime | None = None


def _without_schema(bare: _Bare) -> tuple[Question, Slice]:
    question = Question(
        requirements=tuple(
            WrittenRequirement(text, Origin(OriginKind.ARGUMENT)) for text in bare.requirements
        ),
        python=bare.python,
        exclude_newer=bare.date,
        environment=bare.env,
    )
    part = Slice(
        strings=bare.strings,
        facts=tuple(Facts("", requires, extras) for requires, extras in bare.deps),
        projects={name: _bare_releases(name, project) for name, project in bare.projects.items()},
        complete=True,
    )
    _check_numbers(part)
    return question, part


def _bare_releases(name: str, project: _BareProject) -> Releases:
    """One file per version; the first `known` rows are those whose dependencies were recorded."""
    releases: Releases = {}
    for place, (version, filename, time, python, source_only, number) in enumerate(project.v):
        known = number if place < project.known else None
        shown = f"{name.replace('-', '_')}-{version}.tar.gz" if source_only else filename
        file = File(shown, time, python, metadata=known, declared=bool(source_only))
        releases[version] = (*releases.get(version, ()), file)
    return releases
