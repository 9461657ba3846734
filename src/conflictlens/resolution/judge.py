"""The complete decision: is there a resolution for these roots, or a proof that there is none?

The judge puts a problem before the `engine`:

- a project is a variable; its values are "absent" and its versions (see `problem.releases`);
- an extra of a project is a variable with the values "not asked for" and "asked for";
- a root is a variable of the same kind and an assumption, so that all that is learned stays
  true for every subset of the roots, and the roots in the final conflict are a core at once;
- "A 1 or 2 needs B<3" is one nogood: A in {1, 2}, B not in {versions < 3}.

It is lazy about metadata. A version whose metadata was not read is taken to need nothing, which
is optimistic: a refutation is a proof whatever the unread metadata say. A resolution needs the
metadata of all picked versions, so a version is read before it is decided.

Which project is decided next is the `agenda`'s; of a project, the newest preferred version.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cached_property
from itertools import islice

import msgspec

from conflictlens.errors import BudgetSpent, IndexFailure
from conflictlens.names import NormalizedName
from conflictlens.problem.admission import Door
from conflictlens.problem.dependencies import Dependency
from conflictlens.problem.releases import ABSENT, Exclusion, bits_down
from conflictlens.problem.universe import Universe
from conflictlens.requirements.records import RootRequirement
from conflictlens.resolution.agenda import Agenda
from conflictlens.resolution.budget import Budget
from conflictlens.resolution.engine import AGAIN, Engine, Refutation
from conflictlens.resolution.facts import DependencyFact, ExclusionFact, ExtraFact, Fact, RootFact
from conflictlens.resolution.foresight import Foresight, best
from conflictlens.resolution.nogoods import Nogood, Term
from conflictlens.resolution.outcome import Conflict, Resolution, SearchStats
from conflictlens.resolution.variables import Subject, Variables

_ASKED = 2
_FLAG = 3

_PATIENT = 4
"""Of the versions of a project that were read so far, one in so many is read in addition."""

_BATCH = 16
"""Releases that are read at once at most."""


Harmless = Callable[[NormalizedName, NormalizedName | None, int], bool]
"""Whether a version (by its bit), for itself or for one of its extras, asks for nothing special."""


class Judge:
    """Decides any subset of a problem's roots; what was learned serves all later questions.

    `decide` raises BudgetSpent and other IndexFailures of the index; the judge can be asked
    again afterwards.
    """

    def __init__(
        self,
        universe: Universe,
        budget: Budget,
        order: Mapping[NormalizedName, int] | None = None,
        stats: SearchStats | None = None,
    ) -> None:
        self.universe = universe
        self.order = order or {}
        self.stats = stats or SearchStats()
        self.budget = budget
        self._engine: Engine[Fact] = Engine()
        self._engine.on_learned = self._count_conflict
        self._variables = Variables()
        self._known: set[tuple[int, int]] = set()
        self._agenda = Agenda(self._engine, self._variables, self.order, self._known)
        self._preferred: dict[int, int] = {}
        self._dependencies: dict[tuple[int, str], _Stated] = {}
        self._reads: dict[NormalizedName, set[int]] = {}
        self._foresight = Foresight(
            universe, self._engine, self._variables, self._agenda, self._preferred, self.order
        )

    @cached_property
    def _roots(self) -> list[int]:
        """The roots' variables; stated when the first question comes, since that may be never."""
        roots = self.universe.problem.roots
        self.universe.prefetch_projects(root.name for root in roots)
        return [self._state_root(*root) for root in enumerate(roots)]

    # -- questions

    def decide(self, roots: Collection[int] | None = None) -> Resolution | Conflict:
        """A resolution of the roots at these places (all where None), or their conflict."""
        places = sorted(self.places if roots is None else roots)
        assumptions = [(self._roots[place], _ASKED) for place in places]
        self.stats.solves += 1
        refutation = self._engine.solve(assumptions, self._branch)
        self.stats.conflicts = self._engine.conflicts
        if refutation is None:
            return self._resolution()
        return self._conflict(refutation, places)

    def suppose(self, root: RootRequirement) -> int:
        """A further root that questions may name, at the place that is returned.

        It is no part of the problem: only `decide` with this place knows it.
        """
        self._roots.append(self._state_root(len(self._roots), root))
        return len(self._roots) - 1

    def admitting(self, doors: Iterable[Door]) -> Judge:
        """A judge of the same problem with more doors open; it knows no supposed roots."""
        problem = self.universe.problem
        admission = problem.admission.opening(doors)
        return Judge(Universe(problem.with_admission(admission)), self.budget, self.order)

    @property
    def places(self) -> range:
        """The places of the problem's own roots."""
        return range(len(self.universe.problem.roots))

    def forbid(self, fact: ExclusionFact, harmless: Harmless) -> None:
        """Rule out the resolution that was just found, and those like it.

        `fact` holds from now on wherever all picks of this resolution are versions that were
        read and are `harmless`, for themselves and for the extras that are asked of them now.
        """
        domains = self._engine.domains
        terms: list[Term] = []
        for name, variable in self._variables.projects.items():
            if domains[variable] & ABSENT:
                continue
            extras = self._variables.extras.get(name, {}).items()
            asked = [(extra, flag) for extra, flag in extras if domains[flag] == _ASKED]
            subjects: list[tuple[NormalizedName | None, int]] = [(None, variable), *asked]
            mask = sum(
                1 << bit
                for bit in bits_down(self._values(name))
                if all((one, bit) in self._known for _, one in subjects)
                and all(harmless(name, extra, bit) for extra, _ in subjects)
            )
            mask = mask & fact.versions if name == fact.project else mask | ABSENT
            terms.append((variable, mask))
        self._engine.add(terms, fact)

    def read_further(self, resolution: Resolution, most: int) -> None:
        """Read up to `most` more versions of each project in a resolution.

        They are what the next one could pick, so that one answer to it can be about all of them.
        Source archives are a quarter of them at most.
        """
        wanted = {name: self._unread_ones(name, most) for name in sorted(resolution.picks)}
        self.universe.prefetch_metadata((name, bit) for name in wanted for bit in wanted[name])
        for name, bits in wanted.items():
            extras = [None, *resolution.extras.get(name, ())]
            for bit in bits:
                for extra in extras:
                    if (self._variables.of(name, extra), bit) not in self._known:
                        self._read_one(name, extra, bit)

    def _unread_ones(self, name: NormalizedName, most: int) -> list[int]:
        """Versions that the roots leave of a project and that were not read, newest first."""
        mask = self.universe.allowed(name)
        for root in self.universe.problem.roots:
            if root.name == name:
                mask &= self.universe.root_mask(root)
        project = self._variables.projects[name]
        unread = [bit for bit in bits_down(mask) if (project, bit) not in self._known]
        cheap = [bit for bit in unread if self.universe.reads_cheaply(name, bit)]
        sources = [bit for bit in unread if bit not in {*cheap}]
        return [*cheap[:most], *sources[: most // 4]]

    def _resolution(self) -> Resolution:
        domains = self._engine.domains
        picks = {
            name: domains[variable].bit_length() - 1
            for name, variable in self._variables.projects.items()
            if not domains[variable] & ABSENT
        }
        self.universe.note_picks(picks)
        extras = {
            name: frozenset(e for e, variable in asked.items() if domains[variable] == _ASKED)
            for name, asked in self._variables.extras.items()
            if name in picks
        }
        return Resolution(picks, {name: asked for name, asked in extras.items() if asked})

    def _conflict(self, refutation: Refutation[Fact], places: Sequence[int]) -> Conflict:
        roots = frozenset(places[place] for place in refutation.assumptions)
        return Conflict(roots, refutation.facts)

    # -- facts

    def _state_root(self, place: int, root: RootRequirement) -> int:
        asked = self._variable(_FLAG, None)
        project = self._project(root.name)
        rejected = ~self.universe.root_mask(root) & self._values(root.name)
        fact = RootFact(place, root)
        self._engine.add([(asked, _ASKED), (project, rejected)], fact)
        for extra in sorted(root.extras):
            if not root.is_constraint:
                self._engine.add([(asked, _ASKED), (self._extra(root.name, extra), ABSENT)], fact)
        return asked

    def _values(self, name: NormalizedName) -> int:
        return self.universe.releases(name).every | ABSENT

    def _variable(
        self,
        values: int,
        subject: Subject | None,
        removed: Sequence[tuple[int, Fact]] = (),
    ) -> int:
        return self._variables.note(self._engine.variable(values, removed), subject)

    def _project(self, name: NormalizedName) -> int:
        variable = self._variables.projects.get(name)
        if variable is None:
            removed = [(fact.versions, fact) for fact in self._exclusions(name)]
            variable = self._variable(self._values(name), (name, None), removed)
            self._preferred[variable] = self.universe.preferred(name)
        return variable

    def _exclusions(self, name: NormalizedName) -> list[ExclusionFact]:
        releases = self.universe.releases(name)
        withheld = self.universe.problem.admission.withheld(releases)
        return [
            ExclusionFact(name, mask, reason)
            for masks in (releases.excluded, withheld)
            for reason, mask in masks.items()
        ]

    def _extra(self, name: NormalizedName, extra: NormalizedName) -> int:
        known = self._variables.extras.get(name, {}).get(extra)
        if known is not None:
            return known
        project = self._project(name)
        variable = self._variable(_FLAG, (name, extra))
        self._engine.add([(variable, _ASKED), (project, ABSENT)], ExtraFact(name, extra))
        return variable

    def _read(self, name: NormalizedName, extra: NormalizedName | None, bit: int) -> None:
        """Put what a release needs before the engine, and older ones of a project read often.

        Neighbours mostly need the same. Read together they are refuted together, so that a
        ladder of versions takes far fewer conflicts than it has rungs.
        """
        variable = self._variables.of(name, extra)
        read = self._reads.setdefault(name, set())
        read.add(bit)
        size = min(len(read) // _PATIENT, _BATCH)
        if size or not self.universe.answers_at_once(name, bit):
            self._foresight.hint(name, bit, len(read), size)
        self._read_one(name, extra, bit)
        # Whatever is decided now: the next rung that is tried mostly asks for the next version.
        older = self.universe.preferred(name) & ((1 << bit) - 1)
        try:
            for one in islice(bits_down(older), size):
                if (variable, one) not in self._known and self.universe.reads_cheaply(name, one):
                    self._read_one(name, extra, one)
        except BudgetSpent:
            raise
        except IndexFailure:
            # Nobody needs these yet.
            return

    def _read_one(self, name: NormalizedName, extra: NormalizedName | None, bit: int) -> None:
        self.budget.check()
        variable = self._variables.of(name, extra)
        facts = self.universe.facts(name, bit, extra or "")
        self._reads.setdefault(name, set()).add(bit)
        self.stats.facts_read += 1
        if facts.unusable is not None:
            self._rule_out(name, bit, facts.unusable)
        else:
            projects = self._variables.projects
            self.universe.prefetch_projects(
                [one.name for one in facts.dependencies if one.name not in projects]
            )
            for dependency in facts.dependencies:
                if dependency.url is None:
                    self._state_dependency(name, extra, bit, dependency)
        # Only now: should the index fail in between, the version is read again next time.
        self._known.add((variable, bit))

    def _rule_out(self, name: NormalizedName, bit: int, reason: Exclusion) -> None:
        fact = ExclusionFact(name, 1 << bit, reason)
        self._engine.add([(self._variables.projects[name], 1 << bit)], fact)

    def _state_dependency(
        self, name: NormalizedName, extra: NormalizedName | None, bit: int, dependency: Dependency
    ) -> None:
        dependant = self._variables.of(name, extra)
        key = (dependant, dependency.text)
        known = self._dependencies.get(key)
        if known is None:
            fact = DependencyFact(name, extra, 1 << bit, dependency)
            self._dependencies[key] = _Stated(fact, self._state(fact, dependant))
            return
        known.fact.versions |= 1 << bit
        for nogood, limit in known.nogoods:
            if limit >> bit & 1:
                self._engine.widen(nogood, self._variables.projects[name], 1 << bit)

    def _state(self, fact: DependencyFact, dependant: int) -> list[tuple[Nogood[Fact], int]]:
        """The nogoods of a dependency, each with the versions of its dependant that it is for.

        One for the project it names, one for each extra that it asks for. Where a project
        needs itself (``a[all]`` needs ``a[x]``), only its versions outside the range are
        refuted.
        """
        dependency = fact.dependency
        rejected = self._values(dependency.name) & ~self.universe.dependency_mask(dependency)
        consequences = [
            (self._project(dependency.name), rejected),
            *((self._extra(dependency.name, extra), ABSENT) for extra in dependency.extras),
        ]
        stated = []
        project = self._variables.projects[fact.project]
        for variable, mask in consequences:
            terms = {
                project: fact.versions,
                **({} if dependant == project else {dependant: _ASKED}),
            }
            terms[variable] = terms.get(variable, mask) & mask
            nogood = self._engine.add(terms.items(), fact)
            stated.append((nogood, mask if variable == project else -1))
        return stated

    # -- the search

    def _branch(self) -> Term | None:
        """The engine's brancher: read what the next project needs, or decide it."""
        self.budget.check()
        self._agenda.catch_up()
        while (variable := self._agenda.first()) is not None:
            project = self._variables.project_of(variable)
            bit = self._best(project)
            missing = self._unread(variable, project, bit)
            if missing is not None:
                self._read(*missing, bit)
                return AGAIN
            if self._engine.domains[project] != 1 << bit:
                return project, 1 << bit
            self._agenda.settle_first()
        return None

    def _unread(self, variable: int, project: int, bit: int) -> Subject | None:
        """Whose metadata must be read before `bit` can be decided."""
        for needed in (project, variable):
            if (needed, bit) not in self._known:
                return self._variables.subjects[needed]
        return None

    def _best(self, project: int) -> int:
        return best(self._engine.domains[project], self._preferred[project])

    def _count_conflict(self, learned: Nogood[Fact]) -> None:
        self.budget.check()
        self._agenda.count_conflict(learned)


class _Stated(msgspec.Struct, frozen=True):
    """A dependency's fact, and its nogoods with the versions that each may be widened by."""

    fact: DependencyFact
    nogoods: list[tuple[Nogood[Fact], int]]
