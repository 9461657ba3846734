"""resolvelib with a provider like pip's: what pip's search does, without pip around it.

Candidates are filtered with ``SpecifierSet.filter`` each time they are asked for, newest first;
pinned and bounded projects come first, and those that the last conflict was about before all
others. Rounds are limited as in pip.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version
from resolvelib import AbstractProvider, BaseReporter, ResolutionImpossible, Resolver
from resolvelib.structs import RequirementInformation

from benchmarks.plain import PlainIndex
from benchmarks.recorded import Recorded
from benchmarks.solving import Answer

ROUNDS = 200_000

Identity = tuple[str, str]
"""A project, and one of its extras or nothing."""


@dataclass(frozen=True, slots=True)
class Wanted:
    identity: Identity
    specifier: SpecifierSet

    @property
    def pinned(self) -> bool:
        return any(one.operator in ("==", "===") for one in self.specifier)

    @property
    def bounded(self) -> bool:
        return any(one.operator in ("<", "<=", "~=") for one in self.specifier)


@dataclass(frozen=True, slots=True)
class Candidate:
    identity: Identity
    version: Version


class _Provider(AbstractProvider[Wanted, Candidate, Identity]):
    def __init__(self, index: PlainIndex, roots: Sequence[Wanted]) -> None:
        self._index = index
        self._order = {wanted.identity: place for place, wanted in enumerate(roots)}

    def identify(self, requirement_or_candidate: Wanted | Candidate) -> Identity:
        return requirement_or_candidate.identity

    def get_preference(
        self,
        identifier: Identity,
        resolutions: Mapping[Identity, Candidate],
        candidates: Mapping[Identity, Iterator[Candidate]],
        information: Mapping[Identity, Iterator[RequirementInformation[Wanted, Candidate]]],
        backtrack_causes: Sequence[RequirementInformation[Wanted, Candidate]],
    ) -> tuple[bool, bool, int, Identity]:
        wanted = [info.requirement for info in information[identifier]]
        order = self._order.get(identifier, len(self._order))
        pinned, bounded = any(w.pinned for w in wanted), any(w.bounded for w in wanted)
        return not pinned, not bounded, order, identifier

    def narrow_requirement_selection(
        self,
        identifiers: Iterable[Identity],
        resolutions: Mapping[Identity, Candidate],
        candidates: Mapping[Identity, Iterator[Candidate]],
        information: Mapping[Identity, Iterator[RequirementInformation[Wanted, Candidate]]],
        backtrack_causes: Sequence[RequirementInformation[Wanted, Candidate]],
    ) -> Iterable[Identity]:
        causes: set[Identity] = set()
        for requirement, parent in backtrack_causes:
            causes.add(requirement.identity)
            if parent is not None:
                causes.add(parent.identity)
        every = list(identifiers)
        return [identifier for identifier in every if identifier in causes] or every

    def find_matches(
        self,
        identifier: Identity,
        requirements: Mapping[Identity, Iterator[Wanted]],
        incompatibilities: Mapping[Identity, Iterator[Candidate]],
    ) -> Iterable[Candidate]:
        wanted = [one.specifier for one in requirements[identifier]]
        specifier = reduce(and_, wanted, SpecifierSet())
        bad = {candidate.version for candidate in incompatibilities[identifier]}
        left = [version for version in self._index.versions(identifier[0]) if version not in bad]
        return [Candidate(identifier, version) for version in specifier.filter(left)]

    def is_satisfied_by(self, requirement: Wanted, candidate: Candidate) -> bool:
        return requirement.specifier.contains(candidate.version, prereleases=True)

    def get_dependencies(self, candidate: Candidate) -> Iterable[Wanted]:
        name, extra = candidate.identity
        wanted = [Wanted((name, ""), SpecifierSet(f"=={candidate.version}"))] if extra else []
        for requirement in self._index.requires(name, candidate.version, extra):
            wanted += _wanted(requirement)
        return wanted


class _Reporter(BaseReporter[Wanted, Candidate, Identity]):
    rounds = 0

    def starting_round(self, index: int) -> None:
        self.rounds += 1


def _wanted(requirement: Requirement) -> list[Wanted]:
    name = canonicalize_name(requirement.name)
    extras = ["", *sorted(map(canonicalize_name, requirement.extras))]
    return [Wanted((name, extra), requirement.specifier) for extra in extras]


def solve(recorded: Recorded) -> Answer:
    """Its answer; "impossible" is what it says, it is not always so."""
    index = PlainIndex(recorded)
    reporter = _Reporter()
    roots = [w for text in recorded.requirements for w in _wanted(index.requirement(text))]
    resolver = Resolver(_Provider(index, roots), reporter)
    try:
        mapping = resolver.resolve(roots, max_rounds=ROUNDS).mapping
    except ResolutionImpossible:
        return Answer("conflict", 0, reporter.rounds, 1, len(index.visited))
    picked = len({name for name, _ in mapping})
    return Answer("resolved", picked, reporter.rounds, 1, len(index.visited))
