"""``conflictlens diagnose``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from msgspec.structs import replace

from conflictlens.cli.confirming import confirmed
from conflictlens.cli.output import in_colour, say, width, write_answer
from conflictlens.diagnosis.choosing import diagnose as said_by
from conflictlens.diagnosis.records import About, Diagnosis, Layer, LogOutcome
from conflictlens.errors import ConflictlensError, IndexFailure, InputError
from conflictlens.render.diagnosis import render_diagnosis, render_diagnosis_json

_EXIT_CODES = {LogOutcome.SUCCESS: 0, LogOutcome.FAILURE: 1, LogOutcome.UNKNOWN: 3}


class LogUnreadable(InputError):
    """A log that can't be opened or read."""

    def __init__(self, path: str, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(f"{path}: {reason}")


def diagnose(arguments: argparse.Namespace) -> int:
    with _opened(arguments.log) as log:
        diagnosis = said_by(log)
    tell(diagnosis, "log" if arguments.log == "-" else arguments.log, arguments)
    return _EXIT_CODES[diagnosis.outcome]


def tell(diagnosis: Diagnosis, name: str, arguments: argparse.Namespace) -> None:
    """Writes it where the options of output say, and goes on into `explain` for a conflict.

    `name` is what the log is called. `arguments` may hold requirements, which then count instead
    of those of the log.
    """
    diagnosis = confirmed(diagnosis, arguments)
    if arguments.format == "json":
        write_answer(render_diagnosis_json(diagnosis), "json", arguments.output)
        return
    goes_on = _goes_on(diagnosis, arguments)
    told = _without_explain(diagnosis) if goes_on else diagnosis
    write_answer(_text(told, name, arguments), "text", arguments.output)
    if goes_on:
        _explain(diagnosis, arguments)


def _without_explain(diagnosis: Diagnosis) -> Diagnosis:
    """Without the advice to do what follows anyway."""
    others = [one for one in diagnosis.remedies if one.about is not About.EXPLAIN]
    first = [replace(one, text=one.text.removeprefix("or ")) for one in others[:1]]
    return replace(diagnosis, remedies=(*first, *others[1:]))


@contextmanager
def _opened(path: str) -> Iterator[IO[bytes]]:
    name = "standard input" if path == "-" else path
    try:
        if path == "-":
            yield sys.stdin.buffer
        else:
            with open(path, "rb") as log:
                yield log
    except OSError as error:
        raise LogUnreadable(name, f"can't be read: {error.strerror}") from error


def _text(diagnosis: Diagnosis, name: str, arguments: argparse.Namespace) -> str:
    if arguments.output is not None:
        return render_diagnosis(diagnosis, name, colour=arguments.color == "always")
    return render_diagnosis(
        diagnosis, name, width(sys.stdout), in_colour(arguments.color, sys.stdout)
    )


def _goes_on(diagnosis: Diagnosis, arguments: argparse.Namespace) -> bool:
    """Whether there is a conflict to explain: a single requirement may well be one."""
    conflict = diagnosis.layer is Layer.DEPENDENCY_CONFLICT
    named = diagnosis.requirements or _given(arguments)
    told = bool(named) and arguments.output is None
    return conflict and told and not arguments.no_explain


def _given(arguments: argparse.Namespace) -> bool:
    return bool(arguments.requirements or arguments.requirement)


def _explain(diagnosis: Diagnosis, arguments: argparse.Namespace) -> None:
    """Appends what `explain` says; what keeps it from an answer does not undo the diagnosis."""
    from conflictlens.cli.explain import explain

    if not _given(arguments):
        arguments.requirements = list(diagnosis.requirements)
    # Another Python sees other versions, of which the log does not speak.
    arguments.python = arguments.python or diagnosis.python
    write_answer("\n", "text", None)
    try:
        explain(arguments)
    except (IndexFailure, InputError) as error:
        _told(error)


def _told(error: ConflictlensError) -> None:
    say(f"warning: the requirements that the log names could not be explained: {error}")
