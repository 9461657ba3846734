"""What an index says, assessed for one target and policy, kept for as long as it is asked about.

Verifying a fix or letting a pre-release in makes a new problem about the same index, target and
policy. Which files suit the target and what a release needs stays the same for all of them, so
they share one catalogue; what depends on the roots is the `universe`'s.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import dataclass

from packaging.requirements import InvalidRequirement
from packaging.utils import NormalizedName

from conflictlens.index.records import (
    Distribution,
    Index,
    Metadata,
    Project,
    Provenance,
    UnknownMetadata,
)
from conflictlens.problem.admission import Admission, Assessor
from conflictlens.problem.dependencies import Dependency, DependencyReader
from conflictlens.problem.releases import Exclusion, Releases
from conflictlens.target import Target


@dataclass(frozen=True, slots=True)
class Reference:
    """A distribution that a root names by URL or path, and what it needs."""

    distribution: Distribution
    metadata: Metadata


@dataclass(frozen=True, slots=True)
class ReleaseFacts:
    """What the metadata of one release says for the target.

    `unusable` is set where the metadata rules the release out, `unknown` (a reason) where
    there is none to be had: then `dependencies` is empty and proves nothing.
    """

    dependencies: tuple[Dependency, ...] = ()
    unusable: Exclusion | None = None
    unknown: str | None = None
    declared: bool = False
    source: str = ""
    requires_python: str | None = None


class Catalogue:
    """Projects and releases by name and file; each is read and assessed once."""

    def __init__(
        self,
        index: Index,
        target: Target,
        policy: Admission,
        references: Mapping[str, Reference],
    ) -> None:
        self.index = index
        self._references = references
        self._assessor = Assessor(target, policy)
        self._reader = DependencyReader(target.markers)
        self._releases: dict[NormalizedName, Releases] = {}
        self._metadata: dict[str, Metadata | UnknownMetadata] = {}
        self._facts: dict[tuple[str, str], ReleaseFacts] = {}

    def releases(self, name: NormalizedName) -> Releases:
        """The releases of a project, assessed for the target; none where no index has it."""
        known = self._releases.get(name)
        if known is None:
            known = self._releases[name] = self._assessor.releases(self._project(name))
        return known

    def _project(self, name: NormalizedName) -> Project:
        named = [
            reference.distribution
            for reference in self._references.values()
            if reference.distribution.project == name
        ]
        return Project(name, tuple(named)) if named else self.index.project(name)

    def has_releases(self, name: NormalizedName) -> bool:
        """Whether `releases` will answer at once."""
        return name in self._releases

    def metadata(self, file: Distribution) -> Metadata | UnknownMetadata:
        """The metadata of a file, read once."""
        known = self._metadata.get(file.url)
        if known is None:
            reference = self._references.get(file.url)
            known = reference.metadata if reference else self.index.metadata(file)
            self._metadata[file.url] = known
        return known

    def has_metadata(self, file: Distribution) -> bool:
        """Whether `metadata` will answer at once."""
        return file.url in self._metadata

    def facts(self, file: Distribution, extra: str) -> ReleaseFacts:
        """What a release needs, or needs on top for one of its extras."""
        key = (file.url, extra)
        known = self._facts.get(key)
        if known is None:
            known = self._facts[key] = self._assess(self.metadata(file), extra)
        return known

    def lines(self, file: Distribution, extra: str, dependency: Dependency) -> tuple[str, ...]:
        """The lines of a file's metadata that state a dependency, as they are written."""
        metadata = self.metadata(file)
        lines = () if isinstance(metadata, UnknownMetadata) else metadata.requires_dist
        return tuple(line for line in lines if self._reader.dependency(line, extra) == dependency)

    def supposing(self, file: Distribution, metadata: Metadata) -> Catalogue:
        """The same catalogue as if a file had other metadata; this one stays as it is."""
        supposed = copy(self)
        supposed._metadata = {**self._metadata, file.url: metadata}
        supposed._facts = {key: one for key, one in self._facts.items() if key[0] != file.url}
        return supposed

    def _assess(self, metadata: Metadata | UnknownMetadata, extra: str) -> ReleaseFacts:
        if isinstance(metadata, UnknownMetadata):
            return ReleaseFacts(unknown=metadata.reason, source=metadata.source)
        unusable = None
        dependencies: tuple[Dependency, ...] = ()
        if not self._assessor.python_fits(metadata.requires_python):
            unusable = Exclusion.REQUIRES_PYTHON
        else:
            try:
                dependencies = tuple(self._dependencies(metadata, extra))
            except InvalidRequirement:
                unusable = Exclusion.INVALID_METADATA
        return ReleaseFacts(
            dependencies,
            unusable,
            declared=metadata.provenance is Provenance.DECLARED,
            source=metadata.source,
            requires_python=metadata.requires_python,
        )

    def _dependencies(self, metadata: Metadata, extra: str) -> Iterable[Dependency]:
        seen: set[str] = set()
        for text in metadata.requires_dist:
            dependency = self._reader.dependency(text, extra)
            if dependency is not None and dependency.text not in seen:
                seen.add(dependency.text)
                yield dependency
