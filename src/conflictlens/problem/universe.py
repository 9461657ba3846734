"""The facts of one problem, read from the index when they are asked for and then kept.

What was never read is not guessed: a release whose metadata was not asked for is simply not
part of any proof.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from conflictlens.errors import IndexFailure
from conflictlens.index.records import (
    Distribution,
    DistributionKind,
    Metadata,
    UnknownMetadata,
)
from conflictlens.names import NormalizedName
from conflictlens.problem.dependencies import Dependency
from conflictlens.problem.problem import Problem
from conflictlens.problem.record import ReleaseFacts
from conflictlens.problem.releases import ABSENT, Exclusion, Releases
from conflictlens.requirements.records import RootRequirement


class Universe:
    """Releases and facts of one problem, and hints to the index about what comes next."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self._catalogue = problem.catalogue
        self._seen: dict[NormalizedName, Releases] = {}
        self._facts: dict[tuple[NormalizedName, int, str], ReleaseFacts] = {}
        self._masks: dict[tuple[NormalizedName, str], int] = {}
        self._read: set[tuple[NormalizedName, int]] = set()
        self._picked: set[tuple[NormalizedName, int]] = set()
        self._on_trial = False
        self._allowed: dict[NormalizedName, int] = {}
        self._preferred: dict[NormalizedName, int] = {}

    def releases(self, name: NormalizedName) -> Releases:
        """The releases of a project, assessed for the target; none where no index has it."""
        known = self._seen.get(name)
        if known is None:
            known = self._seen[name] = self._catalogue.releases(name)
        return known

    def allowed(self, name: NormalizedName) -> int:
        """The mask of versions that admission lets in."""
        mask = self._allowed.get(name)
        if mask is None:
            releases = self.releases(name)
            mask = releases.admissible
            if releases.withheld:
                for withheld in self.problem.admission.withheld(releases).values():
                    mask &= ~withheld
            self._allowed[name] = mask
        return mask

    def usable(self, name: NormalizedName) -> int:
        """The allowed versions that suit the target."""
        return self.allowed(name) & ~self.releases(name).unsuited

    def preferred(self, name: NormalizedName) -> int:
        """The allowed versions to try first: stable ones, or with ``--pre`` all."""
        mask = self._preferred.get(name)
        if mask is None:
            mask = self.allowed(name)
            if not self.problem.admission.pre:
                mask &= self.releases(name).preferred
            self._preferred[name] = mask
        return mask

    def unasked_prereleases(self, name: NormalizedName) -> int:
        """The mask of pre-releases that nothing lets in, whatever else is wrong with them."""
        releases = self.releases(name)
        let_in = self.problem.admission.let_in(releases, Exclusion.PRERELEASE)
        return ~let_in & sum(
            2 << index for index, version in enumerate(releases.versions) if version.is_prerelease
        )

    def root_mask(self, root: RootRequirement) -> int:
        """What a root leaves of its project; a constraint also lets it be absent."""
        releases = self.releases(root.name)
        if root.url is None:
            mask = releases.mask(root.versions)
        else:
            mask = sum(
                2 << index
                for index, file in enumerate(releases.distributions)
                if file.url == root.url
            )
        return mask | ABSENT if root.is_constraint else mask

    def dependency_mask(self, dependency: Dependency) -> int:
        """What a dependency leaves of the project it is on."""
        key = (dependency.name, dependency.specifier)
        mask = self._masks.get(key)
        if mask is None:
            mask = self._masks[key] = self.releases(key[0]).mask(key[1])
        return mask

    def versions(self, picks: Mapping[NormalizedName, int]) -> Mapping[NormalizedName, str]:
        """The versions behind picked bits as text, by name; of what is unread there is none."""
        releases = {name: self.releases(name) for name in sorted(picks)}
        return {
            name: known.text(picks[name]) for name, known in releases.items() if not known.is_unread
        }

    def facts(self, name: NormalizedName, bit: int, extra: str = "") -> ReleaseFacts:
        """What the release behind `bit` needs, or needs on top for one of its extras."""
        key = (name, bit, extra)
        known = self._facts.get(key)
        if known is None:
            known = self._facts[key] = self._catalogue.facts(name, bit, extra)
            self._read.add((name, bit))
        return known

    def metadata(self, name: NormalizedName, bit: int) -> Metadata | UnknownMetadata:
        """The metadata of the release behind `bit`."""
        return self._catalogue.metadata(self._distribution(name, bit))

    def _distribution(self, name: NormalizedName, bit: int) -> Distribution:
        return self.releases(name).distributions[bit - 1]

    def has_extra(self, name: NormalizedName, bit: int, extra: str) -> bool:
        """Whether the release provides `extra` (PEP 685); true where nothing is known."""
        return not self.facts(name, bit, extra).lacks_extra

    def was_read(self, name: NormalizedName, bit: int) -> bool:
        """Whether this problem asked for the release's facts."""
        return (name, bit) in self._read

    def note_picks(self, picks: Mapping[NormalizedName, int]) -> None:
        """Take note of a resolution, of all roots or of some, on which the answer rests."""
        if not self._on_trial:
            self._picked.update(picks.items())

    def begin_trials(self) -> None:
        """From now on changes are tried: what each one that is told rests on is told with it."""
        self._on_trial = True

    def unknown_releases(self) -> Iterable[str]:
        """Picked releases whose metadata can't be had, as ``name version``."""
        for name, bit in self._picked:
            if self.facts(name, bit).unknown is not None and self._why_unread(name, bit) is None:
                yield f"{name} {self.releases(name).text(bit)}"

    def unread_in(self, picks: Mapping[NormalizedName, int]) -> IndexFailure | None:
        """Why something is not known of a resolution that the index, or a URL, should have told."""
        if not self.has_unread:
            return None
        reasons = (self._why_unread(name, bit) for name, bit in sorted(picks.items()))
        return next((reason for reason in reasons if reason is not None), None)

    @property
    def has_unread(self) -> bool:
        """Whether a resolution can rest on what was not read."""
        return self._catalogue.unread is not None or bool(self._catalogue.unchecked)

    def _why_unread(self, name: NormalizedName, bit: int) -> IndexFailure | None:
        unread = self._catalogue.unread
        known = unread.failures.get(self._distribution(name, bit).url) if unread else None
        if known is None and self.releases(name).is_unread:
            return self._catalogue.unchecked.get(name)
        return known

    def known_projects(self) -> Iterable[NormalizedName]:
        """Projects that were asked for and exist."""
        return [name for name, releases in self._seen.items() if releases.found]

    def undated_projects(self) -> Iterable[NormalizedName]:
        """Projects that a cut-off leaves nothing of, since their files have no upload time."""
        for name, releases in self._seen.items():
            if not releases.versions and any(file.upload_time is None for file in releases.late):
                yield name

    @property
    def is_fetched(self) -> bool:
        """Whether what is not known yet has to come from somewhere, so that hints help."""
        return self._catalogue.is_fetched

    def answers_at_once(self, name: NormalizedName, bit: int) -> bool:
        """Whether what a release needs is known, so that nothing would be awaited."""
        return self._catalogue.has_facts(name, bit)

    def reads_cheaply(self, name: NormalizedName, bit: int) -> bool:
        """Whether a release can be read on suspicion: without fetching a source archive."""
        if self._catalogue.has_facts(name, bit):
            return True
        file = self._distribution(name, bit)
        return file.kind is DistributionKind.WHEEL and file.has_metadata is not False

    def prefetch_projects(self, names: Iterable[NormalizedName]) -> None:
        """Hint that these projects will be asked for."""
        unknown = [name for name in names if not self._catalogue.has_releases(name)]
        if unknown:
            self.problem.index.prefetch(names=unknown)

    def prefetch_metadata(self, wanted: Iterable[tuple[NormalizedName, int]]) -> None:
        """Hint that the metadata of these releases will be asked for."""
        unread = [key for key in wanted if not self._catalogue.has_facts(*key)]
        if unread:
            self.problem.index.prefetch(distributions=[self._distribution(*key) for key in unread])
