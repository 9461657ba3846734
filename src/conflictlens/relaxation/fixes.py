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

from collections.abc import Collection, Iterator, Sequence

import msgspec
from msgspec.structs import replace

from conflictlens.core.mus import Core, rests_on_python
from conflictlens.core.python import with_python
from conflictlens.errors import IndexFailure
from conflictlens.explanation.records import Change, ChangeAction, DeadEnd, Fix, Repair
from conflictlens.relaxation.context import Choice, Context, Level
from conflictlens.relaxation.corrections import Corrections
from conflictlens.relaxation.options import Option, Versions, Writer
from conflictlens.relaxation.pythons import nearest_python
from conflictlens.relaxation.written import Draft, Edits, merged, texts
from conflictlens.requirements.records import RequirementSet
from conflictlens.resolution.budget import Budget
from conflictlens.resolution.outcome import Conflict, Resolution, Verdict

MENU = 4
"""Fixes that one conflict's menu shows at most."""

STEPS = 300
"""Steps of one search for correction sets at most; `only` is not claimed past them."""


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
    return _Mender(verdict, requirements, cores, budget, keep).remedies()


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

    def remedies(self) -> Remedies:
        interrupted = None
        try:
            self._search()
        except IndexFailure as failure:
            interrupted = str(failure)
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
        parts = self._split(everything.edits)
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
        self._repair = self._repair_of(everything.edits, everything.witness)
        if witness is not None:
            self._repair = self._repair_of(edits, witness)
        for place in range(len(self._cores)):
            self._publish(place, parts, menus[place])
            self._publish_python(place, parts)

    def _first_repair(self) -> Option | None:
        """The cheapest changes that resolve everything."""
        corrections = Corrections(self._context, self._cores)
        for deep in (False, True):
            for correction in corrections.cheapest(self._free, STEPS, deep=deep):
                for option in self._writer.options(correction, {}):
                    return option
            if corrections.exhausted:
                break
        return None

    def repair_with(self, edits: Edits) -> Repair | None:
        self._replace(edits)
        for correction in Corrections(self._context).cheapest(self._free - set(edits), STEPS):
            for option in self._writer.options(correction, edits):
                return self._repair_of({**edits, **option.edits}, option.witness)
        return None

    def _split(self, edits: Edits) -> list[Edits]:
        """The changes of a repair by the conflicts that each of them is for.

        For a conflict are those of its lines, and what has to let in pre-releases for it. What is
        for none of the known ones is for a further one, with lines that the repair leaves as
        they are.
        """
        parts = [
            {place: text for place, text in edits.items() if place in core.roots}
            for core in self._cores
        ]
        opening = [place for place, text in edits.items() if self._draft.lets_in(place, text)]
        for core, part in zip(self._cores, parts, strict=True):
            part.update(self._needed(core, part, {place: edits[place] for place in opening}))
        for place in edits:
            if not any(place in part for part in parts):
                rest = {other: text for other, text in edits.items() if other != place}
                self._replace(rest)
                owner = self._owner_by_proof(rest)
                parts += [{} for _ in self._cores[len(parts) :]]
                parts[owner][place] = edits[place]
        self._context.replaced = {}
        return [*parts]

    def _needed(self, core: Core, part: Edits, opening: Edits) -> Edits:
        """Which of the edits that let in pre-releases a conflict needs beside its own part."""
        needed = dict(opening)
        for place in reversed([*opening]):
            fewer = {other: text for other, text in needed.items() if other != place}
            self._replace({**fewer, **part})
            if isinstance(self._without_others(core, {}), Resolution):
                needed = fewer
        return needed

    def _owner_by_proof(self, rest: Edits) -> int:
        """The conflict that is left without a change, perhaps a further one."""
        core = self._context.conflict_left()
        lines = core.roots & set(self._context.judge.places)
        for at, known in enumerate(self._cores):
            if known.roots & set(rest) and lines != core.roots:
                return at
        self._cores.append(with_python(core, self._budget))
        return len(self._cores) - 1

    def _without_others(self, core: Core, choice: Choice) -> Resolution | Conflict:
        """Decide the lines of one conflict as if there were no others."""
        others = set(self._context.judge.places) - core.roots
        return self._context.decide({**dict.fromkeys(others, Level.DROPPED), **choice})

    def _replace(self, edits: Edits) -> None:
        self._context.replaced = {
            place: self._draft.root(place, text) for place, text in edits.items()
        }

    # -- one conflict's menu

    def _menu(self, conflict: int, parts: Sequence[Edits]) -> _Menu:
        """Verified options for one conflict, with the others repaired."""
        own, others = self._shared.get(conflict), self._others(conflict, parts)
        self._replace(others)
        free = self._free - set(others)
        corrections = Corrections(self._context, [self._cores[conflict]])
        options = [*self._shared_option(conflict)]
        proved = False
        for correction in corrections.cheapest(free, STEPS):
            if options and (correction.cost > options[0].cost + 1 or len(options) >= MENU):
                proved = correction.cost > options[0].cost
                break
            for option in self._writer.options(correction, others):
                # What one correction lets in, another can come to by a line of its own.
                if option.edits and all(option.edits != known.edits for known in options):
                    options.append(option)
        self._note_dead_ends(conflict, options)
        self._context.replaced = {}
        options.sort(key=lambda option: (option.edits != own, option.rank))
        cheapest = [option for option in options if option.cost == options[0].cost]
        only = len(cheapest) == 1 and (proved or corrections.exhausted)
        return _Menu(tuple(options[:MENU]), only)

    def _shared_option(self, conflict: int) -> Iterator[Option]:
        """What the cheapest repair does about a conflict, where it is for others as well.

        Publishing verifies it.
        """
        if own := self._shared.get(conflict):
            cost = sum(Level.DROPPED if text is None else Level.LOOSENED for text in own.values())
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

    def _note_dead_ends(self, conflict: int, options: Sequence[Option]) -> None:
        """Lines of a core that a user would try to change first, and in vain."""
        helping = {place for option in options for place in option.edits}
        for place in sorted(self._cores[conflict].roots & self._free - helping):
            can_loosen = Level.LOOSENED in self._context.levels_above(place, Level.WRITTEN)
            if can_loosen and not self._helps_loosened(conflict, place):
                self._dead_ends.append(DeadEnd(conflict, self._context.roots[place]))

    def _helps_loosened(self, conflict: int, place: int) -> bool:
        """Whether any other version of one line helps, be it a pre-release."""
        choice: Choice = {place: Level.LOOSENED}
        outcome = self._loosened_alone(conflict, choice)
        if isinstance(outcome, Resolution):
            return True
        name = self._context.roots[place].name
        doors = [door for door, _ in self._context.blame(choice, outcome) if door < 0]
        for door in [one for one in doors if self._context.project(one) == name]:
            wider = self._loosened_alone(conflict, {**choice, door: Level.LOOSENED})
            return isinstance(wider, Resolution)
        return False

    def _loosened_alone(self, conflict: int, choice: Choice) -> Resolution | Conflict:
        """Decide with one line loosened; among several conflicts, only this one's lines count."""
        if len(self._cores) == 1:
            return self._context.decide(choice)
        return self._without_others(self._cores[conflict], choice)

    # -- telling

    def _publish(self, conflict: int, parts: Sequence[Edits], menu: _Menu) -> None:
        others = merged(part for at, part in enumerate(parts) if at != conflict)
        for place, option in enumerate(menu.options):
            edits = {**others, **option.edits}
            if self._is_idle(conflict, option, edits):
                continue
            witness = self._writer.verified(edits) if len(parts) > 1 else option.witness
            if witness is not None:
                self._fixes.append(
                    Fix(
                        conflict,
                        tuple(self._draft.changes(option.edits)),
                        only=menu.only and place == 0 and not self._rests_on_python(conflict),
                        verified=True,
                        requirements=self._written(edits, constraints=False),
                        constraints=self._written(edits, constraints=True),
                        resolution=witness,
                        assumes=self._writer.assumed(edits),
                    )
                )

    def _is_idle(self, conflict: int, option: Option, edits: Edits) -> bool:
        """Whether a shared change of another conflict does the same as some of these edits."""
        shared = self._shared.get(conflict, option.edits)
        return option.edits != shared and any(
            self._writer.verified({at: text for at, text in edits.items() if at != place})
            for place in option.edits
        )

    def _rests_on_python(self, conflict: int) -> bool:
        core = self._cores[conflict]
        return rests_on_python(core.universe, core.facts)

    def _publish_python(self, conflict: int, parts: Sequence[Edits]) -> None:
        """Another Python, where this one came up; after what edits files, and beside it."""
        if not self._cores[conflict].met_python:
            return
        others = merged(part for at, part in enumerate(parts) if at != conflict)
        problem = self._problem
        found = nearest_python(
            self._draft.edited(others), problem.target, problem.policy, problem.index, self._budget
        )
        if found is None:
            return
        change = Change(ChangeAction.PYTHON, problem.python, found.python)
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
                assumes=found.assumed,
            )
        )

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
            self._writer.assumed(edits),
        )
