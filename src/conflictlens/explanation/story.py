"""From a core and its facts to the story that is told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import islice

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from conflictlens.core.mus import Core
from conflictlens.explanation.records import Conflict, Excluded, Fact, Needs, Step, Unmatched
from conflictlens.explanation.trace import Demand, Firing, Removal, trace
from conflictlens.explanation.versions import VersionSet, nearest_versions, version_set
from conflictlens.index.records import Distribution
from conflictlens.names import NormalizedName
from conflictlens.problem.releases import ABSENT, Exclusion, Releases, bits_down
from conflictlens.resolution.facts import DependencyFact, ExclusionFact

_SOURCES = 3
"""How many metadata URLs a fact names at most."""


def tell(core: Core) -> Conflict:
    """The story of one core."""
    return _Teller(core).conflict()


class _Teller:
    def __init__(self, core: Core) -> None:
        self._universe = core.universe
        self._core = core
        self._facts: dict[Fact, int] = {}

    def conflict(self) -> Conflict:
        problem = self._universe.problem
        lines = tuple(problem.roots[place] for place in sorted(self._core.roots))
        told = trace(self._universe, self._core.facts)
        steps = [self._step(firing, told.clash) for firing in told.firings]
        steps.extend(self._unmatched(told.clash, told.firings))
        return Conflict(
            core=(*lines, problem.python) if self._core.python else lines,
            minimal=self._core.minimal,
            clash=told.clash,
            steps=tuple(steps),
            facts=tuple(self._facts),
            interrupted=self._core.interrupted,
        )

    def _step(self, firing: Firing, clash: NormalizedName | None) -> Step:
        match firing:
            case Removal():
                return self._removal(firing, clash)
            case Demand():
                return self._demand(firing, clash)

    def _removal(self, firing: Removal, clash: NormalizedName | None) -> Step:
        releases = self._universe.releases(firing.project)
        # Nobody counts pre-releases that nobody asked for.
        counting = releases.every & ~self._universe.unasked_prereleases(firing.project)
        versions = version_set(releases, firing.versions, counting)
        fact = self._excluded(firing.fact, firing.versions, versions)
        return Step(
            firing.project, None, versions, self._note([fact]), side=firing.project == clash
        )

    def _demand(self, firing: Demand, clash: NormalizedName | None) -> Step:
        facts = [self._needs(fact, firing.versions) for fact in firing.facts]
        narrowed = firing.project if firing.refutes else firing.target
        return Step(
            firing.project,
            firing.extra,
            self._versions(firing.project, firing.versions),
            self._note(facts),
            target=firing.target,
            requirement=self._common_text(firing),
            allowed=self._versions(firing.target, firing.allowed),
            side=narrowed == clash,
            refutes=firing.refutes,
        )

    def _common_text(self, firing: Demand) -> str | None:
        """The text of a fact that follows from all of them and says what they come to, if any."""
        every = self._universe.releases(firing.target).every
        extras = {fact.dependency.extras for fact in firing.facts}
        specifiers = {fact.dependency.specifier for fact in firing.facts}
        for fact in firing.facts:
            mask = self._universe.dependency_mask(fact.dependency)
            says_it = len(extras) == 1 and not (mask ^ firing.allowed) & every
            if says_it and _is_loosest(fact.dependency.specifier, specifiers):
                return fact.dependency.text
        return None

    def _unmatched(self, clash: NormalizedName | None, firings: Sequence[Firing]) -> Iterable[Step]:
        """Where the clash is that nothing matches in the first place, that is a step too."""
        if clash is None:
            return
        for specifier, mask in self._asked_of(clash, firings):
            if not mask & ~ABSENT:
                fact = self._nothing_matches(clash, specifier)
                yield Step(clash, None, VersionSet((), 0), self._note([fact]), side=True)
                return

    def _asked_of(
        self, clash: NormalizedName, firings: Sequence[Firing]
    ) -> Iterable[tuple[str, int]]:
        universe = self._universe
        for place in sorted(self._core.roots):
            root = universe.problem.roots[place]
            if root.name == clash and root.url is None:
                yield str(root.specifier), universe.root_mask(root)
        for firing in firings:
            if isinstance(firing, Demand) and firing.target == clash and len(firing.facts) == 1:
                yield firing.facts[0].dependency.specifier, firing.allowed

    def _nothing_matches(self, name: NormalizedName, specifier: str) -> Unmatched:
        releases = self._universe.releases(name)
        usable = self._universe.usable(name)
        newest = releases.version(usable.bit_length() - 1) if usable else None
        asked = SpecifierSet(specifier)
        nearest = nearest_versions(releases, usable, asked) if self._writes(name, asked) else ()
        late, first = self._late(releases, asked), self._first(releases)
        return Unmatched(name, specifier, releases.found, newest, late, nearest, first)

    def _writes(self, name: NormalizedName, specifier: SpecifierSet) -> bool:
        """Whether a specifier stands in a line of the user's own."""
        roots = (self._universe.problem.roots[place] for place in self._core.roots)
        return any(root.name == name and root.specifier == specifier for root in roots)

    @staticmethod
    def _late(releases: Releases, specifier: SpecifierSet) -> tuple[Version, date | None] | None:
        for file in reversed(releases.late):
            if specifier.contains(file.version, prereleases=True):
                return file.version, file.upload_time.date() if file.upload_time else None
        return None

    @staticmethod
    def _first(releases: Releases) -> tuple[Version, date] | None:
        """The first release of a project of which the cut-off leaves nothing."""
        if releases.versions:
            return None
        dated = [(file.upload_time, file.version) for file in releases.late if file.upload_time]
        if not dated or len(dated) < len(releases.late):
            return None
        moment, version = min(dated)
        return version, moment.date()

    def _versions(self, name: NormalizedName, mask: int) -> VersionSet:
        releases = self._universe.releases(name)
        return version_set(releases, mask & ~ABSENT, self._universe.allowed(name))

    def _needs(self, fact: DependencyFact, versions: int) -> Needs:
        name, mask = fact.project, fact.versions & versions
        stated = {bit: self._universe.facts(name, bit) for bit in self._read(name, mask)}
        declared = sum(1 << bit for bit, one in stated.items() if one.declared)
        return Needs(
            name,
            fact.extra,
            self._versions(name, mask),
            fact.dependency.text,
            self._sources(name, mask),
            self._versions(name, declared) if declared else None,
            tuple(one.wheel for one in stated.values() if one.wheel),
        )

    def _sources(self, name: NormalizedName, mask: int) -> tuple[str, ...]:
        read = islice(self._read(name, mask), _SOURCES)
        found = (self._universe.facts(name, bit).source for bit in read)
        return tuple(source for source in found if source)

    def _read(self, name: NormalizedName, mask: int) -> Iterator[int]:
        return (bit for bit in bits_down(mask) if self._universe.was_read(name, bit))

    def _excluded(self, fact: ExclusionFact, mask: int, versions: VersionSet) -> Excluded:
        files = self._universe.releases(fact.project).distributions
        chosen = {bit: files[bit - 1] for bit in bits_down(mask)}
        details: dict[str, int] = {}
        for bit, file in chosen.items():
            if detail := self._detail(fact, bit, file):
                details[detail] = details.get(detail, 0) | 1 << bit
        sources = tuple(file.url for file in islice(chosen.values(), _SOURCES))
        whose = tuple(self._among(fact.project, one, mask) for one in details.values())
        return Excluded(fact.project, versions, fact.exclusion, tuple(details), sources, whose)

    def _among(self, name: NormalizedName, versions: int, mask: int) -> VersionSet:
        """Some of the versions that a fact is about, with the others as their neighbours."""
        return version_set(self._universe.releases(name), versions, mask)

    def _detail(self, fact: ExclusionFact, bit: int, file: Distribution) -> str | None:
        match fact.exclusion:
            case Exclusion.REQUIRES_PYTHON:
                return file.requires_python or self._metadata_python(fact)
            case Exclusion.YANKED:
                return " ".join((file.yanked or "").split())
            case Exclusion.INVALID_METADATA:
                return self._universe.facts(fact.project, bit).invalid
            case _:
                return None

    def _metadata_python(self, fact: ExclusionFact) -> str | None:
        bit = fact.versions.bit_length() - 1
        return self._universe.facts(fact.project, bit).requires_python

    def _note(self, facts: Sequence[Fact]) -> tuple[int, ...]:
        """Keep facts and say where; one that was told before keeps its place."""
        return tuple(self._facts.setdefault(fact, len(self._facts)) for fact in facts)


def _is_loosest(text: str, others: Iterable[str]) -> bool:
    """Whether a specifier allows all that the others do, versions that don't exist included."""
    if all(other == text for other in others):
        return True
    try:
        return all(SpecifierSet(text).is_superset(SpecifierSet(other)) for other in others)
    except ValueError:
        # ``===`` compares texts: nothing follows.
        return False
