"""Writes ``results/first_answer.md``: how long the first answer takes, next to uv's.

    python -m benchmarks.first_answer [ROUNDS]

Whole processes, from their start to their end, on one direct conflict: wall time, CPU time and
the peak of resident memory as the kernel reports them (``wait4``). Both tools ask the indexes
that pip is configured with, in turns: with an empty cache of their own, a second time, which is
not counted (it fetches what was read ahead and not kept), and then with what these left. The
figures are medians.

What this does not measure: the same work. uv ends with the conflict; conflictlens goes on to
prove that it is minimal and to look for fixes, each solved again. ``first conflict`` is the time
within the process, its start apart, after which the first conflict can be told: it is minimal, and
settled that no choice of others has more.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measuring import Run, measured, median, program
from benchmarks.tables import figure, head, ratio, table, write
from benchmarks.tools import start_once
from conflictlens.index.configuration import IndexSources, configured_sources
from conflictlens.requirements.records import IndexOptions

REQUIREMENTS = ("tensorflow==2.12.0", "numpy>=2.0")
TARGET = ("--python-version", "3.11", "--python-platform", "linux")
ROUNDS = 5
CONFLICT = (1,)
COLUMNS = ("tool", "cache", "wall s", "CPU s", "peak MB", "first conflict s", "requests", "bytes")


@dataclass(frozen=True, slots=True)
class Told:
    """One process; what only conflictlens tells is None for uv."""

    run: Run
    first_conflict: float | None = None
    requests: int | None = None
    bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """The runs of one tool with one state of its cache."""

    tool: str
    cache: str
    runs: list[Told]

    def median(self, name: str) -> float | None:
        return median(getattr(one if hasattr(one, name) else one.run, name) for one in self.runs)


def main(rounds: int) -> None:
    load = os.getloadavg()[0]
    series = {
        (tool, cache): Series(tool, cache, [])
        for cache in ("cold", "warm")
        for tool in ("conflictlens", "uv")
    }
    with tempfile.TemporaryDirectory() as scratch:
        start_once(("conflictlens", "uv"), Path(scratch))
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as scratch:
            asked = Path(scratch) / "requirements.in"
            asked.write_text("\n".join(REQUIREMENTS) + "\n", encoding="utf-8")
            for cache in ("cold", "second", "warm"):
                for tool, asking in (("conflictlens", _conflictlens), ("uv", _uv)):
                    run = asking(asked, Path(scratch) / f"cache-{tool}")
                    print(tool, cache, run, flush=True)
                    if (tool, cache) in series:
                        series[tool, cache].runs.append(run)
    write("first_answer.md", _report([*series.values()], rounds, load))


def _conflictlens(asked: Path, cache: Path) -> Told:
    command = [
        program("conflictlens"),
        "explain",
        str(asked),
        *TARGET,
        "--cache-dir",
        str(cache),
        "--quiet",
    ]
    run = measured([*command, "--format", "json"], asked.parent, CONFLICT)
    stats = json.loads(run.output)["stats"]
    return Told(
        run,
        first_conflict=stats["seconds"]["first_conflict"],
        requests=stats["requests"],
        bytes=stats["bytes"],
    )


def _uv(asked: Path, cache: Path) -> Told:
    sources = _for_uv(configured_sources(IndexOptions()))
    command = [program("uv"), "pip", "compile", str(asked), *TARGET, "--cache-dir", str(cache)]
    return Told(measured([*command, *sources, "--quiet"], asked.parent, CONFLICT))


def _for_uv(sources: IndexSources) -> Iterable[str]:
    """The same indexes, merged as pip merges them."""
    first, *others = sources.index_urls
    yield from ("--default-index", first, "--index-strategy", "unsafe-best-match")
    for url in others:
        yield from ("--index", url)
    for place in sources.find_links:
        yield from ("--find-links", place)


def _report(every: Sequence[Series], rounds: int, load: float) -> Iterable[str]:
    about = (
        f"`{'`, `'.join(REQUIREMENTS)}` for Python 3.11 on Linux; whole processes, medians of "
        f"{rounds} runs, the tools in turns."
    )
    yield from head("The first answer", about, "python -m benchmarks.first_answer", ["uv"], load)
    yield from table(COLUMNS, map(_row, every))
    yield ""
    for cache in ("cold", "warm"):
        ours, uvs = (one for one in every if one.cache == cache)
        ratios = (f"{name} {ratio(ours.median(one), uvs.median(one))}" for name, one in _RATIOS)
        yield f"- {cache}, conflictlens / uv: {', '.join(ratios)}"
    yield ""
    yield "uv ends with the conflict; conflictlens also proves it minimal and tries fixes."
    yield "`first conflict` is when the minimal conflict could be told, from the start of the"
    yield "question, not of the process."


_FIGURES = (
    ("wall", ".2f"),
    ("cpu", ".2f"),
    ("megabytes", ".0f"),
    ("first_conflict", ".2f"),
    ("requests", ".0f"),
    ("bytes", ",.0f"),
)
_RATIOS = (("wall", "wall"), ("CPU", "cpu"), ("memory", "megabytes"))


def _row(one: Series) -> Sequence[str]:
    return one.tool, one.cache, *(figure(one.median(name), form) for name, form in _FIGURES)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
