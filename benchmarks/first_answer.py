"""Writes ``results/first_answer.md``: how long the first answer takes, next to uv's.

    python benchmarks/first_answer.py [ROUNDS]

Whole processes, from their start to their end, on one direct conflict: wall time, CPU time and
the peak of resident memory as the kernel reports them (``wait4``). Both tools ask the indexes
that pip is configured with, in turns: with an empty cache of their own, a second time, which is
not counted (it fetches what was read ahead and not kept), and then with what these left. The
figures are medians.

What this does not measure: the same work. uv ends with the conflict; conflictlens goes on to
prove that it is minimal and to look for fixes, each solved again. ``first conflict`` is the time
within the process, its start apart, after which the minimal conflict was known.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from conflictlens.index.configuration import IndexSources, configured_sources
from conflictlens.requirements.records import IndexOptions

REQUIREMENTS = ("tensorflow==2.12.0", "numpy>=2.0")
TARGET = ("--python-version", "3.11", "--python-platform", "linux")
ROUNDS = 5
CONFLICT = 1
TABLE = Path(__file__).with_name("results") / "first_answer.md"
COLUMNS = ("tool", "cache", "wall s", "CPU s", "peak MB", "first conflict s", "requests", "bytes")


@dataclass(frozen=True, slots=True)
class Run:
    """One process; what only conflictlens tells is None for uv."""

    wall: float
    cpu: float
    megabytes: float
    first_conflict: float | None = None
    requests: int | None = None
    bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """The runs of one tool with one state of its cache."""

    tool: str
    cache: str
    runs: list[Run]

    def median(self, figure: str) -> float | None:
        values = [getattr(run, figure) for run in self.runs]
        known = [value for value in values if value is not None]
        return statistics.median(known) if known else None


def main(rounds: int) -> None:
    load = os.getloadavg()[0]
    series = {
        (tool, cache): Series(tool, cache, [])
        for cache in ("cold", "warm")
        for tool in ("conflictlens", "uv")
    }
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as scratch:
            asked = Path(scratch) / "requirements.in"
            asked.write_text("\n".join(REQUIREMENTS) + "\n", encoding="utf-8")
            for cache in ("cold", "second", "warm"):
                for tool, measured in (("conflictlens", _conflictlens), ("uv", _uv)):
                    run = measured(asked, Path(scratch) / f"cache-{tool}")
                    print(tool, cache, run, flush=True)
                    if (tool, cache) in series:
                        series[tool, cache].runs.append(run)
    TABLE.parent.mkdir(exist_ok=True)
    TABLE.write_text("\n".join(_report([*series.values()], rounds, load)) + "\n", encoding="utf-8")


def _conflictlens(asked: Path, cache: Path) -> Run:
    program = str(Path(sys.executable).with_name("conflictlens"))
    command = [program, "explain", str(asked), *TARGET, "--cache-dir", str(cache), "--quiet"]
    run, output = _measured([*command, "--format", "json"], asked.parent)
    stats = json.loads(output)["stats"]
    return Run(
        *(run.wall, run.cpu, run.megabytes),
        first_conflict=stats["seconds"]["first_conflict"],
        requests=stats["requests"],
        bytes=stats["bytes"],
    )


def _uv(asked: Path, cache: Path) -> Run:
    program = str(Path(sys.executable).with_name("uv"))
    sources = _for_uv(configured_sources(IndexOptions()))
    command = [program, "pip", "compile", str(asked), *TARGET, "--cache-dir", str(cache), *sources]
    return _measured([*command, "--quiet"], asked.parent)[0]


def _for_uv(sources: IndexSources) -> Iterable[str]:
    """The same indexes, merged as pip merges them."""
    first, *others = sources.index_urls
    yield from ("--default-index", first, "--index-strategy", "unsafe-best-match")
    for url in others:
        yield from ("--index", url)
    for place in sources.find_links:
        yield from ("--find-links", place)


def _measured(command: Sequence[str], scratch: Path) -> tuple[Run, str]:
    """One process and its standard output; it must end with the exit code of a conflict."""
    output, errors = scratch / "output", scratch / "errors"
    with output.open("wb") as out, errors.open("wb") as err:
        started = time.perf_counter()
        process = subprocess.Popen(command, stdout=out, stderr=err, stdin=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != CONFLICT:
        told = errors.read_text(encoding="utf-8")
        raise SystemExit(f"{command[0]}: exit code {process.returncode}: {told}")
    run = Run(wall, usage.ru_utime + usage.ru_stime, _megabytes(usage.ru_maxrss))
    return run, output.read_text(encoding="utf-8")


def _megabytes(maximum: int) -> float:
    """Linux counts the resident set in KiB, macOS in bytes."""
    return maximum / (1e6 if sys.platform == "darwin" else 1e6 / 1024)


def _report(every: Sequence[Series], rounds: int, load: float) -> Iterable[str]:
    yield "# The first answer"
    yield ""
    yield (
        f"`{'`, `'.join(REQUIREMENTS)}` for Python 3.11 on Linux; whole processes, medians of "
        f"{rounds} runs, the tools in turns. {datetime.now(UTC):%Y-%m-%d}, conflictlens "
        f"{version('conflictlens')}, uv {version('uv')}, Python {platform.python_version()}, "
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} CPUs, load average "
        f"{load:.1f} before the first run; made by `python benchmarks/first_answer.py`."
    )
    yield ""
    yield f"| {' | '.join(COLUMNS)} |"
    yield "|" + "---|" * len(COLUMNS)
    for one in every:
        cells = (_figure(one, *figure) for figure in _FIGURES)
        yield f"| {one.tool} | {one.cache} | {' | '.join(cells)} |"
    yield ""
    for cache in ("cold", "warm"):
        ours, uvs = (one for one in every if one.cache == cache)
        ratios = (f"{name} {_ratio(ours, uvs, figure)}" for name, figure in _RATIOS)
        yield f"- {cache}, conflictlens / uv: {', '.join(ratios)}"
    yield ""
    yield "uv ends with the conflict; conflictlens also proves it minimal and tries fixes."
    yield "`first conflict` is when the minimal conflict was known, from the start of the question,"
    yield "not of the process."


_FIGURES = (
    ("wall", ".2f"),
    ("cpu", ".2f"),
    ("megabytes", ".0f"),
    ("first_conflict", ".2f"),
    ("requests", ".0f"),
    ("bytes", ",.0f"),
)
_RATIOS = (("wall", "wall"), ("CPU", "cpu"), ("memory", "megabytes"))


def _figure(one: Series, figure: str, form: str) -> str:
    median = one.median(figure)
    return "" if median is None else format(median, form)


def _ratio(ours: Series, uvs: Series, figure: str) -> str:
    mine, theirs = ours.median(figure), uvs.median(figure)
    return "unknown" if mine is None or not theirs else f"{mine / theirs:.2f}"


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
