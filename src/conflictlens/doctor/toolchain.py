"""What building from source needs: a compiler that compiles, Python's headers, Rust, git.

The compiler is the one that a build takes: that of ``CC``, else the one that Python was built
with; on Windows Microsoft's, which only its own tools find.
"""

from __future__ import annotations

import os
import shlex
import sys
import tempfile
from enum import StrEnum
from pathlib import Path

import msgspec

from conflictlens.doctor.inside import Inside
from conflictlens.doctor.interpreter import which
from conflictlens.doctor.programs import NotStarted, OutOfTime, Programs, Ran
from conflictlens.doctor.records import Check, CheckId, State, Value

_SECONDS = 30.0
_PROGRAM = '#include <stdio.h>\nint main(void) { return printf("") < 0; }\n'
_MODULE = "#include <Python.h>\nint conflictlens(void) { return PY_MAJOR_VERSION; }\n"
_TOOLS = "Microsoft.VisualStudio.Component.VC.Tools.x86.x64"


class Demand(StrEnum):
    """Whether what was asked for needs a tool."""

    CERTAIN = "certain"
    POSSIBLE = "possible"
    NONE = "none"


class Works(msgspec.Struct, frozen=True):
    """`what` is the tool as it calls itself, or where it is."""

    what: str


class Lacking(msgspec.Struct, frozen=True):
    what: str
    reason: str


Tool = Works | Lacking


class Toolchain(msgspec.Struct, frozen=True):
    compiler: Tool
    headers: Tool
    rust: Tool
    git: Tool


def probe_toolchain(inside: Inside, programs: Programs) -> Toolchain:
    with tempfile.TemporaryDirectory(prefix="conflictlens-") as folder:
        command = _command(inside, programs)
        compiler = _compiler(command, folder, programs)
        working = command if isinstance(compiler, Works) else None
        headers = _headers(inside, working, folder, programs)
    return Toolchain(compiler, headers, _rust(programs), _told("git", programs))


def _command(inside: Inside, programs: Programs) -> list[str]:
    """The compiler's command as setuptools would have it; ``cc`` where nobody says."""
    for text in (programs.environ.get("CC", ""), inside.compiler):
        try:
            words = shlex.split(text)
        except ValueError:
            continue
        if words:
            return words
    return ["cc"]


def _compiler(command: list[str], folder: str, programs: Programs) -> Tool:
    """Really compiles and links a program."""
    if sys.platform == "win32":
        return _msvc(programs)
    if missing := _absent(command[0], programs):
        return missing
    source, made = Path(folder, "program.c"), Path(folder, "program")
    source.write_text(_PROGRAM, "ascii")
    full = [*command, str(source), "-o", str(made)]
    return _outcome(shlex.join(command), programs.run(full, _SECONDS, folder))


def _headers(inside: Inside, command: list[str] | None, folder: str, programs: Programs) -> Tool:
    """Compiled, where there is a compiler; else whether the file is there."""
    places = [place for place in dict.fromkeys(inside.include) if place]
    header = next((p for p in places if os.path.isfile(os.path.join(p, "Python.h"))), None)
    if header is None:
        return Lacking("Python.h", f"not in {' or '.join(places)}")
    if command is None or sys.platform == "win32":
        return Works(os.path.join(header, "Python.h"))
    source = Path(folder, "module.c")
    source.write_text(_MODULE, "ascii")
    options = [f"-I{place}" for place in places]
    full = [*command, *options, "-c", str(source), "-o", str(Path(folder, "module.o"))]
    return _outcome(os.path.join(header, "Python.h"), programs.run(full, _SECONDS, folder))


def _rust(programs: Programs) -> Tool:
    """Both are needed; rustup's stand-ins are there without a toolchain behind them."""
    cargo = _told("cargo", programs)
    rustc = _told("rustc", programs)
    if isinstance(cargo, Lacking):
        return cargo
    return rustc


def _told(name: str, programs: Programs) -> Tool:
    """What a program says of its version."""
    if missing := _absent(name, programs):
        return missing
    match programs.run([which(name, programs.environ) or name, "--version"], _SECONDS):
        case Ran(0, out, _):
            return Works(next(iter(out.splitlines()), name).strip())
        case other:
            return _outcome(name, other)


def _outcome(what: str, result: Ran | NotStarted | OutOfTime) -> Tool:
    match result:
        case Ran(0):
            return Works(what)
        case Ran() as ran:
            return Lacking(what, _error(ran))
        case NotStarted(reason):
            return Lacking(what, reason)
        case OutOfTime(seconds):
            return Lacking(what, f"no end within {seconds:g} s")


def _error(ran: Ran) -> str:
    """The first line of a compiler that says "error"; the last tells no more than that it ended."""
    lines = (line.strip() for line in ran.err.splitlines())
    return next((line for line in lines if "error" in line.lower()), ran.complaint)


def _absent(name: str, programs: Programs) -> Lacking | None:
    path = which(name, programs.environ)
    if path is None:
        return Lacking(name, "not on PATH")
    if sys.platform == "darwin" and path == f"/usr/bin/{name}":
        # Apple's stand-ins open a window where the command line tools are not installed.
        found = programs.run(["/usr/bin/xcode-select", "-p"], _SECONDS)
        if not isinstance(found, Ran) or found.code:
            return Lacking(name, "Apple's command line tools are not installed")
    return None


def _msvc(programs: Programs) -> Tool:
    """Visual Studio's installer knows where its compilers are, as setuptools asks it."""
    if cl := which("cl", programs.environ):
        return Works(cl)
    folder = programs.environ.get("ProgramFiles(x86)", r"C:\Program Files (x86)")
    asked = os.path.join(folder, "Microsoft Visual Studio", "Installer", "vswhere.exe")
    options = ["-latest", "-prerelease", "-products", "*", "-requires", _TOOLS]
    match programs.run([asked, *options, "-property", "installationPath"], _SECONDS):
        case Ran(0, out, _) if out.strip():
            return Works(out.strip().splitlines()[0])
        case _:
            return Lacking("Microsoft C++ Build Tools", "not installed")


class Demands(msgspec.Struct, frozen=True):
    """What the requirements need; without any, whether a package could need it is open."""

    compiler: Demand = Demand.POSSIBLE
    rust: Demand = Demand.NONE
    git: Demand = Demand.NONE


_STATES = {
    CheckId.COMPILER: (
        State.COMPILER_WORKS,
        State.COMPILER_MISSING,
        State.COMPILER_PERHAPS,
        State.COMPILER_UNNEEDED,
    ),
    CheckId.HEADERS: (
        State.HEADERS_HERE,
        State.HEADERS_MISSING,
        State.HEADERS_PERHAPS,
        State.HEADERS_UNNEEDED,
    ),
    CheckId.RUST: (
        State.RUST_HERE,
        State.RUST_MISSING,
        State.RUST_PERHAPS,
        State.RUST_UNNEEDED,
    ),
    CheckId.GIT: (State.GIT_HERE, State.GIT_MISSING, State.GIT_MISSING, State.GIT_UNNEEDED),
}


def judge_toolchain(tools: Toolchain, demands: Demands) -> tuple[Check, ...]:
    return (
        _judged(CheckId.COMPILER, tools.compiler, demands.compiler),
        _judged(CheckId.HEADERS, tools.headers, demands.compiler),
        _judged(CheckId.RUST, tools.rust, demands.rust),
        _judged(CheckId.GIT, tools.git, demands.git),
    )


def _judged(check: CheckId, tool: Tool, demand: Demand) -> Check:
    here, missing, perhaps, unneeded = _STATES[check]
    match tool:
        case Works(what):
            return Check(check, here, {"tool": what})
        case Lacking(what, reason):
            lacking = {Demand.CERTAIN: missing, Demand.POSSIBLE: perhaps, Demand.NONE: unneeded}
            facts: dict[str, Value] = {"tool": what, "reason": reason}
            return Check(check, lacking[demand], facts)
