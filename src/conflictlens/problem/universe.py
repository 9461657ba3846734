"""The facts of one problem, read from the index when they are asked for and then kept.

What was never read is not guessed: a release whose metadata was not asked for is simply not
part of any proof.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from packaging.requirements import InvalidRequirement
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from conflictlens.index.records import Distribution, Metadata, Project, Provenance, UnknownMetadata
from conflictlens.problem.admission import Assessor
from conflictlens.problem.dependencies import Dependency, DependencyReader
from conflictlens.problem.problem import Problem
from conflictlens.problem.releases import ABSENT, Exclusion, Releases
from conflictlens.requirements.records import RootRequirement


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


class Universe:
    """Releases and facts of one problem, and hints to the index about what comes next."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self._assessor = Assessor(problem.target, problem.admission)
        self._reader = DependencyReader(problem.target.markers)
        self._releases: dict[NormalizedName, Releases] = {}
        self._metadata: dict[tuple[NormalizedName, int], Metadata | UnknownMetadata] = {}
        self._facts: dict[tuple[NormalizedName, int, str], ReleaseFacts] = {}
        self._allowed: dict[NormalizedName, int] = {}

    def releases(self, name: NormalizedName) -> Releases:
        """The releases of a project, assessed for the target; none where no index has it."""
        known = self._releases.get(name)
        if known is None:
            known = self._releases[name] = self._assessor.releases(self._project(name))
        return known

    def _project(self, name: NormalizedName) -> Project:
        named = [
            reference.distribution
            for reference in self.problem.references.values()
            if reference.distribution.project == name
        ]
        return Project(name, tuple(named)) if named else self.problem.index.project(name)

    def allowed(self, name: NormalizedName) -> int:
        """The mask of versions that admission lets in."""
        mask = self._allowed.get(name)
        if mask is None:
            releases = self.releases(name)
            mask = releases.admissible
            for withheld in self.problem.admission.withheld(releases).values():
                mask &= ~withheld
            self._allowed[name] = mask
        return mask

    def preferred(self, name: NormalizedName) -> int:
        """The allowed versions to try first: stable ones, or with ``--pre`` all."""
        allowed = self.allowed(name)
        if self.problem.admission.pre:
            return allowed
        return allowed & self.releases(name).preferred

    def unasked_prereleases(self, name: NormalizedName) -> int:
        """The mask of pre-releases that may not be picked."""
        releases, allowed = self.releases(name), self.allowed(name)
        return sum(
            2 << index
            for index, version in enumerate(releases.versions)
            if version.is_prerelease and not allowed >> (index + 1) & 1
        )

    def root_mask(self, root: RootRequirement) -> int:
        """What a root leaves of its project; a constraint also lets it be absent."""
        releases = self.releases(root.name)
        if root.url is None:
            mask = releases.mask(root.specifier)
        else:
            mask = sum(
                2 << index
                for index, file in enumerate(releases.distributions)
                if file.url == root.url
            )
        return mask | ABSENT if root.is_constraint else mask

    def dependency_mask(self, dependency: Dependency) -> int:
        """What a dependency leaves of the project it is on."""
        return self.releases(dependency.name).mask(dependency.specifier)

    def versions(self, picks: Mapping[NormalizedName, int]) -> Mapping[NormalizedName, Version]:
        """The versions behind picked bits, by name."""
        return {name: self.releases(name).version(bit) for name, bit in sorted(picks.items())}

    def facts(self, name: NormalizedName, bit: int, extra: str = "") -> ReleaseFacts:
        """What the release behind `bit` needs, or needs on top for one of its extras."""
        key = (name, bit, extra)
        known = self._facts.get(key)
        if known is None:
            known = self._facts[key] = self._assess(self.metadata(name, bit), extra)
            self.prefetch_projects(dependency.name for dependency in known.dependencies)
        return known

    def metadata(self, name: NormalizedName, bit: int) -> Metadata | UnknownMetadata:
        """The metadata of the release behind `bit`, read once."""
        key = (name, bit)
        known = self._metadata.get(key)
        if known is None:
            known = self._metadata[key] = self._read(self._distribution(name, bit))
        return known

    def _distribution(self, name: NormalizedName, bit: int) -> Distribution:
        return self.releases(name).distributions[bit - 1]

    def _read(self, distribution: Distribution) -> Metadata | UnknownMetadata:
        reference = self.problem.references.get(distribution.url)
        return reference.metadata if reference else self.problem.index.metadata(distribution)

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

    def has_extra(self, name: NormalizedName, bit: int, extra: str) -> bool:
        """Whether the release provides `extra` (PEP 685); true where nothing is known."""
        metadata = self.metadata(name, bit)
        if isinstance(metadata, UnknownMetadata):
            return True
        return extra in {canonicalize_name(provided) for provided in metadata.provides_extra}

    def was_read(self, name: NormalizedName, bit: int) -> bool:
        return (name, bit) in self._metadata

    def unknown_releases(self) -> Iterable[str]:
        """Releases that were looked at and whose metadata can't be had, as ``name version``."""
        for (name, bit), metadata in self._metadata.items():
            if isinstance(metadata, UnknownMetadata):
                yield f"{name} {self.releases(name).version(bit)}"

    def undated_projects(self) -> Iterable[NormalizedName]:
        """Projects that a cut-off leaves nothing of, since their files have no upload time."""
        for name, releases in self._releases.items():
            undated = any(file.upload_time is None for file in releases.late)
            if undated and not releases.versions:
                yield name

    def prefetch_projects(self, names: Iterable[NormalizedName]) -> None:
        """Hint that these projects will be asked for."""
        unknown = [name for name in names if name not in self._releases]
        if unknown:
            self.problem.index.prefetch(names=unknown)

    def prefetch_metadata(self, wanted: Iterable[tuple[NormalizedName, int]]) -> None:
        """Hint that the metadata of these releases will be asked for."""
        unread = [self._distribution(*key) for key in wanted if key not in self._metadata]
        if unread:
            self.problem.index.prefetch(distributions=unread)
