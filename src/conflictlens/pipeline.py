"""The front door: from requirements to findings, one stage after the other."""

from __future__ import annotations

import time
from collections.abc import Collection
from enum import StrEnum

import msgspec
from msgspec.structs import replace

from conflictlens.core.enumeration import DisjointCores
from conflictlens.core.mus import Core
from conflictlens.errors import IndexFailure
from conflictlens.explanation.records import Conflict as ToldConflict
from conflictlens.explanation.records import Findings, Outcome, Stats, Supposition, UpstreamChange
from conflictlens.explanation.remarks import remarks
from conflictlens.explanation.similar import similar_projects
from conflictlens.explanation.story import tell
from conflictlens.index.records import Index
from conflictlens.problem.admission import Admission
from conflictlens.problem.notes import Note, NoteKind
from conflictlens.problem.problem import pose
from conflictlens.relaxation.blockers import blockers
from conflictlens.relaxation.fixes import Remedies, remedies
from conflictlens.relaxation.upstream import upstream_changes
from conflictlens.requirements.records import RequirementSet, RootRequirement
from conflictlens.resolution.budget import Budget
from conflictlens.resolution.judge import Conflict, Resolution
from conflictlens.resolution.verdict import Verdict, decide
from conflictlens.target import Target


class Stage(StrEnum):
    """What is going on, for a progress display."""

    RESOLVING = "resolving"
    SHRINKING = "finding the smallest conflict"
    MENDING = "looking for fixes"


class Question(msgspec.Struct, frozen=True):
    """What is asked: these requirements, on this target, under this policy.

    With a supposition, some of them must stay, and what blocks them is asked too. `upstream`
    asks for every conflict what other projects would have to loosen.
    """

    requirements: RequirementSet
    target: Target
    admission: Admission = msgspec.field(default_factory=Admission)
    supposition: Supposition | None = None
    upstream: bool = False


class Reporter:
    """Who is told while an answer is worked out; this one keeps it to itself."""

    def stage(self, stage: Stage) -> None:
        """What begins now."""

    def conflicts(self, findings: Findings) -> None:
        """All conflicts that stand beside each other are known, and told in `findings`.

        Fixes are looked for next, which may turn up conflicts that share lines with these.
        """


SILENT = Reporter()


def find(question: Question, index: Index, budget: Budget, reporter: Reporter = SILENT) -> Findings:
    """Answer a question. An index that fails and a spent budget are undecided, not raised."""
    started = time.monotonic()
    findings = _blank(question)
    problem = None
    try:
        problem = pose(question.requirements, question.target, question.admission, index)
        findings = replace(findings, roots=problem.roots, notes=problem.notes)
        reporter.stage(Stage.RESOLVING)
        verdict = decide(problem, budget)
        findings = _answer(findings, question, verdict, started, reporter, budget)
    except IndexFailure as failure:
        findings = _undecided(findings, failure)
    finally:
        if problem is not None:
            problem.catalogue.keep()
    return replace(findings, stats=_stats(findings.stats, index, started))


def _blank(question: Question) -> Findings:
    written = (*question.requirements.roots, *question.requirements.constraints)
    before = question.admission.uploaded_before
    return Findings(
        Outcome.UNDECIDED,
        question.target,
        tuple(root for root in written if isinstance(root, RootRequirement)),
        uploaded_before=before.isoformat() if before else None,
        supposition=question.supposition,
    )


def _answer(
    findings: Findings,
    question: Question,
    verdict: Verdict,
    started: float,
    reporter: Reporter,
    budget: Budget,
) -> Findings:
    match verdict.outcome:
        case Resolution() as resolution:
            findings = replace(
                findings,
                outcome=Outcome.RESOLVED,
                resolution=verdict.universe.versions(resolution.picks),
            )
        case Conflict():
            reporter.stage(Stage.SHRINKING)
            keep = _kept(question, verdict)
            findings, verdict, cores = _conflicts(findings, verdict, budget, started, keep)
            similar = similar_projects(verdict.universe, findings.conflicts, budget)
            findings = replace(findings, similar=similar)
            reporter.conflicts(findings)
            reporter.stage(Stage.MENDING)
            remedy = remedies(verdict, question.requirements, cores, budget, keep)
            findings = _with_remedies(findings, remedy)
            cores = [*cores, *remedy.further]
            blocking = blockers(verdict, question.requirements, cores, budget, keep)
            findings = replace(findings, blockers=blocking)
            findings = _with_upstream(findings, question, verdict, budget)
    solved = verdict.judge.stats
    stats = replace(findings.stats, rounds=solved.facts_read, solves=solved.solves)
    notes = (*findings.notes, *remarks(verdict.universe, findings))
    return replace(findings, notes=notes, stats=stats)


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
    found: dict[Core, ToldConflict] = {}
    first = None
    try:
        for core in disjoint:
            found[core] = tell(core)
            first = first or time.monotonic() - started
        if disjoint.verdict is not verdict:
            found = {core: told for core, told in found.items() if disjoint.stands(core)}
    except IndexFailure as failure:
        note = Note(NoteKind.BUDGET, f"there may be more conflicts: {failure}")
        findings = replace(findings, notes=(*findings.notes, note))
    findings = replace(
        findings,
        outcome=Outcome.CONFLICT,
        conflicts=tuple(found.values()),
        stats=replace(findings.stats, seconds_first_conflict=first),
    )
    return findings, disjoint.verdict, [*found]


def _with_remedies(findings: Findings, remedy: Remedies) -> Findings:
    notes = findings.notes
    if remedy.interrupted is not None:
        notes = (*notes, Note(NoteKind.BUDGET, f"there may be more fixes: {remedy.interrupted}"))
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
    """Whether some fix of a conflict drops no line."""
    return any(
        all(change.replacement is not None for change in fix.changes)
        for fix in findings.fixes
        if fix.conflict == conflict
    )


def _undecided(findings: Findings, failure: IndexFailure) -> Findings:
    note = Note(NoteKind.INDEX, str(failure))
    return replace(
        findings,
        outcome=Outcome.UNDECIDED,
        undecided=str(failure),
        notes=(*findings.notes, note),
    )


def _stats(stats: Stats, index: Index, started: float) -> Stats:
    work = index.stats
    return replace(
        stats,
        seconds_total=time.monotonic() - started,
        requests=work.requests,
        bytes=work.bytes,
        projects=work.projects,
        metadata=work.metadata,
    )
