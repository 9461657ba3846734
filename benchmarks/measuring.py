"""What one whole process costs, as the kernel reports it when the process ends (``wait4``)."""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_LAUNCHER = str(Path(__file__).with_name("launcher.py"))


@dataclass(frozen=True, slots=True)
class Run:
    """One process; seconds and megabytes. `timed_out`: it was ended, its figures are bounds."""

    wall: float
    cpu: float
    megabytes: float
    code: int = 0
    output: str = field(default="", repr=False)
    timed_out: bool = False


def program(name: str) -> str:
    """A console script of this environment."""
    return str(Path(sys.executable).with_name(name))


def surroundings() -> dict[str, str]:
    """This process's environment variables, but that Python may keep compiled bytecode.

    Without it, every start compiles all modules again, which no user's does.
    """
    kept = dict(os.environ)
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    return kept


def measured(
    command: Sequence[str],
    scratch: Path,
    codes: Collection[int] = (0,),
    seconds: float = 0.0,
    environment: Mapping[str, str] | None = None,
) -> Run:
    """Run a process in `scratch`; it must end with one of the exit codes, or after `seconds`.

    The clock starts just before the process and stops when it was reaped. CPU and memory count
    its own children too, where it waited for them. 0 seconds: no limit.
    """
    output, errors = scratch / "output", scratch / "errors"
    launched = [sys.executable, "-I", "-S", _LAUNCHER, str(seconds), str(output), str(errors)]
    told = subprocess.run(
        [*launched, *command],
        cwd=scratch,
        env=environment or surroundings(),
        stdout=subprocess.PIPE,
        check=True,
    )
    wall, cpu, maximum, status = told.stdout.split()
    code = os.waitstatus_to_exitcode(int(status))
    timed_out = bool(seconds) and code == -signal.SIGKILL
    complaint = errors.read_text(encoding="utf-8", errors="replace")
    if code not in codes and not timed_out:
        raise SystemExit(f"{' '.join(command)}: exit code {code}: {complaint[-3000:]}")
    answer = output.read_text(encoding="utf-8", errors="replace")
    return Run(float(wall), float(cpu), megabytes(int(maximum)), code, answer, timed_out)


def megabytes(maximum: int) -> float:
    """Linux counts the resident set in KiB, macOS in bytes."""
    return maximum / (1e6 if sys.platform == "darwin" else 1e6 / 1024)


def median(values: Iterable[float | None]) -> float | None:
    """Of the values that are known; None without any."""
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else None
