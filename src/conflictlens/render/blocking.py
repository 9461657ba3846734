"""What keeps a wanted requirement out, and what it takes to let it in, as sentences and rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from conflictlens.explanation.records import (
    Blocker,
    Change,
    Findings,
    Moved,
    Outcome,
    Supposition,
)
from conflictlens.render.changes import change_text
from conflictlens.render.escaping import visible
from conflictlens.render.phrases import blames_python, listed, number, place, python
from conflictlens.requirements.records import RootRequirement

_EDITS = 2
"""How many changes of other lines are written out beside a blocker."""


def verdict_sentence(findings: Findings, supposition: Supposition) -> str:
    """The sentence of a headline, for a conflict or a resolution."""
    wish = " and ".join(supposition.wanted)
    if findings.outcome is Outcome.RESOLVED:
        return f"Nothing blocks {wish}"
    lines = len({blocker.root for blocker in findings.blockers})
    if lines:
        return f"{wish} is blocked by {number(lines, 'line')}"
    if any(set(conflict.lines) <= set(supposition.kept) for conflict in findings.conflicts):
        on = f" with {python(findings.target)}" if blames_python(findings) else ""
        return f"{wish} can't be installed{on}, whatever else is required"
    return f"What is required can't be installed, and not because of {wish}"


def blocker_rows(findings: Findings) -> list[tuple[str, str]]:
    """Where each line that blocks is written, and a sentence about its project's releases."""
    return [
        (visible(place(blocker.root) or "argument"), visible(_blocker(blocker)))
        for blocker in findings.blockers
    ]


def _blocker(blocker: Blocker) -> str:
    name, text = blocker.root.name, blocker.root.text
    if blocker.first_release is not None:
        own, *others = blocker.changes
        together = f", together with {_together(others)}" if others else ""
        first = f"{name} {blocker.first_release}"
        return f"{text}: {first} is the first release that allows it ({change_text(own)}){together}"
    if not blocker.proved:
        because = f": {blocker.interrupted}" if blocker.interrupted else ""
        return f"{text}: the first release that allows it was not found{because}"
    if blocker.can_stay:
        return f"{text}: can stay if another line changes; no newer release alone allows it"
    return f"{text}: no newer release allows it{_newest(blocker)}"


def _newest(blocker: Blocker) -> str:
    """`` (newest: a 2.9)`` or `` (a 2.9 needs b<2)``."""
    if blocker.newest is None:
        return ""
    newest = f"{blocker.root.name} {blocker.newest}"
    return f" ({newest} needs {blocker.needs})" if blocker.needs else f" (newest: {newest})"


def _together(changes: Sequence[Change]) -> str:
    if len(changes) > _EDITS:
        return f"changes of {number(len(changes), 'other line')}"
    return listed([_edit(change) for change in changes])


def _edit(change: Change) -> str:
    """``req.txt:4 a==1  →  a==2``."""
    where = place(change.root)
    return f"{where} {change_text(change)}" if where else change_text(change)


def unrelated_text(findings: Findings) -> str | None:
    """Which conflicts are there without the wish as well; None where all are about it."""
    if findings.supposition is None or not findings.blockers:
        return None
    kept = {(root.origin, root.text) for root in findings.supposition.kept}
    others = sum(
        kept.isdisjoint((root.origin, root.text) for root in conflict.lines)
        for conflict in findings.conflicts
    )
    wish = " and ".join(findings.supposition.wanted)
    verb = "is" if others == 1 else "are"
    return f"{number(others, 'conflict')} {verb} there without {wish} as well" if others else None


def moved_texts(findings: Findings, supposition: Supposition) -> Iterator[str]:
    """What is installed for the wish, and what else is installed otherwise than without it."""
    wanted = {root.name for root in supposition.kept if isinstance(root, RootRequirement)}
    before = {one.project: one.before for one in supposition.moved or ()}
    for name in sorted(wanted & set(findings.resolution or {})):
        old = f" instead of {before[name]}" if before.get(name) else ""
        yield visible(f"{name} {(findings.resolution or {})[name]} would be installed{old}")
    if supposition.moved is not None:
        others = [_move(one) for one in supposition.moved if one.project not in wanted]
        yield visible(f"What else changes: {', '.join(others)}" if others else _NOTHING_ELSE)


_NOTHING_ELSE = "Nothing else changes"


def _move(moved: Moved) -> str:
    if moved.before is None:
        return f"{moved.project} {moved.after} is new"
    if moved.after is None:
        return f"{moved.project} {moved.before} is gone"
    return f"{moved.project} {moved.before}  →  {moved.after}"
