"""What keeps a wanted requirement out, and what it takes to let it in, as sentences and rows."""

from __future__ import annotations

from collections.abc import Iterator

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
from conflictlens.render.phrases import listed, number, place
from conflictlens.requirements.records import RootRequirement


def verdict_sentence(findings: Findings, supposition: Supposition) -> str:
    """The sentence of a headline, for a conflict or a resolution."""
    wish = " and ".join(supposition.wanted)
    if findings.outcome is Outcome.RESOLVED:
        return f"Nothing blocks {wish}"
    lines = len({blocker.root for blocker in findings.blockers})
    if lines:
        return f"{wish} is blocked by {number(lines, 'line')}"
    if any(set(conflict.core) <= set(supposition.kept) for conflict in findings.conflicts):
        return f"{wish} can't be installed, whatever else is required"
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
        together = f", together with {listed([_edit(one) for one in others])}" if others else ""
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


def _edit(change: Change) -> str:
    """``req.txt:4 a==1  →  a==2``."""
    where = place(change.root)
    return f"{where} {change_text(change)}" if where else change_text(change)


def moved_texts(supposition: Supposition) -> Iterator[str]:
    """What is installed otherwise than without the wish; nothing where that is not known."""
    if supposition.moved is None:
        return
    wanted = {root.name for root in supposition.kept if isinstance(root, RootRequirement)}
    own = [visible(_move(one)) for one in supposition.moved if one.project in wanted]
    others = [visible(_move(one)) for one in supposition.moved if one.project not in wanted]
    yield from own
    yield f"What else changes: {', '.join(others)}" if others else "Nothing else changes"


def _move(moved: Moved) -> str:
    if moved.before is None:
        return f"{moved.project} {moved.after} is new"
    if moved.after is None:
        return f"{moved.project} {moved.before} is gone"
    return f"{moved.project} {moved.before}  →  {moved.after}"
