"""The facts that refute a core, as few as possible: the story is told from them.

Blame comes first (`mus`), then the proof with that blame held fixed (the order of Resolver.jl).
Facts are grouped as the judge holds them: one for all versions of a project that need the same
thing. Each gets a switch, the switches are assumptions, and deletion with refinement leaves a
minimal set.

A ladder of versions has a fact for each rung, and all of them are needed. Where the facts without
one are satisfiable, the model is rotated (see `rotation`), which shows of many others that they are
needed too, without a solve.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from conflictlens.core.rotation import Rotation
from conflictlens.names import NormalizedName
from conflictlens.problem.releases import ABSENT, Exclusion
from conflictlens.problem.universe import Universe
from conflictlens.resolution.engine import Engine
from conflictlens.resolution.facts import DependencyFact, ExclusionFact, ExtraFact, Fact, RootFact
from conflictlens.resolution.nogoods import Term

_OFF = 1
_ON = 2
_SWITCH = 3


class Proof:
    """A fresh engine that knows nothing but the facts it was given, each behind a switch."""

    def __init__(self, universe: Universe, facts: Sequence[Fact]) -> None:
        self._universe = universe
        self._engine: Engine[Fact] = Engine()
        self._variables: dict[tuple[NormalizedName, NormalizedName | None], int] = {}
        self._switches = {id(fact): self._engine.variable(_SWITCH) for fact in facts}
        self._rotation = Rotation()
        self._settled = 0
        self._conflicts = 0
        for fact in facts:
            self._state(fact)
        self._order = [*self._variables.values()]

    def _state(self, fact: Fact) -> None:
        stated = [dict(terms) for terms in self._nogoods(fact)]
        for terms in stated:
            self._engine.add([*terms.items(), (self._switches[id(fact)], _ON)], fact)
        self._rotation.state(fact, stated, self._engine.trail.values)

    def refute(self, facts: Sequence[Fact]) -> list[Fact] | None:
        """Some of `facts` that, with those required, contradict each other; None if none do."""
        assumptions = [(self._switches[id(fact)], _ON) for fact in facts]
        self._settled = 0
        refutation = self._engine.solve(assumptions, self._branch)
        if refutation is None:
            return None
        return [fact for place, fact in enumerate(facts) if place in refutation.assumptions]

    def keep(self, needed: Iterable[Fact], untried: Iterable[Fact]) -> None:
        """Only these count from now on."""
        self._rotation.keep(needed, untried)

    def require(self, facts: Iterable[Fact]) -> None:
        """Switch facts on for good."""
        self._engine.restart()
        for fact in facts:
            self._engine.add([(self._switches[id(fact)], _OFF)], fact)
            self._rotation.tried(fact)

    def needed_beside(self, lacking: Fact) -> list[Fact]:
        """Some of the untried facts that are needed, as is `lacking`.

        After `refute` found a model of all facts that are left but `lacking`.
        """
        return self._rotation.needed_beside(lacking, list(self._engine.domains))

    def _branch(self) -> Term | None:
        """The next open variable; those before it are settled, unless there was a conflict."""
        domains, order = self._engine.domains, self._order
        if self._conflicts != self._engine.conflicts:
            self._conflicts, self._settled = self._engine.conflicts, 0
        while self._settled < len(order):
            variable = order[self._settled]
            domain = domains[variable]
            if domain & (domain - 1):
                return variable, domain & -domain
            self._settled += 1
        return None

    def _variable(self, name: NormalizedName, extra: NormalizedName | None = None) -> int:
        key = (name, extra)
        if key not in self._variables:
            values = self._universe.releases(name).every | ABSENT if extra is None else _SWITCH
            self._variables[key] = self._engine.variable(values)
        return self._variables[key]

    def _nogoods(self, fact: Fact) -> Iterable[Sequence[Term]]:
        match fact:
            case RootFact(root=root):
                values = self._universe.releases(root.name).every | ABSENT
                yield [(self._variable(root.name), values & ~self._universe.root_mask(root))]
                for extra in () if root.is_constraint else root.extras:
                    yield [(self._variable(root.name, extra), ABSENT)]
            case ExclusionFact(project, versions):
                yield [(self._variable(project), versions)]
            case ExtraFact(project, extra):
                yield [(self._variable(project, extra), _ON), (self._variable(project), ABSENT)]
            case DependencyFact():
                yield from self._dependency_nogoods(fact)

    def _dependency_nogoods(self, fact: DependencyFact) -> Iterable[Sequence[Term]]:
        condition = {self._variable(fact.project): fact.versions}
        if fact.extra is not None:
            condition[self._variable(fact.project, fact.extra)] = _ON
        for variable, rejected in self._rejected(fact):
            terms: Mapping[int, int] = {
                **condition,
                variable: condition.get(variable, rejected) & rejected,
            }
            yield list(terms.items())

    def _rejected(self, fact: DependencyFact) -> Iterable[Term]:
        dependency = fact.dependency
        values = self._universe.releases(dependency.name).every | ABSENT
        allowed = self._universe.dependency_mask(dependency)
        yield self._variable(dependency.name), values & ~allowed
        for extra in dependency.extras:
            yield self._variable(dependency.name, extra), ABSENT


def minimal_facts(universe: Universe, facts: Sequence[Fact]) -> tuple[Fact, ...]:
    """A minimal contradictory subset of `facts`; roots and structure are always kept.

    Exclusions are dropped first where something else does it, then what was read last.
    """
    facts = _by_reason(facts)
    proof = Proof(universe, facts)
    # Nothing follows from a dependency until somebody asks for its project: all at once then.
    kept = proof.refute(sorted(facts, key=lambda fact: isinstance(fact, RootFact)))
    if kept is None:
        raise AssertionError("the facts of a refutation do not contradict each other")
    needed: list[Fact] = [fact for fact in kept if isinstance(fact, RootFact | ExtraFact)]
    untried = _droppable_last(kept)
    places = {id(fact): place for place, fact in enumerate(untried)}
    proof.keep(needed, untried)
    proof.require(needed)
    while untried:
        fact = untried.pop()
        smaller = proof.refute(untried)
        if smaller is None:
            found = [fact, *proof.needed_beside(fact)]
            known = set(map(id, found))
            proof.require(found)
            needed += found
            untried = [one for one in untried if id(one) not in known]
        else:
            left = set(map(id, smaller))
            untried = [one for one in untried if id(one) in left]
            proof.keep(needed, untried)
    # In the order of a search that tries each fact: stories are told along it.
    return tuple(sorted(needed, key=lambda fact: -places.get(id(fact), len(places))))


def _by_reason(facts: Sequence[Fact]) -> list[Fact]:
    """The same facts with one exclusion for each project and reason."""
    masks: dict[tuple[NormalizedName, Exclusion], int] = {}
    for fact in facts:
        if isinstance(fact, ExclusionFact):
            key = (fact.project, fact.exclusion)
            masks[key] = masks.get(key, 0) | fact.versions
    exclusions = [ExclusionFact(name, mask, reason) for (name, reason), mask in masks.items()]
    return [*(fact for fact in facts if not isinstance(fact, ExclusionFact)), *exclusions]


def _droppable_last(facts: Sequence[Fact]) -> list[Fact]:
    dependencies: list[Fact] = [fact for fact in facts if isinstance(fact, DependencyFact)]
    exclusions: list[Fact] = [fact for fact in facts if isinstance(fact, ExclusionFact)]
    return [*dependencies, *exclusions]
