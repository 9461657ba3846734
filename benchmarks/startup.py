"""Writes ``results/startup.md``: what a process costs before it has anything to do.

    python -m benchmarks.startup [--rounds N]

Whole processes, medians: the interpreter alone, ``--version`` and ``--help`` of conflictlens and of
others, and the least question that there is, one requirement without dependencies, asked of the
local index with a warm cache. Compiled bytecode is there from a run that is not counted. The second
table is what ``-X importtime`` says of imports (cumulative, so a parent counts its children), the
median of as many runs; it slows imports down, so it is for comparing modules with each other.

What this does not measure: the first start after a boot, whose files are on no page of memory.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from benchmarks.families import recorded
from benchmarks.measuring import Run, measured, median, program, surroundings
from benchmarks.served import serving
from benchmarks.tables import figure, head, table, write
from benchmarks.tools import COMMANDS, run, written

ROUNDS = 15
HEAVIEST = 25
COLUMNS = ("process", "wall ms", "CPU ms", "peak MB", "modules")
SECONDS = 30.0

_IMPORT = re.compile(r"import time:\s+(\d+) \|\s+(\d+) \|\s+(\S+)")

PROCESSES: Mapping[str, Sequence[str]] = {
    "python -c pass": (sys.executable, "-c", "pass"),
    "python -I -S -c pass": (sys.executable, "-I", "-S", "-c", "pass"),
    "conflictlens --version": (program("conflictlens"), "--version"),
    "conflictlens --help": (program("conflictlens"), "--help"),
    "conflictlens explain --help": (program("conflictlens"), "explain", "--help"),
    "nab --version": (program("nab"), "--version"),
    "nab --help": (program("nab"), "--help"),
    "uv --version": (program("uv"), "--version"),
    "uv --help": (program("uv"), "--help"),
    "pip --version": (sys.executable, "-m", "pip", "--version"),
}


def main(rounds: int) -> None:
    load_average = os.getloadavg()[0]
    runs: dict[str, list[Run]] = defaultdict(list)
    trivial = recorded("trivial", ["alone"], {"alone": {"1.0": []}})
    with tempfile.TemporaryDirectory() as folder, serving(trivial, Path(folder)) as server:
        asked = written(trivial, Path(folder) / "asked", server.url)
        for number in range(-1, rounds):
            measurements = {
                name: measured(command, Path(folder)) for name, command in PROCESSES.items()
            }
            for tool in COMMANDS:
                cache = asked.folder / f"cache-{tool}"
                measurements[f"{tool}, warm trivial question"] = run(tool, asked, cache, SECONDS)
            for name, one in measurements.items() if number >= 0 else ():
                runs[name].append(one)
        question = COMMANDS["conflictlens"](asked, asked.folder / "cache-conflictlens")
        imports = {
            "--help": _imports([program("conflictlens"), "--help"], rounds),
            "warm trivial question": _imports(question, rounds),
        }
    write("startup.md", _report(runs, imports, rounds, load_average))


def _imports(command: Sequence[str], rounds: int) -> dict[str, float]:
    """Cumulative milliseconds by module, the median of each."""
    found: dict[str, list[float]] = defaultdict(list)
    for _ in range(rounds):
        told = subprocess.run(
            [sys.executable, "-X", "importtime", *command],
            capture_output=True,
            text=True,
            env=surroundings(),
        )
        for line in told.stderr.splitlines():
            if match := _IMPORT.match(line):
                found[match[3]].append(int(match[2]) / 1000)
    return {name: median(times) or 0.0 for name, times in found.items()}


def _report(
    runs: Mapping[str, Sequence[Run]],
    imports: Mapping[str, Mapping[str, float]],
    rounds: int,
    load_average: float,
) -> Iterable[str]:
    yield from head(
        "Start-up",
        f"Whole processes, medians of {rounds}, in turns.",
        "python -m benchmarks.startup",
        ("nab", "uv", "pip"),
        load_average,
    )
    counted = {
        "conflictlens --help": len(imports["--help"]),
        "conflictlens, warm trivial question": len(imports["warm trivial question"]),
    }
    yield from table(COLUMNS, (_row(name, every, counted) for name, every in runs.items()))
    for question, times in imports.items():
        yield ""
        yield f"Heaviest imports of `conflictlens`, {question}:"
        yield ""
        heaviest = sorted(times, key=lambda name: -times[name])[:HEAVIEST]
        yield from table(("module", "ms"), ((name, f"{times[name]:.1f}") for name in heaviest))


def _row(name: str, every: Sequence[Run], counted: Mapping[str, int]) -> Sequence[object]:
    return (
        name,
        figure(median(one.wall * 1000 for one in every), ".0f"),
        figure(median(one.cpu * 1000 for one in every), ".0f"),
        figure(median(one.megabytes for one in every), ".0f"),
        counted.get(name, ""),
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="What a process costs before it does anything.")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    main(parser.parse_args().rounds)
