"""Writes ``results/scale.md``: time against size, on families of made-up universes.

    python -m benchmarks.scale [--rounds N] [--no-served] [FAMILY ...]

`verdict` is conflictlens' core alone (``pose`` and ``decide``), the universe in memory, each
question in a process of its own: the median of CPU milliseconds. The other columns are whole
processes on `benchmarks.served` with a warm cache, once each, CPU seconds: all of what
``conflictlens explain`` does, cores and fixes too, next to ``uv pip compile``, which ends with the
verdict. Each has SECONDS; who takes longer at one size is not asked about the next. The slope is
that of a straight line through the logarithms of time and size: 1 is linear, 2 quadratic; it is
given from three sizes on.

What this does not measure: real metadata. The families are in `benchmarks.families`.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import linear_regression

import msgspec

from benchmarks.families import FAMILIES
from benchmarks.measuring import Run, measured, median, surroundings
from benchmarks.recorded import Recorded, read, write
from benchmarks.served import serving
from benchmarks.solving import Answer
from benchmarks.tables import figure, head, ratio, table
from benchmarks.tables import write as write_result
from benchmarks.tools import run, start_once, written
from benchmarks.with_conflictlens import answered

ROUNDS = 3
SECONDS = 20.0
"""uv took 17 GB in a minute on one of these, so nobody has a minute."""

TOOLS = ("conflictlens", "uv")
COLUMNS = (
    *("family", "size", "answer", "verdict ms", "read", "peak MB"),
    *("explain s", "uv s", "ratio", "uv peak MB"),
)
OUTCOMES = {0: "resolved", 1: "conflict"}


@dataclass(slots=True)
class Member:
    """A family at one size: the runs in memory, and the last warm process of each tool."""

    family: str
    size: int
    answers: list[Answer] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    whole: dict[str, Run] = field(default_factory=dict)

    @property
    def verdict(self) -> float | None:
        return median(answer.milliseconds.get("verdict") for answer in self.answers)

    def seconds(self, tool: str) -> float | None:
        one = self.whole.get(tool)
        return None if one is None or one.timed_out else one.cpu


def main(families: Sequence[str], rounds: int, served: bool) -> None:
    load_average = os.getloadavg()[0]
    members: list[Member] = []
    with tempfile.TemporaryDirectory() as folder:
        start_once(TOOLS if served else (), Path(folder))
        for name in families:
            stopped: set[str] = set()
            for size in FAMILIES[name].sizes:
                recorded = FAMILIES[name].make(size)
                member = Member(name, size)
                _in_memory(member, recorded, rounds, Path(folder))
                if served:
                    _served(member, recorded, stopped, Path(folder))
                members.append(member)
                print(*_row(member), sep=" | ", flush=True)
    write_result("scale.md", _report(members, rounds, load_average))


def _in_memory(member: Member, recorded: Recorded, rounds: int, scratch: Path) -> None:
    path = scratch / "asked.json.gz"
    write(recorded, path)
    environment = {**surroundings(), "PYTHONPATH": str(Path(__file__).parents[1])}
    command = [sys.executable, "-m", "benchmarks.scale", "--one", str(path)]
    for _ in range(rounds):
        one = measured(command, scratch, environment=environment)
        member.runs.append(one)
        member.answers.append(msgspec.json.decode(one.output, type=Answer))


def _served(member: Member, recorded: Recorded, stopped: set[str], scratch: Path) -> None:
    """Twice each: what the first run leaves in the cache is what the second one starts with."""
    with serving(recorded, scratch) as server, tempfile.TemporaryDirectory(dir=scratch) as folder:
        asked = written(recorded, Path(folder), server.url)
        for tool in TOOLS:
            for _ in ("cold", "warm"):
                if tool not in stopped:
                    one = run(tool, asked, asked.folder / f"cache-{tool}", SECONDS)
                    member.whole[tool] = one
                    stopped |= {tool} if one.timed_out else set()


def _report(members: Sequence[Member], rounds: int, load_average: float) -> Iterable[str]:
    yield from head(
        "Time against size",
        f"Made-up universes; `verdict`: the core alone, the median of {rounds} processes; the "
        "others: whole processes with a warm cache, once each.",
        "python -m benchmarks.scale",
        ["uv"],
        load_average,
    )
    yield from table(COLUMNS, map(_row, members))
    yield ""
    rows = []
    for name in dict.fromkeys(member.family for member in members):
        grown = [member for member in members if member.family == name]
        slopes = [
            _slope(grown, [member.verdict for member in grown]),
            *(_slope(grown, [member.seconds(tool) for member in grown]) for tool in TOOLS),
        ]
        rows.append((name, FAMILIES[name].about, *(figure(slope, ".2f") for slope in slopes)))
    yield from table(("family", "what it is", "slope: verdict", "explain", "uv"), rows)


def _row(member: Member) -> Sequence[object]:
    answer = member.answers[-1]
    ours, uvs = member.whole.get("conflictlens"), member.whole.get("uv")
    _check(member, answer)
    return (
        member.family,
        member.size,
        answer.outcome,
        figure(member.verdict, ",.0f"),
        answer.visited,
        figure(median(one.megabytes for one in member.runs), ".0f"),
        *(_seconds(member, tool) for tool in TOOLS),
        ratio(member.seconds("conflictlens"), member.seconds("uv")) if ours and uvs else "",
        figure(uvs.megabytes if uvs else None, ".0f"),
    )


def _seconds(member: Member, tool: str) -> str:
    one = member.whole.get(tool)
    if one is None:
        return ""
    return f"> {SECONDS:.0f}" if one.timed_out else f"{one.cpu:.2f}"


def _check(member: Member, answer: Answer) -> None:
    """A benchmark of wrong answers is worth nothing."""
    conflict = FAMILIES[member.family].conflict
    if conflict is not None and answer.outcome != OUTCOMES[conflict]:
        raise SystemExit(f"{member.family} {member.size}: {answer.outcome}")
    for tool, one in member.whole.items():
        if not one.timed_out and OUTCOMES[one.code] != answer.outcome:
            raise SystemExit(f"{member.family} {member.size}: {tool} says {OUTCOMES[one.code]}")


def _slope(members: Sequence[Member], times: Sequence[float | None]) -> float | None:
    points = [(member.size, time) for member, time in zip(members, times, strict=True) if time]
    if len(points) < 3:
        return None
    sizes, spent = zip(*points, strict=True)
    return linear_regression([*map(math.log, sizes)], [*map(math.log, spent)]).slope


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Time against size.")
    parser.add_argument("families", nargs="*", default=tuple(FAMILIES))
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--no-served", action="store_true")
    parser.add_argument("--one", type=Path, metavar="PATH", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        sys.stdout.write(msgspec.json.encode(answered(read(options.one))).decode())
    else:
        main(options.families, options.rounds, not options.no_served)
