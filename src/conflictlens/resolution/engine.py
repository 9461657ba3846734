"""A complete conflict-driven engine over finite domains held as bit masks.

The algorithm is PubGrub's (Weizenbaum, "PubGrub: Next-Generation Version Solving", 2018) in
the form that SAT solvers gave it: unit propagation with two watched terms (Moskewicz et al.,
"Chaff", DAC 2001), learning at the first unique implication point (Zhang et al., ICCAD 2001),
assumptions (Eén and Sörensson, "An Extensible SAT-solver", SAT 2003).

- A *variable* has a *domain*: an int, one bit per value that is still possible.
- A *term* is (variable, mask). It is true when the domain lies within the mask, false when the
  two are disjoint, open otherwise.
- A *nogood* is a set of terms that can't all be true. If all but one are true, the last one's
  mask leaves its variable's domain; if all are true, that is a conflict.

::

    solve(assumptions):
        loop:
            propagate
            conflict and nothing but assumptions decided → refuted, by these assumptions
            conflict   → resolve it back to the first unique implication point,
                         learn the result, jump back, go on
            an assumption is left → decide it on a level of its own
            otherwise  → the brancher adds facts, decides a value, or says that all is settled

Resolving two nogoods on a variable unites its masks and intersects those of shared others.
All that is learned follows from the facts alone, never from assumptions, so it holds for every
later call. Every learned nogood remembers what it was resolved from: the derivation.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from typing import Generic, TypeVar

import msgspec

FactT = TypeVar("FactT")
Term = tuple[int, int]

AGAIN: Term = (-1, 0)
"""What a brancher returns after adding facts, or to be asked again."""

Brancher = Callable[[], Term | None]
"""Returns a term to decide, AGAIN, or None when every variable that matters is settled."""


class Nogood(Generic[FactT]):
    """Terms that can't all be true; of more than two, the first two are watched.

    `fact` is what an external nogood states, None for a learned one, whose `antecedents` are
    the nogoods, and the terms true on level 0, that it was resolved from. One that is
    `subsumed` by another need not be looked at any more.
    """

    __slots__ = ("antecedents", "fact", "masks", "pairs", "subsumed", "variables")

    def __init__(
        self,
        terms: Iterable[Term],
        fact: FactT | None = None,
        antecedents: Derivation[FactT] = (),
    ) -> None:
        self.variables: list[int] = []
        self.masks: list[int] = []
        for variable, mask in terms:
            self.variables.append(variable)
            self.masks.append(mask)
        self.fact = fact
        self.antecedents = antecedents
        self.subsumed = False
        self.pairs: tuple[_Pair[FactT], _Pair[FactT]] | None = None

    def terms(self) -> Iterable[Term]:
        return zip(self.variables, self.masks, strict=True)

    def swap(self, left: int, right: int) -> None:
        variables, masks = self.variables, self.masks
        variables[left], variables[right] = variables[right], variables[left]
        masks[left], masks[right] = masks[right], masks[left]


class _Pair(Generic[FactT]):
    """A nogood of two terms, as one of its variables sees it.

    Most facts are of this kind. They are not watched but always looked at, since that is one
    operation: the variable's domain lies within `mask`, or not.
    """

    __slots__ = ("mask", "nogood", "other", "other_mask")

    def __init__(self, nogood: Nogood[FactT], place: int) -> None:
        self.nogood = nogood
        self.other = nogood.variables[1 - place]
        self.renew(place)

    def renew(self, place: int) -> None:
        """Take over the masks of the nogood, in which the variable has this place."""
        self.mask = self.nogood.masks[place]
        self.other_mask = self.nogood.masks[1 - place]

    def retire(self) -> None:
        """No domain lies within the empty mask."""
        self.mask = 0


Derivation = tuple[Nogood[FactT] | Term, ...]


class Refutation(msgspec.Struct, Generic[FactT], frozen=True):
    """The assumptions (by their place) that can't hold together, and the facts that say so."""

    assumptions: frozenset[int]
    facts: tuple[FactT, ...]


class Engine(Generic[FactT]):
    """Variables, facts and what was learned from them; `solve` may be called again and again."""

    def __init__(self) -> None:
        self.domains: list[int] = []
        self.changed: list[int] = []
        """Variables whose domain shrank or was restored; for the brancher to drain."""
        self.conflicts = 0
        self.on_learned: Callable[[Nogood[FactT]], None] = lambda _: None
        """Told of each learned nogood while the conflict that it comes from still stands."""
        self._born: list[int] = []
        self._births: list[tuple[tuple[int, FactT], ...]] = []
        self._watchers: list[list[Nogood[FactT]]] = []
        self._pairs: list[list[_Pair[FactT]]] = []
        self._history: list[list[Term]] = []
        self._trail: list[tuple[int, int, Nogood[FactT] | None]] = []
        self._levels: list[int] = []
        self._queue: list[int] = []
        self._late: list[Nogood[FactT]] = []
        self._learned: dict[frozenset[int], Nogood[FactT]] = {}
        self._conflict: Nogood[FactT] | None = None
        self._refuted: Refutation[FactT] | None = None

    # -- facts

    def variable(self, values: int, removed: Iterable[tuple[int, FactT]] = ()) -> int:
        """A new variable; `removed` are masks that facts rule out from the start."""
        births = tuple((mask & values, fact) for mask, fact in removed if mask & values)
        domain = values
        for mask, _ in births:
            domain &= ~mask
        self.domains.append(domain)
        self._born.append(domain)
        self._births.append(births)
        self._watchers.append([])
        self._pairs.append([])
        self._history.append([])
        return len(self.domains) - 1

    def add(self, terms: Iterable[Term], fact: FactT) -> Nogood[FactT]:
        """State a fact; it takes part at once, whatever is decided at the moment."""
        nogood = Nogood(terms, fact)
        self._attach(nogood)
        return nogood

    def widen(self, nogood: Nogood[FactT], variable: int, mask: int) -> None:
        """Add values to one term of a fact that turned out to say more."""
        nogood.masks[nogood.variables.index(variable)] |= mask
        for place, pair in enumerate(nogood.pairs or ()):
            pair.renew(place)
        self._review(nogood)

    def _attach(self, nogood: Nogood[FactT]) -> None:
        if len(nogood.variables) == 2:
            nogood.pairs = (_Pair(nogood, 0), _Pair(nogood, 1))
            for variable, pair in zip(nogood.variables, nogood.pairs, strict=True):
                self._pairs[variable].append(pair)
        elif len(nogood.variables) > 2:
            self._choose_watches(nogood)
            for variable in nogood.variables[:2]:
                self._watchers[variable].append(nogood)
        self._review(nogood)

    def _choose_watches(self, nogood: Nogood[FactT]) -> None:
        """Watch the terms that became, or would become, true last: they are undone first."""
        ends = [self._when_true(variable, mask) for variable, mask in nogood.terms()]
        order = sorted(range(len(ends)), key=ends.__getitem__, reverse=True)
        nogood.variables = [nogood.variables[place] for place in order]
        nogood.masks = [nogood.masks[place] for place in order]

    def _when_true(self, variable: int, mask: int) -> int:
        """The trail position that made a term true: -1 from birth, past the end if not true."""
        if self.domains[variable] & ~mask:
            return len(self._trail)
        return self.satisfier(variable, mask)

    def satisfier(self, variable: int, mask: int) -> int:
        """The trail position that made a true term true; -1 from birth."""
        if not self._born[variable] & ~mask:
            return -1
        history = self._history[variable]
        # Domains only shrink, so what is within the mask stays within it.
        place = bisect_left(history, True, key=lambda entry: not entry[1] & ~mask)
        return history[place][0]

    def reason_of(self, variable: int, mask: int) -> Nogood[FactT] | None:
        """What made a term true that is; None for a decision, and for what holds from birth."""
        position = self.satisfier(variable, mask)
        return None if position < 0 else self._trail[position][2]

    def _review(self, nogood: Nogood[FactT]) -> None:
        """Conclude what a new or wider nogood says right now.

        One that could have concluded it on a lower level is looked at again after the jump
        back, since no watched term will change then.
        """
        ends = [self._when_true(variable, mask) for variable, mask in nogood.terms()]
        not_true = [place for place, end in enumerate(ends) if end == len(self._trail)]
        if len(not_true) > 1:
            return
        but_one = sorted(ends)[-2] if len(ends) > 1 else -1
        if self.level_of(but_one) < self.level:
            self._late.append(nogood)
        if not_true:
            self._exclude(nogood, not_true[0])
        else:
            self._conflict = self._conflict or nogood

    def _exclude(self, nogood: Nogood[FactT], place: int) -> None:
        variable, mask = nogood.variables[place], nogood.masks[place]
        if self.domains[variable] & mask:
            self._narrow(variable, self.domains[variable] & ~mask, nogood)

    # -- the trail

    @property
    def level(self) -> int:
        return len(self._levels)

    def _narrow(self, variable: int, domain: int, reason: Nogood[FactT] | None) -> None:
        self._history[variable].append((len(self._trail), domain))
        self._trail.append((variable, self.domains[variable], reason))
        self.domains[variable] = domain
        self._queue.append(variable)
        self.changed.append(variable)

    def level_of(self, position: int) -> int:
        return bisect_right(self._levels, position)

    def _jump_back(self, level: int) -> None:
        if level >= len(self._levels):
            return
        start = self._levels[level]
        for variable, domain, _ in reversed(self._trail[start:]):
            self.domains[variable] = domain
            self._history[variable].pop()
            self.changed.append(variable)
        del self._trail[start:], self._levels[level:]
        self._queue.clear()
        self._conflict = None
        self._repeat_late_facts()

    def _repeat_late_facts(self) -> None:
        """Facts that came in on a level which is gone may still conclude something."""
        late, self._late = self._late, []
        for nogood in late:
            self._review(nogood)

    def _propagate(self) -> Nogood[FactT] | None:
        if self._conflict is not None:
            conflict, self._conflict = self._conflict, None
            self._queue.clear()
            return conflict
        while self._queue:
            found = self._visit(self._queue.pop())
            if found is not None:
                self._queue.clear()
                return found
        return None

    def _visit(self, changed: int) -> Nogood[FactT] | None:
        """Look at the nogoods of a variable whose domain shrank."""
        domains, watchers = self.domains, self._watchers
        domain = domains[changed]
        for pair in self._pairs[changed]:
            if domain & ~pair.mask:
                continue
            left = domains[pair.other]
            if left & pair.other_mask:
                if not left & ~pair.other_mask:
                    return pair.nogood
                self._narrow(pair.other, left & ~pair.other_mask, pair.nogood)
        watching = watchers[changed]
        watchers[changed] = kept = []
        for place, nogood in enumerate(watching):
            if nogood.subsumed:
                continue
            variables, masks = nogood.variables, nogood.masks
            if variables[0] == changed:
                nogood.swap(0, 1)
            other, mask = variables[0], masks[0]
            if domains[changed] & ~masks[1] or not domains[other] & mask:
                kept.append(nogood)
                continue
            for spare in range(2, len(variables)):
                if domains[variables[spare]] & ~masks[spare]:
                    nogood.swap(1, spare)
                    watchers[variables[1]].append(nogood)
                    break
            else:
                kept.append(nogood)
                if not domains[other] & ~mask:
                    kept.extend(watching[place + 1 :])
                    return nogood
                self._narrow(other, domains[other] & ~mask, nogood)
        return None

    # -- conflicts

    def _learn(self, conflict: Nogood[FactT]) -> bool:
        """Learn from a conflict and jump back; False if it needs no decision at all."""
        terms = _Resolvent(self, conflict)
        antecedents = [conflict]
        while True:
            top = terms.latest()
            if top is None:
                return False
            level, below = self.level_of(terms.positions[top]), terms.level_without(top)
            reason = self._trail[terms.positions[top]][2]
            if level > below or reason is None:
                break
            terms.resolve(top, reason)
            antecedents.append(reason)
        derivation: Derivation[FactT] = (*antecedents, *terms.settled)
        learned = Nogood(terms.masks.items(), None, derivation)
        self.on_learned(learned)
        self._jump_back(below)
        self._attach(learned)
        self._subsume(learned)
        return True

    def _subsume(self, learned: Nogood[FactT]) -> None:
        """Retire the last one about the same variables if this one says more.

        A ladder of versions teaches the same lesson once per rung, each time about one more.
        """
        key = frozenset(learned.variables)
        before = self._learned.get(key)
        if before is not None:
            masks = dict(learned.terms())
            before.subsumed = all(not mask & ~masks[variable] for variable, mask in before.terms())
            for pair in before.pairs or () if before.subsumed else ():
                pair.retire()
        self._learned[key] = learned

    def _refute(
        self, conflict: Nogood[FactT], assumed: dict[int, _Assumption], failed: int | None = None
    ) -> Refutation[FactT]:
        """Resolve a conflict back until only assumptions are left; `failed` is one more."""
        terms, antecedents = _Resolvent(self, conflict), [conflict]
        decided = {} if failed is None else {failed: assumed[failed].mask}
        while (top := terms.latest()) is not None:
            reason = self._trail[terms.positions[top]][2]
            if reason is None:
                decided[top] = assumed[top].mask
                terms.put(top, terms.drop(top) | ~assumed[top].mask)
            else:
                terms.resolve(top, reason)
                antecedents.append(reason)
        derivation: Derivation[FactT] = (*antecedents, *terms.settled)
        learned = Nogood(decided.items(), None, derivation)
        facts = tuple(self._facts_behind(learned))
        refutation = Refutation(frozenset(assumed[variable].place for variable in decided), facts)
        self._jump_back(0)
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
        position = self.satisfier(variable, mask)
        if position < 0:
            return [fact for removed, fact in self._births[variable] if removed & ~mask]
        reason = self._trail[position][2]
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
        self._jump_back(0)
        assumed = {
            variable: _Assumption(place, mask) for place, (variable, mask) in enumerate(assumptions)
        }
        while True:
            conflict = self._propagate()
            if conflict is not None:
                self.conflicts += 1
                if self.level <= len(assumptions) or not self._learn(conflict):
                    return self._refute(conflict, assumed)
                continue
            if self.level < len(assumptions):
                variable, mask = assumptions[self.level]
                if not self.domains[variable] & mask:
                    return self._refute(Nogood([(variable, ~mask)]), assumed, variable)
                self._decide(variable, mask)
                continue
            decision = branch()
            if decision is None:
                return None
            if decision is not AGAIN:
                self._decide(*decision)

    def _decide(self, variable: int, mask: int) -> None:
        self._levels.append(len(self._trail))
        domain = self.domains[variable]
        if domain & ~mask:
            self._narrow(variable, domain & mask, None)


class _Assumption(msgspec.Struct, frozen=True):
    place: int
    mask: int


class _Resolvent(Generic[FactT]):
    """A nogood in the making: its terms above level 0, and where each became true.

    Terms that are true on level 0 are facts by now: they are left off and kept in `settled`
    for the derivation.
    """

    def __init__(self, engine: Engine[FactT], conflict: Nogood[FactT]) -> None:
        self._engine = engine
        self.masks: dict[int, int] = {}
        self.positions: dict[int, int] = {}
        self.settled: list[Term] = []
        for variable, mask in conflict.terms():
            self.put(variable, mask)

    def put(self, variable: int, mask: int) -> None:
        position = self._engine.satisfier(variable, mask)
        if self._engine.level_of(position) == 0:
            self.settled.append((variable, mask))
        else:
            self.masks[variable] = mask
            self.positions[variable] = position

    def latest(self) -> int | None:
        """The variable whose term became true last."""
        return max(self.positions, key=self.positions.__getitem__, default=None)

    def level_without(self, variable: int) -> int:
        """The level on which all other terms are true."""
        others = (at for other, at in self.positions.items() if other != variable)
        return self._engine.level_of(max(others, default=-1))

    def drop(self, variable: int) -> int:
        del self.positions[variable]
        return self.masks.pop(variable)

    def resolve(self, variable: int, reason: Nogood[FactT]) -> None:
        """Resolve with the nogood that narrowed `variable`."""
        united = self.drop(variable)
        for other, mask in reason.terms():
            if other == variable:
                self.put(variable, mask | united)
            else:
                self.put(other, mask & self.masks.get(other, -1))
