"""Remembering what an index answered, so that the question can be asked again.

Nothing that names a server is kept: files lose their URL and credentials in the user's own
URLs are masked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec
from msgspec.structs import replace
from packaging.version import Version

from conflictlens.errors import mask_password
from conflictlens.index.records import (
    Distribution,
    Index,
    IndexStats,
    Metadata,
    Project,
    Provenance,
    UncheckedReference,
    UnknownMetadata,
)
from conflictlens.index.snapshot import Snapshot
from conflictlens.index.snapshot_format import (
    Facts,
    File,
    Question,
    Reference,
    Releases,
    Slice,
    WrittenRequirement,
)
from conflictlens.names import NormalizedName
from conflictlens.requirements.records import RootRequirement, UnnamedRoot

_URL = re.compile(r"[\w+.-]+://[^\s;,]+")
_HOST = re.compile(r"(https?://)[^\s/]+")


def written(root: RootRequirement | UnnamedRoot) -> WrittenRequirement:
    """A root as a snapshot keeps it."""
    return WrittenRequirement(
        text=_without_credentials(root.text),
        origin=root.origin,
        hashes=root.hashes,
        editable=root.editable,
    )


class RecordingIndex:
    """An `Index` that passes every question on to another one and remembers the answers."""

    def __init__(self, inner: Index) -> None:
        self._inner = inner
        self._projects: dict[NormalizedName, Project] = {}
        self._metadata: dict[str, Metadata | UnknownMetadata] = {}
        self._references: dict[str, tuple[Distribution, Metadata] | UncheckedReference] = {}

    @property
    def stats(self) -> IndexStats:
        return self._inner.stats

    def project(self, name: NormalizedName) -> Project:
        answer = self._projects[name] = self._inner.project(name)
        return answer

    def metadata(self, distribution: Distribution) -> Metadata | UnknownMetadata:
        answer = self._metadata[distribution.url] = self._inner.metadata(distribution)
        return answer

    def reference(self, url: str) -> tuple[Distribution, Metadata] | UncheckedReference:
        answer = self._references[url] = self._inner.reference(url)
        return answer

    def prefetch(
        self, names: Iterable[NormalizedName] = (), distributions: Iterable[Distribution] = ()
    ) -> None:
        self._inner.prefetch(names, distributions)

    def snapshot(self, question: Question) -> Snapshot:
        """All that was answered so far, as the slice that `question` used."""
        hashed = any(root.hashes for root in (*question.requirements, *question.constraints))
        tables = _Tables(self._metadata.copy(), keep_hashes=hashed)
        projects: dict[str, Releases | None] = {
            p.name: tables.releases(p) for p in self._projects.copy().values()
        }
        references = {
            mask_password(url): tables.reference(answer)
            for url, answer in self._references.copy().items()
        }
        part = Slice(tuple(tables.strings), tuple(tables.facts), projects, references)
        return Snapshot(_without_secrets(question), part)


class _Tables(msgspec.Struct):
    """Strings and facts, each kept once and named by its number."""

    metadata: dict[str, Metadata | UnknownMetadata]
    keep_hashes: bool
    strings: dict[str, int] = msgspec.field(default_factory=dict)
    facts: dict[Facts, int] = msgspec.field(default_factory=dict)

    def releases(self, project: Project) -> Releases | None:
        if not project.found:
            return None
        releases: dict[str, list[File]] = {}
        for distribution in project.distributions:
            files = releases.setdefault(str(distribution.version), [])
            files.append(self._file(distribution, self.metadata.get(distribution.url)))
        return {version: tuple(files) for version, files in releases.items()}

    def reference(
        self, answer: tuple[Distribution, Metadata] | UncheckedReference
    ) -> Reference | str:
        if isinstance(answer, UncheckedReference):
            return _without_host(answer.reason)
        distribution, metadata = answer
        return Reference(
            project=distribution.project,
            version=str(distribution.version),
            url=mask_password(distribution.url),
            kind=distribution.kind,
            file=self._file(distribution, metadata),
        )

    def _file(self, distribution: Distribution, answer: Metadata | UnknownMetadata | None) -> File:
        metadata = answer if isinstance(answer, Metadata) else None
        return File(
            file=distribution.filename,
            time=distribution.upload_time,
            python=distribution.requires_python,
            yanked=distribution.yanked,
            metadata=self._answer(answer),
            declared=metadata is not None and metadata.provenance is Provenance.DECLARED,
            version=_other_spelling(metadata, distribution.version),
            announced=distribution.has_metadata,
            local=distribution.local,
            sha256=distribution.sha256 if self.keep_hashes else None,
        )

    def _answer(self, answer: Metadata | UnknownMetadata | None) -> int | str | None:
        match answer:
            case Metadata():
                return self._number(answer)
            case UnknownMetadata(reason):
                return _without_host(reason)
            case None:
                return None

    def _number(self, metadata: Metadata) -> int:
        facts = Facts(
            name=metadata.name,
            requires=self._numbers(metadata.requires_dist),
            extras=self._numbers(metadata.provides_extra),
            python=metadata.requires_python,
        )
        return self.facts.setdefault(facts, len(self.facts))

    def _numbers(self, texts: tuple[str, ...]) -> tuple[int, ...]:
        masked = map(_without_credentials, texts)
        return tuple(self.strings.setdefault(text, len(self.strings)) for text in masked)


def _other_spelling(metadata: Metadata | None, version: Version) -> str | None:
    """The version as the metadata spells it, None where that says nothing new."""
    return None if metadata is None or metadata.version == str(version) else metadata.version


def _without_secrets(question: Question) -> Question:
    return replace(
        question,
        requirements=tuple(map(_masked, question.requirements)),
        constraints=tuple(map(_masked, question.constraints)),
    )


def _masked(requirement: WrittenRequirement) -> WrittenRequirement:
    return replace(requirement, text=_without_credentials(requirement.text))


def _without_credentials(text: str) -> str:
    return _URL.sub(lambda url: mask_password(url[0]), text)


def _without_host(reason: str) -> str:
    """A reason may quote a URL of the index."""
    return _HOST.sub(r"\1index.example", reason)
