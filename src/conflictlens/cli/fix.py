"""``conflictlens fix``."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence

import msgspec
from msgspec.structs import replace

from conflictlens.answer import EXIT_CODES
from conflictlens.cli.asking import Asked, asked, other_python, requirements_of
from conflictlens.cli.output import in_colour, say, warn, write_answer, write_bytes
from conflictlens.cli.progress import Progress, line_on
from conflictlens.edits.checking import after_changes, check
from conflictlens.edits.choosing import ChoiceError, Versions, chosen, witness
from conflictlens.edits.diff import patch, unified
from conflictlens.edits.planning import edited_contents, planned
from conflictlens.edits.records import FileEdit
from conflictlens.edits.writing import write_all
from conflictlens.errors import ConflictlensError, InputError
from conflictlens.explanation.records import Change, Findings, Outcome
from conflictlens.index.records import Index
from conflictlens.pipeline import find
from conflictlens.problem.notes import NoteKind
from conflictlens.question import Question
from conflictlens.render.changes import change_text, installed
from conflictlens.render.escaping import visible
from conflictlens.render.layout import Paint
from conflictlens.render.phrases import number, place
from conflictlens.render.verdict import headline
from conflictlens.requirements.records import RequirementSet
from conflictlens.requirements.workspace import STDIN, Workspace


class NothingToWrite(InputError):
    """``--write`` where what has to be changed stands in no file."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"{what} can't be written; leave --write out to have the changed list printed"
        )


class NotProved(ConflictlensError):
    """Time or index gave out before it was known whether chosen fixes work together."""

    exit_code = 3

    def __init__(self, reason: str | None) -> None:
        super().__init__(f"it is not known whether the chosen fixes work together: {reason}")


class _Mended(msgspec.Struct, frozen=True):
    """Changes as edits; the requirements that they leave, and the versions that these install.

    Without changes there are no edits, and `requirements` are those that were asked about.
    """

    changes: tuple[Change, ...]
    edits: tuple[FileEdit, ...]
    requirements: RequirementSet
    resolution: Versions


def fix(arguments: argparse.Namespace) -> int:
    _refuse_stdin(arguments)
    question = asked(arguments)
    if arguments.write and not question.contents:
        raise NothingToWrite("what does not stand in a file")
    _tell(arguments, (*question.question.requirements.notes, *other_python(question.question)))
    line = line_on(sys.stderr, arguments.quiet)
    with question.index() as index, Progress(index.stats, line) as progress:
        findings = find(question.question, index, question.budget, progress)
        mended = _mended(arguments, question, findings, index)
    kinds = (NoteKind.UNKNOWN_METADATA, NoteKind.UNCHECKED_REFERENCE)
    told = (note for note in findings.notes if note.text != findings.undecided)
    unknown = (note.text for note in told if note.kind in kinds)
    _tell(arguments, (*index.stats.notes, *unknown))
    if not arguments.quiet:
        say(str(headline(findings)))
    return _finish(arguments, question, findings, mended)


def _refuse_stdin(arguments: argparse.Namespace) -> None:
    """Before standard input is waited for."""
    named = (*arguments.requirements, *arguments.requirement, *arguments.constraint)
    if arguments.write and "-" in named:
        raise NothingToWrite("standard input")


def _tell(arguments: argparse.Namespace, warnings: Sequence[str]) -> None:
    if not arguments.quiet:
        warn(warnings)


def _mended(
    arguments: argparse.Namespace, question: Asked, findings: Findings, index: Index
) -> _Mended:
    changes = chosen(findings, arguments.choose)
    before = question.question.requirements
    if not changes:
        return _Mended((), (), before, {})
    if arguments.write and any(change.root.origin.path is None for change in changes):
        raise NothingToWrite("a requirement that is given as an argument")
    after = after_changes(before, changes)
    resolution = witness(findings, after)
    if resolution is None:
        resolution = _solved(replace(question.question, requirements=after), question, index)
    return _Mended(changes, _edits(arguments, question, changes), after, resolution)


def _solved(changed: Question, question: Asked, index: Index) -> Versions:
    findings = find(changed, index, question.budget)
    match findings.outcome:
        case Outcome.RESOLVED:
            return findings.resolution or {}
        case Outcome.CONFLICT:
            raise ChoiceError("the chosen fixes do not work together; choose others")
        case Outcome.UNDECIDED if findings.partial is not None:
            return findings.partial
        case Outcome.UNDECIDED:
            raise NotProved(findings.undecided)


def _edits(
    arguments: argparse.Namespace, question: Asked, changes: Sequence[Change]
) -> tuple[FileEdit, ...]:
    """Edits of which it is checked that the files, read again, say what the changes say."""
    workspace = Workspace(os.getcwd(), os.environ, contents=question.contents)
    edits = planned(changes, workspace)
    if edits:
        in_files = [change for change in changes if change.root.origin.path is not None]
        contents = edited_contents(edits, workspace)
        read_again = requirements_of(arguments, question.snapshot, contents)
        check(after_changes(question.question.requirements, in_files), read_again)
    return edits


def _finish(
    arguments: argparse.Namespace, question: Asked, findings: Findings, mended: _Mended
) -> int:
    match findings.outcome:
        case Outcome.RESOLVED:
            _print(arguments, question, mended)
            _say(arguments, "nothing has to be changed")
            return 0
        case Outcome.CONFLICT if mended.changes:
            return _apply(arguments, question, mended)
        case Outcome.CONFLICT:
            _say(arguments, "no fix is known; `conflictlens explain` says why they conflict")
    return EXIT_CODES[findings.outcome]


def _apply(arguments: argparse.Namespace, question: Asked, mended: _Mended) -> int:
    _say(arguments, *(_told(change, mended.resolution) for change in mended.changes))
    _tell(arguments, tuple(_hash_warnings(mended.changes)))
    _print(arguments, question, mended)
    if arguments.write:
        write_all(mended.edits)
        names = ", ".join(edit.path for edit in mended.edits)
        _say(arguments, f"{number(len(mended.edits), 'file')} written: {names}")
    elif any(edit.path != STDIN for edit in mended.edits):
        _say(arguments, "nothing was written; --write applies it")
    return 0


def _say(arguments: argparse.Namespace, *lines: str) -> None:
    if not arguments.quiet:
        say(*lines)


def _told(change: Change, resolution: Versions) -> str:
    """``requirements.txt:3: pydantic>=2  →  pydantic<2, installs pydantic 1.10.12``."""
    told = installed(change, resolution)
    text = f"{place(change.root) or 'argument'}: {change_text(change)}"
    return f"{text}, {told}" if told else text


def _hash_warnings(changes: Sequence[Change]) -> Iterator[str]:
    for change in changes:
        if change.root.hashes and change.replacement is not None:
            yield (
                f"{change.root.origin}: the hashes of {change.root.name} were those of other "
                "files and are removed; they must be renewed"
            )


def _print(arguments: argparse.Namespace, question: Asked, mended: _Mended) -> None:
    """The text of standard input if that was read, else diffs, else the arguments."""
    edited = {edit.path: edit for edit in mended.edits}
    if STDIN in question.contents:
        _print_stdin(question, edited.pop(STDIN, None))
        say(*(line for edit in edited.values() for line in unified(edit).splitlines()))
    elif mended.edits:
        _print_diffs(arguments, mended.edits)
    else:
        roots = mended.requirements.roots
        write_answer(_listed(r.text for r in roots if r.origin.path is None), "text", None)


def _print_stdin(question: Asked, edit: FileEdit | None) -> None:
    content = edit.after if edit else question.contents[STDIN]
    match content:
        case bytes():
            write_bytes(content)
        case str():
            write_answer(content, "text", None)


def _print_diffs(arguments: argparse.Namespace, edits: Sequence[FileEdit]) -> None:
    """For a reader with colours and harmless, for another program byte by byte."""
    if not (sys.stdout.isatty() or arguments.color == "always"):
        write_bytes(b"".join(map(patch, edits)))
        return
    paint = Paint(in_colour(arguments.color, sys.stdout))
    lines = (line for edit in edits for line in unified(edit).split("\n")[:-1])
    write_answer(_listed(_painted(line.removesuffix("\r"), paint) for line in lines), "text", None)


def _painted(line: str, paint: Paint) -> str:
    shown = visible(line.expandtabs())
    if line.startswith(("+++ ", "--- ")):
        return paint.strong(shown)
    match line[:1]:
        case "+":
            return paint.good(shown)
        case "-":
            return paint.bad(shown)
        case "@":
            return paint.faint(shown)
        case _:
            return shown


def _listed(lines: Iterator[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
