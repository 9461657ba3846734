"""Writes ``results/resolver.md``: the resolver's core on recorded slices, next to its peers'.

    python -m benchmarks.resolver [--rounds N] [--tools NAME ...] [SNAPSHOT ...]

Every question is put in a process of its own, `--rounds` times, the slice in memory and
versions parsed beforehand; the figures are medians of CPU milliseconds, imports and reading the
file apart. Memory is the peak of the process, the slice in it included. `visited` counts the
versions whose metadata was asked for. The columns are explained in `benchmarks.with_conflictlens`,
the providers in `benchmarks.with_resolvelib` and `benchmarks.with_nab`, how the conflicts are made
in `benchmarks.variants`.

What this does not measure: the index, pages, files, a network. The floor checks an answer that is
given: no resolver can be as fast on the same data structures.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec

from benchmarks.measuring import Run, measured, median, surroundings
from benchmarks.recorded import Recorded, load, names, read, write
from benchmarks.solving import Answer
from benchmarks.tables import figure, head, ratio, table
from benchmarks.tables import write as write_result
from benchmarks.variants import conflicting

SECONDS = 25.0
"""After which a peer is stopped."""

ROUNDS = 5
TOOLS = ("conflictlens", "resolvelib", "nab-resolver")

_WORK = ("rounds", "solves", "visited", "peak MB")
SOLVED = ("slice", "tool", "answer", "on demand", "interned", *_WORK)
FLOOR = ("slice", "floor", "ratio", "floor interned", "ratio interned")
REFUTED = ("slice", "tool", "answer", "verdict", *_WORK)
EXPLAINED = ("slice", "verdict", "core", "fix", "ratio", "all told", "whole answer")


@dataclass(frozen=True, slots=True)
class Series:
    """All runs of one tool on one question; empty answers where it was stopped."""

    question: str
    tool: str
    runs: list[Run] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)

    def milliseconds(self, stage: str) -> float | None:
        return median(answer.milliseconds.get(stage) for answer in self.answers)

    @property
    def megabytes(self) -> float | None:
        return median(run.megabytes for run in self.runs)


def main(chosen: Sequence[str], tools: Sequence[str], rounds: int) -> None:
    load_average = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as scratch:
        solved: list[Series] = []
        refuted: list[Series] = []
        pins: list[tuple[str, str]] = []
        for name in chosen:
            recorded = load(name)
            solved += _measured(recorded, tools, rounds, Path(scratch))
            variant = conflicting(recorded)
            if variant is not None:
                pins.append((name, variant.requirements[-1]))
                refuted += _measured(variant, tools, rounds, Path(scratch))
    lines = _report(solved, refuted, pins, rounds, load_average)
    write_result("resolver.md", lines)


def _measured(
    recorded: Recorded, tools: Sequence[str], rounds: int, scratch: Path
) -> Iterable[Series]:
    path = scratch / "asked.json.gz"
    write(recorded, path)
    every = [Series(recorded.name, tool) for tool in tools]
    for _ in range(rounds):
        for series in every:
            # A tool that was stopped once would be stopped again.
            if not any(run.timed_out for run in series.runs):
                _run(series, path, scratch)
    return every


def _run(series: Series, path: Path, scratch: Path) -> None:
    command = [sys.executable, "-m", "benchmarks.resolver", "--one", series.tool, str(path)]
    environment = {**surroundings(), "PYTHONPATH": str(Path(__file__).parents[1])}
    run = measured(command, scratch, seconds=SECONDS, environment=environment)
    series.runs.append(run)
    if not run.timed_out:
        series.answers.append(msgspec.json.decode(run.output, type=Answer))
    print(series.question, series.tool, series.answers[-1:], flush=True)


def answer_one(tool: str, path: Path) -> Answer:
    """What a process of its own does."""
    recorded = read(path)
    return _solver(tool)(recorded)


def _solver(tool: str) -> Callable[[Recorded], Answer]:
    # Imported here: a tool pays for no other's memory.
    if tool == "conflictlens":
        from benchmarks.with_conflictlens import solve

        return solve
    if tool == "resolvelib":
        from benchmarks.with_resolvelib import solve as with_resolvelib

        return _timed(with_resolvelib)
    from benchmarks.with_nab import solve as with_nab

    return _timed(with_nab)


def _timed(solve: Callable[[Recorded], Answer]) -> Callable[[Recorded], Answer]:
    from benchmarks.with_conflictlens import Watch

    def solved(recorded: Recorded) -> Answer:
        watch = Watch()
        answer = solve(recorded)
        watch.stop("on demand")
        return replace(answer, milliseconds=watch.spent)

    return solved


# --- the tables -------------------------------------------------------------------------------


def _report(
    solved: Sequence[Series],
    refuted: Sequence[Series],
    pins: Sequence[tuple[str, str]],
    rounds: int,
    load_average: float,
) -> Iterable[str]:
    yield from head(
        "The resolver's core",
        f"Recorded slices in memory, one process each, medians of {rounds}; CPU milliseconds.",
        "python -m benchmarks.resolver",
        ("resolvelib", "nab-resolver"),
        load_average,
    )
    yield "## Resolved"
    yield ""
    yield from table(SOLVED, map(_row, solved))
    yield ""
    yield "Next to the floor, which checks the answer that conflictlens found:"
    yield ""
    yield from table(FLOOR, map(_floor, filter(_ours, solved)))
    yield ""
    yield "## Unsatisfiable"
    yield ""
    yield "The same slices with one root more: " + ", ".join(
        f"`{pin}` for {name}" for name, pin in pins
    )
    yield ""
    yield from table(REFUTED, map(_verdict, refuted))
    yield ""
    yield "conflictlens goes on: what the minimal core takes, then the first verified repair;"
    yield "the ratio is verdict, core and fix to the verdict alone. The last two columns are the"
    yield "front door's, asked anew: all conflicts told, and everything answered."
    yield ""
    yield from table(EXPLAINED, map(_explained, filter(_ours, refuted)))


def _ours(series: Series) -> bool:
    return series.tool == "conflictlens"


def _row(series: Series) -> Sequence[object]:
    interned = figure(series.milliseconds("interned"), ".1f")
    first, outcome, work = _common(series)
    return *first, outcome, _time(series), interned, *work, figure(series.megabytes, ".0f")


def _verdict(series: Series) -> Sequence[object]:
    first, outcome, work = _common(series)
    return *first, outcome, _time(series), *work, figure(series.megabytes, ".0f")


def _common(series: Series) -> tuple[Sequence[str], str, Sequence[object]]:
    named = series.question.removesuffix(", unsatisfiable"), series.tool
    if not series.answers:
        return named, "none", ("", "", "")
    answer = series.answers[-1]
    picked = f"{answer.outcome}, {answer.picked} projects" if answer.picked else answer.outcome
    return named, picked, (answer.rounds, answer.solves, answer.visited)


def _time(series: Series) -> str:
    if not series.answers:
        return f"> {SECONDS * 1000:,.0f}"
    return figure(series.milliseconds("on demand"), ",.0f")


def _floor(series: Series) -> Sequence[object]:
    floor, interned = series.milliseconds("floor"), series.milliseconds("floor interned")
    return (
        series.question,
        figure(floor, ".0f"),
        ratio(series.milliseconds("on demand"), floor),
        figure(interned, ".1f"),
        ratio(series.milliseconds("interned"), interned),
    )


def _explained(series: Series) -> Sequence[object]:
    stages: Mapping[str, float | None] = {
        stage: series.milliseconds(stage) for stage in ("on demand", "core", "fix", "told", "whole")
    }
    spent = [stages["on demand"], stages["core"], stages["fix"]]
    return (
        series.question.removesuffix(", unsatisfiable"),
        *(figure(one, ".0f") for one in spent),
        ratio(sum(one for one in spent if one is not None), stages["on demand"]),
        figure(stages["told"], ".0f"),
        figure(stages["whole"], ".0f"),
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="The resolver's core on recorded slices.")
    parser.add_argument("snapshots", nargs="*", default=names())
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--tools", nargs="+", choices=TOOLS, default=TOOLS)
    parser.add_argument("--one", nargs=2, metavar=("TOOL", "PATH"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        found = answer_one(options.one[0], Path(options.one[1]))
        sys.stdout.write(msgspec.json.encode(found).decode())
    else:
        main(options.snapshots, options.tools, options.rounds)
