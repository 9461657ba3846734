"""What is answered where the roots are refuted: every conflict, and what mends it."""

from __future__ import annotations

import time
from collections.abc import Collection

from msgspec.structs import replace

from conflictlens.core.enumeration import MOST, DisjointCores, Extent
from conflictlens.core.mus import Core
from conflictlens.errors import IndexFailure
from conflictlens.explanation.records import (
    Change,
    ChangeAction,
    Conflict,
    Findings,
    Outcome,
    UpstreamChange,
)
from conflictlens.explanation.similar import similar_projects
from conflictlens.explanation.story import tell
from conflictlens.problem.notes import Note, NoteKind
from conflictlens.problem.unread import Unread
from conflictlens.question import Question, Reporter, Stage
from conflictlens.relaxation.blockers import blockers
from conflictlens.relaxation.fixes import Remedies, remedies
from conflictlens.relaxation.nearby import foreseen
from conflictlens.relaxation.upstream import upstream_changes
from conflictlens.requirements.pep508 import restated
from conflictlens.resolution.budget import Budget
from conflictlens.resolution.outcome import Conflict as Refuted
from conflictlens.resolution.outcome import Verdict

_LIMITED = f"there may be more conflicts: no more than {MOST} are told at once"
_UNKNOWN = {
    Extent.LIMIT: [_LIMITED],
    Extent.UNSETTLED: [
        "all other conflicts share lines with these; whether more of them could stand beside each "
        "other was not settled"
    ],
}
"""What is said where the conflicts may not be the most that share no line."""


def explained(
    findings: Findings,
    question: Question,
    verdict: Verdict,
    started: float,
    reporter: Reporter,
    budget: Budget,
) -> tuple[Findings, Verdict]:
    """The findings with all conflicts, their fixes and blockers; the verdict they are for.

    Where budget or index give out, what was proved until then, with a note; but of a supposition
    nothing where the index failed: then that is raised. `started` is the `time.monotonic` at
    which the question was asked.
    """
    unread = verdict.universe.problem.catalogue.unread
    if unread is not None and unread.failures and question.supposition is not None:
        # Who blocks a wish, and whether anybody does, is told from resolutions alone.
        raise next(iter(unread.failures.values()))
    reporter.stage(Stage.SHRINKING)
    keep = _kept(question, verdict)
    if question.mend:
        _read_ahead(verdict)
    findings, verdict, cores = _conflicts(findings, verdict, budget, started, keep)
    similar = similar_projects(verdict.universe, findings.conflicts, budget)
    findings = replace(findings, similar=similar)
    if unread is not None and unread.failures:
        findings = replace(findings, notes=(*findings.notes, _unread(unread)))
        reporter.conflicts(findings)
        return findings, verdict
    reporter.conflicts(findings)
    if not question.mend:
        return findings, verdict
    reporter.stage(Stage.MENDING)
    verdict.universe.begin_trials()
    remedy = remedies(verdict, question.requirements, cores, budget, keep)
    findings = _with_remedies(findings, remedy)
    cores = [*cores, *remedy.further]
    blocking = blockers(verdict, question.requirements, cores, budget, keep)
    findings = replace(findings, blockers=blocking)
    return _with_upstream(findings, question, verdict, budget), verdict


def _read_ahead(verdict: Verdict) -> None:
    """Hint at what fixes will be tried with, so that it comes while cores are proved minimal."""
    if isinstance(verdict.outcome, Refuted):
        universe = verdict.universe
        wanted = [
            one for place in sorted(verdict.outcome.roots) for one in foreseen(universe, place)
        ]
        universe.prefetch_metadata(one for one in wanted if universe.reads_cheaply(*one))


def _unread(unread: Unread) -> Note:
    """No resolution can be had, so no fix; and what was not read may be in further conflicts."""
    first, *others = unread.failures.values()
    more = f", and {len(others)} more such failures" if others else ""
    return Note(
        NoteKind.INDEX,
        f"{first}{more}; whatever it would say, this conflict stands, but there may be others, "
        "and no fix can be verified until it can be read",
    )


def _kept(question: Question, verdict: Verdict) -> list[int]:
    """The places of the roots that must stay."""
    kept = question.supposition.kept if question.supposition else ()
    written = {(root.origin, root.text) for root in kept}
    roots = verdict.universe.problem.roots
    return [place for place, root in enumerate(roots) if (root.origin, root.text) in written]


def _conflicts(
    findings: Findings, verdict: Verdict, budget: Budget, started: float, keep: Collection[int]
) -> tuple[Findings, Verdict, list[Core]]:
    """All disjoint conflicts; where budget or index give out, those that were found.

    The verdict that comes back has the admission which the cores are for.
    """
    disjoint = DisjointCores(verdict, budget, keep)
    found: dict[Core, Conflict] = {}
    first = None
    try:
        for core in disjoint:
            found[core] = tell(core)
            first = first or time.monotonic() - started
    except IndexFailure as failure:
        unknown = [f"there may be more conflicts: {failure}"]
    else:
        unknown = _UNKNOWN.get(disjoint.extent, [])
    findings = replace(
        findings,
        outcome=Outcome.CONFLICT,
        conflicts=tuple(found.values()),
        notes=(*findings.notes, *(Note(NoteKind.BUDGET, text) for text in unknown)),
        stats=replace(findings.stats, seconds_first_conflict=first),
    )
    return findings, disjoint.verdict, [*found]


def _with_remedies(findings: Findings, remedy: Remedies) -> Findings:
    notes = findings.notes
    if remedy.further and remedy.repair is not None:
        # Whatever conflict there is contains a line of the repair, and so one of those told.
        notes = tuple(note for note in notes if note.text != _LIMITED)
    if remedy.interrupted is not None:
        told = "there may be more fixes" if remedy.fixes or remedy.repair else "no fix was found"
        notes = (*notes, Note(NoteKind.BUDGET, f"{told}: {remedy.interrupted}"))
    further = tuple(map(tell, remedy.further))
    return replace(
        findings,
        conflicts=(*findings.conflicts, *further),
        fixes=remedy.fixes,
        repair=remedy.repair,
        dead_ends=remedy.dead_ends,
        notes=notes,
    )


def _with_upstream(
    findings: Findings, question: Question, verdict: Verdict, budget: Budget
) -> Findings:
    """What other projects would have to loosen: where it is asked for, or is all that is left.

    A user whose lines can hold in another form changes them today. One who would have to give
    up a line, or whom nothing helps, can still ask upstream; only that is worth the time and
    the line unasked.
    """
    changes: list[UpstreamChange] = []
    places = range(len(findings.conflicts))
    wanted = [n for n in places if question.upstream or not _can_keep_all(findings, n)]
    found = upstream_changes(verdict, findings.conflicts, findings.fixes, wanted, budget)
    try:
        changes.extend(found)
    except IndexFailure as failure:
        note = Note(NoteKind.BUDGET, f"there may be more that upstream could change: {failure}")
        findings = replace(findings, notes=(*findings.notes, note))
    return replace(findings, upstream=tuple(changes))


def _can_keep_all(findings: Findings, conflict: int) -> bool:
    """Whether some fix of a conflict drops no line and no extra."""
    return any(
        not any(map(_gives_up, fix.changes)) for fix in findings.fixes if fix.conflict == conflict
    )


def _gives_up(change: Change) -> bool:
    if change.action is not ChangeAction.REPLACE:
        return change.replacement is None
    return restated(change.root, change.replacement or "").extras != change.root.extras
