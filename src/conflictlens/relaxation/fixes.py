"""Fixes: corrections written down in the user's style, and solved again word for word.

First a cheapest repair of everything. Then, conflict by conflict, a menu: the other lines stay
as the repair has them, so that every fix on the menu gives a file that resolves.

Where a conflict rests on withheld pre-releases, letting those of one project in is a fix like
others: its line names one, or a line that does so is added. Among fixes that change as many lines
it comes last, since nobody gets an alpha who could do without. But it comes before a fix that
changes more lines, or that drops one: that would take away what the user asked for. It is the one
kind of change that can mend several conflicts at once; then it is the first fix of each of them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator, Sequence

import msgspec
from msgspec.structs import replace

from conflictlens.core.mus import Core, rests_on_python
from conflictlens.errors import BudgetSpent, IndexFailure
from conflictlens.explanation.records import Change, ChangeAction, DeadEnd, Fix, Repair
from conflictlens.relaxation.context import Context, Level
from conflictlens.relaxation.corrections import Correction, Corrections
from conflictlens.relaxation.dead_ends import dead_ends
from conflictlens.relaxation.options import Option, Versions, Writer
from conflictlens.relaxation.partial import Way, parts_by_line, removals, verified_ways
from conflictlens.relaxation.pythons import OtherPython, nearest_python
from conflictlens.relaxation.splitting import split
from conflictlens.relaxation.written import Draft, Edits, merged, texts
from conflictlens.requirements.records import RequirementSet
from conflictlens.resolution.budget import Budget
from conflictlens.resolution.outcome import Verdict

MENU = 4
"""Fixes that one conflict's menu shows at most."""

STEPS = 300
"""Steps of one search for correction sets at most; `only` is not claimed past them."""

_SEARCH = 0.75
"""The share of the time left in which the best fixes are searched for; the rest is for others."""

_SOON = 0.3
"""The share of that after which others are verified before the search goes on.

A server can take all the rest for one answer."""


class Remedies(msgspec.Struct, frozen=True):
    """What can be changed: a menu for each conflict, and a repair of everything.

    `further` are conflicts that share lines with the given ones and that no repair of those
    covers; the fixes count them after the given ones. `interrupted` says what ended the search
    early; what was verified until then stays.
    """

    fixes: tuple[Fix, ...] = ()
    repair: Repair | None = None
    further: tuple[Core, ...] = ()
    dead_ends: tuple[DeadEnd, ...] = ()
    interrupted: str | None = None


class _Menu(msgspec.Struct, frozen=True):
    """Options, best first; `only`: no other change of as few lines as the first works."""

    options: tuple[Option, ...]
    only: bool


def remedies(
    verdict: Verdict,
    requirements: RequirementSet,
    cores: Sequence[Core],
    budget: Budget,
    keep: Collection[int] = (),
) -> Remedies:
    """Menus and a repair for the conflicts of a problem; lines at `keep` stay as they are.

    Never raises for want of time.
    """
    judge, search = verdict.judge, budget.share(_SEARCH)
    own, judge.budget = judge.budget, search
    try:
        return _Mender(verdict, requirements, cores, search, keep).remedies(budget)
    finally:
        judge.budget = own


def repair_with(
    verdict: Verdict,
    requirements: RequirementSet,
    edits: Edits,
    budget: Budget,
    keep: Collection[int] = (),
) -> Repair | None:
    """The cheapest verified repair of everything that makes these edits; None without any.

    Raises BudgetSpent and other IndexFailures.
    """
    return _Mender(verdict, requirements, (), budget, keep).repair_with(edits)


class _Mender:
    def __init__(
        self,
        verdict: Verdict,
        requirements: RequirementSet,
        cores: Sequence[Core],
        budget: Budget,
        keep: Collection[int],
    ) -> None:
        self._problem = verdict.universe.problem
        self._context = Context(verdict.judge)
        self._free = set(self._context.judge.places) - set(keep)
        self._draft = Draft(requirements, self._context)
        self._writer = Writer(self._draft, self._problem, budget, self._free)
        self._given = len(cores)
        self._cores = [*cores]
        self._budget = budget
        self._fixes: list[Fix] = []
        self._dead_ends: list[DeadEnd] = []
        self._shared: dict[int, Edits] = {}
        self._repair: Repair | None = None
        self._parts: list[Edits] = []
        self._found: dict[int, list[Option]] = {}
        self._seen: Correction | None = None
        self._pythons: dict[frozenset[tuple[int, str | None]], OtherPython | None] = {}

    def remedies(self, budget: Budget) -> Remedies:
        """All that there is, or, where that takes too long, what can be had within `budget`."""
        interrupted = None
        try:
            self._search()
        except IndexFailure as failure:
            interrupted = str(failure)
            self._keep_verified() if self._repair else self._make_do(budget)
        return Remedies(
            tuple(self._fixes),
            self._repair,
            tuple(self._cores[self._given :]),
            tuple(self._dead_ends),
            interrupted,
        )

    def _search(self) -> None:
        everything = self._first_repair()
        if everything is None:
            unedited: list[Edits] = [{} for _ in self._cores]
            for place in range(len(self._cores)):
                self._publish_python(place, unedited)
            return
        self._begin_with(everything)
        parts = split(self._draft, self._cores, everything.edits, self._budget)
        self._parts = [*parts]
        self._shared = {
            at: part
            for at, part in enumerate(parts)
            if any(part.keys() & other.keys() for other in (*parts[:at], *parts[at + 1 :]))
        }
        menus: list[_Menu] = []
        for place in range(len(self._cores)):
            menu = self._menu(place, parts)
            if menu.options:
                parts[place] = menu.options[0].edits
            menus.append(menu)
        edits = merged(parts)
        witness = self._writer.verified(edits)
        if witness is not None:
            self._repair, self._parts = self._repair_of(edits, witness), parts
        for place in range(len(self._cores)):
            self._publish(place, parts, menus[place])
            self._publish_python(place, parts)

    def _first_repair(self) -> Option | None:
        """The cheapest changes that resolve everything; if that takes long, others before it."""
        corrections = Corrections(self._context, self._cores)
        self._context.limit(self._budget.share(_SOON))
        try:
            return self._cheapest(corrections)
        except BudgetSpent:
            self._make_sure()
            self._context.limit(self._budget)
            return self._cheapest(corrections)
        finally:
            self._context.limit(self._budget)

    def _cheapest(self, corrections: Corrections) -> Option | None:
        for deep in (False, True):
            for correction in corrections.cheapest(self._free, STEPS, deep=deep):
                self._seen = self._seen or correction
                for option in self._writer.options(correction, {}):
                    return option
            if corrections.exhausted:
                return None
        # There are too many for the cheapest to be found.
        some = corrections.some(self._free)
        return next(self._writer.options(some, {}), None) if some else None

    def repair_with(self, edits: Edits) -> Repair | None:
        self._draft.suppose(edits)
        for correction in Corrections(self._context).cheapest(self._free - set(edits), STEPS):
            for option in self._writer.options(correction, edits):
                return self._repair_of({**edits, **option.edits}, option.witness)
        return None

    # -- one conflict's menu

    def _menu(self, conflict: int, parts: Sequence[Edits]) -> _Menu:
        """Verified options for one conflict, with the others repaired."""
        own, others = self._shared.get(conflict), self._others(conflict, parts)
        self._draft.suppose(others)
        free = self._free - set(others)
        corrections = Corrections(self._context, [self._cores[conflict]])
        options = self._found[conflict] = [*self._shared_option(conflict)]
        proved = False
        for correction in corrections.cheapest(free, STEPS):
            if options and (correction.cost > options[0].cost + 1 or len(options) >= MENU):
                proved = correction.cost > options[0].cost
                break
            for option in self._writer.options(correction, others):
                # What one correction lets in, another can come to by a line of its own.
                if option.edits and all(option.edits != known.edits for known in options):
                    options.append(option)
        helping = {place for option in options for place in option.edits}
        lines = self._free - helping
        self._dead_ends += dead_ends(self._context, self._cores, conflict, lines)
        self._context.replaced = {}
        options.sort(key=lambda option: (option.edits != own, option.rank))
        cheapest = [option for option in options if option.cost == options[0].cost]
        # Of lines with fewer extras not all are tried, in other versions.
        all_tried = bool(options) and options[0].cost % Level.DROPPED < Level.BARE
        only = len(cheapest) == 1 and all_tried and (proved or corrections.exhausted)
        return _Menu(tuple(options[:MENU]), only)

    def _shared_option(self, conflict: int) -> Iterator[Option]:
        """What the cheapest repair does about a conflict, where it is for others as well.

        Publishing verifies it.
        """
        if own := self._shared.get(conflict):
            cost = sum(self._draft.level(place, text) for place, text in own.items())
            admits = sum(self._draft.lets_in(place, text) for place, text in own.items())
            yield Option(own, cost, admits, 0, {})

    def _others(self, conflict: int, parts: Sequence[Edits]) -> Edits:
        """What the other conflicts' changes leave of the lines.

        Where a change is for another conflict as well, it is not made and that one's lines are left
        out: what could be done instead is still to be found.
        """
        others = merged(part for at, part in enumerate(parts) if at != conflict)
        own = self._shared.get(conflict, {})
        left_out: set[int] = set()
        for at, part in self._shared.items():
            if part.keys() & own.keys():
                left_out |= self._cores[at].roots - self._cores[conflict].roots
        kept = {place: text for place, text in others.items() if place not in own}
        return {**kept, **dict.fromkeys(left_out & set(self._context.judge.places))}

    # -- telling

    def _publish(self, conflict: int, parts: Sequence[Edits], menu: _Menu) -> None:
        core = self._cores[conflict]
        others = merged(part for at, part in enumerate(parts) if at != conflict)
        is_only = menu.only and not rests_on_python(core.universe, core.facts)
        for place, option in enumerate(menu.options):
            edits = {**others, **option.edits}
            if self._is_idle(conflict, option, edits):
                continue
            witness = self._writer.verified(edits) if len(parts) > 1 else option.witness
            if witness is not None:
                fix = self._fix(conflict, option.edits, edits, witness, only=is_only and not place)
                self._fixes.append(fix)

    def _fix(
        self, conflict: int, own: Edits, edits: Edits, witness: Versions, *, only: bool
    ) -> Fix:
        """A fix that makes its `own` changes; the `edits` are those and all others."""
        return Fix(
            conflict,
            tuple(self._draft.changes(own)),
            only=only,
            verified=True,
            requirements=self._written(edits, constraints=False),
            constraints=self._written(edits, constraints=True),
            resolution=witness,
            basis=self._writer.basis(edits),
        )

    # -- after a search that ended early

    def _keep_verified(self) -> None:
        """Publish what was verified, of conflicts of which nothing is published yet."""
        told = {fix.conflict for fix in self._fixes}
        for way in verified_ways(self._writer, self._parts, self._found):
            if way.conflict not in told:
                self._publish_way(way)

    def _make_sure(self) -> None:
        """Verify what takes no search: the writer keeps it in mind."""
        if self._seen is None or self._writer.plain_option(self._seen) is None:
            deque(removals(self._writer, self._cores, self._free), maxlen=0)

    def _make_do(self, budget: Budget) -> None:
        """Publish what takes no search, as no repair was found."""
        self._writer = self._writer.within(budget)
        for publish in (self._publish_seen, self._publish_removals):
            try:
                publish()
            except IndexFailure:
                # What ended the search is told; what was verified before is still there.
                continue
            if self._repair is not None:
                return

    def _publish_seen(self) -> None:
        option = self._writer.plain_option(self._seen) if self._seen else None
        if option is not None:
            self._begin_with(option)
            self._keep_verified()

    def _publish_removals(self) -> None:
        for way in removals(self._writer, self._cores, self._free):
            self._publish_way(way)
            if self._repair is None:
                self._repair = self._repair_of(way.everything, way.witness)

    def _begin_with(self, everything: Option) -> None:
        """There is a repair from now on, if not the best one."""
        self._repair = self._repair_of(everything.edits, everything.witness)
        self._parts = parts_by_line(everything.edits, self._cores)
        if len(self._cores) == 1:
            self._parts = [everything.edits]

    def _publish_way(self, way: Way) -> None:
        fix = self._fix(way.conflict, way.edits, way.everything, way.witness, only=False)
        self._fixes.append(fix)

    def _is_idle(self, conflict: int, option: Option, edits: Edits) -> bool:
        """Whether a shared change of another conflict does the same as some of these edits."""
        shared = self._shared.get(conflict, option.edits)
        return option.edits != shared and any(
            self._writer.verified({at: text for at, text in edits.items() if at != place})
            for place in option.edits
        )

    def _publish_python(self, conflict: int, parts: Sequence[Edits]) -> None:
        """Another Python, where this one came up; after what edits files, and beside it."""
        core = self._cores[conflict]
        if not core.met_python or (other := self._other_python(conflict, parts)) is None:
            return
        found, others = other
        change = Change(ChangeAction.PYTHON, self._problem.python, found.python)
        self._fixes = [
            replace(fix, only=False) if fix.conflict == conflict else fix for fix in self._fixes
        ]
        self._fixes.append(
            Fix(
                conflict,
                (change,),
                only=False,
                verified=True,
                requirements=self._written(others, constraints=False),
                constraints=self._written(others, constraints=True),
                resolution=found.witness,
                basis=found.basis,
            )
        )

    def _other_python(
        self, conflict: int, parts: Sequence[Edits]
    ) -> tuple[OtherPython, Edits] | None:
        """One for all conflicts with the Python in them, else for this one; and the edits."""
        blamed = {at for at, core in enumerate(self._cores) if core.python}
        for spared in [blamed, {conflict}] if conflict in blamed else [{conflict}]:
            edits = merged(part for at, part in enumerate(parts) if at not in spared)
            key = frozenset(edits.items())
            if key not in self._pythons:
                edited, cores = self._draft.edited(edits), [self._cores[at] for at in spared]
                self._pythons[key] = nearest_python(edited, self._problem, cores, self._budget)
            if found := self._pythons[key]:
                return found, edits
        return None

    def _written(self, edits: Edits, constraints: bool) -> tuple[str, ...]:
        """The complete list as it reads after the edits, lines for other targets included."""
        edited = self._draft.edited(edits)
        return texts(edited.constraints if constraints else edited.roots)

    def _repair_of(self, edits: Edits, witness: Versions) -> Repair:
        return Repair(
            tuple(self._draft.changes(edits)),
            self._written(edits, constraints=False),
            self._written(edits, constraints=True),
            witness,
            self._writer.basis(edits),
        )
