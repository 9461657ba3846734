"""What pip would come to: resolvelib walks, for as long as that is easy.

resolvelib picks, backtracks and tells; it never has the last word, since it can call a
resolvable set impossible (sarugaku/resolvelib#206) and recurse too deep. What it finds is
checked by `verdict`, and what it does not find says nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec
from resolvelib import AbstractProvider, BaseReporter, ResolutionImpossible, Resolver
from resolvelib.resolvers import ResolutionTooDeep

from conflictlens.errors import BudgetSpent, IndexFailure
from conflictlens.names import NormalizedName
from conflictlens.problem.releases import bits_down
from conflictlens.problem.universe import Universe
from conflictlens.resolution.budget import Budget

if TYPE_CHECKING:
    from resolvelib.structs import RequirementInformation

BACKTRACKS = 20
"""Rejected candidates after which the judge takes over: easy sets need fewer."""

ROUNDS = 600
"""Picks after which the judge takes over: a round of resolvelib looks at all projects again."""


class Identity(msgspec.Struct, frozen=True):
    """What resolvelib keeps apart: a project, and each of its extras."""

    name: NormalizedName
    extra: NormalizedName | None = None


class Wanted(msgspec.Struct, frozen=True):
    """A requirement as the versions it allows."""

    identity: Identity
    mask: int
    pinned: bool = False


class Candidate(msgspec.Struct, frozen=True):
    """A version (by its bit) of a project, for itself or for one of its extras."""

    identity: Identity
    bit: int


class Walked(msgspec.Struct, frozen=True):
    """The versions (by their bits) on which the walk ended."""

    picks: Mapping[NormalizedName, int]
    extras: Mapping[NormalizedName, frozenset[NormalizedName]]


class Stopped(msgspec.Struct, frozen=True):
    """The walk gave up, or believes that there is nothing to find; `reason` says which."""

    reason: str


class _OutOfPatience(Exception):
    """More candidates were rejected than the walk may try."""


class _Reporter(BaseReporter[Wanted, Candidate, Identity]):
    def __init__(self, patience: int) -> None:
        self._left = patience

    def rejecting_candidate(self, criterion: object, candidate: Candidate) -> None:
        self._left -= 1
        if self._left < 0:
            raise _OutOfPatience


class _Provider(AbstractProvider[Wanted, Candidate, Identity]):
    """What resolvelib asks while it walks, answered with masks."""

    def __init__(self, universe: Universe, budget: Budget) -> None:
        self._universe = universe
        self._budget = budget
        self._order: dict[NormalizedName, int] = {}
        self._limits: dict[NormalizedName, int] = {}
        for root in universe.problem.roots:
            if root.is_constraint:
                limit = self._limits.get(root.name, -1)
                self._limits[root.name] = limit & universe.root_mask(root)

    @cached_property
    def roots(self) -> list[Wanted]:
        """The user's requirements, in their order."""
        wanted: list[Wanted] = []
        for root in self._universe.problem.roots:
            if not root.is_constraint:
                self._order.setdefault(root.name, len(self._order))
                mask = self._universe.root_mask(root)
                wanted.extend(_wanted(root.name, sorted(root.extras), mask))
        return wanted

    def identify(self, requirement_or_candidate: Wanted | Candidate) -> Identity:
        return requirement_or_candidate.identity

    def get_preference(
        self,
        identifier: Identity,
        resolutions: Mapping[Identity, Candidate],
        candidates: Mapping[Identity, Iterator[Candidate]],
        information: Mapping[Identity, Iterator[RequirementInformation[Wanted, Candidate]]],
        backtrack_causes: Sequence[RequirementInformation[Wanted, Candidate]],
    ) -> tuple[bool, int, str]:
        pinned = any(info.requirement.pinned for info in information[identifier])
        return not pinned, self._order.get(identifier.name, len(self._order)), identifier.name

    def narrow_requirement_selection(
        self,
        identifiers: Iterable[Identity],
        resolutions: Mapping[Identity, Candidate],
        candidates: Mapping[Identity, Iterator[Candidate]],
        information: Mapping[Identity, Iterator[RequirementInformation[Wanted, Candidate]]],
        backtrack_causes: Sequence[RequirementInformation[Wanted, Candidate]],
    ) -> Iterable[Identity]:
        """The one to try next: those that the last conflict was about come first, as in pip.

        resolvelib would ask for the preference of each, which takes half of the walk.
        """
        causes: set[Identity] = set()
        for requirement, parent in backtrack_causes:
            causes.add(requirement.identity)
            if parent is not None:
                causes.add(parent.identity)
        every = list(identifiers)
        first = [identifier for identifier in every if identifier in causes] or every
        known = resolutions, candidates, information, backtrack_causes
        return [min(first, key=lambda identifier: self.get_preference(identifier, *known))]

    def find_matches(
        self,
        identifier: Identity,
        requirements: Mapping[Identity, Iterator[Wanted]],
        incompatibilities: Mapping[Identity, Iterator[Candidate]],
    ) -> Iterable[Candidate]:
        mask = self._universe.allowed(identifier.name) & self._limits.get(identifier.name, -1)
        for wanted in requirements[identifier]:
            mask &= wanted.mask
        for candidate in incompatibilities[identifier]:
            mask &= ~(1 << candidate.bit)
        preferred = mask & self._universe.preferred(identifier.name)
        bits = [*bits_down(preferred), *bits_down(mask & ~preferred)]
        return [Candidate(identifier, bit) for bit in bits]

    def is_satisfied_by(self, requirement: Wanted, candidate: Candidate) -> bool:
        return bool(requirement.mask >> candidate.bit & 1)

    def get_dependencies(self, candidate: Candidate) -> Iterable[Wanted]:
        self._budget.check()
        name, extra = candidate.identity.name, candidate.identity.extra
        facts = self._universe.facts(name, candidate.bit, extra or "")
        if facts.unusable is not None:
            return [Wanted(Identity(name), 0)]
        wanted = [Wanted(Identity(name), 1 << candidate.bit, pinned=True)] if extra else []
        for dependency in facts.dependencies:
            if dependency.url is None:
                mask = self._universe.dependency_mask(dependency)
                wanted.extend(_wanted(dependency.name, dependency.extras, mask))
        return wanted


def _wanted(name: NormalizedName, extras: Iterable[NormalizedName], mask: int) -> list[Wanted]:
    pinned = mask & (mask - 1) == 0
    identities = [Identity(name), *(Identity(name, extra) for extra in extras)]
    return [Wanted(identity, mask, pinned) for identity in identities]


def walk(universe: Universe, budget: Budget, patience: int = BACKTRACKS) -> Walked | Stopped:
    """Let resolvelib try, rejecting `patience` candidates at most.

    Raises BudgetSpent. Its answers are hints, and so is what it can't read: see the module's text.
    """
    provider = _Provider(universe, budget)
    resolver = Resolver(provider, _Reporter(patience))
    try:
        result = resolver.resolve(provider.roots, max_rounds=ROUNDS)
    except (ResolutionImpossible, ResolutionTooDeep, RecursionError, _OutOfPatience) as stop:
        return Stopped(type(stop).__name__)
    except BudgetSpent:
        raise
    except IndexFailure as failure:
        return Stopped(str(failure))
    return _picks(result.mapping)


def _picks(mapping: Mapping[Identity, Candidate]) -> Walked:
    picks = {identity.name: candidate.bit for identity, candidate in mapping.items()}
    extras: dict[NormalizedName, frozenset[NormalizedName]] = {}
    for identity in mapping:
        if identity.extra is not None:
            extras[identity.name] = extras.get(identity.name, frozenset()) | {identity.extra}
    return Walked(picks, extras)
