"""A complete conflict-driven engine over finite domains held as bit masks.

The algorithm is PubGrub's (Weizenbaum, "PubGrub: Next-Generation Version Solving", 2018) in
the form that SAT solvers gave it: unit propagation with two watched terms (Moskewicz et al.,
"Chaff", DAC 2001), learning at the first unique implication point (Zhang et al., ICCAD 2001),
assumptions (Eén and Sörensson, "An Extensible SAT-solver", SAT 2003) that stay decided from one
question to the next as far as both begin alike (Hickey and Bacchus, "Trail Saving on
Backtrack", SAT 2020, gives the idea).

- A *variable* has a *domain*: an int, one bit per value that is still possible.
- A *nogood* is a set of terms that can't all be true (see `nogoods`). If all but one are true,
  the last one's mask leaves its variable's domain; if all are true, that is a conflict.

::

    solve(assumptions):
        jump back to where these assumptions part from the last ones
        loop:
            propagate
            conflict and nothing but assumptions decided → refuted, by these assumptions
            conflict   → resolve it back to the first unique implication point,
                         learn the result, jump back, go on
            an assumption is left → decide it on a level of its own
            otherwise  → the brancher adds facts, decides a value, or says that all is settled

All that is learned follows from the facts alone, never from assumptions, so it holds for every
later call. Every learned nogood remembers what it was resolved from: the derivation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Generic

import msgspec

from conflictlens.resolution.nogoods import FactT, Nogood, Side, Term
from conflictlens.resolution.resolvent import Resolvent
from conflictlens.resolution.trail import Trail

AGAIN: Term = (-1, 0)
"""What a brancher returns after adding facts, or to be asked again."""

FAR = 50
"""Levels that a jump may undo if the conflict before was on the same level, or on the next.

A chain of projects that fails link by link, from its end, would else be decided anew for every
link. So only one level is undone, and what was learned is concluded there (Nadel and Ryvchin,
"Chronological Backtracking", SAT 2018)."""

LATE = 50
"""Facts concluded above their level after which a jump goes all the way: each jump repeats them."""

Brancher = Callable[[], Term | None]
"""Returns a term to decide, AGAIN, or None when every variable that matters is settled."""


class Refutation(msgspec.Struct, Generic[FactT], frozen=True):
    """The assumptions (by their place) that can't hold together, and the facts that say so."""

    assumptions: frozenset[int]
    facts: tuple[FactT, ...]


class Engine(Generic[FactT]):
    """Variables, facts and what was learned from them; `solve` may be called again and again."""

    def __init__(self) -> None:
        self.trail: Trail[FactT] = Trail()
        self.domains = self.trail.domains
        self.conflicts = 0
        self.on_learned: Callable[[Nogood[FactT]], None] = lambda _: None
        """Told of each learned nogood while the conflict that it comes from still stands."""
        self._births: list[tuple[tuple[int, FactT], ...]] = []
        self._watching: list[list[Side[FactT]]] = []
        self._late: list[tuple[int, Nogood[FactT]]] = []
        self._learned: dict[frozenset[int], Nogood[FactT]] = {}
        self._conflict: Nogood[FactT] | None = None
        self._refuted: Refutation[FactT] | None = None
        self._assumed: list[Term] = []
        self._struck = 0

    # -- facts

    def variable(self, values: int, removed: Iterable[tuple[int, FactT]] = ()) -> int:
        """A new variable; `removed` are masks that facts rule out from the start."""
        births = tuple((mask & values, fact) for mask, fact in removed if mask & values)
        for mask, _ in births:
            values &= ~mask
        self._births.append(births)
        self._watching.append([])
        return self.trail.variable(values)

    def add(self, terms: Iterable[Term], fact: FactT) -> Nogood[FactT]:
        """State a fact; it takes part at once, whatever is decided at the moment."""
        nogood = Nogood(terms, fact)
        self._attach(nogood)
        return nogood

    def widen(self, nogood: Nogood[FactT], variable: int, mask: int) -> None:
        """Add values to one term of a fact that turned out to say more."""
        nogood.widen(variable, mask)
        self._review(nogood)

    def _attach(self, nogood: Nogood[FactT]) -> None:
        if len(nogood.variables) > 2:
            # The terms that became, or would become, true last: they are undone first.
            ends = [self.trail.when_true(variable, mask) for variable, mask in nogood.terms()]
            nogood.order(sorted(range(len(ends)), key=ends.__getitem__, reverse=True))
        nogood.watch(self.trail.values, self._watching)
        self._review(nogood)

    def _review(self, nogood: Nogood[FactT]) -> None:
        """Conclude what a new or wider nogood says right now.

        One that could have concluded it on a lower level is looked at again after the jump
        back, since no watched term will change then.
        """
        trail, domains, open_term = self.trail, self.domains, None
        outsides = nogood.outsides
        for place, variable in enumerate(nogood.variables):
            if domains[variable] & outsides[place]:
                if open_term is not None:
                    return
                open_term = place
        if trail.level:
            ends = [trail.when_true(variable, mask) for variable, mask in nogood.terms()]
            but_one = sorted(ends)[-2] if len(ends) > 1 else -1
            if trail.level_of(but_one) < trail.level:
                self._late.append((trail.level, nogood))
        if open_term is not None:
            self._exclude(nogood, open_term)
        else:
            self._conflict = self._conflict or nogood

    def _exclude(self, nogood: Nogood[FactT], place: int) -> None:
        variable, mask = nogood.variables[place], nogood.masks[place]
        if self.domains[variable] & mask:
            self.trail.narrow(variable, self.domains[variable] & ~mask, nogood)

    # -- propagation

    def _jump_back(self, level: int) -> None:
        if self.trail.jump_back(level):
            self._conflict = None
            self._repeat_late_facts(level)

    def _repeat_late_facts(self, level: int) -> None:
        """Facts that came in on a level which is gone may still conclude something."""
        late, self._late = self._late, []
        for concluded, nogood in late:
            if concluded > level:
                self._review(nogood)
            else:
                self._late.append((concluded, nogood))

    def _propagate(self) -> Nogood[FactT] | None:
        found, self._conflict = self._conflict, None
        queue = self.trail.queue
        while queue and found is None:
            variable, _ = queue.popitem()
            found = self._visit(variable)
        if found is not None:
            queue.clear()
        return found

    def _visit(self, changed: int) -> Nogood[FactT] | None:
        """Look at the nogoods that watch a variable whose domain shrank."""
        domains, narrow = self.domains, self.trail.narrow
        domain, watching = domains[changed], self._watching[changed]
        moved: list[int] = []
        found = None
        for place, side in enumerate(watching):
            if domain & side.outside:
                continue
            other = side.other
            left = domains[other]
            kept = left & side.other_outside
            if kept == left:
                continue
            nogood = side.nogood
            if len(nogood.variables) > 2 and self._moves_watch(nogood, side):
                moved.append(place)
            elif kept:
                narrow(other, kept, nogood)
            else:
                found = nogood
                break
        for place in reversed(moved):
            watching[place] = watching[-1]
            watching.pop()
        return found

    def _moves_watch(self, nogood: Nogood[FactT], side: Side[FactT]) -> bool:
        """Watch a term that is not true instead of the one on a side; False without any."""
        domains, variables, outsides = self.domains, nogood.variables, nogood.outsides
        for spare in range(2, len(variables)):
            if domains[variables[spare]] & outsides[spare]:
                place = nogood.sides.index(side)
                nogood.exchange(place, spare)
                self._watching[variables[place]].append(side)
                return True
        return False

    # -- conflicts

    def _learn(self, conflict: Nogood[FactT]) -> bool:
        """Learn from a conflict and jump back; False if it needs no decision at all."""
        trail = self.trail
        terms = Resolvent(trail, conflict)
        if terms.latest() < 0:
            return False
        start = trail.start_of(trail.level_of(terms.latest()))
        while True:
            variable, _, reason = trail.entries[terms.latest()]
            if reason is None or terms.before() < start:
                break
            terms.resolve(variable, reason)
        learned = Nogood(terms.masks.items(), None, terms.derivation)
        self.on_learned(learned)
        self._jump_back(
            self._target(trail.level_of(terms.latest()), trail.level_of(terms.before()))
        )
        self._attach(learned)
        self._subsume(learned)
        return True

    def _target(self, level: int, concluded: int) -> int:
        """Where to jump back to from a conflict on a level, if another one is concluded from."""
        repeats = abs(level - self._struck) <= 1
        self._struck = level
        if repeats and level - concluded > FAR and len(self._late) < LATE:
            return level - 1
        return concluded

    def _subsume(self, learned: Nogood[FactT]) -> None:
        """Retire the last one about the same variables if this one says more.

        A ladder of versions teaches the same lesson once per rung, each time about one more.
        """
        key = frozenset(learned.variables)
        before = self._learned.get(key)
        if before is not None:
            masks = dict(learned.terms())
            if all(not mask & ~masks[variable] for variable, mask in before.terms()):
                before.retire()
        self._learned[key] = learned

    def _refute(
        self, conflict: Nogood[FactT], assumed: dict[int, _Assumption], failed: int | None = None
    ) -> Refutation[FactT]:
        """Resolve a conflict back until only assumptions are left; `failed` is one more."""
        terms = Resolvent(self.trail, conflict)
        decided = {} if failed is None else {failed: assumed[failed].mask}
        while (latest := terms.latest()) >= 0:
            variable, _, reason = self.trail.entries[latest]
            if reason is None:
                decided[variable] = assumed[variable].mask
                terms.put(variable, terms.drop(variable) | ~assumed[variable].mask)
            else:
                terms.resolve(variable, reason)
        learned = Nogood(decided.items(), None, terms.derivation)
        facts = tuple(self._facts_behind(learned))
        refutation = Refutation(frozenset(assumed[variable].place for variable in decided), facts)
        # The last of them is decided on the level of its place plus one: only that is undone.
        self._jump_back(max(refutation.assumptions, default=0))
        if decided:
            self._attach(learned)
        else:
            self._refuted = refutation
        return refutation

    def _facts_behind(self, proved: Nogood[FactT]) -> Iterable[FactT]:
        """All facts in the derivation of a learned nogood, each once."""
        stack: list[Nogood[FactT] | Term] = [proved]
        seen: set[int | Term] = set()
        told: set[int] = set()
        while stack:
            item = stack.pop()
            key = id(item) if isinstance(item, Nogood) else item
            if key in seen:
                continue
            seen.add(key)
            if isinstance(item, Nogood):
                facts = [item.fact] if item.fact is not None else []
                stack.extend(item.antecedents)
            else:
                facts = self._settle(item, stack)
            for fact in facts:
                if id(fact) not in told:
                    told.add(id(fact))
                    yield fact

    def _settle(self, term: Term, stack: list[Nogood[FactT] | Term]) -> list[FactT]:
        """Why a term is true on level 0: facts from birth, or the reason of a narrowing."""
        variable, mask = term
        position = self.trail.satisfier(variable, mask)
        if position < 0:
            return [fact for removed, fact in self._births[variable] if removed & ~mask]
        reason = self.trail.entries[position][2]
        if reason is None:
            raise AssertionError("a decision on level 0")
        stack.append(reason)
        for other, other_mask in reason.terms():
            stack.append((other, mask | other_mask) if other == variable else (other, other_mask))
        return []

    # -- the search

    def solve(self, assumptions: Sequence[Term], branch: Brancher) -> Refutation[FactT] | None:
        """None when all is settled and `domains` hold the answer, else the refutation.

        An exception of the brancher (a spent budget, say) passes through; the engine can be
        asked again afterwards.
        """
        if self._refuted is not None:
            return self._refuted
        self._assume(assumptions)
        assumed = {
            variable: _Assumption(place, mask) for place, (variable, mask) in enumerate(assumptions)
        }
        trail, count = self.trail, len(assumptions)
        while True:
            conflict = self._propagate()
            if conflict is not None:
                self.conflicts += 1
                if trail.level <= count or not self._learn(conflict):
                    return self._refute(conflict, assumed)
                continue
            if trail.level < count:
                variable, mask = assumptions[trail.level]
                if not self.domains[variable] & mask:
                    return self._refute(Nogood([(variable, ~mask)]), assumed, variable)
                self._decide(variable, mask)
                continue
            decision = branch()
            if decision is None:
                return None
            if decision is not AGAIN:
                self._decide(*decision)

    def _assume(self, assumptions: Sequence[Term]) -> None:
        """Jump back to the last level that is the same for these assumptions."""
        same = 0
        for before, now in zip(self._assumed, assumptions, strict=False):
            if before != now:
                break
            same += 1
        self._jump_back(same)
        self._assumed = list(assumptions)

    def restart(self) -> None:
        """Take all decisions back; what is stated next holds on level 0 at once."""
        self._jump_back(0)
        self._assumed = []

    def _decide(self, variable: int, mask: int) -> None:
        self.trail.open_level()
        domain = self.domains[variable]
        if domain & ~mask:
            self.trail.narrow(variable, domain & mask, None)


class _Assumption(msgspec.Struct, frozen=True):
    place: int
    mask: int
