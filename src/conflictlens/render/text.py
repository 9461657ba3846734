"""An answer as text for a terminal: the user's own lines, the meeting point, its sides."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import assert_never

from conflictlens.explanation.records import Conflict, Findings, Outcome, Step
from conflictlens.render.blocking import blocker_rows, moved_texts, unrelated_text
from conflictlens.render.changes import change_lines, fix_lines, next_command, repair_lines
from conflictlens.render.escaping import visible
from conflictlens.render.issue import upstream_lines
from conflictlens.render.layout import Paint, cells, columns, wrapped
from conflictlens.render.phrases import where
from conflictlens.render.remarks import note_lines, stats_line
from conflictlens.render.sides import Side
from conflictlens.render.style import PLAIN, Style
from conflictlens.render.telling import Telling, side_words, telling
from conflictlens.render.verdict import headline
from conflictlens.render.wording import similar_texts, step_text

_STEPS = 8
"""How many steps that lead to the clash are shown, unless all are asked for."""


_KEPT = "\u00a0"
"""A blank at which no line is broken."""


def render_text(findings: Findings, style: Style = PLAIN) -> str:
    """The whole answer; it ends with a line break. Other people's text in it is harmless."""
    blocks = [_headline(findings, style)]
    for number, conflict in enumerate(findings.conflicts):
        blocks.extend(_conflict(findings, number, conflict, style))
    blocks.extend(_blockers(findings, style))
    blocks.append(repair_lines(findings, style.width))
    blocks.append(next_command(findings, style.width))
    if findings.outcome is Outcome.RESOLVED:
        blocks.append(_versions(findings, style))
    blocks.append(_small_print(findings, style))
    return "".join(f"{line}\n" for line in _spaced(blocks))


def render_opening(findings: Findings, style: Style = PLAIN) -> str:
    """How the answer begins: all that is before the first fix; empty where that can't be told.

    It stays so when fixes are added to `findings`, unless these turn up further conflicts.
    """
    if findings.supposition is not None or not findings.conflicts:
        return ""
    conflict = findings.conflicts[0]
    blocks = [_headline(findings, style), *_without_fixes(findings, 0, conflict, style)]
    return "".join(f"{line}\n" for line in _spaced(blocks))


def _spaced(blocks: Iterable[Sequence[str]]) -> Iterator[str]:
    """The lines of all blocks with an empty line between two blocks."""
    filled = [block for block in blocks if block]
    yield from chain.from_iterable(
        ["", *block] if place else block for place, block in enumerate(filled)
    )


def _headline(findings: Findings, style: Style) -> list[str]:
    told = headline(findings)
    match findings.outcome:
        case Outcome.RESOLVED:
            paint = Paint(style.colour).good
        case Outcome.CONFLICT:
            paint = Paint(style.colour).bad
        case Outcome.UNDECIDED:
            paint = Paint(style.colour).strong
        case _:
            assert_never(findings.outcome)
    mark, whole = told.mark, visible(str(told))
    lines = [whole]
    if cells(whole) > style.width:
        lines = wrapped(visible(f"{mark} {told.sentence}"), style.width, hanging=2)
        lines += wrapped(visible(f"({told.where})"), style.width, indent=2)
    return [paint(mark) + lines[0][len(mark) :], *lines[1:]]


def _conflict(
    findings: Findings, number: int, conflict: Conflict, style: Style
) -> Iterator[list[str]]:
    yield from _without_fixes(findings, number, conflict, style)
    if findings.supposition is None or findings.repair is None or style.verbose:
        yield fix_lines(findings, number, style.width, verbose=style.verbose)
    if findings.supposition is None:
        yield upstream_lines(findings, [number], style.width)


def _without_fixes(
    findings: Findings, number: int, conflict: Conflict, style: Style
) -> Iterator[list[str]]:
    if len(findings.conflicts) > 1:
        yield [Paint(style.colour).strong(f"Conflict {number + 1} of {len(findings.conflicts)}")]
    yield _core(findings, conflict, style)
    *story, end = _story(findings, conflict, style)
    yield from story
    yield end + _sentences(similar_texts(findings, conflict), style, 2)
    yield _doubts(conflict, style)


def _core(findings: Findings, conflict: Conflict, style: Style) -> list[str]:
    """The user's lines; file and line come first where there are any."""
    core = conflict.core
    kinds = [" (constraint)" if root.is_constraint else "" for root in core]
    texts = [visible(root.text) + kind for root, kind in zip(core, kinds, strict=True)]
    if not any(where(findings.target, root) for root in core):
        return [line for text in texts for line in wrapped(text, style.width, 2, 6)]
    places = [visible(where(findings.target, root) or "argument") for root in core]
    return list(columns(list(zip(places, texts, strict=True)), style.width, 2))


def _story(findings: Findings, conflict: Conflict, style: Style) -> Iterator[list[str]]:
    """The way to the clash and the sides that meet there, or one thing after the other."""
    told = telling(conflict)

    def sentences(steps: Iterable[Step]) -> list[str]:
        return [step_text(findings, conflict, step) for step in steps]

    if told.before:
        yield _sentences(_shortened(sentences(told.before), style), style, 2)
    if told.heading or not told.before:
        after = _sentences(sentences(told.after), style, 4)
        yield _heading(told, style) + _sides(conflict, told.sides, style) + after


def _shortened(texts: list[str], style: Style) -> list[str]:
    """Of many steps the first and the last ones."""
    if len(texts) <= _STEPS or style.verbose:
        return texts
    half = _STEPS // 2
    left_out = len(texts) - 2 * half
    return [*texts[:half], f"… {left_out} more steps (-v shows them)", *texts[-half:]]


def _sentences(texts: Iterable[str], style: Style, indent: int) -> list[str]:
    return [
        line for text in texts for line in wrapped(visible(text), style.width, indent, indent + 4)
    ]


def _heading(told: Telling, style: Style) -> list[str]:
    if told.over is None:
        return _sentences([told.heading] if told.heading else [], style, 2)
    return [f"  {told.heading} {Paint(style.colour).strong(visible(told.over))}:"]


def _sides(conflict: Conflict, sides: Sequence[Side], style: Style) -> list[str]:
    """Aligned so that the eye compares what they ask for."""
    rows = [tuple(map(visible, side_words(conflict, side))) for side in sides]
    return list(columns(rows, style.width, 4)) if rows else []


def _doubts(conflict: Conflict, style: Style) -> list[str]:
    if conflict.minimal:
        return []
    because = f": {conflict.interrupted}" if conflict.interrupted else ""
    text = f"It is not proved that all of these lines are needed for the conflict{because}"
    return wrapped(visible(text), style.width, 2)


def _blockers(findings: Findings, style: Style) -> Iterator[list[str]]:
    """Who is in the way of what was wanted, or what it changes."""
    rows = blocker_rows(findings)
    if rows:
        lines = [line for at, text in rows for line in wrapped(f"{at}  {text}", style.width, 4, 8)]
        yield ["  What blocks it:", *lines]
        unrelated = unrelated_text(findings)
        yield _sentences([unrelated] if unrelated else [], style, 2)
        yield upstream_lines(findings, range(len(findings.conflicts)), style.width)
    supposition = findings.supposition
    if supposition is not None and findings.outcome is Outcome.RESOLVED:
        yield change_lines(supposition.replaced, style.width)
        yield _sentences(moved_texts(findings, supposition), style, 2)


def _versions(findings: Findings, style: Style) -> list[str]:
    """What would be installed: the user's own projects, or all."""
    resolution = findings.resolution or {}
    own = {root.name for root in findings.roots if not root.is_constraint}
    if style.verbose:
        rows = [(visible(name), str(version)) for name, version in resolution.items()]
        return list(columns(rows, style.width, 2))
    shown = [
        f"{visible(name)}{_KEPT}{version}" for name, version in resolution.items() if name in own
    ]
    others = len(resolution) - len(shown)
    more = f" and {others} more (-v lists them)" if others else ""
    lines = wrapped(", ".join(shown) + more, style.width, 2)
    return [line.replace(_KEPT, " ") for line in lines]


def _small_print(findings: Findings, style: Style) -> list[str]:
    lines = [
        line
        for text in note_lines(findings, verbose=style.verbose)
        for line in wrapped(visible(text), style.width, 2, 8)
    ]
    if style.verbose:
        lines.extend(wrapped(stats_line(findings.stats), style.width, 2))
    return [Paint(style.colour).faint(line) for line in lines]
