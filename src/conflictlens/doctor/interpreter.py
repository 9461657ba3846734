"""Which Python is examined, and whether it will do.

conflictlens need not run in the environment that is installed into, so it asks another
interpreter about itself. Asked for with ``--python``: a path, or a version that is looked for as
below. Otherwise, in this order, as for uv: the environment that is active (``VIRTUAL_ENV``,
``CONDA_PREFIX``); the Python that runs conflictlens, unless pipx or ``uv tool`` made that for
conflictlens alone; the first ``python3`` or ``python`` on PATH.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from datetime import date
from enum import StrEnum
from pathlib import Path

import msgspec

from conflictlens.doctor.inside import MARK, SCRIPT, Inside
from conflictlens.doctor.programs import NotStarted, OutOfTime, Programs, Ran
from conflictlens.doctor.records import Check, CheckId, State, Value
from conflictlens.errors import InputError, UnknownTarget
from conflictlens.target import Python, parse_python

SECONDS = 15.0
"""A first start from a cold disk, or through the shims of a version manager, takes some."""

_TOOL_RECEIPTS = ("pipx_metadata.json", "uv-receipt.toml")


class Chosen(StrEnum):
    """Why an interpreter is the one that is examined."""

    ASKED = "--python"
    VIRTUAL_ENV = "VIRTUAL_ENV"
    CONDA = "CONDA_PREFIX"
    RUNNING = "runs conflictlens"
    PATH = "first on PATH"


class NoSuchPython(InputError):
    """``--python`` names a path where there is no interpreter."""

    def __init__(self, path: str) -> None:
        self.path = path
        super().__init__(f"--python {path}: there is no Python; give its path, or a version")


class Candidate(msgspec.Struct, frozen=True):
    """An interpreter to be asked; `environment` is the folder that it should stand for."""

    executable: str
    chosen: Chosen
    environment: str = ""


class Answer(msgspec.Struct, frozen=True):
    """A candidate and what it said."""

    candidate: Candidate
    inside: Inside


class Broken(msgspec.Struct, frozen=True):
    candidate: Candidate
    reason: str


class Silent(msgspec.Struct, frozen=True):
    candidate: Candidate
    seconds: float


class NotFound(msgspec.Struct, frozen=True):
    """No interpreter on this machine is of the version that was asked for."""

    version: str


Found = Answer | Broken | Silent | NotFound


class Interpreters:
    """Asks interpreters about themselves, each once."""

    def __init__(self, programs: Programs) -> None:
        self.programs = programs
        self._known: dict[str, Answer | Broken | Silent] = {}

    def ask(self, candidate: Candidate) -> Answer | Broken | Silent:
        known = self._known.get(candidate.executable)
        if known is None:
            known = self._known[candidate.executable] = self._asked(candidate)
        return msgspec.structs.replace(known, candidate=candidate)

    def _asked(self, candidate: Candidate) -> Answer | Broken | Silent:
        match self.programs.run([candidate.executable, "-I", "-c", SCRIPT], SECONDS):
            case OutOfTime(seconds):
                return Silent(candidate, seconds)
            case NotStarted(reason):
                return Broken(candidate, reason)
            case Ran(0, out, _) if MARK in out:
                try:
                    told = out.rpartition(MARK)[2]
                    return Answer(candidate, msgspec.json.decode(told, type=Inside))
                except msgspec.MsgspecError as error:
                    return Broken(candidate, f"it gave no proper answer: {error}")
            case Ran() as ran:
                return Broken(candidate, ran.complaint)


def find(asked: str | None, environ: Mapping[str, str], interpreters: Interpreters) -> Found:
    """The interpreter that is examined. Raises NoSuchPython and UnknownTarget."""
    if asked is None:
        return interpreters.ask(next(_usual(environ)))
    version = _version(asked)
    if version is None:
        return interpreters.ask(_named(asked, environ))
    for candidate in _candidates(version, environ):
        answer = interpreters.ask(candidate)
        if isinstance(answer, Answer) and _is(answer.inside, version):
            return answer
    return NotFound(version.text)


def _version(asked: str) -> Python | None:
    """None where a path or a program is meant."""
    try:
        return parse_python(asked)
    except UnknownTarget:
        there = os.sep in asked or "/" in asked or Path(asked).exists() or shutil.which(asked)
        if there:
            return None
        raise


def _named(asked: str, environ: Mapping[str, str]) -> Candidate:
    path = Path(asked).expanduser()
    if path.is_dir():
        inner = python_of(str(path))
        if not os.path.lexists(inner):
            raise NoSuchPython(asked)
        return Candidate(inner, Chosen.ASKED, str(path))
    program = str(path.absolute()) if path.exists() else which(asked, environ)
    # A link whose Python was removed is a finding, not a slip of the user.
    if program is None and path.is_symlink():
        program = str(path.absolute())
    if program is None:
        raise NoSuchPython(asked)
    folder = Path(program).parent.parent
    environment = str(folder) if (folder / "pyvenv.cfg").exists() else ""
    return Candidate(program, Chosen.ASKED, environment)


def _usual(environ: Mapping[str, str]) -> Iterator[Candidate]:
    for active in (Chosen.VIRTUAL_ENV, Chosen.CONDA):
        if folder := environ.get(active):
            yield Candidate(python_of(folder), active, folder)
    of_tool = any(os.path.exists(os.path.join(sys.prefix, name)) for name in _TOOL_RECEIPTS)
    if not of_tool:
        yield Candidate(sys.executable, Chosen.RUNNING)
    for name in ("python3", "python"):
        if program := which(name, environ):
            yield Candidate(program, Chosen.PATH)
    yield Candidate(sys.executable, Chosen.RUNNING)


def _candidates(version: Python, environ: Mapping[str, str]) -> Iterator[Candidate]:
    """Where a version may be found, the most likely places first."""
    number = f"{version.major}.{version.minor}"
    for candidate in _usual(environ):
        yield msgspec.structs.replace(candidate, chosen=Chosen.ASKED)
    for name in (f"python{number}{'t' * version.free_threaded}", f"python{version.major}"):
        for program in every(name, environ):
            yield Candidate(program, Chosen.ASKED)


def _is(inside: Inside, asked: Python) -> bool:
    wanted = asked.full_version if asked.patch is not None else f"{asked.major}.{asked.minor}"
    told = inside.version if asked.patch is not None else inside.markers["python_version"]
    return told == wanted and inside.free_threaded == asked.free_threaded


def python_of(folder: str) -> str:
    """The interpreter of an environment."""
    if sys.platform == "win32":
        scripts = os.path.join(folder, "Scripts", "python.exe")
        return scripts if os.path.exists(scripts) else os.path.join(folder, "python.exe")
    return os.path.join(folder, "bin", "python")


def which(name: str, environ: Mapping[str, str]) -> str | None:
    return shutil.which(name, path=environ.get("PATH", ""))


def every(name: str, environ: Mapping[str, str]) -> list[str]:
    """All programs of that name on PATH, in its order."""
    folders = environ.get("PATH", "").split(os.pathsep)
    found = (shutil.which(name, path=folder) for folder in folders if folder)
    return list(dict.fromkeys(program for program in found if program))


def judge(found: Found, today: date) -> Check:
    match found:
        case NotFound(version):
            return Check(CheckId.INTERPRETER, State.PYTHON_NOT_FOUND, {"version": version})
        case Silent(candidate, seconds):
            late: dict[str, Value] = {"python": candidate.executable, "limit_seconds": seconds}
            return Check(CheckId.INTERPRETER, State.PYTHON_SILENT, late)
        case Broken(candidate, reason):
            environment = candidate.environment
            state = State.ENVIRONMENT_BROKEN if environment else State.PYTHON_BROKEN
            told = {"python": candidate.executable, "reason": reason, "environment": environment}
            return Check(CheckId.INTERPRETER, state, told)
        case Answer(candidate, inside):
            return Check(CheckId.INTERPRETER, _age(inside, today), _facts(candidate, inside))


def _facts(candidate: Candidate, inside: Inside) -> dict[str, Value]:
    return {
        "version": inside.version,
        "implementation": inside.markers["platform_python_implementation"],
        "python": candidate.executable,
        "prefix": inside.prefix,
        "chosen": candidate.chosen.value,
        "ends": _end(_minor(inside)),
    }


def _age(inside: Inside, today: date) -> State:
    if inside.release_level != "final":
        return State.PYTHON_PRERELEASE
    minor = _minor(inside)
    if minor >= (4, 0):
        return State.PYTHON_NEWER
    month = f"{today.year}-{today.month:02}"
    return State.PYTHON_SUPPORTED if _end(minor) >= month else State.PYTHON_ENDED


def _end(minor: tuple[int, int]) -> str:
    """The month in which the support of a version ends: of 3.8 2024-10, of each next a year later.

    Empty for all others (PEP 569, PEP 602).
    """
    return f"{2016 + minor[1]}-10" if (3, 8) <= minor < (4, 0) else ""


def _minor(inside: Inside) -> tuple[int, int]:
    major, minor = inside.markers["python_version"].split(".")[:2]
    return int(major), int(minor)
