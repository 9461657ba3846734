"""The facts that refute a core, as few as possible: the story is told from them.

Blame comes first (`mus`), then the proof with that blame held fixed (the order of Resolver.jl).
Facts are grouped as the judge holds them: one for all versions of a project that need the same
thing. Each gets a switch, the switches are assumptions, and deletion with refinement leaves a
minimal set.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from packaging.utils import NormalizedName

from conflictlens.problem.releases import ABSENT, Exclusion
from conflictlens.problem.universe import Universe
from conflictlens.resolution.engine import Engine, Term
from conflictlens.resolution.facts import DependencyFact, ExclusionFact, ExtraFact, Fact, RootFact

_ON = 2
_SWITCH = 3


class Proof:
    """A fresh engine that knows nothing but the facts it was given, each behind a switch."""

    def __init__(self, universe: Universe, facts: Sequence[Fact]) -> None:
        self._universe = universe
        self._engine: Engine[Fact] = Engine()
        self._variables: dict[tuple[NormalizedName, NormalizedName | None], int] = {}
        self._switches = {id(fact): self._engine.variable(_SWITCH) for fact in facts}
        for fact in facts:
            for terms in self._nogoods(fact):
                self._engine.add([*terms, (self._switches[id(fact)], _ON)], fact)

    def refute(self, facts: Sequence[Fact]) -> list[Fact] | None:
        """Some of `facts` that already contradict each other, None if they don't."""
        assumptions = [(self._switches[id(fact)], _ON) for fact in facts]
        refutation = self._engine.solve(assumptions, self._branch)
        if refutation is None:
            return None
        return [fact for place, fact in enumerate(facts) if place in refutation.assumptions]

    def _branch(self) -> Term | None:
        for variable in self._variables.values():
            domain = self._engine.domains[variable]
            if domain & (domain - 1):
                return variable, domain & -domain
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
    kept = proof.refute(facts)
    if kept is None:
        raise AssertionError("the facts of a refutation do not contradict each other")
    needed: list[Fact] = [fact for fact in kept if isinstance(fact, RootFact | ExtraFact)]
    untried = _droppable_last(kept)
    while untried:
        fact = untried.pop()
        smaller = proof.refute([*needed, *untried])
        if smaller is None:
            needed.append(fact)
        else:
            untried = [one for one in untried if any(one is left for left in smaller)]
    return tuple(needed)


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
