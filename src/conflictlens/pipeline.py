"""The front door: from requirements to findings, one stage after the other."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from conflictlens.errors import IndexFailure
from conflictlens.explanation.records import Findings, Outcome, Stats
from conflictlens.explanation.remarks import built, remarks
from conflictlens.index.records import Index
from conflictlens.names import NormalizedName
from conflictlens.problem.notes import Note, NoteKind
from conflictlens.problem.problem import Problem, pose
from conflictlens.problem.universe import Universe
from conflictlens.question import SILENT, Question, Reporter, Stage
from conflictlens.requirements.records import RootRequirement
from conflictlens.resolution.budget import Budget
from conflictlens.resolution.outcome import Conflict, Resolution, Verdict
from conflictlens.resolution.verdict import decide


def find(question: Question, index: Index, budget: Budget, reporter: Reporter = SILENT) -> Findings:
    """Answer a question. An index that fails and a spent budget are undecided, not raised."""
    started = time.monotonic()
    findings = _blank(question)
    problem = None
    try:
        problem = pose(question.requirements, question.target, question.admission, index)
        findings = replace(
            findings, roots=problem.roots, notes=problem.notes, unchecked=len(problem.unchecked)
        )
        reporter.stage(Stage.RESOLVING)
        verdict = decide(problem, budget)
        if isinstance(verdict.outcome, Conflict) and problem.references:
            # Only now, since an index has nothing to say about what comes from elsewhere.
            verdict = decide(problem.with_others(), budget)
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
        requirements=question.requirements,
    )


def _answer(
    findings: Findings,
    question: Question,
    verdict: Verdict,
    started: float,
    reporter: Reporter,
    budget: Budget,
) -> Findings:
    picks: Mapping[NormalizedName, int] = {}
    match verdict.outcome:
        case Resolution(picks):
            findings = _resolved(findings, verdict.universe, picks)
        case Conflict():
            # A third of the program, which an answer without a conflict does without.
            from conflictlens.refuted import explained

            findings, verdict = explained(findings, question, verdict, started, reporter, budget)
            findings = replace(
                findings, notes=(*findings.notes, *_despite(findings, verdict.universe.problem))
            )
    solved = verdict.stats
    stats = replace(findings.stats, rounds=solved.facts_read, solves=solved.solves)
    notes = (*findings.notes, *remarks(verdict.universe, findings, picks))
    from_source = tuple(built(verdict.universe, picks))
    return replace(findings, notes=notes, from_source=from_source, stats=stats)


def _resolved(
    findings: Findings, universe: Universe, picks: Mapping[NormalizedName, int]
) -> Findings:
    """Resolved, unless a URL or path that could not be read has a part in it."""
    versions = universe.versions(picks)
    failures = universe.problem.unchecked
    unread = failures[0] if failures else universe.unread_in(picks)
    if unread is None:
        return replace(findings, outcome=Outcome.RESOLVED, resolution=versions)
    several = len(failures) > 1
    undecided = f"{len(failures)} requirements can't be read" if several else str(unread)
    notes = findings.notes
    if findings.roots and universe.unread_in(picks) is None:
        text = "all other requirements can be installed together"
        notes = (*notes, Note(NoteKind.UNCHECKED_REFERENCE, text))
    return replace(
        findings, outcome=Outcome.UNDECIDED, undecided=undecided, partial=versions, notes=notes
    )


def _despite(findings: Findings, problem: Problem) -> Iterator[Note]:
    """What holds of conflicts although some requirements could not be read."""
    if not problem.unchecked:
        return
    conflicts = "the conflict stands" if len(findings.conflicts) == 1 else "the conflicts stand"
    text = f"{conflicts} whatever a requirement needs that can't be read"
    if not all(failure.named for failure in problem.unchecked):
        text += ", unless it is one of these projects itself (name @ URL tells)"
    if findings.fixes:
        text += "; fixes were tried without it"
    yield Note(NoteKind.UNCHECKED_REFERENCE, text)


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
