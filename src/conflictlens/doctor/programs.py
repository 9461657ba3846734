"""Other programs, run with a time limit: compilers, interpreters, git."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from threading import Lock

import msgspec


class Ran(msgspec.Struct, frozen=True):
    """A program that ended by itself."""

    code: int
    out: str
    err: str

    @property
    def complaint(self) -> str:
        """Why it failed: what it said first, but the end of a traceback."""
        lines = [line.strip() for line in (self.err or self.out).splitlines() if line.strip()]
        if not lines:
            return f"it ended with {self.code}"
        return lines[-1 if any(line.startswith("Traceback") for line in lines) else 0]


class NotStarted(msgspec.Struct, frozen=True):
    """There is no such program, or the system refuses to run it."""

    reason: str


class OutOfTime(msgspec.Struct, frozen=True):
    seconds: float


Result = Ran | NotStarted | OutOfTime


class Programs:
    """Runs programs, also from several threads; `stop` ends those that still run."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self._running: set[subprocess.Popen[str]] = set()
        self._lock = Lock()
        self._stopped = False

    def run(self, command: Sequence[str], seconds: float, cwd: str | None = None) -> Result:
        """The command's end; what it prints is read as UTF-8, whatever it is."""
        with self._lock:
            if self._stopped:
                return NotStarted("interrupted")
            try:
                process = _started(command, self.environ, cwd)
            except (OSError, ValueError) as error:
                # ValueError: a path with a NUL in it.
                return NotStarted(getattr(error, "strerror", None) or str(error))
            self._running.add(process)
        try:
            out, err = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            _end(process)
            _reap(process)
            return OutOfTime(seconds)
        finally:
            with self._lock:
                self._running.discard(process)
        return Ran(process.returncode, out, err)

    def stop(self) -> None:
        with self._lock:
            self._stopped = True
            for process in self._running:
                _end(process)


def _started(
    command: Sequence[str], environ: Mapping[str, str], cwd: str | None
) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="backslashreplace",
        env=dict(environ),
        cwd=cwd,
        # A group of its own, so that what a wrapper has started ends with it.
        start_new_session=sys.platform != "win32",
    )


def _end(process: subprocess.Popen[str]) -> None:
    if sys.platform == "win32":
        process.kill()
        return
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _reap(process: subprocess.Popen[str]) -> None:
    """Not by reading to the end: what it started may hold the pipes open for ever."""
    process.wait()
    for pipe in (process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()
