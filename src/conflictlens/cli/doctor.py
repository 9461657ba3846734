"""``conflictlens doctor``."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from msgspec.structs import replace

from conflictlens.cli.asking import Asked, asked, options_of
from conflictlens.cli.output import (
    OutputError,
    chosen_format,
    in_colour,
    warn,
    width,
    write_answer,
)
from conflictlens.cli.progress import Line, Progress, line_on
from conflictlens.doctor.examination import (
    Machine,
    Subject,
    requirement_checks,
    unasked,
    without_requirements,
)
from conflictlens.doctor.inside import Inside
from conflictlens.doctor.interpreter import (
    Answer,
    Broken,
    Found,
    Interpreters,
    NotFound,
    Silent,
    find,
)
from conflictlens.doctor.machine import is_privileged, place
from conflictlens.doctor.network import SECONDS
from conflictlens.doctor.programs import Programs
from conflictlens.doctor.records import Check, Examination, State, Status, in_order
from conflictlens.doctor.toolchain import Demands
from conflictlens.explanation.records import Findings
from conflictlens.index.configuration import configured_sources
from conflictlens.index.pip_config import read_pip_settings
from conflictlens.index.records import IndexStats
from conflictlens.pipeline import find as find_answer
from conflictlens.render.doctor import render_doctor, render_doctor_json, render_doctor_markdown
from conflictlens.render.doctor_words import NAMES
from conflictlens.target import Target, target_for, target_of

_EXIT_CODES = {Status.PASS: 0, Status.WARN: 0, Status.FAIL: 1, Status.UNKNOWN: 3}


def doctor(arguments: argparse.Namespace) -> int:
    """Look at the machine, and at the requirements where there are some."""
    form = _format(arguments)
    programs = Programs(os.environ)
    try:
        interpreters = Interpreters(programs)
        found = find(arguments.python, os.environ, interpreters)
        question = _asked(arguments, found)
        examination = _examined(arguments, found, question, interpreters)
    finally:
        programs.stop()
    _write(examination, form, arguments)
    return _EXIT_CODES[examination.outcome]


def _asked(arguments: argparse.Namespace, found: Found) -> Asked | None:
    """The question about the requirements for the Python that is examined; None without any."""
    given = (arguments.requirements, arguments.requirement, arguments.constraint)
    chosen = (arguments.extra, arguments.group, arguments.index_snapshot)
    if not any((*given, *chosen)):
        return None
    heeding = argparse.Namespace(**{**vars(arguments), "constraint": _constraints(arguments)})
    return asked(heeding, target=_target(found))


def _constraints(arguments: argparse.Namespace) -> list[str]:
    """Those that are given, and those that pip is configured with: an install heeds both."""
    if arguments.index_snapshot is not None:
        return list(arguments.constraint)
    return [*arguments.constraint, *read_pip_settings(os.environ).constraints]


def _target(found: Found) -> Target:
    match found:
        case Answer(_, inside):
            return target_of(inside.markers, free_threaded=inside.free_threaded, soabi=inside.soabi)
        case NotFound(version):
            return target_for(version)
        case _:
            return target_for()


def _examined(
    arguments: argparse.Namespace,
    found: Found,
    question: Asked | None,
    interpreters: Interpreters,
) -> Examination:
    options = options_of(arguments, question)
    sources = configured_sources(options, os.environ)
    subject = Subject(
        found,
        sources,
        os.environ,
        date.today(),
        _silenced(arguments),
        seconds=min(SECONDS, arguments.timeout),
    )
    machine = Machine(subject, interpreters)
    machine.begin()
    with _Looking(machine, line_on(sys.stderr, arguments.quiet)) as progress:
        answer, checks, demanded = _requirements(question, found, progress, arguments)
        checks = in_order((*machine.checks(demanded), *checks))
    return Examination(
        checks,
        place(),
        python=_command(found),
        chosen="" if isinstance(found, NotFound) else found.candidate.chosen.value,
        install=_install(arguments),
        explain=_explain(arguments),
        privileged=is_privileged(),
        findings=answer,
    )


def _silenced(arguments: argparse.Namespace) -> State | None:
    if arguments.index_snapshot is not None:
        return State.FROM_SNAPSHOT
    return State.OFFLINE if arguments.offline else None


def _requirements(
    question: Asked | None, found: Found, progress: _Looking, arguments: argparse.Namespace
) -> tuple[Findings | None, tuple[Check, ...], Demands]:
    if question is None:
        return None, *without_requirements()
    if isinstance(found, Broken | Silent):
        return None, *unasked()
    about = replace(question.question, mend=False)
    with question.index() as index, progress.reading(index.stats):
        findings = find_answer(about, index, question.budget, progress)
        checks, demanded = requirement_checks(about, findings, index)
    if not arguments.quiet:
        warn(index.stats.notes)
    return findings, checks, demanded


class _Looking(Progress):
    """Says what is still looked at, and what is read for the requirements."""

    def __init__(self, machine: Machine, line: Line | None) -> None:
        super().__init__(IndexStats(), line)
        self._machine = machine
        self._reads = False

    @contextmanager
    def reading(self, stats: IndexStats) -> Iterator[None]:
        self._stats, self._reads = stats, True
        yield
        self._reads = False

    def text(self) -> str:
        if self._reads:
            return super().text()
        waiting = ", ".join(NAMES[check] for check in self._machine.waiting())
        return f"looking at: {waiting}"


def _command(found: Found) -> str:
    """How the examined Python is started from here."""
    if isinstance(found, Answer):
        return _near(found.inside)
    return "python3" if isinstance(found, NotFound) else found.candidate.executable


def _near(inside: Inside) -> str:
    """The path as one would type it: relative where it is below the current folder."""
    path, here = inside.executable, os.getcwd()
    return os.path.relpath(path, here) if path.startswith(os.path.join(here, "")) else path


def _install(arguments: argparse.Namespace) -> str:
    """The arguments of ``pip install`` for what was given."""
    files = [*arguments.requirements, *arguments.requirement]
    words = [word for file in files for word in _for_pip(file)]
    words += [word for file in arguments.constraint for word in ("-c", file)]
    return shlex.join(["install", *words]) if words else "install PACKAGE"


def _for_pip(given: str) -> tuple[str, ...]:
    if os.path.basename(given) == "pyproject.toml":
        return (os.path.dirname(given) or ".",)
    if given == "-":
        return ("-r", "/dev/stdin")
    return ("-r", given) if os.path.isfile(given) else (given,)


def _explain(arguments: argparse.Namespace) -> str:
    words = list(arguments.requirements)
    words += [word for file in arguments.requirement for word in ("-r", file)]
    words += [word for file in _constraints(arguments) for word in ("-c", file)]
    words += [word for name in arguments.extra for word in ("--extra", name)]
    words += [word for name in arguments.group for word in ("--group", name)]
    if arguments.index_snapshot is not None:
        words += ["--index-snapshot", arguments.index_snapshot]
    return shlex.join(words)


def _format(arguments: argparse.Namespace) -> str:
    form = chosen_format(arguments.format, arguments.output)
    if form not in ("text", "json", "markdown"):
        raise OutputError(
            arguments.output, "name it with one of .txt, .json, .md, or give --format"
        )
    return form


def _write(examination: Examination, form: str, arguments: argparse.Namespace) -> None:
    match form:
        case "json":
            text = render_doctor_json(examination)
        case "markdown":
            text = render_doctor_markdown(examination)
        case _ if arguments.output is not None:
            text = render_doctor(
                examination, colour=arguments.color == "always", verbose=arguments.verbose
            )
        case _:
            colour = in_colour(arguments.color, sys.stdout)
            text = render_doctor(examination, width(sys.stdout), colour, arguments.verbose)
    write_answer(text, form, arguments.output)
