"""Whether the examined Python has a pip that starts, and whose the ``pip`` on PATH is."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec
from packaging.version import InvalidVersion, Version

from conflictlens.doctor.inside import Inside
from conflictlens.doctor.interpreter import (
    Answer,
    Broken,
    Candidate,
    Chosen,
    Interpreters,
    which,
)
from conflictlens.doctor.programs import NotStarted, OutOfTime, Programs, Ran
from conflictlens.doctor.records import Check, CheckId, State, Value

OLDEST = Version("20.3")
"""The first that looks for versions that fit together, and knows the wheels of today's Linux."""
_SECONDS = 30.0
# All that `pip install` loads at its start, without running it.
_STARTS = "import pip, pip._internal.cli.main; print(pip.__version__)"
_HEAD = 4096


class Started(msgspec.Struct, frozen=True):
    version: str


class Failing(msgspec.Struct, frozen=True):
    reason: str


class Absent(msgspec.Struct, frozen=True):
    """`other` is the path of uv, which can do without pip; `obtainable` by ``ensurepip``."""

    obtainable: bool
    other: str | None


Pip = Started | Failing | Absent | OutOfTime


def probe_pip(inside: Inside, programs: Programs) -> Pip:
    if not inside.has_pip:
        return Absent(inside.has_ensurepip, which("uv", programs.environ))
    match programs.run([inside.executable, "-I", "-c", _STARTS], _SECONDS):
        case OutOfTime() as late:
            return late
        case NotStarted(reason):
            return Failing(reason)
        case Ran(0, out, _):
            return Started(out.strip())
        case Ran() as ran:
            return Failing(ran.complaint)


def judge_pip(pip: Pip) -> Check:
    match pip:
        case Started(version):
            state = State.PIP_OLD if _is_old(version) else State.PIP_RUNS
            return Check(CheckId.PIP, state, {"version": version})
        case Failing(reason):
            return Check(CheckId.PIP, State.PIP_BROKEN, {"reason": reason})
        case OutOfTime(seconds):
            return Check(CheckId.PIP, State.PIP_SILENT, {"limit_seconds": seconds})
        case Absent(_, str(uv)):
            return Check(CheckId.PIP, State.PIP_LEFT_TO_UV, {"uv": uv})
        case Absent(obtainable):
            return Check(CheckId.PIP, State.PIP_MISSING if obtainable else State.PIP_UNAVAILABLE)


def _is_old(version: str) -> bool:
    try:
        return Version(version) < OLDEST
    except InvalidVersion:
        return False


class Owned(msgspec.Struct, frozen=True):
    """A ``pip`` on PATH, and the environment that it installs into."""

    path: str
    prefix: str
    version: str


class Orphaned(msgspec.Struct, frozen=True):
    """Its Python, `interpreter`, does not run."""

    path: str
    interpreter: str


class Unclear(msgspec.Struct, frozen=True):
    """A script that does not say which Python runs it."""

    path: str


class OnPath(msgspec.Struct, frozen=True):
    """`pip` is None without one on PATH; `python` is what the plain command is there."""

    pip: Owned | Orphaned | Unclear | None
    python: Owned | None


def probe_path(interpreters: Interpreters, environ: Mapping[str, str]) -> OnPath:
    path = which("pip", environ) or which("pip3", environ)
    program = which("python", environ) or which("python3", environ)
    python = None if program is None else _asked(program, program, interpreters)
    return OnPath(
        None if path is None else _owner(path, interpreters, environ),
        python if isinstance(python, Owned) else None,
    )


def _owner(
    path: str, interpreters: Interpreters, environ: Mapping[str, str]
) -> Owned | Orphaned | Unclear:
    interpreter = interpreter_of(path, environ)
    if interpreter is not None:
        return _asked(path, interpreter, interpreters)
    # The shims of version managers (pyenv, asdf): those of one folder lead to one Python.
    beside = which("python", {"PATH": str(Path(path).parent)})
    if beside is None:
        return Unclear(path)
    owner = _asked(path, beside, interpreters)
    return owner if isinstance(owner, Owned) else Unclear(path)


def _asked(path: str, interpreter: str, interpreters: Interpreters) -> Owned | Orphaned | Unclear:
    match interpreters.ask(Candidate(interpreter, Chosen.PATH)):
        case Answer(_, inside):
            return Owned(path, inside.prefix, inside.version)
        case Broken():
            return Orphaned(path, interpreter)
        case _:
            return Unclear(path)


_SHELL = re.compile(rb"""\A#!/bin/sh\r?\n'''exec' "?([^"\n]+?)"? "\$0" "\$@\"""")
_DIRECT = re.compile(rb"\A#!\s*([^\r\n]+)")
_LAUNCHER = re.compile(rb"#!\s*([^\r\n#]+python[^\r\n#]*)\r?\n(?:#[^\n]*\n)?PK\x03\x04")
"""Windows: a program, then this line, then a zip file."""


def interpreter_of(path: str, environ: Mapping[str, str]) -> str | None:
    """The Python that runs a script which pip or uv has written; None where it names none."""
    try:
        with open(path, "rb") as file:
            content = file.read(_HEAD if sys.platform != "win32" else 1_000_000)
    except OSError:
        return None
    for pattern in (_SHELL, _DIRECT, _LAUNCHER):
        if match := pattern.search(content):
            return _program(os.fsdecode(match[1]).strip(), environ)
    return None


def _program(line: str, environ: Mapping[str, str]) -> str | None:
    """The program of a ``#!`` line, if it is a Python."""
    whole = line.strip('"')
    if _is_python(whole):
        # A path with blanks in it, or none.
        return whole
    words = [word for word in whole.split() if word != "-S"]
    if len(words) > 1 and os.path.basename(words[0]) == "env":
        return which(words[1], environ) if _is_python(words[1]) else None
    return words[0] if words and _is_python(words[0]) else None


_PYTHON = re.compile(r"(?:.*[\\/])?(?:python|pypy|graalpy)[\w.]*", re.IGNORECASE)


def _is_python(path: str) -> bool:
    return _PYTHON.fullmatch(path) is not None


def judge_path(on_path: OnPath, inside: Inside) -> Check:
    facts: dict[str, Value] = {"prefix": inside.prefix}
    if on_path.python is not None:
        facts |= {"python_prefix": on_path.python.prefix, "python_version": on_path.python.version}
    match on_path.pip:
        case None:
            state = State.PATH_NONE if inside.has_pip else State.PATH_UNNEEDED
            return Check(CheckId.PIP_ON_PATH, state, facts)
        case Unclear(path):
            return Check(CheckId.PIP_ON_PATH, State.PATH_UNCLEAR, facts | {"pip": path})
        case Orphaned(path, interpreter):
            facts |= {"pip": path, "interpreter": interpreter}
            return Check(CheckId.PIP_ON_PATH, State.PATH_BROKEN, facts)
        case Owned(path, prefix, version):
            facts |= {"pip": path, "pip_prefix": prefix, "pip_version": version}
            return Check(CheckId.PIP_ON_PATH, _mismatch(prefix, on_path.python, inside), facts)


def _mismatch(prefix: str, python: Owned | None, inside: Inside) -> State:
    if _same(prefix, inside.prefix):
        return State.PATH_SAME
    if not inside.has_pip:
        return State.PATH_ELSEWHERE
    if python is None or _same(prefix, python.prefix):
        return State.PATH_OTHER
    return State.PATH_DIFFERS


def _same(one: str, other: str) -> bool:
    return os.path.normcase(os.path.realpath(one)) == os.path.normcase(os.path.realpath(other))
