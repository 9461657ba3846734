"""The facts that refute a core, as few as possible: the story is told from them.

Blame comes first (`mus`), then the proof with that blame held fixed (the order of Resolver.jl).
Facts are grouped as the judge holds them: one for all versions of a project that need the same
thing. Each gets a switch, the switches are assumptions, and deletion with refinement leaves a
minimal set.

A ladder of versions has a fact for each rung, and all of them are needed. Where the facts without
one are satisfiable, the model is rotated (Marques-Silva and Lynce, "On improving MUS extraction
algorithms", SAT 2011): another value of one variable that violates a single other fact shows that
this one is needed too, without a solve.
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

_FRUITLESS = 8
"""Rotations without a discovery after which a model is given up."""


class Proof:
    """A fresh engine that knows nothing but the facts it was given, each behind a switch."""

    def __init__(self, universe: Universe, facts: Sequence[Fact]) -> None:
        self._universe = universe
        self._engine: Engine[Fact] = Engine()
        self._variables: dict[tuple[NormalizedName, NormalizedName | None], int] = {}
        self._values: dict[int, int] = {}
        self._switches = {id(fact): self._engine.variable(_SWITCH) for fact in facts}
        self._stated: dict[int, list[dict[int, int]]] = {}
        self._about: dict[int, list[tuple[Fact, dict[int, int]]]] = {}
        for fact in facts:
            self._state(fact)

    def _state(self, fact: Fact) -> None:
        stated = self._stated[id(fact)] = [dict(terms) for terms in self._nogoods(fact)]
        for terms in stated:
            self._engine.add([*terms.items(), (self._switches[id(fact)], _ON)], fact)
            for variable in terms:
                self._about.setdefault(variable, []).append((fact, terms))

    def refute(self, facts: Sequence[Fact]) -> list[Fact] | None:
        """Some of `facts` that already contradict each other, None if they don't."""
        assumptions = [(self._switches[id(fact)], _ON) for fact in facts]
        refutation = self._engine.solve(assumptions, self._branch)
        if refutation is None:
            return None
        return [fact for place, fact in enumerate(facts) if place in refutation.assumptions]

    def needed_beside(self, lacking: Fact, facts: Sequence[Fact]) -> list[Fact]:
        """Some of `facts` that are needed as well, after `refute` found a model without one.

        `facts` are all that are left, `lacking` among them.
        """
        among = {id(fact) for fact in facts}
        found: dict[int, Fact] = {}
        models = [(lacking, dict(enumerate(self._engine.domains)))]
        fruitless = 0
        while models and fruitless < _FRUITLESS:
            fact, model = models.pop()
            before = len(found)
            for variable in self._repairing(fact, model):
                for other, value in self._rotations(variable, model, among):
                    if id(other) not in found and other is not lacking:
                        found[id(other)] = other
                        models.append((other, {**model, variable: value}))
            fruitless += len(found) == before
        return list(found.values())

    def _repairing(self, fact: Fact, model: Mapping[int, int]) -> set[int]:
        """The variables that all violated nogoods of a fact share: one of them has to change."""
        violated = [
            set(terms)
            for terms in self._stated[id(fact)]
            if all(not model[variable] & ~mask for variable, mask in terms.items())
        ]
        return set.intersection(*violated) if violated else set()

    def _rotations(
        self, variable: int, model: Mapping[int, int], among: set[int]
    ) -> Iterable[tuple[Fact, int]]:
        """Facts that alone are violated if `variable` takes another value, and that value."""
        violated: dict[int, int] = {}
        facts: dict[int, Fact] = {}
        for fact, terms in self._about[variable]:
            others = (not model[one] & ~mask for one, mask in terms.items() if one != variable)
            if id(fact) in among and all(others):
                violated[id(fact)] = violated.get(id(fact), 0) | terms[variable]
                facts[id(fact)] = fact
        once = twice = 0
        for values in violated.values():
            twice |= once & values
            once |= values
        once &= ~twice & self._values[variable]
        for key, values in violated.items():
            if values & once:
                yield facts[key], values & once & -(values & once)

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
            self._values[self._variables[key]] = values
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
    places = {id(fact): place for place, fact in enumerate(untried)}
    while untried:
        fact = untried.pop()
        smaller = proof.refute([*needed, *untried])
        if smaller is None:
            others = proof.needed_beside(fact, [*needed, *untried, fact])
            found = set(map(id, others))
            needed += [fact, *(one for one in untried if id(one) in found)]
            untried = [one for one in untried if id(one) not in found]
        else:
            left = set(map(id, smaller))
            untried = [one for one in untried if id(one) in left]
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
