"""A correction as options: edits in the user's style, each solved again word for word.

Several edits can stand for one correction: a line can move down or up, and to a pre-release.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from copy import copy

import msgspec
from packaging.version import Version

from conflictlens.names import NormalizedName
from conflictlens.problem.assumptions import Basis, basis
from conflictlens.problem.problem import Problem
from conflictlens.relaxation.context import REWRITTEN, Choice, Level
from conflictlens.relaxation.corrections import Correction
from conflictlens.relaxation.extras import without_extras
from conflictlens.relaxation.nearby import Move, as_resolved, awaited, furthest, moves
from conflictlens.relaxation.specifiers import moved, opted_in, rewritten, with_extras
from conflictlens.relaxation.written import Draft, Edits
from conflictlens.requirements.records import RootRequirement
from conflictlens.resolution.budget import Budget
from conflictlens.resolution.check import violation
from conflictlens.resolution.outcome import Resolution
from conflictlens.resolution.withheld import settle

Versions = Mapping[NormalizedName, str]


class Option(msgspec.Struct, frozen=True):
    """Edits that were verified, with what they cost.

    `admits`: projects with pre-releases; `unknown`: picks that were taken to need nothing, since
    what they need is not known without a build; `declared`: picks that were taken at their word,
    though a build may say otherwise; `refused`: lines of picks for which pip refuses these.
    """

    edits: Edits
    cost: int
    admits: int
    distance: int
    witness: Versions
    unknown: int = 0
    declared: int = 0
    refused: int = 0

    @property
    def rank(self) -> tuple[int, ...]:
        """Which comes first: fewer lines, then stable, valid, known, near releases."""
        uncertain = self.refused, self.unknown, self.declared
        return self.cost, self.admits, *uncertain, self.distance


class Writer:
    """Writes corrections down; only `free` lines may be rewritten."""

    def __init__(
        self, draft: Draft, problem: Problem, budget: Budget, free: Collection[int]
    ) -> None:
        self._draft = draft
        self._context = draft.context
        self._problem = problem
        self._budget = budget
        self._free = free
        self._witnesses: dict[frozenset[tuple[int, str | None]], Versions | None] = {}
        self._bases: dict[frozenset[tuple[int, str | None]], Basis] = {}

    def within(self, budget: Budget) -> Writer:
        """The same with another budget; what was verified counts for both."""
        other = copy(self)
        other._budget = budget
        return other

    def options(self, correction: Correction, others: Edits) -> Iterator[Option]:
        """A correction written down in each way that passes verification, the far ones apart."""
        nearest = None
        tried: list[Edits] = []
        bare = Level.BARE in correction.choice.values()
        ways = (without_extras if bare else moves)(self._context, correction)
        for move in sorted(ways, key=lambda move: move.distance):
            if nearest is not None and move.distance > furthest(nearest):
                break
            edits = self._edits(correction, move, others)
            if edits in tried:
                continue
            tried.append(edits)
            option = self._option(correction, move, edits, others)
            if option is not None:
                nearest = move.distance if nearest is None else nearest
                yield option
        if (earlier := awaited(self._context, correction)) is not None:
            edits = self._edits(*earlier, others)
            option = None if edits in tried else self._option(*earlier, edits, others)
            yield from [option] if option else []

    def plain_option(self, correction: Correction) -> Option | None:
        """A correction of everything as it was seen to resolve, verified; nothing nearer is tried.

        Takes no more than the verification.
        """
        move = as_resolved(self._context, correction)
        return self._option(correction, move, self._edits(correction, move, {}), {})

    def _option(
        self, correction: Correction, move: Move, edits: Edits, others: Edits
    ) -> Option | None:
        """The edits if they pass verification; without those that pip does not need."""
        cost = correction.cost - sum(self._is_written(*edit) for edit in edits.items())
        edits = {at: text for at, text in edits.items() if not self._is_written(at, text)}
        fewer = {at: text for at, text in edits.items() if at >= 0 and at in correction.choice}
        if fewer and len(fewer) < len(edits):
            witness = self.verified({**others, **fewer})
            if witness is not None:
                cost -= len(edits) - len(fewer)
                return self._found(fewer, others, cost, move, witness)
        # A correction that gives up nothing is one: what has to change was changed before.
        wanted = edits or not correction.choice
        witness = self.verified({**others, **edits}) if wanted else None
        if witness is None:
            return None
        return self._found(edits, others, cost, move, witness)

    def _found(
        self, edits: Edits, others: Edits, cost: int, move: Move, witness: Versions
    ) -> Option:
        basis = self.basis({**others, **edits})
        declared = sum(one.declared for one in basis.assumes)
        return Option(
            edits,
            cost,
            self._admits(edits),
            move.distance,
            witness,
            unknown=len(basis.assumes) - declared,
            declared=declared,
            refused=len(basis.refused),
        )

    def _is_written(self, place: int, text: str | None) -> bool:
        """Whether the line says so already: what others let in is enough for it."""
        return place >= 0 and text == self._context.roots[place].text

    def _admits(self, edits: Edits) -> int:
        return sum(self._draft.lets_in(place, text) for place, text in edits.items())

    def _edits(self, correction: Correction, move: Move, others: Edits) -> Edits:
        edits: dict[int, str | None] = {
            place: None for place, level in correction.choice.items() if level is Level.DROPPED
        }
        bases = {place: self._base(place, correction.choice, move) for place, _ in move.versions}
        for place, version in move.versions:
            root = bases[place]
            edits[place] = None
            if version is not None:
                edits[place] = _moved(root, version)
        for door, version in move.admitted:
            place = self._opener(door, correction.choice, others)
            edits[place] = f"{self._context.project(door)}>={version.public}"
            if place >= 0:
                root = bases.get(place, self._context.roots[place])
                edits[place] = rewritten(root, opted_in(root.specifier, version))
        return edits

    def _base(self, place: int, choice: Choice, move: Move) -> RootRequirement:
        """The line with the extras that it keeps."""
        root = self._context.roots[place]
        bare = choice.get(place) is Level.BARE
        return with_extras(root, dict(move.extras).get(place, frozenset())) if bare else root

    def _opener(self, door: int, choice: Choice, others: Edits) -> int:
        """The line that is to name a pre-release: one that changes anyway, or the user's own.

        The door's own place, a line to add, where the user has none.
        """
        lines = [
            place
            for place in self._context.lines_on(door)
            if place in self._free
            and place not in others
            and choice.get(place) is not Level.DROPPED
        ]
        return min(lines, key=lambda place: choice.get(place) not in REWRITTEN, default=door)

    def verified(self, edits: Edits) -> Versions | None:
        """Solve the edited lines as they will be printed; the witness, None without one.

        The same edits are one question, whichever conflicts and menus they are for.
        """
        key = frozenset(edits.items())
        if key not in self._witnesses:
            self._witnesses[key], self._bases[key] = self._solved(edits)
        return self._witnesses[key]

    def known(self, edits: Edits) -> Versions | None:
        """The witness where these edits were verified before; nothing is solved."""
        return self._witnesses.get(frozenset(edits.items()))

    def basis(self, edits: Edits) -> Basis:
        """What the witness of edits that were verified rests on."""
        self.verified(edits)
        return self._bases[frozenset(edits.items())]

    def _solved(self, edits: Edits) -> tuple[Versions | None, Basis]:
        """The witness, and what it rests on."""
        self._budget.check()
        verdict = settle(self._problem.with_roots(self._draft.roots(edits)), self._budget)
        outcome = verdict.outcome
        if not isinstance(outcome, Resolution) or violation(verdict.universe, outcome):
            return None, Basis()
        universe, picks = verdict.universe, outcome.picks
        return universe.versions(picks), basis(universe, picks)


def _moved(root: RootRequirement, version: Version) -> str:
    """The line's text once it lets in a version; as it is where it does so already."""
    specifier = moved(root.specifier, version)
    return root.text if specifier == root.specifier else rewritten(root, specifier)
