"""What an index says, assessed for one target and policy, kept for as long as it is asked about.

Verifying a fix or letting a pre-release in makes a new problem about the same index, target and
policy. Which files suit the target and what a release needs stays the same for all of them, so
they share one catalogue; what depends on the roots is the `universe`'s.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec
from msgspec import MsgspecError
from msgspec.structs import replace

from conflictlens.errors import BudgetSpent, IndexFailure, OfflineMiss, ReferenceUnchecked
from conflictlens.index.locations import is_local
from conflictlens.index.records import (
    DerivedStore,
    Distribution,
    DistributionKind,
    Index,
    Metadata,
    Project,
    Provenance,
    UnknownMetadata,
)
from conflictlens.names import NormalizedName, canonicalize_name
from conflictlens.problem.admission import Admission, Assessor
from conflictlens.problem.assessed import Files, assessment_key, decode_files, encode_files
from conflictlens.problem.dependencies import Dependency
from conflictlens.problem.record import ProjectRecord, ReleaseFacts
from conflictlens.problem.releases import Exclusion, Releases
from conflictlens.problem.siblings import nearest_wheels
from conflictlens.problem.unread import Unread, stand_in
from conflictlens.target import Target

if TYPE_CHECKING:
    from packaging.version import Version

    from conflictlens.problem.dependency_reader import DependencyReader


class Reference(msgspec.Struct, frozen=True):
    """A distribution that a root names by URL or path, and what it needs."""

    distribution: Distribution
    metadata: Metadata


NONE_UNCHECKED: Mapping[NormalizedName, ReferenceUnchecked] = {}

_FILES = "/files"


def _declared_by(wheel: Distribution, said: Metadata) -> Metadata:
    """The metadata of a wheel as another file's of its release, whose Pythons the page tells."""
    return replace(said, provenance=Provenance.DECLARED, requires_python=None, wheel=wheel.filename)


class Catalogue:
    """Projects and releases by name and file; each is read and assessed once."""

    def __init__(
        self,
        index: Index,
        target: Target,
        policy: Admission,
        references: Mapping[str, Reference],
        *,
        any_python: bool = False,
        unread: Unread | None = None,
        unchecked: Mapping[NormalizedName, ReferenceUnchecked] = NONE_UNCHECKED,
        with_others: bool = False,
    ) -> None:
        self.index = index
        # Protocols are checked attribute by attribute, which is not for every project anew.
        self._store = index if isinstance(index, DerivedStore) else None
        self._target = target
        self._policy = policy
        self._references = references
        self._any_python = any_python
        self._with_others = with_others
        self.unread = unread
        self.unchecked = unchecked
        self._assessment = assessment_key(target, policy, any_python=any_python)
        self._lifted: Catalogue | None = None
        self._records: dict[NormalizedName, ProjectRecord] = {}
        self._metadata: dict[str, Metadata | UnknownMetadata] = {}

    def on_any_python(self) -> Catalogue:
        """The same, but the target's Python rules nothing out; markers stay its own."""
        if self._lifted is None:
            self._lifted = self._like(any_python=True)
            self._lifted._reader, self._lifted._metadata = self._reader, self._metadata
        return self._lifted

    def tolerating(self) -> Catalogue:
        """The same, but what the index fails for is taken to ask for nothing (see `unread`)."""
        return self._like(unread=Unread())

    def about(self, references: Mapping[str, Reference]) -> Catalogue:
        """A new one that differs in what is named by URL or path."""
        return self._like(references=references)

    def with_others(self) -> Catalogue:
        """The same, but of a project that is named by URL or path the index's versions are there.

        Those that it has and gives.
        """
        return self._like(with_others=True)

    def _like(
        self,
        *,
        references: Mapping[str, Reference] | None = None,
        any_python: bool = False,
        unread: Unread | None = None,
        with_others: bool = False,
    ) -> Catalogue:
        return Catalogue(
            self.index,
            self._target,
            self._policy,
            self._references if references is None else references,
            any_python=any_python or self._any_python,
            unread=unread or self.unread,
            unchecked=self.unchecked,
            with_others=with_others or self._with_others,
        )

    @cached_property
    def _reader(self) -> DependencyReader:
        # packaging's parser is only loaded where metadata has to be parsed.
        from conflictlens.problem.dependency_reader import DependencyReader

        return DependencyReader(self._target.markers)

    @property
    def is_fetched(self) -> bool:
        """Whether the index keeps what was worked out, since to ask it takes longer."""
        return self._store is not None

    @cached_property
    def _assessor(self) -> Assessor:
        """Only made where a page has to be gone through, since it knows a thousand tags."""
        return Assessor(self._target, self._policy, any_python=self._any_python)

    def releases(self, name: NormalizedName) -> Releases:
        """The releases of a project, assessed for the target; none where no index has it."""
        return self._record(name).releases

    def _record(self, name: NormalizedName) -> ProjectRecord:
        known = self._records.get(name)
        if known is None:
            known = self._records[name] = self._referenced(name) or self._indexed(name)
        return known

    def _referenced(self, name: NormalizedName) -> ProjectRecord | None:
        """The releases that are named by URL or path; None without any."""
        files = [
            reference.distribution
            for reference in self._references.values()
            if reference.distribution.project == name
        ]
        if not files:
            return self._stood_for(name)
        # A cut-off is about what an index had; what is named stands there whenever it came.
        named = [replace(file, local=True) for file in files]
        others = self._others(name, {file.version for file in files}) if self._with_others else ()
        return ProjectRecord(self._assessor.releases(Project(name, (*named, *others))))

    def _others(self, name: NormalizedName, named: Container[Version]) -> Iterable[Distribution]:
        """An index's files of other versions than those that are named by URL or path."""
        try:
            files = self.index.project(name).distributions
        except BudgetSpent:
            raise
        except IndexFailure:
            # Nobody needs an index for a project that comes from elsewhere.
            return ()
        return [file for file in files if file.version not in named]

    def _stood_for(self, name: NormalizedName) -> ProjectRecord | None:
        """What stands for a project whose URL or path can't be read."""
        failure = self.unchecked.get(name)
        if failure is None:
            return None
        releases = stand_in(name, failure)
        [file] = releases.distributions
        self._metadata[file.url] = UnknownMetadata(str(failure), file.url)
        return ProjectRecord(releases)

    def _indexed(self, name: NormalizedName) -> ProjectRecord:
        kept = self._kept(name)
        if kept is not None:
            return kept
        try:
            return ProjectRecord(self._assessor.releases(self.index.project(name)))
        except BudgetSpent:
            raise
        except IndexFailure as failure:
            if self.unread is None:
                raise
            releases = self.unread.project(name, failure)
            [file] = releases.distributions
            self._metadata[file.url] = self.unread.file(file, failure)
            return ProjectRecord(releases)

    def _kept(self, name: NormalizedName) -> ProjectRecord | None:
        """What an earlier answer worked out; None where nothing holds or it is damaged."""
        if self._store is None:
            return None
        content = self._store.derived(name, self._assessment)
        try:
            return None if content is None else self._decoded(name, content, self._store)
        except MsgspecError:
            return None

    def _decoded(self, name: NormalizedName, content: bytes, store: DerivedStore) -> ProjectRecord:
        def load() -> Files:
            files = store.derived(name, self._assessment + _FILES)
            try:
                if files is not None:
                    return decode_files(name, files)
            except MsgspecError:
                pass
            releases = self._assessor.releases(self.index.project(name))
            return releases.distributions, releases.late

        return ProjectRecord.decoded(name, content, load)

    def keep(self) -> None:
        """Offer the index what was worked out, for the next answer."""
        if self._lifted is not None:
            self._lifted.keep()
        if self._store is None:
            return
        named = {reference.distribution.project for reference in self._references.values()}
        for name, record in self._records.items():
            if not record.releases.found or record.releases.is_unread or name in named:
                continue
            if record.is_new:
                files = encode_files(record.releases)
                self._store.keep_derived(name, self._assessment + _FILES, files)
            if record.has_news:
                self._store.keep_derived(name, self._assessment, record.encoded())

    def has_releases(self, name: NormalizedName) -> bool:
        """Whether `releases` will answer at once."""
        return name in self._records

    def metadata(self, file: Distribution) -> Metadata | UnknownMetadata:
        """The metadata of a file, read once."""
        known = self._metadata.get(file.url)
        if known is None:
            reference = self._references.get(file.url)
            known = reference.metadata if reference else self._tolerated(file)
            self._metadata[file.url] = known
        return known

    def _tolerated(self, file: Distribution) -> Metadata | UnknownMetadata:
        try:
            return self._stated(file)
        except BudgetSpent:
            raise
        except IndexFailure as failure:
            if self.unread is None:
                raise
            return self.unread.file(file, failure)

    def _stated(self, file: Distribution) -> Metadata | UnknownMetadata:
        """What a file says, or where it is a source that does not, wheels of its release."""
        known = self.index.metadata(file)
        if isinstance(known, Metadata) or file.kind is not DistributionKind.SDIST:
            return known
        try:
            files = self.index.project(file.project).distributions
            in_time = filter(self._assessor.is_in_time, files)
            for wheel in nearest_wheels(file, in_time, self._target):
                said = self.index.metadata(wheel)
                if isinstance(said, Metadata):
                    return _declared_by(wheel, said)
        except OfflineMiss:
            # Nobody promised it: as unknown as it was.
            return known
        return known

    def has_facts(self, name: NormalizedName, bit: int) -> bool:
        """Whether `facts` will answer at once, extras apart."""
        record = self._record(name)
        return record.has_facts(bit) or record.releases.distributions[bit - 1].url in self._metadata

    def facts(self, name: NormalizedName, bit: int, extra: str) -> ReleaseFacts:
        """What a release needs, or needs on top for one of its extras."""
        record = self._record(name)
        known = record.facts(bit, extra)
        if known is None:
            known = self._recalled(record, bit, extra) or self._read(record, bit, extra)
        return known

    def _recalled(self, record: ProjectRecord, bit: int, extra: str) -> ReleaseFacts | None:
        """What an earlier answer read; it counts as read in this one too."""
        known = record.recall(bit, extra)
        self.index.stats.metadata += known is not None and not extra
        return known

    def _read(self, record: ProjectRecord, bit: int, extra: str) -> ReleaseFacts:
        file = record.releases.distributions[bit - 1]
        facts = self._assess(self.metadata(file), extra)
        # A file on this machine may be another one under the same name tomorrow.
        record.add(bit, extra, facts, lasting=not is_local(file.url))
        return facts

    def lines(self, file: Distribution, extra: str, dependency: Dependency) -> tuple[str, ...]:
        """The lines of a file's metadata that state a dependency, as they are written."""
        metadata = self.metadata(file)
        lines = () if isinstance(metadata, UnknownMetadata) else metadata.requires_dist
        return tuple(line for line in lines if self._reader.dependency(line, extra) == dependency)

    def supposing(self, file: Distribution, metadata: Metadata) -> Catalogue:
        """The same catalogue as if a file had other metadata; this one stays as it is."""
        from copy import copy

        supposed = copy(self)
        supposed._metadata = {**self._metadata, file.url: metadata}
        record = self._record(file.project)
        bit = record.releases.bits(file.version).bit_length() - 1
        supposed._records = {**self._records, file.project: record.forgetting(bit)}
        return supposed

    def _assess(self, metadata: Metadata | UnknownMetadata, extra: str) -> ReleaseFacts:
        if isinstance(metadata, UnknownMetadata):
            return ReleaseFacts(unknown=metadata.reason, source=metadata.source)
        from conflictlens.problem.dependency_reader import InvalidDependency

        unusable, invalid = None, ""
        provided = {str(canonicalize_name(one)) for one in metadata.provides_extra}
        dependencies: tuple[Dependency, ...] = ()
        if not self._assessor.python_fits(metadata.requires_python):
            unusable = Exclusion.REQUIRES_PYTHON
        else:
            try:
                dependencies = tuple(self._dependencies(metadata, extra))
            except InvalidDependency as error:
                unusable, invalid = Exclusion.INVALID_METADATA, str(error)
        return ReleaseFacts(
            dependencies,
            unusable,
            declared=metadata.provenance is Provenance.DECLARED,
            wheel=metadata.wheel,
            source=metadata.source,
            requires_python=metadata.requires_python,
            lacks_extra=bool(extra) and extra not in provided,
            invalid=invalid,
        )

    def _dependencies(self, metadata: Metadata, extra: str) -> Iterable[Dependency]:
        seen: set[str] = set()
        for text in metadata.requires_dist:
            dependency = self._reader.dependency(text, extra)
            if dependency is not None and dependency.text not in seen:
                seen.add(dependency.text)
                yield dependency
