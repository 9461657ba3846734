"""An answer as JSON, ``conflictlens.explanation/1``: one object, all of its keys always there.

Texts are as they are, unescaped beyond JSON, but for the passwords of URLs, which are ``****``: a
requirement repeats what the user wrote, and a log of CI is read by more people than a requirements
file. Whoever installs such a line puts the password back. File names that are not text appear with
the lone surrogates that Python gives them, as ``\\udcXX``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from conflictlens.explanation.records import (
    Blocker,
    Change,
    ChangeAction,
    Conflict,
    DeadEnd,
    Excluded,
    Fact,
    Findings,
    Fix,
    Needs,
    Repair,
    Similar,
    Stats,
    Step,
    Unmatched,
    UpstreamChange,
)
from conflictlens.names import NormalizedName
from conflictlens.problem.assumptions import Assumption
from conflictlens.render.json_text import JSON, json_text, without_passwords
from conflictlens.render.remarks import all_notes
from conflictlens.requirements.records import Origin, RootRequirement

if TYPE_CHECKING:
    from conflictlens.render.issue import Issue

SCHEMA = "conflictlens.explanation/1"


def render_json(findings: Findings) -> str:
    """The object, indented, with a line break at its end; always encodable as UTF-8."""
    return json_text(to_dict(findings))


def to_dict(findings: Findings) -> dict[str, JSON]:
    """The object as plain dicts and lists, in an order that depends on the findings alone."""
    return {key: without_passwords(value) for key, value in _told(findings).items()}


def _told(findings: Findings) -> dict[str, JSON]:
    return {
        "schema": SCHEMA,
        "outcome": findings.outcome.value,
        "target": dict(findings.target.summary()),
        "conflicts": [_conflict(findings, conflict) for conflict in findings.conflicts],
        "fixes": [_fix(fix) for fix in findings.fixes],
        "dead_ends": [_dead_end(end) for end in findings.dead_ends],
        "blockers": [_blocker(blocker) for blocker in findings.blockers],
        "similar": [_similar(similar) for similar in findings.similar],
        "upstream": _upstream_changes(findings) if findings.upstream else [],
        "repair": None if findings.repair is None else _repair(findings.repair),
        "resolution": None if findings.resolution is None else _versions(findings.resolution),
        "notes": [{"kind": note.kind.value, "text": note.text} for note in all_notes(findings)],
        "stats": _stats(findings.stats),
    }


def _conflict(findings: Findings, conflict: Conflict) -> dict[str, JSON]:
    # An answer without a conflict words nothing.
    from conflictlens.render.wording import summary

    return {
        "core": [_root(root) for root in conflict.core],
        "minimal": conflict.minimal,
        "summary": summary(findings, conflict),
        "steps": [_step(findings, conflict, step) for step in conflict.steps],
        "facts": [_fact(fact) for fact in conflict.facts],
    }


def _root(root: RootRequirement) -> dict[str, JSON]:
    return {"requirement": root.text, "name": root.name, "origin": _origin(root.origin)}


def _origin(origin: Origin) -> dict[str, JSON]:
    return {"path": origin.path, "line": origin.line, "kind": origin.kind.value}


def _step(findings: Findings, conflict: Conflict, step: Step) -> dict[str, JSON]:
    from conflictlens.render.wording import step_text

    return {"text": step_text(findings, conflict, step), "facts": list(step.facts)}


def _fact(fact: Fact) -> dict[str, JSON]:
    """`requires` and `source` are null, and `versions` is empty, where there is nothing to say.

    `declared`: for some of the versions a build may say other requirements.
    """
    from conflictlens.render.wording import fact_requires

    match fact:
        case Needs():
            told: tuple[str, str | None] = ("needs", None)
        case Excluded():
            told = ("excluded", fact.reason.value)
        case Unmatched():
            told = ("unmatched", "no-match" if fact.found else "no-project")
    sources = () if isinstance(fact, Unmatched) else fact.sources
    return {
        "kind": told[0],
        "reason": told[1],
        "project": fact.project,
        "extra": fact.extra if isinstance(fact, Needs) else None,
        "versions": "" if isinstance(fact, Unmatched) else str(fact.versions),
        "requires": fact_requires(fact),
        "source": next(iter(sources), None),
        "nearest": _nearest(fact),
        "declared": isinstance(fact, Needs) and fact.declared is not None,
    }


def _nearest(fact: Fact) -> list[JSON]:
    return [str(version) for version in fact.nearest] if isinstance(fact, Unmatched) else []


def _similar(similar: Similar) -> dict[str, JSON]:
    return {
        "missing": similar.missing,
        "project": similar.project,
        "newest": str(similar.newest),
    }


def _fix(fix: Fix) -> dict[str, JSON]:
    return {
        "conflict": fix.conflict,
        "changes": [_change(change) for change in fix.changes],
        "only": fix.only,
        "verified": fix.verified,
        "requirements": list(fix.requirements),
        "constraints": list(fix.constraints),
        "resolution": _versions(fix.resolution),
        "assumes": [_assumption(one) for one in fix.assumes],
    }


def _dead_end(end: DeadEnd) -> dict[str, JSON]:
    return {
        "conflict": end.conflict,
        "requirement": end.root.text,
        "origin": _origin(end.root.origin),
    }


def _blocker(blocker: Blocker) -> dict[str, JSON]:
    """`changes` go with `first_release`; `needs` is what the newest release has against it."""
    first, newest = blocker.first_release, blocker.newest
    return {
        "requirement": blocker.root.text,
        "origin": _origin(blocker.root.origin),
        "first_release": None if first is None else str(first),
        "proved": blocker.proved,
        "changes": [_change(change) for change in blocker.changes],
        "can_stay": blocker.can_stay,
        "newest": None if newest is None else str(newest),
        "needs": blocker.needs,
    }


def _upstream_changes(findings: Findings) -> list[JSON]:
    from conflictlens.render.issue import issues

    return [
        _upstream(change, issue)
        for change, issue in zip(findings.upstream, issues(findings), strict=True)
    ]


def _upstream(change: UpstreamChange, issue: Issue) -> dict[str, JSON]:
    """`issue` is ready to be filed; its body is Markdown, as its tracker shows it."""
    return {
        "conflict": change.conflict,
        "project": change.project,
        "version": str(change.version),
        "requirement": change.requirement,
        "loosened": change.loosened,
        "allows": {change.target: str(change.allowed)},
        "verified": True,
        "resolution": _versions(change.resolution),
        "issue": {"title": issue.title, "body": issue.body},
    }


def _repair(repair: Repair) -> dict[str, JSON]:
    return {
        "changes": [_change(change) for change in repair.changes],
        "requirements": list(repair.requirements),
        "constraints": list(repair.constraints),
        "resolution": _versions(repair.resolution),
        "assumes": [_assumption(one) for one in repair.assumes],
    }


def _assumption(assumed: Assumption) -> dict[str, JSON]:
    """A release that needs what its source or another target's `wheel` declares, or nothing."""
    return {
        "project": assumed.project,
        "version": str(assumed.version),
        "metadata": "declared" if assumed.declared else "unknown",
        "wheel": assumed.wheel or None,
    }


def _change(change: Change) -> dict[str, JSON]:
    """`requirement` is null for an added line, whose origin is the file that it goes to."""
    return {
        "action": change.action.value,
        "requirement": None if change.action is ChangeAction.ADD else change.root.text,
        "replacement": change.replacement,
        "origin": _origin(change.root.origin),
    }


def _versions(resolution: Mapping[NormalizedName, str]) -> dict[str, JSON]:
    return {name: resolution[name] for name in sorted(resolution)}


def _stats(stats: Stats) -> dict[str, JSON]:
    first = stats.seconds_first_conflict
    return {
        "seconds": {
            "total": round(stats.seconds_total, 6),
            "first_conflict": None if first is None else round(first, 6),
        },
        "requests": stats.requests,
        "bytes": stats.bytes,
        "projects": stats.projects,
        "metadata": stats.metadata,
        "rounds": stats.rounds,
        "solves": stats.solves,
    }
