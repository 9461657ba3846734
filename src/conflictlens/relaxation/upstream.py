"""What another project would have to loosen: a hypothetical release that was solved with.

For each requirement that meets others at a conflict's clash and that has a cap::

    base ← the newest release of its project that the user's lines allow
           (then the newest of those that the conflict was told with)
    the base with the cap taken off resolves?                    → with which version?
    the base with the cap moved behind that version resolves?    → told, with this resolution
                                       (the same one if its picks pass the check once more)

Everything else stays: the user's lines, the other requirements of the base, all other releases.
Nothing is told where the newest release of the project has no objection: that one is out, and
what keeps it away are the user's own lines, which the fixes are about. Floors are left alone,
since hardly anybody goes back to an older dependency for others. Several conflicts are taken one
by one, the others repaired by their first fixes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator, Sequence

import msgspec
from msgspec.structs import replace
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from conflictlens.explanation.records import (
    ChangeAction,
    Conflict,
    Fix,
    Needs,
    UpstreamChange,
)
from conflictlens.index.records import UnknownMetadata
from conflictlens.names import NormalizedName, canonicalize_name
from conflictlens.problem.dependencies import Dependency
from conflictlens.problem.dependency_reader import with_specifier
from conflictlens.problem.problem import Problem
from conflictlens.problem.releases import bits_down
from conflictlens.problem.universe import Universe
from conflictlens.relaxation.specifiers import recapped, uncapped
from conflictlens.requirements.pep508 import restated
from conflictlens.requirements.records import RootRequirement
from conflictlens.resolution.budget import Budget
from conflictlens.resolution.check import violation
from conflictlens.resolution.outcome import Resolution, Verdict
from conflictlens.resolution.withheld import settle


def upstream_changes(
    verdict: Verdict,
    conflicts: Sequence[Conflict],
    fixes: Sequence[Fix],
    wanted: Collection[int],
    budget: Budget,
) -> Iterator[UpstreamChange]:
    """Changes in other projects, of which each resolves one of the conflicts at `wanted`.

    Raises BudgetSpent and other IndexFailures between two of them.
    """
    for place in sorted(wanted):
        roots = _others_repaired(verdict, place, range(len(conflicts)), fixes)
        if roots is not None:
            search = _Search(verdict, roots, place, conflicts[place], budget)
            if search.is_conflict():
                yield from search.changes()


def _others_repaired(
    verdict: Verdict, conflict: int, conflicts: Sequence[int], fixes: Sequence[Fix]
) -> tuple[RootRequirement, ...] | None:
    """The lines with the first fixes of all other conflicts; None where one of them has none."""
    roots = {(root.origin, root.text): root for root in verdict.universe.problem.roots}
    for other in (one for one in conflicts if one != conflict):
        first = next((fix for fix in fixes if fix.conflict == other), None)
        if first is None or any(c.action is ChangeAction.PYTHON for c in first.changes):
            return None
        for change in first.changes:
            line = change.root.origin, change.root.text
            if change.replacement is None:
                roots.pop(line, None)
            else:
                roots[line] = restated(change.root, change.replacement)
    return tuple(roots.values())


class _Search(msgspec.Struct, frozen=True):
    verdict: Verdict
    roots: tuple[RootRequirement, ...]
    place: int
    conflict: Conflict
    budget: Budget

    def is_conflict(self) -> bool:
        """Whether the lines, the other conflicts repaired, conflict at all."""
        problem = self.verdict.universe.problem
        if self.roots == problem.roots:
            return not isinstance(self.verdict.outcome, Resolution)
        problem = problem.with_roots(self.roots)
        return not isinstance(settle(problem, self.budget).outcome, Resolution)

    def changes(self) -> Iterator[UpstreamChange]:
        told: set[tuple[NormalizedName, NormalizedName]] = set()
        for fact in self._asking():
            target = canonicalize_name(Requirement(fact.requirement).name)
            if (fact.project, target) not in told:
                for change in self._of(fact, target):
                    told.add((fact.project, target))
                    yield change

    def _asking(self) -> Iterator[Needs]:
        """The requirements from metadata that meet at the clash; without a clash, all."""
        clash = self.conflict.clash
        for step in self.conflict.steps:
            for fact in (self.conflict.facts[number] for number in step.facts):
                if isinstance(fact, Needs) and (clash is None or (step.side and step.target)):
                    yield fact

    def _of(self, fact: Needs, target: NormalizedName) -> Iterator[UpstreamChange]:
        """The first change that works: of the newest base, and of its capped requirements."""
        for bit in self._bases(fact):
            for dependency in self._capped(fact, bit, target):
                change = self._change(fact, bit, dependency)
                if change is not None:
                    yield change
                    return

    def _bases(self, fact: Needs) -> Iterator[int]:
        universe = self.verdict.universe
        own = [root for root in self.roots if root.name == fact.project]
        if any(root.url for root in own):
            return
        allowed = universe.allowed(fact.project)
        for root in own:
            allowed &= universe.root_mask(root)
        stable = allowed & universe.preferred(fact.project)
        newest = next(bits_down(stable or allowed), None)
        last = universe.releases(fact.project).bits(fact.versions.runs[-1][1])
        for bit in dict.fromkeys([newest, next(bits_down(last & allowed), None)]):
            if bit is not None:
                yield bit

    def _capped(self, fact: Needs, bit: int, target: NormalizedName) -> Iterator[Dependency]:
        """The requirements on the target with a cap that keeps some release out."""
        releases = self.verdict.universe.releases(target)
        for dependency in self._dependencies(fact, bit, target):
            specifier = SpecifierSet(dependency.specifier)
            allowed = releases.mask(specifier)
            if dependency.url is None and releases.mask(uncapped(specifier)) != allowed:
                yield dependency

    def _dependencies(self, fact: Needs, bit: int, target: NormalizedName) -> list[Dependency]:
        facts = self.verdict.universe.facts(fact.project, bit, fact.extra or "")
        return [dependency for dependency in facts.dependencies if dependency.name == target]

    # -- the hypothetical release

    def _change(self, fact: Needs, bit: int, dependency: Dependency) -> UpstreamChange | None:
        stated = SpecifierSet(dependency.specifier)
        universe = self.verdict.universe
        newest = max(next(bits_down(universe.preferred(fact.project)), bit), bit)
        asking = self._dependencies(fact, newest, dependency.name)
        if newest > bit and self._takes(asking, None):
            return None
        loosest = self._solved(fact, bit, dependency, uncapped(stated))
        if loosest is None:
            return None
        picked = loosest.picks[dependency.name]
        allowed = universe.releases(dependency.name).version(picked)
        if newest > bit and self._takes(asking, picked):
            return None
        specifier = recapped(stated, allowed)
        solved = self._confirmed(fact, bit, dependency, specifier, loosest)
        if solved is None:
            return None
        old, new = self._lines(fact, bit, dependency, specifier)[0]
        start, chain = self._chain(fact.project)
        releases = universe.releases(fact.project)
        return UpstreamChange(
            self.place,
            fact.project,
            releases.version(bit),
            old,
            dependency.text,
            new,
            dependency.name,
            universe.releases(dependency.name).version(solved.picks[dependency.name]),
            start,
            chain,
            universe.versions(solved.picks),
            newest=releases.version(newest) if newest > bit else None,
        )

    def _takes(self, asking: Sequence[Dependency], picked: int | None) -> bool:
        """Whether requirements have no objection to a version; None stands for whichever."""
        if picked is None:
            return not asking
        return all(self.verdict.universe.dependency_mask(one) >> picked & 1 for one in asking)

    def _confirmed(
        self,
        fact: Needs,
        bit: int,
        dependency: Dependency,
        specifier: SpecifierSet,
        loosest: Resolution,
    ) -> Resolution | None:
        """The resolution that was found without the cap, if it holds with it; else another."""
        supposed = self._supposed(fact, bit, dependency, specifier)
        if supposed is not None and violation(Universe(supposed), loosest) is None:
            return loosest
        return self._solved(fact, bit, dependency, specifier)

    def _solved(
        self, fact: Needs, bit: int, dependency: Dependency, specifier: SpecifierSet
    ) -> Resolution | None:
        """A resolution that takes the release with another specifier, None without one."""
        self.budget.check()
        problem = self._supposed(fact, bit, dependency, specifier)
        outcome = None if problem is None else settle(problem, self.budget).outcome
        if not isinstance(outcome, Resolution) or outcome.picks.get(fact.project) != bit:
            return None
        return outcome if dependency.name in outcome.picks else None

    def _supposed(
        self, fact: Needs, bit: int, dependency: Dependency, specifier: SpecifierSet
    ) -> Problem | None:
        """The problem with a release that has another specifier; None if nothing is known of it."""
        universe = self.verdict.universe
        metadata = universe.metadata(fact.project, bit)
        if isinstance(metadata, UnknownMetadata):
            return None
        lines = dict(self._lines(fact, bit, dependency, specifier))
        supposed = replace(
            metadata, requires_dist=tuple(lines.get(line, line) for line in metadata.requires_dist)
        )
        problem = universe.problem.with_roots(self.roots)
        file = universe.releases(fact.project).distributions[bit - 1]
        return replace(problem, catalogue=problem.catalogue.supposing(file, supposed))

    def _lines(
        self, fact: Needs, bit: int, dependency: Dependency, specifier: SpecifierSet
    ) -> list[tuple[str, str]]:
        """The lines of the metadata that state a dependency, and how they would read."""
        universe = self.verdict.universe
        file = universe.releases(fact.project).distributions[bit - 1]
        lines = universe.problem.catalogue.lines(file, fact.extra or "", dependency)
        return [(line, with_specifier(line, specifier)) for line in lines]

    # -- the way there

    def _chain(self, project: NormalizedName) -> tuple[RootRequirement, tuple[Needs, ...]]:
        """The shortest way from a line of the conflict to the project, along what was told."""
        core = [root for root in self.conflict.core if not root.is_constraint]
        ways: deque[tuple[RootRequirement, tuple[Needs, ...]]] = deque((one, ()) for one in core)
        seen = {root.name for root in core}
        while ways:
            start, way = ways.popleft()
            at = canonicalize_name(Requirement(way[-1].requirement).name) if way else start.name
            if at == project:
                return start, way
            for fact in self.conflict.facts:
                if isinstance(fact, Needs) and fact.project == at:
                    name = canonicalize_name(Requirement(fact.requirement).name)
                    if name not in seen:
                        seen.add(name)
                        ways.append((start, (*way, fact)))
        return core[0], ()
