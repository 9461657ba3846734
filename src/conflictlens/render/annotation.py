"""What a conflict says beside a line of a file: plain text for tools that review changes."""

from __future__ import annotations

from collections.abc import Iterator

from conflictlens.explanation.records import Conflict, Findings
from conflictlens.render.changes import change_place, change_text, fixes_of
from conflictlens.render.escaping import visible
from conflictlens.render.wording import step_text, summary
from conflictlens.requirements.records import Origin, RootRequirement
from conflictlens.requirements.workspace import STDIN


def annotation(findings: Findings, number: int) -> str:
    """The summary of a conflict, its steps, and its first fix that was tried."""
    conflict = findings.conflicts[number]
    told = summary(findings, conflict)
    # Of a single fact the summary is all that there is to say.
    steps = [step for step in _steps(findings, conflict) if not told.endswith(f": {step}")]
    lines = [told, *steps, *_fix(findings, number)]
    return "\n".join(map(visible, lines))


def _steps(findings: Findings, conflict: Conflict) -> Iterator[str]:
    yield from (step_text(findings, conflict, step) for step in conflict.steps)
    if not conflict.minimal:
        yield f"not proved minimal: {conflict.interrupted or 'the search was cut short'}"


def _fix(findings: Findings, number: int) -> Iterator[str]:
    for fix in fixes_of(findings, number)[:1]:
        changes = (f"{change_place(one)} {change_text(one)}".strip() for one in fix.changes)
        yield f"tried and works: {'; '.join(changes)}"


def filed(conflict: Conflict) -> list[RootRequirement]:
    """The lines of a conflict that stand in a file, which a review can show."""
    return [root for root in conflict.lines if in_file(root.origin)]


def in_file(origin: Origin) -> bool:
    return origin.path not in (None, STDIN) and origin.line is not None
