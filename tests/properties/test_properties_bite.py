"""Each property can fail: with the program broken in one place, its check finds a case.

A break replaces one function by a wrong one. The checks are those of `test_small_universes`,
`test_engine` and `test_masks`, unchanged.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, find, settings
from hypothesis.errors import NoSuchExample
from hypothesis.strategies import SearchStrategy, just, tuples
from msgspec.structs import replace
from packaging.utils import canonicalize_name
from packaging.version import Version

from conflictlens.core import enumeration, mus, subsets
from conflictlens.core.packing import NoColouring
from conflictlens.explanation import story, trace
from conflictlens.problem import releases, universe
from conflictlens.problem.admission import Admission, Assessor
from conflictlens.problem.releases import ABSENT
from conflictlens.resolution import verdict, walk, withheld
from conflictlens.resolution.agenda import Agenda
from conflictlens.resolution.engine import Engine, Refutation
from conflictlens.resolution.facts import DependencyFact
from conflictlens.resolution.judge import Judge
from conflictlens.resolution.nogoods import Nogood
from conflictlens.resolution.outcome import Conflict, Resolution, Verdict
from conflictlens.resolution.withheld import judged
from tests.brute_force import universe_of
from tests.core.conflicting import case_of, families
from tests.properties import checks, test_engine, test_masks
from tests.properties.universes import Case, cases

Broken = Callable[..., Any]

TRIES = settings(
    max_examples=600,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)

STABLE = cases(withheld=False)
WITHHELD = cases(withheld=True)
TANGLED = families.map(case_of)
SCRIPTS = test_engine.scripts()
FALSE_CONFLICT = Case(
    ("p2",),
    (),
    universe_of(
        {
            "p0": {"2": ["p2==2"]},
            "p1": {"1": [], "2": ["p0==2"]},
            "p2": {"1": ["p1<3"], "2": ["p1==3"]},
        }
    ),
)
EXTRA_OF_OLDER_VERSION = Case(
    ("a[x]",),
    ("c>=2",),
    universe_of(
        {
            "a": {"1": ['d>=2; extra == "x"'], "2": ["b"]},
            "b": {"1": ["c"], "2": ["c"]},
            "c": {"1": []},
            "d": {"1": []},
        }
    ),
)
PRE_RELEASE_FITS = Case(("a>1",), (), universe_of({"a": {"1": [], "2a1": []}}))
"""Cases that random ones rarely come to."""

MASKS = tuples(test_masks.specifiers(), test_masks.version_lists)


@dataclass(frozen=True)
class Break:
    """A wrong `replacement` for `owner.name`, given the right one, and who must notice."""

    what: str
    owner: object
    name: str
    replacement: Callable[[Broken], Broken]
    noticed_by: Callable[..., None]
    strategy: SearchStrategy[Any] = STABLE


def _on_pairs(check: Callable[..., None]) -> Callable[..., None]:
    return lambda pair: check(*pair)


def _wrong_mask_bit(right: Broken) -> Broken:
    def broken(part: str, versions: Sequence[Version]) -> int:
        below = part.startswith("<") and not part.startswith("<=")
        mask: int = right(part, versions)
        return mask ^ (2 if below else 0)

    return broken


def _wildcard_from_the_final(right: Broken) -> Broken:
    """The lowest version of ``==1.*`` is taken to be 1, not 1.dev0."""
    return lambda part: Version(part.version.removesuffix(".*"))


def _no_constraints(right: Broken) -> Broken:
    return lambda self, root: -1 if root.is_constraint else right(self, root)


def _loses_learned_term(right: Broken) -> Broken:
    def attach(self: Engine[Any], nogood: Nogood[Any]) -> None:
        if nogood.fact is None and len(nogood.variables) > 1:
            nogood.variables.pop(0)
            nogood.masks.pop(0)
        right(self, nogood)

    return attach


def _forgets_late_facts(right: Broken) -> Broken:
    return lambda self, level: self._late.clear()


def _keeps_other_assumptions(right: Broken) -> Broken:
    """Assumptions stay decided as they were though the next ones say something else."""

    def assume(self: Engine[Any], assumptions: Any) -> None:
        self._assumed = [
            now if before[0] == now[0] else before
            for before, now in zip(self._assumed, assumptions, strict=False)
        ]
        right(self, assumptions)

    return assume


def _forgets_to_widen(right: Broken) -> Broken:
    return lambda self, nogood, variable, mask: None


def _python_is_never_needed(right: Broken) -> Broken:
    return lambda core, budget: core


def _python_is_always_needed(right: Broken) -> Broken:
    return lambda core, budget: replace(core, python=True)


def _wheels_alone_count(right: Broken) -> Broken:
    """What the files announce counts on any Python; only what tags say does not."""
    return lambda self, requires_python: (
        right(self, requires_python)
        if self._strict is None
        else self._strict.python_fits(requires_python)
    )


def _names_fewer_facts(right: Broken) -> Broken:
    return lambda self, proved: list(right(self, proved))[:-1]


def _names_fewer_assumptions(right: Broken) -> Broken:
    def refute(*arguments: Any) -> Refutation[Any]:
        found = right(*arguments)
        return replace(found, assumptions=frozenset(sorted(found.assumptions)[1:]))

    return refute


def _skips_a_deletion(right: Broken) -> Broken:
    """All roots of the first refutation are taken to be needed."""
    return lambda judge, conflict, *_, **__: mus.Core(
        judge.universe, conflict.roots, conflict.facts, True
    )


def _drops_one_too_many(right: Broken) -> Broken:
    def minimal_core(*arguments: Any, **options: Any) -> mus.Core:
        core: mus.Core = right(*arguments, **options)
        return replace(core, roots=frozenset(sorted(core.roots)[: max(1, len(core.roots) - 1)]))

    return minimal_core


def _first_come(right: Broken) -> Broken:
    """Sets are chosen as they come, if they share no line with those before."""

    def largest(sets: Any, *_: Any) -> Any:
        chosen: list[frozenset[int]] = []
        for one in sets:
            if not any(one & other for other in chosen):
                chosen.append(one)
        return chosen

    return largest


def _never_settled(right: Broken) -> Broken:
    return lambda sets, count: NoColouring.UNSETTLED


def _settled_at_once(right: Broken) -> Broken:
    return lambda sets, count: NoColouring.IMPOSSIBLE


def _corrects_too_little(right: Broken) -> Broken:
    """Whatever resolves, its last line is taken to be all that is wrong."""

    def found_in(self: subsets.Subsets, roots: frozenset[int]) -> Any:
        found = right(self, roots)
        if found is None and roots != self.every:
            self.corrections.append(frozenset({max(self.every - roots)}))
        return found

    return found_in


def _trusts_the_walk(right: Broken) -> Broken:
    """What stops the walk is a conflict."""

    def decide(problem: Any, budget: Any) -> Verdict:
        found = universe.Universe(problem)
        walked = walk.walk(found, budget, 1000)
        judge = Judge(found, budget)
        if isinstance(walked, walk.Walked):
            return judged(judge, Resolution(walked.picks, walked.extras), budget)
        return judged(judge, Conflict(frozenset(judge.places), ()), budget)

    return decide


def _walks_past_extras(right: Broken) -> Broken:
    return lambda name, extras, mask: right(name, (), mask)


def _reads_extras_once(right: Broken) -> Broken:
    """What an extra needs is read for the first version that is tried, not for others."""
    return lambda self, name: None


def _picks_the_unneeded(right: Broken) -> Broken:
    """A project that nothing in force asks for is picked, too."""

    def decide(problem: Any, budget: Any) -> Verdict:
        found: Verdict = right(problem, budget)
        name = canonicalize_name("a")
        newest = found.universe.allowed(name).bit_length() - 1
        if isinstance(found.outcome, Conflict) or name in found.outcome.picks or newest < 1:
            return found
        return replace(
            found, outcome=replace(found.outcome, picks={**found.outcome.picks, name: newest})
        )

    return decide


def _all_withheld_count(right: Broken) -> Broken:
    return lambda self, releases, reason: releases.every


def _no_second_look(right: Broken) -> Broken:
    return lambda found, budget: found


def _asks_no_questions(right: Broken) -> Broken:
    return lambda *_: True


def _never_reconsiders(right: Broken) -> Broken:
    return lambda *_: None


def _order_decides(right: Broken) -> Broken:
    """The requirement that was written first is the only one that counts on its project."""

    def root_mask(self: Any, root: Any) -> int:
        first = next(one for one in self.problem.roots if one.name == root.name)
        return int(right(self, root if root is first else replace(first, origin=root.origin)))

    return root_mask


def _exclusions_untold(right: Broken) -> Broken:
    def told(*arguments: Any) -> trace.Trace:
        found: trace.Trace = right(*arguments)
        kept = tuple(one for one in found.firings if not isinstance(one, trace.Removal))
        return replace(found, firings=kept)

    return told


def _step_left_out(right: Broken) -> Broken:
    def told(*arguments: Any) -> trace.Trace:
        found: trace.Trace = right(*arguments)
        return replace(found, firings=found.firings[1:])

    return told


def _allows_too_little(right: Broken) -> Broken:
    return lambda self, fact: right(self, fact) & (right(self, fact) - 1)


def _blames_all_versions(right: Broken) -> Broken:
    """A fact is told of all versions of its project."""

    def minimal_facts(found: Any, facts: Any) -> Any:
        return tuple(
            DependencyFact(
                fact.project, fact.extra, found.allowed(fact.project) & ~ABSENT, fact.dependency
            )
            if isinstance(fact, DependencyFact)
            else fact
            for fact in right(found, facts)
        )

    return minimal_facts


def _clash_misnamed(right: Broken) -> Broken:
    return lambda *arguments: replace(right(*arguments), clash="elsewhere")


BREAKS = (
    Break("a wrong bit in masks of <", releases, "specifier_mask", _wrong_mask_bit,
          checks.verdict_is_true),
    Break("a wrong bit in masks of < (masks)", releases, "specifier_mask", _wrong_mask_bit,
          _on_pairs(test_masks.check), MASKS),
    Break("a wildcard begins at the final release", releases, "_lowest", _wildcard_from_the_final,
          _on_pairs(test_masks.check), MASKS),
    Break("constraints are ignored", universe.Universe, "root_mask", _no_constraints,
          checks.verdict_is_true),
    Break("a learned nogood loses a term", Engine, "_attach", _loses_learned_term,
          test_engine.check, SCRIPTS),
    Break("late facts are forgotten", Engine, "_repeat_late_facts", _forgets_late_facts,
          test_engine.check, SCRIPTS),
    Break("assumptions of before are kept", Engine, "_assume", _keeps_other_assumptions,
          test_engine.check, SCRIPTS),
    Break("facts are not widened", Engine, "widen", _forgets_to_widen,
          test_engine.check, SCRIPTS),
    Break("facts are not widened (subsets)", Engine, "widen", _forgets_to_widen,
          checks.subsets_of_a_resolvable_set_resolve),
    Break("a refutation names too few facts", Engine, "_facts_behind", _names_fewer_facts,
          test_engine.check, SCRIPTS),
    Break("a refutation names too few assumptions", Engine, "_refute", _names_fewer_assumptions,
          test_engine.check, SCRIPTS),
    Break("a refutation names too few roots", Engine, "_refute", _names_fewer_assumptions,
          checks.subsets_of_a_resolvable_set_resolve),
    Break("deletion is skipped", subsets, "minimal_core", _skips_a_deletion,
          checks.cores_are_minimal),
    Break("deletion goes too far", subsets, "minimal_core", _drops_one_too_many,
          checks.cores_are_minimal),
    Break("cores are chosen as they come", enumeration, "largest", _first_come,
          checks.cores_are_the_most_disjoint, TANGLED),
    Break("whether there are more is never settled", enumeration, "colouring", _never_settled,
          checks.cores_are_the_most_disjoint),
    Break("a correction set is too small", subsets.Subsets, "found_in", _corrects_too_little,
          checks.cores_are_the_most_disjoint, TANGLED),
    Break("there are never more than at first", enumeration, "colouring", _settled_at_once,
          checks.cores_are_the_most_disjoint, TANGLED),
    Break("one deletion goes too far", checks, "minimal_core", _drops_one_too_many,
          checks.deletion_gives_a_core),
    Break("resolvelib has the last word", verdict, "decide", _trusts_the_walk,
          checks.verdict_is_true, just(FALSE_CONFLICT)),
    Break("the walk forgets extras", walk, "_wanted", _walks_past_extras,
          checks.judge_and_walk_agree),
    Break("extras are read for one version", Agenda, "_enqueue_extras", _reads_extras_once,
          checks.verdict_is_true, just(EXTRA_OF_OLDER_VERSION)),
    Break("extras are read for one version (subsets)", Agenda, "_enqueue_extras",
          _reads_extras_once, checks.subsets_of_a_resolvable_set_resolve,
          just(EXTRA_OF_OLDER_VERSION)),
    Break("unneeded projects are picked", verdict, "decide", _picks_the_unneeded,
          checks.resolution_is_a_resolution),
    Break("pre-releases and yanked ones count", Admission, "let_in", _all_withheld_count,
          checks.verdict_is_true, WITHHELD),
    Break("nothing withheld is let in", withheld, "with_withheld", _no_second_look,
          checks.verdict_is_true, just(PRE_RELEASE_FITS)),
    Break("all withheld picks are allowed", withheld, "_asked_for", _asks_no_questions,
          checks.verdict_is_true, WITHHELD),
    Break("a second conflict is not reconsidered", enumeration, "reconsider", _never_reconsiders,
          checks.cores_conflict_under_pips_policy, WITHHELD),
    Break("the first line of a project counts", universe.Universe, "root_mask", _order_decides,
          checks.order_does_not_matter),
    Break("the Python is never blamed", enumeration, "with_python", _python_is_never_needed,
          checks.python_is_blamed_where_it_counts),
    Break("the Python is always blamed", enumeration, "with_python", _python_is_always_needed,
          checks.python_is_blamed_where_it_counts),
    Break("Requires-Python counts on any Python", Assessor, "python_fits", _wheels_alone_count,
          checks.python_is_blamed_where_it_counts),
    Break("a story is about a Python that is not blamed", enumeration, "with_python",
          _python_is_never_needed, checks.stories_blame_the_python),
    Break("exclusions are not told", story, "trace", _exclusions_untold,
          checks.stories_are_complete),
    Break("the first step is not told", story, "trace", _step_left_out,
          checks.stories_are_complete),
    Break("a step allows too little", trace._Tracer, "_allowed", _allows_too_little,
          checks.stories_are_entailed),
    Break("a fact is told of all versions", mus, "minimal_facts", _blames_all_versions,
          checks.stories_are_entailed),
    Break("the clash is misnamed", story, "trace", _clash_misnamed,
          checks.stories_name_their_clash),
)  # fmt: skip


@pytest.mark.parametrize("broken", BREAKS, ids=lambda broken: broken.what)
def test_the_check_notices(broken: Break, monkeypatch: pytest.MonkeyPatch) -> None:
    right = getattr(broken.owner, broken.name)
    monkeypatch.setattr(broken.owner, broken.name, broken.replacement(right))
    find(broken.strategy, lambda example: _fails(broken.noticed_by, example), settings=TRIES)


def _fails(check: Callable[..., None], example: object) -> bool:
    try:
        check(example)
    except AssertionError:
        return True
    return False


def test_a_check_that_never_fails_is_told() -> None:
    few = settings(TRIES, max_examples=20)
    with pytest.raises(NoSuchExample):
        find(STABLE, lambda case: _fails(checks.verdict_is_true, case), settings=few)
