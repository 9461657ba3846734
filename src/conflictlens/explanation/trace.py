"""The order in which a conflict is told: unit propagation over whole projects.

Start from what the roots leave of each project. A dependency *fires* when all versions that are
left of its project make it: then it narrows the project it is on. Facts of several versions
about the same two projects fire together, with the union of what they allow. When nothing fires
forward, an exclusion takes versions away; then a dependency that can't be met any more takes
away the versions that have it. The trace ends at the *clash*: a project that is needed and has
no version left. Every firing is entailed by its facts and the firings before it.

Few conflicts need a case distinction beyond that. For those there is no clash, and the facts
are told as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from conflictlens.names import NormalizedName
from conflictlens.problem.releases import ABSENT
from conflictlens.problem.universe import Universe
from conflictlens.resolution.facts import DependencyFact, ExclusionFact, Fact, RootFact


class Demand(msgspec.Struct, frozen=True):
    """`versions` of `project` need one of `allowed` of `target`; `refutes`: so they are out."""

    project: NormalizedName
    extra: NormalizedName | None
    versions: int
    target: NormalizedName
    allowed: int
    facts: tuple[DependencyFact, ...]
    refutes: bool = False


class Removal(msgspec.Struct, frozen=True):
    """`versions` of `project` may not be picked."""

    project: NormalizedName
    versions: int
    fact: ExclusionFact


Firing = Demand | Removal


class Trace(msgspec.Struct, frozen=True):
    """Firings in telling order; `clash` is None where they don't end in one project."""

    firings: tuple[Firing, ...]
    clash: NormalizedName | None


def trace(universe: Universe, facts: Sequence[Fact]) -> Trace:
    """Tell contradictory facts in order."""
    return _Tracer(universe, facts).run()


class _Tracer:
    def __init__(self, universe: Universe, facts: Sequence[Fact]) -> None:
        self._universe = universe
        self._left: dict[NormalizedName, int] = {}
        self._asked: set[tuple[NormalizedName, NormalizedName]] = set()
        self._removals = [fact for fact in facts if isinstance(fact, ExclusionFact)]
        self._groups: dict[tuple[str, str | None, str], list[DependencyFact]] = {}
        self._clash: NormalizedName | None = None
        for fact in facts:
            if isinstance(fact, DependencyFact):
                key = (fact.project, fact.extra, fact.dependency.name)
                self._groups.setdefault(key, []).append(fact)
        for fact in facts:
            if isinstance(fact, RootFact):
                self._narrow(fact.root.name, universe.root_mask(fact.root))
                if not fact.root.is_constraint:
                    self._asked.update((fact.root.name, extra) for extra in fact.root.extras)

    def run(self) -> Trace:
        firings: list[Firing] = []
        while self._clash is None:
            self._leave_out_prereleases()
            firing = next(self._next_firings(), None)
            if firing is None:
                return Trace((*firings, *self._untold(firings)), None)
            firings.append(firing)
            self._fire(firing)
        return Trace(tuple(firings), self._clash)

    def _remaining(self, name: NormalizedName) -> int:
        if name not in self._left:
            self._left[name] = self._universe.releases(name).every | ABSENT
        return self._left[name]

    def _narrow(self, name: NormalizedName, mask: int) -> None:
        self._left[name] = self._remaining(name) & mask
        if not self._left[name]:
            self._clash = self._clash or name

    def _next_firings(self) -> Iterator[Firing]:
        yield from self._forward()
        yield from self._exclusions()
        yield from self._backward()

    def _forward(self) -> Iterator[Demand]:
        """Facts of one extra by themselves first; together with others where that is needed."""
        for group in (*self._groups.values(), *self._joint_groups()):
            making = [fact for fact in group if self._in_force(fact)]
            if not making:
                continue
            project, target = making[0].project, making[0].dependency.name
            left = self._remaining(project)
            making = [fact for fact in making if fact.versions & left]
            if left & ABSENT or left & ~_union(fact.versions for fact in making):
                continue
            allowed = self._allowed_by(making, left)
            if self._remaining(target) & ~allowed or self._new_extras(making, left):
                extra = next((fact.extra for fact in making if fact.extra is not None), None)
                yield Demand(project, extra, left, target, allowed, tuple(making))

    def _joint_groups(self) -> Iterable[list[DependencyFact]]:
        joint: dict[tuple[str, str], list[DependencyFact]] = {}
        for (project, _, target), group in self._groups.items():
            joint.setdefault((project, target), []).extend(group)
        return joint.values()

    def _allowed_by(self, making: Sequence[DependencyFact], left: int) -> int:
        """What the target may be: for each version all of its facts hold, then any version."""
        stated = shared = 0
        for fact in making:
            shared |= stated & fact.versions
            stated |= fact.versions
        alone = _union(self._allowed(one) for one in making if one.versions & left & ~shared)
        return alone | (self._allowed_by_all(making, left & shared) if left & shared else 0)

    def _allowed_by_all(self, making: Sequence[DependencyFact], left: int) -> int:
        """The same for versions with several facts."""
        cells = {left: -1}
        for fact in making:
            split: dict[int, int] = {}
            for versions, allowed in cells.items():
                inside, outside = versions & fact.versions, versions & ~fact.versions
                if inside:
                    split[inside] = allowed & self._allowed(fact)
                if outside:
                    split[outside] = allowed
            cells = split
        return _union(cells.values())

    def _new_extras(
        self, making: Sequence[DependencyFact], left: int
    ) -> set[tuple[NormalizedName, NormalizedName]]:
        """Extras of the target that all versions in `left` ask for, if not asked for before."""
        asking: dict[NormalizedName, int] = {}
        for fact in making:
            for extra in fact.dependency.extras:
                asking[extra] = asking.get(extra, 0) | fact.versions
        target = making[0].dependency.name
        everywhere = {(target, extra) for extra, versions in asking.items() if not left & ~versions}
        return everywhere - self._asked

    def _in_force(self, fact: DependencyFact) -> bool:
        return fact.extra is None or (fact.project, fact.extra) in self._asked

    def _allowed(self, fact: DependencyFact) -> int:
        return self._universe.dependency_mask(fact.dependency)

    def _exclusions(self) -> Iterator[Removal]:
        for fact in self._removals:
            left = self._remaining(fact.project)
            if left & fact.versions and not left & ABSENT:
                yield Removal(fact.project, left & fact.versions, fact)

    def _leave_out_prereleases(self) -> None:
        """Nobody expects pre-releases that nobody asked for: where others are left, no word."""
        for fact in self._removals:
            unasked = self._universe.unasked_prereleases(fact.project)
            prereleases = unasked & fact.versions
            left = self._remaining(fact.project)
            if left & ~prereleases & ~ABSENT and not self._wanted(fact, unasked):
                self._narrow(fact.project, ~prereleases)

    def _wanted(self, fact: ExclusionFact, prereleases: int) -> bool:
        """Whether some dependency allows of a project pre-releases alone, these among them."""
        groups = (group for (_, _, name), group in self._groups.items() if name == fact.project)
        allowed = [self._allowed(one) & ~ABSENT for group in groups for one in group]
        return any(one & fact.versions and not one & ~prereleases for one in allowed)

    def _backward(self) -> Iterator[Demand]:
        for group in self._groups.values():
            refuted = {fact: out for fact in group if (out := self._refuted_by(fact))}
            if refuted:
                first = group[0]
                allowed = _union(map(self._allowed, refuted))
                out, target = _union(refuted.values()), first.dependency.name
                yield Demand(first.project, first.extra, out, target, allowed, (*refuted,), True)

    def _refuted_by(self, fact: DependencyFact) -> int:
        """The versions left whose demand can't be met any more."""
        left = self._remaining(fact.project) & fact.versions
        allowed = self._allowed(fact)
        if fact.dependency.name == fact.project:
            left &= ~allowed
        met = self._meeting(fact, left) & allowed
        return left if self._in_force(fact) and not met else 0

    def _meeting(self, fact: DependencyFact, left: int) -> int:
        """What `left` finds of the target of one of its facts: itself, if it is its own."""
        target = fact.dependency.name
        return left if target == fact.project else self._remaining(target)

    def _fire(self, firing: Firing) -> None:
        match firing:
            case Removal(project, versions):
                self._narrow(project, ~versions)
            case Demand(project, versions=versions, refutes=True):
                self._narrow(project, ~versions)
            case Demand(versions=versions, target=target, allowed=allowed, facts=facts):
                self._asked |= self._new_extras(facts, versions)
                self._narrow(target, allowed)

    def _untold(self, firings: Sequence[Firing]) -> Iterable[Firing]:
        """What a case distinction would be needed for, fact by fact."""
        told = {id(fact) for one in firings if isinstance(one, Demand) for fact in one.facts}
        for group in self._groups.values():
            for fact in group:
                if id(fact) not in told:
                    left = self._remaining(fact.project) & fact.versions or fact.versions
                    target, allowed = fact.dependency.name, self._allowed(fact)
                    yield Demand(fact.project, fact.extra, left, target, allowed, (fact,))
        removed = {id(one.fact) for one in firings if isinstance(one, Removal)}
        for exclusion in self._removals:
            if id(exclusion) not in removed:
                yield Removal(exclusion.project, exclusion.versions, exclusion)


def _union(masks: Iterable[int]) -> int:
    union = 0
    for mask in masks:
        union |= mask
    return union
