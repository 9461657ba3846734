"""The engine agrees with brute force on random nogoods, whenever they come in."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conflictlens.resolution.engine import AGAIN, Engine, Refutation
from conflictlens.resolution.nogoods import Nogood, Term

Terms = tuple[Term, ...]


@dataclass
class Fact:
    """A nogood as it was stated, widened ones with all that they say by now."""

    terms: dict[int, int]


@dataclass
class Widening:
    """That a fact says more: further values of one of its variables."""

    fact: int
    place: int
    mask: int


class Interruption(Exception):
    """Raised in the middle of a search."""


Event = Fact | Widening | type[Interruption]


@dataclass
class Script:
    """Domains, what is known from birth, what turns up later, and what is asked.

    As many events as `early` says come before each question, the others while it is answered.
    The listener to what is learned interrupts at one call, if `tired_after` is not 0.
    """

    domains: tuple[int, ...]
    births: tuple[int, ...]
    events: tuple[Event, ...]
    early: tuple[int, ...]
    tired_after: int
    questions: tuple[Terms, ...]


@st.composite
def scripts(draw: st.DrawFn) -> Script:
    domains = tuple(draw(st.lists(st.sampled_from((3, 7, 15)), min_size=2, max_size=6)))
    births = tuple(draw(st.integers(0, domain - 1)) for domain in domains)
    quiet = draw(st.booleans())
    events: list[Event] = []
    for _ in range(draw(st.integers(1, 20))):
        kind = draw(st.integers(0, 9))
        if kind == 0:
            events.append(Interruption)
        elif kind <= 3 and any(isinstance(event, Fact) for event in events):
            known = [n for n, event in enumerate(events) if isinstance(event, Fact)]
            events.append(
                Widening(draw(st.sampled_from(known)), draw(st.integers(0, 2)), draw(_MASKS))
            )
        else:
            events.append(Fact(draw(_terms(domains, 1, 3))))
    questions = draw(st.lists(_terms(domains, 0, 3), min_size=1, max_size=4))
    for before, question in itertools.pairwise(questions):
        # Most questions begin like the one before: so far decisions are kept.
        begin = dict(list(before.items())[: draw(st.integers(0, 3))])
        rest = {variable: mask for variable, mask in question.items() if variable not in begin}
        question.clear()
        question.update({**begin, **rest})
    return Script(
        domains,
        (0,) * len(domains) if quiet else births,
        tuple(events),
        tuple(draw(st.integers(0, len(events))) for _ in questions),
        draw(st.integers(0, 5)),
        tuple(tuple(question.items()) for question in questions),
    )


_MASKS = st.integers(1, 15)


@st.composite
def _terms(draw: st.DrawFn, domains: Sequence[int], least: int, most: int) -> dict[int, int]:
    size = draw(st.integers(least, min(most, len(domains))))
    chosen = draw(st.permutations(range(len(domains))))[:size]
    return {variable: draw(st.integers(1, domains[variable])) for variable in chosen}


@dataclass
class Play:
    """A script on the stage: an engine, and what it was told so far."""

    script: Script
    engine: Engine[Fact] = field(default_factory=Engine)
    told: dict[int, tuple[Fact, Nogood[Fact]]] = field(default_factory=dict)
    born: list[Fact] = field(default_factory=list)
    next: int = 0
    heard: int = 0

    def __post_init__(self) -> None:
        for variable, (domain, removed) in enumerate(
            zip(self.script.domains, self.script.births, strict=True)
        ):
            fact = Fact({variable: removed})
            self.born.append(fact)
            self.engine.variable(domain, [(removed, fact)])
        self.engine.on_learned = self.listen

    def listen(self, _: object) -> None:
        self.heard += 1
        if self.heard == self.script.tired_after:
            raise Interruption

    @property
    def facts(self) -> list[Fact]:
        return [*self.born, *(fact for fact, _ in self.told.values())]

    def advance(self) -> None:
        """Let the next event happen."""
        number, self.next = self.next, self.next + 1
        match self.script.events[number]:
            case Fact(terms):
                fact = Fact(dict(terms))
                self.told[number] = fact, self.engine.add(terms.items(), fact)
            case Widening(known, place, mask):
                fact, nogood = self.told[known]
                variable = list(fact.terms)[place % len(fact.terms)]
                mask &= self.script.domains[variable]
                fact.terms[variable] |= mask
                self.engine.widen(nogood, variable, mask)
            case _:
                raise Interruption

    def branch(self) -> Term | None:
        if self.next < len(self.script.events):
            self.advance()
            return AGAIN
        for variable, domain in enumerate(self.engine.domains):
            if domain & (domain - 1):
                return variable, 1 << domain.bit_length() - 1
        return None

    def ask(self, assumptions: Terms) -> Refutation[Fact] | None:
        """Ask until no interruption comes in between."""
        while True:
            with suppress(Interruption):
                return self.engine.solve(assumptions, self.branch)

    def satisfiable(self, facts: Iterable[Terms], assumptions: Terms) -> bool:
        values = [
            [1 << bit for bit in range(4) if domain >> bit & 1] for domain in self.script.domains
        ]
        for variable, mask in assumptions:
            values[variable] = [value for value in values[variable] if value & mask]
        known = list(facts)
        return any(
            all(any(not chosen[variable] & mask for variable, mask in terms) for terms in known)
            for chosen in itertools.product(*values)
        )


def check(script: Script) -> None:
    """Every answer to every question of a script is true."""
    play = Play(script)
    for early, assumptions in zip(script.early, script.questions, strict=True):
        while play.next < early:
            with suppress(Interruption):
                play.advance()
        refutation = play.ask(assumptions)
        if refutation is None:
            assert play.next == len(script.events)
            for variable, mask in assumptions:
                assert not play.engine.domains[variable] & ~mask
            for fact in play.facts:
                assert any(not play.engine.domains[v] & mask for v, mask in fact.terms.items())
            assert play.satisfiable(_terms_of(play.facts), assumptions)
        else:
            assumed = tuple(assumptions[place] for place in sorted(refutation.assumptions))
            assert not play.satisfiable(_terms_of(refutation.facts), assumed)


def _terms_of(facts: Iterable[Fact]) -> list[Terms]:
    return [tuple(fact.terms.items()) for fact in facts]


@given(scripts())
def test_every_answer_is_true(script: Script) -> None:
    check(script)


@pytest.mark.parametrize("far", [0, 50])
@pytest.mark.parametrize("seed", range(60))
def test_every_answer_to_a_tight_script_is_true(
    seed: int, far: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With as many facts as leave few answers or none; where `far` is 0, jumps undo one level."""
    monkeypatch.setattr("conflictlens.resolution.engine.FAR", far)
    check(tight_script(Random(seed)))


def tight_script(random: Random) -> Script:
    domains = (7,) * 7

    def fact() -> Fact:
        chosen = random.sample(range(len(domains)), 3)
        return Fact({variable: random.choice((1, 2, 4, 3, 5, 6)) for variable in chosen})

    facts = tuple(fact() for _ in range(random.randint(30, 60)))
    early = tuple(sorted(random.randint(0, len(facts)) for _ in range(3)))
    questions = tuple(
        tuple((variable, random.choice((3, 5, 6))) for variable in random.sample(range(7), count))
        for count in (0, 1, 2)
    )
    return Script(domains, (0,) * 7, facts, early, 0, questions)


def test_an_interruption_passes_through_and_the_engine_can_be_asked_again() -> None:
    engine: Engine[str] = Engine()
    variable = engine.variable(3)

    def interrupted() -> Term | None:
        raise Interruption

    with pytest.raises(Interruption):
        engine.solve([(variable, 2)], interrupted)
    assert engine.solve([(variable, 2)], lambda: None) is None
    assert engine.domains == [2]


def test_a_fact_between_two_questions_counts() -> None:
    engine: Engine[str] = Engine()
    one, two = engine.variable(3), engine.variable(3)
    assert engine.solve([(one, 2)], lambda: None) is None
    engine.add([(one, 2), (two, 3)], "not the second value of one")
    refutation = engine.solve([(one, 2)], lambda: None)
    assert refutation == Refutation(frozenset({0}), ("not the second value of one",))
    assert engine.solve([(one, 1)], lambda: None) is None


def test_a_contradiction_of_facts_needs_no_assumption() -> None:
    engine: Engine[str] = Engine()
    variable = engine.variable(3)
    engine.add([(variable, 1)], "not 1")
    engine.add([(variable, 2)], "not 2")
    for assumptions in ([(variable, 1)], []):
        refutation = engine.solve(assumptions, lambda: None)
        assert refutation is not None
        assert refutation.assumptions == frozenset()
        assert sorted(refutation.facts) == ["not 1", "not 2"]
