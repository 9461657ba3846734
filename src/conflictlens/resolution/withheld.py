"""Pre-releases and yanked versions: let in where a refutation rests on them, by pip's rule.

Admission withholds pre-releases and yanked versions unless a requirement asks for them, and
which requirements are in force is only known for a concrete resolution. So a refutation that
rests on withheld versions is not final: they are let in, and if that resolves, each withheld
pick is checked against the requirements that are then in force, by pip's rule. Those that pass
are admitted for the problem as a whole. A resolution with one that fails is forbidden, with all
that ask no more of its project, and another one is looked for. When there is none, those that
failed stay out, and the refutation stands.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from msgspec.structs import replace

from conflictlens.errors import BudgetSpent
from conflictlens.names import NormalizedName
from conflictlens.problem.admission import Door, names_prerelease, pinned_versions
from conflictlens.problem.problem import Problem
from conflictlens.problem.releases import Exclusion, Releases
from conflictlens.problem.universe import Universe
from conflictlens.resolution.budget import Budget
from conflictlens.resolution.check import checked, specifiers_on
from conflictlens.resolution.facts import ExclusionFact
from conflictlens.resolution.judge import Judge
from conflictlens.resolution.outcome import Conflict, Resolution, Verdict

_WITHHELD = (Exclusion.PRERELEASE, Exclusion.YANKED)

_FURTHER = 16
_FURTHER_AT_MOST = 64
"""Further versions of each picked project that are read after a rejection: twice as many each
time, from so many to so many."""

_REJECTED = 40
"""Resolutions with picks that pip's rule forbids, after which withheld versions stay out."""


def settle(problem: Problem, budget: Budget) -> Verdict:
    """The same verdict by the judge alone, for problems close to one that was decided."""
    judge = Judge(Universe(problem), budget)
    return checked(with_withheld(judged(judge, judge.decide(), budget), budget))


def judged(judge: Judge, outcome: Resolution | Conflict, budget: Budget) -> Verdict:
    """The verdict that a judge came to."""
    return Verdict(outcome, judge.universe, budget, judge.order, judge.stats, judge)


def reconsider(verdict: Verdict, conflict: Conflict, budget: Budget) -> Verdict | None:
    """What becomes of the verdict when withheld versions are let in that resolve `conflict`.

    `conflict` is about some of the roots. None if it stands, or if all roots together would
    resolve only because of what some of them alone admit.
    """
    problem = verdict.universe.problem
    settled = resolved_alone(problem, conflict, budget)
    if settled is None:
        return None
    admission = settled.universe.problem.admission
    judge = Judge(Universe(problem.with_admission(admission)), budget, verdict.order)
    outcome = judge.decide()
    return judged(judge, outcome, budget) if isinstance(outcome, Conflict) else None


def resolved_alone(problem: Problem, conflict: Conflict, budget: Budget) -> Verdict | None:
    """How conflicting roots resolve on their own with withheld versions; None if they don't."""
    if not any(_doors(conflict)):
        return None
    some = tuple(problem.roots[place] for place in sorted(conflict.roots))
    settled = settle(replace(problem, roots=some), budget)
    return settled if isinstance(settled.outcome, Resolution) else None


def with_withheld(verdict: Verdict, budget: Budget) -> Verdict:
    """Let withheld versions in that a refutation rests on, as long as pip would pick them.

    Where that does not resolve everything, the refutation stands as it was: what a single
    conflict asks for is let in conflict by conflict (see `core.enumeration`).
    """
    problem, refuted = verdict.universe.problem, verdict
    opened: set[Door] = set()
    refused: set[Door] = set()
    unfounded: set[Door] = set()
    while isinstance(verdict.outcome, Conflict):
        if wanted := set(_doors(verdict.outcome)) - opened - refused:
            opened |= wanted
        elif unfounded:
            opened -= unfounded
            refused |= unfounded
        else:
            return refuted
        admission = problem.admission.opening(opened)
        judge = Judge(Universe(problem.with_admission(admission)), budget, verdict.order)
        # Mostly these roots conflict still, and then nothing has to be said about the others.
        outcome, unfounded = judge.decide(verdict.outcome.roots), set()
        if isinstance(outcome, Resolution):
            outcome, unfounded = _founded(judge, opened)
        verdict = judged(judge, outcome, budget)
    return verdict


def _doors(conflict: Conflict) -> Iterable[Door]:
    for fact in conflict.facts:
        if isinstance(fact, ExclusionFact) and fact.exclusion in _WITHHELD:
            yield Door(fact.project, fact.exclusion)


def _founded(judge: Judge, opened: Collection[Door]) -> tuple[Resolution | Conflict, set[Door]]:
    """A resolution by pip's rule or a conflict, and the doors that others went through.

    Raises BudgetSpent after `_REJECTED` resolutions that pip's rule forbids: there might be one
    that it allows.
    """
    unfounded: set[Door] = set()
    for rejected in range(_REJECTED):
        outcome = judge.decide()
        if isinstance(outcome, Conflict):
            return outcome, unfounded
        wrong = set(_unfounded(judge.universe, outcome, opened))
        if not wrong:
            return outcome, set()
        unfounded |= wrong
        # What is forbidden is so for versions that were read: the more, the fewer rejections.
        judge.read_further(outcome, min(_FURTHER << rejected, _FURTHER_AT_MOST))
        for door in wrong:
            _forbid(judge, outcome, door)
    raise BudgetSpent("", "while a resolution was looked for that pip would accept")


def _forbid(judge: Judge, resolution: Resolution, door: Door) -> None:
    """Close a door wherever no more is asked of its project than in this resolution.

    That is so for all versions of the same projects that add no requirement on it, and that
    need no other project or extra which could add one.
    """
    universe, project = judge.universe, door.project
    asked = set(specifiers_on(universe, resolution)[project])
    # Without a pin no other requirement lets a yanked version in, whatever it leaves.
    unpinned = door.reason is Exclusion.YANKED and not any(map(_pins, asked))

    def harmless(name: NormalizedName, extra: NormalizedName | None, bit: int) -> bool:
        return all(
            one.name in resolution.picks
            and set(one.extras) <= resolution.extras.get(one.name, frozenset())
            and (
                one.name != project
                or one.specifier in asked
                or (unpinned and not _pins(one.specifier))
            )
            for one in universe.facts(name, bit, extra or "").dependencies
            if one.url is None
        )

    versions = universe.releases(project).withheld[door.reason]
    judge.forbid(ExclusionFact(project, versions, door.reason), harmless)


def _pins(specifier: str) -> bool:
    return any(pinned_versions(specifier))


def _unfounded(
    universe: Universe, resolution: Resolution, opened: Iterable[Door]
) -> Iterable[Door]:
    """The doors through which a version was picked that no requirement in force asks for.

    None where something is unread that could ask for it.
    """
    if universe.problem.unchecked or universe.unread_in(resolution.picks) is not None:
        return
    specifiers = specifiers_on(universe, resolution)
    for door in opened:
        bit = resolution.picks.get(door.project)
        if bit is None:
            continue
        releases = universe.releases(door.project)
        if not releases.withheld.get(door.reason, 0) >> bit & 1:
            continue
        if not _asked_for(releases, door.reason, specifiers[door.project]):
            yield door


def _asked_for(releases: Releases, reason: Exclusion, texts: Sequence[str]) -> bool:
    """pip's rule for one pick: named or pinned by a requirement, or nothing else fits."""
    others = releases.admissible & ~releases.withheld.get(reason, 0)
    for text in texts:
        others &= releases.mask(text)
    if reason is Exclusion.PRERELEASE:
        return not others or any(map(names_prerelease, texts))
    return not others and any(any(pinned_versions(one)) for one in texts)
