"""Fixes: corrections written down in the user's style, and solved again word for word.

First a cheapest repair of everything. Then, conflict by conflict, a menu: the other lines stay
as the repair has them, so that every fix on the menu gives a file that resolves.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName
from packaging.version import Version

from conflictlens.core.mus import Core, minimal_core
from conflictlens.core.python import rests_on_python, with_python
from conflictlens.errors import IndexFailure
from conflictlens.explanation.records import Change, ChangeAction, DeadEnd, Fix, Repair
from conflictlens.relaxation.context import Context, Level
from conflictlens.relaxation.corrections import Correction, Corrections
from conflictlens.relaxation.nearby import Move, moves
from conflictlens.relaxation.pythons import nearest_python
from conflictlens.relaxation.specifiers import moved, rewritten
from conflictlens.requirements.records import RequirementSet, RootRequirement
from conflictlens.resolution.budget import Budget
from conflictlens.resolution.check import violation
from conflictlens.resolution.judge import Conflict, Resolution
from conflictlens.resolution.verdict import Verdict, settle

MENU = 4
"""Fixes that one conflict's menu shows at most."""

STEPS = 300
"""Steps of one search for correction sets at most; `only` is not claimed past them."""

_FAR = 3
"""A move down that passes over so many times more releases than the move up is not worth a line,
nor the other way round."""

Edits = Mapping[int, str | None]
"""New texts of lines, by place; None drops the line."""

Versions = Mapping[NormalizedName, Version]


@dataclass(frozen=True, slots=True)
class Remedies:
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


@dataclass(frozen=True, slots=True)
class _Option:
    """Edits that were verified, with what they cost."""

    edits: Edits
    cost: int
    distance: int
    witness: Versions


@dataclass(frozen=True, slots=True)
class _Menu:
    """Options, best first; `only`: no other change of as few lines as the first works."""

    options: tuple[_Option, ...]
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
        self._requirements = requirements
        self._problem = verdict.universe.problem
        self._context = Context(verdict.judge)
        self._given = cores
        self._cores = [core.roots for core in cores]
        self._budget = budget
        self._free = set(self._context.judge.places) - set(keep)
        self._fixes: list[Fix] = []
        self._further: list[Core] = []
        self._dead_ends: list[DeadEnd] = []
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
            tuple(self._further),
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
        menus: list[_Menu] = []
        for place in range(len(self._cores)):
            menu = self._menu(place, parts)
            if menu.options:
                parts[place] = menu.options[0].edits
            menus.append(menu)
        edits = _merged(parts)
        witness = self._verified(edits)
        self._repair = self._repair_of(everything.edits, everything.witness)
        if witness is not None:
            self._repair = self._repair_of(edits, witness)
        for place in range(len(self._cores)):
            self._publish(place, parts, menus[place])
            self._publish_python(place, parts)

    def _first_repair(self) -> _Option | None:
        """The cheapest changes that resolve everything."""
        corrections = Corrections(self._context, self._cores)
        for correction in corrections.cheapest(self._free, STEPS):
            for option in self._options(correction, {}):
                return option
        return None

    def repair_with(self, edits: Edits) -> Repair | None:
        self._replace(edits)
        for correction in Corrections(self._context).cheapest(self._free - set(edits), STEPS):
            for option in self._options(correction, edits):
                return self._repair_of({**edits, **option.edits}, option.witness)
        return None

    def _split(self, edits: Edits) -> list[Edits]:
        """The changes of a repair by the conflict that each of them is for."""
        owners = {place: self._owner(place, edits) for place in edits}
        parts: list[dict[int, str | None]] = [{} for _ in self._cores]
        for place, text in edits.items():
            parts[owners[place]][place] = text
        return [*parts]

    def _owner(self, place: int, edits: Edits) -> int:
        """The conflict that a change is for: one with its line, or one whose repair needs it.

        Where neither is so, the line is in a conflict of its own with lines that the repair
        leaves as they are: a further one.
        """
        for at, known in enumerate(self._cores):
            if place in known:
                return at
        rest = {other: text for other, text in edits.items() if other != place}
        core = self._conflict_without(rest)
        lines = core.roots & set(self._context.judge.places)
        for at, known in enumerate(self._cores):
            if known & set(rest) and lines != core.roots:
                return at
        self._further.append(with_python(core, self._budget))
        self._cores.append(core.roots)
        return len(self._cores) - 1

    def _conflict_without(self, edits: Edits) -> Core:
        """A minimal core of what is left when only these changes are made."""
        self._replace(edits)
        places = self._context.places()
        conflict = self._context.judge.decide(places)
        if isinstance(conflict, Resolution):
            raise AssertionError("a cheapest repair can do without one of its changes")
        self._context.replaced = {}
        return minimal_core(self._context.judge, conflict, places)

    def _replace(self, edits: Edits) -> None:
        self._context.replaced = {
            place: None if text is None else self._context.suppose(place, _specifier(text))
            for place, text in edits.items()
        }

    # -- one conflict's menu

    def _menu(self, conflict: int, parts: Sequence[Edits]) -> _Menu:
        """Verified options for one conflict, with the others repaired."""
        others = _merged(part for at, part in enumerate(parts) if at != conflict)
        self._replace(others)
        free = self._free - set(others)
        corrections = Corrections(self._context, [self._cores[conflict]])
        options: list[_Option] = []
        proved = False
        for correction in corrections.cheapest(free, STEPS):
            if options and (correction.cost > options[0].cost + 1 or len(options) >= MENU):
                proved = correction.cost > options[0].cost
                break
            options.extend(self._options(correction, others))
        self._note_dead_ends(conflict, options)
        self._context.replaced = {}
        options.sort(key=lambda option: (option.cost, option.distance))
        cheapest = [option for option in options if option.cost == options[0].cost]
        only = len(cheapest) == 1 and (proved or corrections.exhausted)
        return _Menu(tuple(options[:MENU]), only)

    def _note_dead_ends(self, conflict: int, options: Sequence[_Option]) -> None:
        """Lines of a core that a user would try to change first, and in vain."""
        helping = {place for option in options for place in option.edits}
        for place in sorted(self._cores[conflict] & self._free - helping):
            if Level.LOOSENED in self._context.levels_above(place, Level.WRITTEN):
                outcome = self._loosened_alone(conflict, place)
                if not isinstance(outcome, Resolution):
                    self._dead_ends.append(DeadEnd(conflict, self._context.roots[place]))

    def _loosened_alone(self, conflict: int, place: int) -> Resolution | Conflict:
        """Decide with one line loosened; among several conflicts, only this one's lines count."""
        if len(self._cores) == 1:
            return self._context.decide({place: Level.LOOSENED})
        others = set(self._context.judge.places) - self._cores[conflict]
        return self._context.decide({**dict.fromkeys(others, Level.DROPPED), place: Level.LOOSENED})

    def _options(self, correction: Correction, others: Edits) -> Iterator[_Option]:
        """A correction written down in each way that passes verification, the far ones apart."""
        nearest = None
        tried: list[Edits] = []
        for move in sorted(moves(self._context, correction), key=lambda move: move.distance):
            if nearest is not None and move.distance > _FAR * (nearest + 1):
                return
            edits = self._edits(correction, move)
            if edits in tried:
                continue
            tried.append(edits)
            witness = self._verified({**others, **edits})
            if witness is not None:
                nearest = move.distance if nearest is None else nearest
                yield _Option(edits, correction.cost, move.distance, witness)

    def _edits(self, correction: Correction, move: Move) -> Edits:
        edits: dict[int, str | None] = {
            place: None for place, level in correction.choice.items() if level is Level.DROPPED
        }
        for place, version in move.versions:
            root = self._context.roots[place]
            edits[place] = None
            if version is not None:
                edits[place] = rewritten(root, moved(root.specifier, version))
        return edits

    def _verified(self, edits: Edits) -> Versions | None:
        """Solve the edited lines as they will be printed; the witness, None without one."""
        self._budget.check()
        roots = [
            _parsed(root, edits.get(place, root.text))
            for place, root in enumerate(self._context.roots)
        ]
        kept = [root for root in roots if root is not None]
        verdict = settle(self._problem.with_roots(kept), self._budget)
        outcome = verdict.outcome
        if not isinstance(outcome, Resolution) or violation(verdict.universe, outcome):
            return None
        return verdict.universe.versions(outcome.picks)

    # -- telling

    def _core(self, conflict: int) -> Core:
        return [*self._given, *self._further][conflict]

    def _publish(self, conflict: int, parts: Sequence[Edits], menu: _Menu) -> None:
        others = _merged(part for at, part in enumerate(parts) if at != conflict)
        for place, option in enumerate(menu.options):
            edits = {**others, **option.edits}
            witness = self._verified(edits) if len(parts) > 1 else option.witness
            if witness is not None:
                self._fixes.append(
                    Fix(
                        conflict,
                        tuple(self._changes(option.edits)),
                        only=menu.only and place == 0 and not rests_on_python(self._core(conflict)),
                        verified=True,
                        requirements=self._written(edits, constraints=False),
                        constraints=self._written(edits, constraints=True),
                        resolution=witness,
                    )
                )

    def _publish_python(self, conflict: int, parts: Sequence[Edits]) -> None:
        """Another Python, where this one came up; after what edits files, and beside it."""
        if not self._core(conflict).met_python:
            return
        others = _merged(part for at, part in enumerate(parts) if at != conflict)
        problem = self._problem
        found = nearest_python(
            self._edited(others), problem.target, problem.policy, problem.index, self._budget
        )
        if found is None:
            return
        python, witness = found
        change = Change(ChangeAction.PYTHON, problem.python, python)
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
                resolution=witness,
            )
        )

    def _edited(self, edits: Edits) -> RequirementSet:
        changed = {
            (root.origin, root.text): _parsed(root, text)
            for root, text in ((self._context.roots[place], text) for place, text in edits.items())
        }
        everything = self._requirements
        roots = [changed.get((root.origin, root.text), root) for root in everything.roots]
        limits = [changed.get((root.origin, root.text), root) for root in everything.constraints]
        return replace(
            everything,
            roots=tuple(root for root in roots if root is not None),
            constraints=tuple(root for root in limits if root is not None),
        )

    def _repair_of(self, edits: Edits, witness: Versions) -> Repair:
        return Repair(
            tuple(self._changes(edits)),
            self._written(edits, constraints=False),
            self._written(edits, constraints=True),
            witness,
        )

    def _changes(self, edits: Edits) -> Iterator[Change]:
        for place, text in sorted(edits.items()):
            action = ChangeAction.REMOVE if text is None else ChangeAction.REPLACE
            yield Change(action, self._context.roots[place], text)

    def _written(self, edits: Edits, constraints: bool) -> tuple[str, ...]:
        """The complete list as it reads after the edits, lines for other targets included."""
        changed = {
            (self._context.roots[place].origin, self._context.roots[place].text): text
            for place, text in edits.items()
        }
        lines = self._requirements.constraints if constraints else self._requirements.roots
        texts = (changed.get((root.origin, root.text), root.text) for root in lines)
        return tuple(text for text in texts if text is not None)


def _merged(parts: Iterable[Edits]) -> dict[int, str | None]:
    return {place: text for part in parts for place, text in part.items()}


def _specifier(text: str) -> SpecifierSet:
    return Requirement(text).specifier


def _parsed(root: RootRequirement, text: str | None) -> RootRequirement | None:
    if text is None or text == root.text:
        return None if text is None else root
    return replace(root, text=text, specifier=_specifier(text))
