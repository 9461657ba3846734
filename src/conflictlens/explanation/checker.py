"""Is a story true? Each step must be entailed by its facts, and all of it must contradict.

This looks at what is told, not at how it was found: version sets are turned back into
versions, requirement texts are parsed again, and the core's lines and the steps alone are put
before a fresh engine.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
from packaging.requirements import Requirement

from conflictlens.explanation.records import Conflict, Excluded, Needs, Step, Unmatched
from conflictlens.explanation.versions import VersionSet
from conflictlens.names import NormalizedName, canonicalize_name
from conflictlens.problem.admission import BY_PYTHON
from conflictlens.problem.releases import ABSENT
from conflictlens.problem.universe import Universe
from conflictlens.requirements.records import RootRequirement
from conflictlens.resolution.engine import Engine
from conflictlens.resolution.nogoods import Term

_ASKED = 2
_FLAG = 3


class Flaw(msgspec.Struct, frozen=True):
    """What is wrong with a story; for developers and tests."""

    reason: str


def flaws(universe: Universe, conflict: Conflict) -> Iterable[Flaw]:
    """Everything that is wrong with a story; nothing for a true one."""
    for step in conflict.steps:
        yield from _unentailed(universe, conflict, step)
    if not _Retelling(universe, conflict).contradicts():
        yield Flaw("the core and the steps together do not contradict each other")
    if conflict.python and not any(_blames_python(conflict, step) for step in conflict.steps):
        yield Flaw("the target's Python is blamed, and no step is about it")


def _blames_python(conflict: Conflict, step: Step) -> bool:
    facts = (conflict.facts[place] for place in step.facts)
    return any(isinstance(fact, Excluded) and fact.reason in BY_PYTHON for fact in facts)


def _mask(
    universe: Universe, name: NormalizedName, versions: VersionSet, excluded: bool = False
) -> int:
    """The versions that a reader understands.

    A run means its ends and all that may be picked between them; where the talk is of
    `excluded` versions, all that exist between them.
    """
    releases = universe.releases(name)
    among = releases.every if excluded else universe.allowed(name)
    mask = 0
    for first, last in versions.runs:
        low, high = releases.bits(first), releases.bits(last)
        between = ((high << 1) - 1) & ~(low - 1)
        mask |= (between & among) | low | high
    return mask


def _unentailed(universe: Universe, conflict: Conflict, step: Step) -> Iterable[Flaw]:
    facts = [conflict.facts[place] for place in step.facts]
    if step.target is None:
        yield from _unfounded(universe, step, facts)
        return
    needs = [fact for fact in facts if isinstance(fact, Needs)]
    told = _mask(universe, step.project, step.versions)
    covered = 0
    for fact in needs:
        covered |= _mask(universe, fact.project, fact.versions)
    if told & ~covered:
        yield Flaw(f"{step.project}: not all versions that are told have a fact")
    for bit in _bits(told):
        applying = [f for f in needs if _mask(universe, f.project, f.versions) >> bit & 1]
        if _target_mask(universe, step.target, applying) & ~_told_mask(universe, step):
            yield Flaw(f"{step.project} {universe.releases(step.project).version(bit)} allows more")


def _unfounded(universe: Universe, step: Step, facts: Sequence[object]) -> Iterable[Flaw]:
    for fact in facts:
        match fact:
            case Excluded(project, versions):
                told = _mask(universe, step.project, step.versions, excluded=True)
                outside = told & ~_mask(universe, project, versions, excluded=True)
                if outside or told & universe.allowed(project):
                    yield Flaw(f"{project}: versions that may be picked are told as excluded")
            case Unmatched(project, specifier):
                matching = Requirement(f"{project}{specifier}").specifier
                if universe.releases(project).mask(matching):
                    yield Flaw(f"{project}{specifier} matches a version")


def _bits(mask: int) -> Iterable[int]:
    return (bit for bit in range(1, mask.bit_length()) if mask >> bit & 1)


def _target_mask(universe: Universe, target: NormalizedName, facts: Sequence[Needs]) -> int:
    mask = universe.releases(target).every
    for fact in facts:
        mask &= universe.releases(target).mask(Requirement(fact.requirement).specifier)
    return mask


def _told_mask(universe: Universe, step: Step) -> int:
    """The versions of the target that a step speaks of."""
    if step.target is None:
        return 0
    if step.requirement is not None:
        specifier = Requirement(step.requirement).specifier
        return universe.releases(step.target).mask(specifier)
    return 0 if step.allowed is None else _mask(universe, step.target, step.allowed)


class _Retelling:
    """The core's lines and the steps as nogoods, and nothing else.

    Pre-releases that nobody asked for are no part of what a reader thinks of.
    """

    def __init__(self, universe: Universe, conflict: Conflict) -> None:
        self._universe = universe
        self._engine: Engine[object] = Engine()
        self._variables: dict[tuple[str, str | None], int] = {}
        for root in conflict.lines:
            self._add_root(root)
        for step in conflict.steps:
            self._add_step(conflict, step)

    def contradicts(self) -> bool:
        return self._engine.solve((), self._branch) is not None

    def _branch(self) -> Term | None:
        for variable in self._variables.values():
            domain = self._engine.domains[variable]
            if domain & (domain - 1):
                return variable, domain & -domain
        return None

    def _project(self, name: NormalizedName) -> int:
        values = self._universe.releases(name).every | ABSENT
        return self._variable(name, None, values & ~self._universe.unasked_prereleases(name))

    def _extra(self, name: NormalizedName, extra: NormalizedName) -> int:
        return self._variable(name, extra, _FLAG)

    def _variable(self, name: str, extra: str | None, values: int) -> int:
        if (name, extra) not in self._variables:
            self._variables[name, extra] = self._engine.variable(values)
        return self._variables[name, extra]

    def _add_root(self, root: RootRequirement) -> None:
        self._engine.add([(self._project(root.name), ~self._universe.root_mask(root))], root)
        if not root.is_constraint:
            for extra in root.extras:
                self._engine.add([(self._extra(root.name, extra), ABSENT)], root)

    def _add_step(self, conflict: Conflict, step: Step) -> None:
        excluded = step.target is None
        versions = _mask(self._universe, step.project, step.versions, excluded)
        condition = {self._project(step.project): versions}
        if step.target is None:
            self._engine.add(condition.items(), step)
            return
        if step.extra is not None:
            condition[self._extra(step.project, step.extra)] = _ASKED
        target, rejected = self._project(step.target), ~_told_mask(self._universe, step)
        narrowed = {**condition, target: condition.get(target, rejected) & rejected}
        self._engine.add(narrowed.items(), step)
        for extra in _extras(conflict, step):
            unasked = {**condition, self._extra(step.target, extra): ABSENT}
            self._engine.add(unasked.items(), step)


def _extras(conflict: Conflict, step: Step) -> set[NormalizedName]:
    """The extras that all requirements of a step ask for."""
    facts = [conflict.facts[place] for place in step.facts]
    asked = [
        {canonicalize_name(extra) for extra in Requirement(fact.requirement).extras}
        for fact in facts
        if isinstance(fact, Needs)
    ]
    return set.intersection(*asked) if asked else set()
