"""``conflictlens run``: a command that installs, and if it fails, why."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout

from msgspec.structs import replace

from conflictlens.cli.diagnose import tell
from conflictlens.cli.installer import installer, version_of
from conflictlens.cli.output import say
from conflictlens.cli.passing import Passed, passed_on
from conflictlens.diagnosis.choosing import diagnose
from conflictlens.diagnosis.records import Diagnosis, Layer, LogOutcome, Remedy
from conflictlens.errors import InputError

NOT_FOUND = 127
NOT_RUN = 126
"""As env, timeout, nohup and shells have it. The 2 of wrong input would be taken for an exit code
of the command, which pip for one ends with, too."""

_SILENT = Remedy("the command printed nothing: ask it for more, with -v for example")


def run(arguments: argparse.Namespace) -> int:
    command = arguments.wrapped[1:] if arguments.wrapped[:1] == ["--"] else arguments.wrapped
    if not command:
        raise InputError("no command was given; try: conflictlens run -- pip install numpy")
    try:
        passed = passed_on(command)
    except OSError as error:
        missing = isinstance(error, FileNotFoundError)
        reason = "there is no such command" if missing else f"can't be run: {error.strerror}"
        say(f"error: {command[0]}: {reason}")
        return NOT_FOUND if missing else NOT_RUN
    if passed.code != 0 and not passed.interrupted:
        _speak(command, passed, arguments)
    return passed.code


def _speak(command: Sequence[str], passed: Passed, arguments: argparse.Namespace) -> None:
    """On standard error, which is where a command tells what went wrong."""
    diagnosis = _diagnosis(passed)
    _take_from(command, diagnosis, arguments)
    sys.stdout.flush()
    with redirect_stdout(sys.stderr):
        if arguments.output is None and arguments.format == "text":
            print()
        tell(diagnosis, "output", arguments)


def _diagnosis(passed: Passed) -> Diagnosis:
    with passed.log as log:
        found = diagnose(log)
    if found.outcome is LogOutcome.SUCCESS:
        # It told of no failure, and yet failed.
        return replace(found, outcome=LogOutcome.UNKNOWN, layer=Layer.UNKNOWN)
    if found.empty:
        return replace(found, remedies=(_SILENT,))
    return found if found.line is None else replace(found, line=found.line + passed.dropped)


def _take_from(command: Sequence[str], diagnosis: Diagnosis, arguments: argparse.Namespace) -> None:
    """What a conflict is explained from: what was asked for is known better than the log tells."""
    if diagnosis.layer is not Layer.DEPENDENCY_CONFLICT:
        return
    found = installer(command)
    if found is None:
        return
    asked = found.arguments
    for name in ("requirements", "requirement", "constraint", "extra", "group"):
        setattr(arguments, name, getattr(asked, name))
    for name in ("index_url", "extra_index_url", "find_links", "no_index", "pre", "formats"):
        setattr(arguments, name, getattr(arguments, name) or getattr(asked, name))
    arguments.exclude_newer = arguments.exclude_newer or asked.exclude_newer
    if arguments.python is None:
        known = asked.python or (found.interpreter and version_of(found.interpreter))
        arguments.python = known or None
