"""What is said after the answer: notes, and with ``-v`` the work that was done."""

from __future__ import annotations

from collections.abc import Iterator

from conflictlens.explanation.records import Findings, Stats
from conflictlens.problem.notes import Note, NoteKind
from conflictlens.render.phrases import number

_NOTES = 4
"""How many notes are shown, unless all are asked for."""


def all_notes(findings: Findings) -> tuple[Note, ...]:
    """The notes of the findings, and one for each conflict that is not proved minimal."""
    return (*findings.notes, *_interrupted(findings))


def _interrupted(findings: Findings) -> Iterator[Note]:
    for place, conflict in enumerate(findings.conflicts):
        if not conflict.minimal:
            reason = conflict.interrupted or "the search was cut short"
            yield Note(NoteKind.BUDGET, f"conflict {place + 1} is not proved minimal: {reason}")


def note_lines(findings: Findings, *, verbose: bool) -> list[str]:
    """Lines ``note: …``; in short, those of other targets are counted and some left out."""
    told = [note for note in findings.notes if note.text != findings.undecided]
    if verbose:
        return [f"note: {note.text}" for note in told]
    others = [note for note in told if note.kind is NoteKind.NOT_FOR_TARGET]
    lines = [f"note: {note.text}" for note in told if note.kind is not NoteKind.NOT_FOR_TARGET]
    if others:
        does = "does" if len(others) == 1 else "do"
        lines.append(f"note: {number(len(others), 'line')} {does} not apply to this target")
    if len(lines) > _NOTES:
        lines[_NOTES - 1 :] = [f"{number(len(lines) - _NOTES + 1, 'more note')} (-v)"]
    return lines


def stats_line(stats: Stats) -> str:
    """``1.24 s, 3 requests, …``."""
    return (
        f"{stats.seconds_total:.2f} s, {number(stats.requests, 'request')}, "
        f"{number(stats.bytes, 'byte')}, {number(stats.projects, 'project')}, "
        f"{number(stats.metadata, 'metadata file')}, {number(stats.solves, 'solve')}"
    )
