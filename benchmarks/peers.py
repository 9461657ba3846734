"""Writes ``results/peers.md``: whole processes side by side, on one local index.

    python -m benchmarks.peers [--rounds N] [--tools NAME ...] [--latency MS ...]
                               [--unsatisfiable] [SNAPSHOT ...]

Each slice is served by `benchmarks.served`, with 0 and with 20 ms added to each request. In
turns, each tool is run with an empty cache of its own, a second time, which is not counted (it
fetches what was read ahead and not kept), and then with what these left. Each has run before, so
that compiled bytecode is there. pip, which is slow, is run without latency, not a second time, and
not again once it was stopped; it keeps answers of the index, so that it resolves anew each time.

Wall time, CPU time and the peak of resident memory are the kernel's (``wait4``), requests and
versions whose metadata was asked for are counted by the server. The ratios are conflictlens to
the tool of that line, pair by pair in each round, then the median.

With `--unsatisfiable` the slices are those of `benchmarks.variants`, and the results go to
``results/peers_unsatisfiable.md``.

What this does not measure: TLS and HTTP/2, builds, a network that is slow or lossy; and the tools
do not do the same work. nab and uv write a file of pins, pip lays out a plan of installation. For
a conflict, the others end with a message; conflictlens proves it minimal and tries fixes.
"""

from __future__ import annotations

import argparse
import os
import shlex
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from statistics import geometric_mean

from benchmarks.measuring import Run, median
from benchmarks.recorded import Recorded, load, names
from benchmarks.served import Server, serving
from benchmarks.tables import figure, head, table
from benchmarks.tables import write as write_result
from benchmarks.tools import COMMANDS, Asked, run, start_once, written
from benchmarks.variants import conflicting

ROUNDS = 5
SECONDS = 120.0
LATENCIES = (0.0, 20.0)
COLUMNS = (
    *("slice", "latency ms", "cache", "tool", "answer", "wall s", "CPU s", "peak MB"),
    *("requests", "versions read", "wall ratio", "CPU ratio"),
)
OUTCOMES = {0: "resolved", 1: "conflict"}


@dataclass(frozen=True, slots=True)
class Measured:
    """One process, and what the server saw of it."""

    run: Run
    requests: int
    versions: int


@dataclass(frozen=True, slots=True)
class Series:
    """The rounds of one tool on one slice with one latency and one state of its cache."""

    question: str
    latency: float
    cache: str
    tool: str
    rounds: list[Measured] = field(default_factory=list)

    def median(self, figure: str) -> float | None:
        return median(getattr(one.run, figure) for one in self.rounds)

    @property
    def timed_out(self) -> bool:
        return any(one.run.timed_out for one in self.rounds)


def main(questions: Sequence[Recorded], options: argparse.Namespace) -> None:
    load_average = os.getloadavg()[0]
    every: list[Series] = []
    rate = 0.0
    with tempfile.TemporaryDirectory() as scratch:
        start_once(options.tools, Path(scratch))
        for recorded in questions:
            for latency in options.latency:
                with serving(recorded, Path(scratch), latency) as server:
                    if not latency:
                        rate = _rate(server)
                    every += _side_by_side(recorded, server, latency, options, Path(scratch))
    name = "peers_unsatisfiable" if options.unsatisfiable else "peers"
    lines = _report(every, options, load_average, rate)
    write_result(f"{name}.md", lines)


def _side_by_side(
    recorded: Recorded, server: Server, latency: float, options: argparse.Namespace, scratch: Path
) -> list[Series]:
    every = [
        Series(recorded.name, latency, cache, tool)
        for cache in ("cold", "warm")
        for tool in options.tools
        if tool != "pip" or not latency
    ]
    for _ in range(options.rounds):
        with tempfile.TemporaryDirectory(dir=scratch) as folder:
            asked = written(recorded, Path(folder), server.url)
            for cache in ("cold", "second", "warm"):
                for tool in options.tools:
                    _turn(asked, server, [s for s in every if s.tool == tool], cache)
    return [series for series in every if series.rounds]


def _turn(asked: Asked, server: Server, of_tool: Sequence[Series], cache: str) -> None:
    """One run of a tool."""
    if not of_tool or any(series.timed_out for series in of_tool):
        return
    tool = of_tool[0].tool
    if tool == "pip" and cache == "second":
        return
    server.log()
    one = run(tool, asked, asked.folder / f"cache-{tool}", SECONDS)
    paths = server.log()
    versions = len({path for path in paths if path.endswith(".metadata")})
    print(of_tool[0].question, of_tool[0].latency, cache, tool, one, len(paths), flush=True)
    for series in of_tool:
        if series.cache == cache:
            series.rounds.append(Measured(one, len(paths), versions))


def _rate(server: Server, seconds: float = 1.0) -> float:
    """Requests that the server answers in a second, one after the other on one connection."""
    page = urllib.request.Request(f"{server.url}/pip/")
    connection = HTTPConnection(page.host)
    count, started = 0, time.perf_counter()
    while time.perf_counter() - started < seconds:
        connection.request("GET", page.selector)
        connection.getresponse().read()
        count += 1
    return count / (time.perf_counter() - started)


# --- the table --------------------------------------------------------------------------------


def _report(
    every: Sequence[Series], options: argparse.Namespace, load_average: float, rate: float
) -> Iterable[str]:
    peers = [tool for tool in options.tools if tool != "conflictlens"]
    command = shlex.join(["python", "-m", "benchmarks.peers", *sys.argv[1:]])
    yield from head(
        "Side by side",
        f"Whole processes on a local index, medians of {options.rounds} rounds, tools in turns.",
        command,
        peers,
        load_average,
    )
    yield "Ratios are conflictlens to the tool of the line. For scale: one client of the standard"
    yield f"library, on one connection, got {rate:,.0f} answers a second of the server."
    yield ""
    yield from table(COLUMNS, (_row(series, every) for series in every))
    yield ""
    for peer in peers:
        yield from _summary(peer, every)


def _row(series: Series, every: Sequence[Series]) -> Sequence[object]:
    last = series.rounds[-1]
    wall = figure(series.median("wall"), ".2f")
    return (
        series.question.removesuffix(", unsatisfiable"),
        f"{series.latency:.0f}",
        series.cache,
        series.tool,
        "stopped" if series.timed_out else OUTCOMES[last.run.code],
        f"> {SECONDS:.0f}" if series.timed_out else wall,
        figure(series.median("cpu"), ".2f"),
        figure(series.median("megabytes"), ".0f"),
        figure(median(one.requests for one in series.rounds), ".0f"),
        figure(median(one.versions for one in series.rounds), ".0f"),
        *(_shown(_ratio(series, every, name), series.timed_out) for name in ("wall", "cpu")),
    )


def _shown(ratio: float | None, bound: bool) -> str:
    shown = figure(ratio, ".2f" if ratio is None or ratio > 0.1 else ".3f")
    return f"< {shown}" if bound and shown else shown


def _ratio(series: Series, every: Sequence[Series], name: str) -> float | None:
    """conflictlens to this tool, round by round, the median; None for conflictlens itself."""
    if series.tool == "conflictlens":
        return None
    same = (series.question, series.latency, series.cache, "conflictlens")
    for ours in every:
        if (ours.question, ours.latency, ours.cache, ours.tool) == same:
            pairs = zip(ours.rounds, series.rounds, strict=False)
            return median(getattr(a.run, name) / getattr(b.run, name) for a, b in pairs)
    return None


def _summary(peer: str, every: Sequence[Series]) -> Iterable[str]:
    """One line for each state: the geometric mean over the slices, and the worst."""
    theirs = [series for series in every if series.tool == peer]
    for latency, cache in sorted({(series.latency, series.cache) for series in theirs}):
        alike = [s for s in theirs if (s.latency, s.cache) == (latency, cache)]
        told = []
        for name in ("wall", "cpu"):
            ratios = [ratio for s in alike if (ratio := _ratio(s, every, name)) is not None]
            if ratios:
                told.append(f"{name} {geometric_mean(ratios):.2f} (worst {max(ratios):.2f})")
        yield (
            f"- {cache}, {latency:.0f} ms, conflictlens / {peer}, geometric mean of "
            f"{len(alike)} slices: {', '.join(told)}"
        )


def _questions(chosen: Sequence[str], unsatisfiable: bool) -> list[Recorded]:
    recorded = [load(name) for name in chosen]
    if not unsatisfiable:
        return recorded
    return [variant for one in recorded if (variant := conflicting(one)) is not None]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Whole processes side by side.")
    parser.add_argument("snapshots", nargs="*", default=names())
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--tools", nargs="+", choices=tuple(COMMANDS), default=tuple(COMMANDS))
    parser.add_argument("--latency", nargs="+", type=float, default=LATENCIES, metavar="MS")
    parser.add_argument("--unsatisfiable", action="store_true")
    given = parser.parse_args()
    main(_questions(given.snapshots, given.unsatisfiable), given)
