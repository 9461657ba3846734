"""Each property can fail: with the program broken in one place, its check finds a case."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, find, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from packaging.specifiers import SpecifierSet

from conflictlens.core import enumeration, subsets
from conflictlens.problem import catalogue
from conflictlens.relaxation import corrections, fixes, options, upstream
from conflictlens.relaxation.context import Context, Level
from conflictlens.relaxation.specifiers import moved
from conflictlens.resolution.outcome import Conflict
from tests.properties.universes import Case
from tests.relaxation import checks, upstream_checks
from tests.relaxation.conflicts import awaited, crowded

Broken = Callable[..., Any]

TRIES = settings(
    max_examples=600,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)

CROWDED = crowded()
AWAITED = awaited()

EXPLAIN = import_module("conflictlens.refuted")
"""The module; the package has a function of that name."""


@dataclass(frozen=True)
class Break:
    """A wrong `replacement` for `owner.name`, given the right one, and who must notice."""

    what: str
    owner: object
    name: str
    replacement: Callable[[Broken], Broken]
    noticed_by: Callable[[Case], None]
    among: st.SearchStrategy[Case] = CROWDED


def _old_witness(right: Broken) -> Broken:
    """Verification takes what it is told: the first witness there was, or none at all."""
    witnesses: list[Any] = []

    def verified(self: Any, edits: Any) -> Any:
        witness = right(self, edits)
        witnesses.append(witness if witness is not None else {})
        return witnesses[0]

    return verified


def _wrong_move(right: Broken) -> Broken:
    return lambda specifier, version: SpecifierSet(f"!={version}")


def _verifies_one_line(right: Broken) -> Broken:
    return lambda problem, budget: right(problem.with_roots(problem.roots[:1]), budget)


def _forgets_a_way(right: Broken) -> Broken:
    """Not all lines of a core are tried."""
    return lambda self, *learned: frozenset(sorted(right(self, *learned))[1:])


def _first_is_the_only(right: Broken) -> Broken:
    return lambda self, conflict, parts: replace(right(self, conflict, parts), only=True)


def _drops_at_once(right: Broken) -> Broken:
    """Lines are dropped where another version would have done."""
    return lambda self, place, level: [] if level is Level.DROPPED else [Level.DROPPED]


def _dearest_first(right: Broken) -> Broken:
    return lambda queue: queue.pop()


def _nothing_resolves(right: Broken) -> Broken:
    """All lines of a conflict are taken for dead ends."""

    def ends(context: Any, cores: Any, conflict: int, lines: Any) -> Any:
        decide = context.decide_alone
        context.decide_alone = lambda lines, choice: Conflict(frozenset(), ())
        try:
            yield from right(context, cores, conflict, cores[conflict].roots)
        finally:
            context.decide_alone = decide

    return ends


def _other_order(right: Broken) -> Broken:
    return lambda self, edits, constraints: tuple(reversed(right(self, edits, constraints)))


def _more_is_changed(right: Broken) -> Broken:
    """A line is written in another spelling although nothing is changed about it."""

    def written(self: Any, edits: Any, constraints: bool) -> tuple[str, ...]:
        texts: tuple[str, ...] = right(self, edits, constraints)
        return tuple(text.upper() for text in texts)

    return written


def _names_are_forgotten(right: Broken) -> Broken:
    return lambda root, specifier: f"b{specifier}"


def _each_twice(right: Broken) -> Broken:
    def publish(self: Any, *about: Any) -> None:
        right(self, *about)
        right(self, *about)

    return publish


def _tries_nothing(right: Broken) -> Broken:
    return lambda self, correction, others: []


def _one_core_is_enough(right: Broken) -> Broken:
    def cores(self: Any) -> Any:
        yield from list(right(self))[:1]

    return cores


def _cores_with_a_line_too_many(right: Broken) -> Broken:
    def smallest(judge: Any, conflict: Any, among: Any) -> Any:
        core = right(judge, conflict, among)
        return replace(core, roots=core.roots | {max(among)})

    return smallest


def _order_of_every_second(right: Broken) -> Broken:
    asked = count()

    def remedies(*arguments: Any) -> fixes.Remedies:
        found: fixes.Remedies = right(*arguments)
        return replace(found, fixes=found.fixes[::-1]) if next(asked) % 2 else found

    return remedies


def _doors_are_shut(right: Broken) -> Broken:
    return lambda self, facts, lines: frozenset()


def _opens_nothing(right: Broken) -> Broken:
    """A pre-release is named by a line only where the line does not allow it anyway."""
    return lambda specifier, version: moved(specifier, version)


def _doors_are_lines(right: Broken) -> Broken:
    """Rewriting a line so that it lets in pre-releases counts as two changes."""
    return lambda self, choice: sum(choice.values())


def _no_matter_what_is_let_in(right: Broken) -> Broken:
    return lambda self, edits: -right(self, edits)


def _adds_more(right: Broken) -> Broken:
    """A line is added where the user has one that could let in pre-releases."""
    return lambda self, door, choice, others: door


def _adds_for_all(right: Broken) -> Broken:
    """Where a fix does without a further line, one is added all the same."""

    def option(self: Any, correction: Any, move: Any, edits: Any, others: Any) -> Any:
        name = next(root.name for root in self._context.roots if not root.is_constraint)
        door = self._context.door(f"{name}x", [0])
        found = right(self, correction, move, edits, others)
        return found and replace(found, edits={**found.edits, door: f"{name}x>=1a1"})

    return option


def _loosens_all(right: Broken) -> Broken:
    """The hypothetical release needs nothing at all."""
    return lambda self, file, metadata: right(self, file, replace(metadata, requires_dist=()))


def _changes_nothing(right: Broken) -> Broken:
    return lambda specifier, version: specifier


def _floors_only(right: Broken) -> Broken:
    """What was allowed is not allowed any more."""
    return lambda specifier, version: SpecifierSet(f"=={version}")


def _nobody_takes_it(right: Broken) -> Broken:
    return lambda self, *arguments: False


def _without_the_others(right: Broken) -> Broken:
    """The first side alone is looked at."""
    return lambda self: list(right(self))[:1]


def _repairs_nothing(right: Broken) -> Broken:
    """The other conflicts' lines are left out."""
    return lambda verdict, conflict, conflicts, fixes: tuple(
        verdict.universe.problem.roots[place] for place in range(1)
    )


BREAKS = (
    Break("the witness of another fix is shown", options.Writer, "verified", _old_witness,
          checks.fixes_resolve),
    Break("one line is verified", options, "settle", _verifies_one_line,
          checks.fixes_resolve),
    Break("lines move to what does not fit", options, "moved", _wrong_move,
          checks.every_conflict_is_mended),
    Break("a way to hit a core is forgotten", corrections.Corrections, "_learn", _forgets_a_way,
          checks.only_is_proved),
    Break("every first fix is the only one", fixes._Mender, "_menu", _first_is_the_only,
          checks.only_is_proved),
    Break("lines are dropped for no reason", Context, "levels_above", _drops_at_once,
          checks.first_fixes_are_cheapest),
    Break("the dearest is tried first", corrections, "heappop", _dearest_first,
          checks.first_fixes_are_cheapest),
    Break("dead ends are not looked into", fixes, "dead_ends", _nothing_resolves,
          checks.dead_ends_are_dead),
    Break("lines change their order", fixes._Mender, "_written", _other_order,
          checks.texts_are_the_changes),
    Break("other lines are rewritten", fixes._Mender, "_written", _more_is_changed,
          checks.texts_are_the_changes),
    Break("the line gets another name", options, "rewritten", _names_are_forgotten,
          checks.texts_are_the_changes),
    Break("fixes are offered twice", fixes._Mender, "_publish", _each_twice,
          checks.fixes_differ),
    Break("no option is written down", options.Writer, "options", _tries_nothing,
          checks.every_conflict_is_mended),
    Break("the first conflict is the last", enumeration.DisjointCores, "__iter__",
          _one_core_is_enough, checks.cores_are_all_there),
    Break("a core has a line too many", subsets, "minimal_core", _cores_with_a_line_too_many,
          checks.cores_are_all_there),
    Break("pre-releases are not thought of", Context, "_shut", _doors_are_shut,
          checks.pre_releases_help, AWAITED),
    Break("pre-releases are not thought of as another way", Context, "_shut", _doors_are_shut,
          checks.only_is_proved_of_opt_ins, AWAITED),
    Break("the line names no pre-release", options, "opted_in", _opens_nothing,
          checks.pre_releases_help, AWAITED),
    Break("a line that names one counts twice", Context, "cost", _doors_are_lines,
          checks.pre_releases_come_last, AWAITED),
    Break("pre-releases come first", options.Writer, "_admits", _no_matter_what_is_let_in,
          checks.pre_releases_come_last, AWAITED),
    Break("a line is added beside the user's own", options.Writer, "_opener", _adds_more,
          checks.texts_are_the_changes, AWAITED),
    Break("a line is added for nothing", options.Writer, "_option", _adds_for_all,
          checks.no_opt_in_is_idle, AWAITED),
    Break("the supposed release needs nothing", catalogue.Catalogue, "supposing", _loosens_all,
          upstream_checks.witnesses_are_resolutions),
    Break("other lines are asked about", upstream, "_others_repaired", _repairs_nothing,
          upstream_checks.witnesses_are_resolutions),
    Break("the line is not loosened", upstream, "recapped", _changes_nothing,
          upstream_checks.nothing_is_missed),
    Break("the line is moved, not loosened", upstream, "recapped", _floors_only,
          upstream_checks.one_requirement_is_loosened),
    Break("the newest release is not looked at", upstream._Search, "_takes", _nobody_takes_it,
          upstream_checks.newest_releases_object),
    Break("one side is enough", upstream._Search, "_asking", _without_the_others,
          upstream_checks.nothing_is_missed),
    Break("the order changes", EXPLAIN, "remedies", _order_of_every_second,
          checks.answers_repeat),
)  # fmt: skip


@pytest.mark.parametrize("broken", BREAKS, ids=lambda broken: broken.what)
def test_the_check_notices(broken: Break, monkeypatch: pytest.MonkeyPatch) -> None:
    right = getattr(broken.owner, broken.name)
    monkeypatch.setattr(broken.owner, broken.name, broken.replacement(right))
    find(broken.among, lambda case: _fails(broken.noticed_by, case), settings=TRIES)


def test_changing_kept_lines_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    right = corrections.Corrections.cheapest
    everything = range(100)

    def among_all(self: Any, free: Any, most: int, *, deep: bool = False) -> Any:
        return right(self, everything, most, deep=deep)

    monkeypatch.setattr(corrections.Corrections, "cheapest", among_all)
    pairs = st.tuples(CROWDED, st.sets(st.integers(0, 4)))
    find(pairs, lambda pair: _fails(checks.kept_lines_stay, *pair), settings=TRIES)


def _fails(check: Callable[..., None], *example: object) -> bool:
    try:
        check(*example)
    except AssertionError:
        return True
    return False
