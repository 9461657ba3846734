"""Writes ``results/parts.md``: what the time of the resolver's core goes into.

    python -m benchmarks.parts [--rounds N] [SNAPSHOT ...]

The stages of `conflictlens.resolution.verdict`, one after the other in this process, the least CPU
time of each in all rounds. `resolved, interned`: each slice asked a second time, all of it known
(`benchmarks.with_conflictlens` says what that means). `as pip` is the search in pip's order where
the first one came to nothing at first; small slices are walked by resolvelib instead, which is not
part of this. `conflict, on demand`: the slices of `benchmarks.variants`, nothing known; beside each
stage the releases that were read by its end.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence

from benchmarks.recorded import Recorded, load, memory_index, names
from benchmarks.tables import head, table, write
from benchmarks.variants import conflicting
from benchmarks.with_conflictlens import asked, posed
from conflictlens.problem.admission import Admission
from conflictlens.problem.problem import Problem, pose
from conflictlens.problem.universe import Universe
from conflictlens.resolution.budget import Budget
from conflictlens.resolution.check import violation
from conflictlens.resolution.first_fit import FirstFit
from conflictlens.resolution.judge import Judge
from conflictlens.resolution.outcome import Resolution, SearchStats
from conflictlens.resolution.scout import Scout
from conflictlens.resolution.verdict import decide

ROUNDS = 9
SECONDS = 60.0
RESOLVED = ("slice", "read ahead", "order", "first fit", "failed", "as pip", "check", "floor")
REFUTED = ("slice", "read ahead", "read", "first fit", "read", "judge", "read", "conflicts")


class Clock:
    """Milliseconds of CPU since the last stage, the least of all rounds."""

    def __init__(self) -> None:
        self.least: dict[str, float] = {}

    def time(self, stage: str, work: Callable[[], object]) -> None:
        started = time.process_time()
        work()
        spent = (time.process_time() - started) * 1000
        self.least[stage] = min(spent, self.least.get(stage, spent))


def resolved_parts(recorded: Recorded, rounds: int) -> Sequence[object] | None:
    """A row of the first table; None for a slice that does not resolve."""
    problem = posed(recorded, memory_index(recorded))
    outcome = decide(problem, Budget.of(SECONDS)).outcome
    if not isinstance(outcome, Resolution):
        return None
    clock, failed = Clock(), 0
    for _ in range(rounds):
        failed = _again(problem.with_roots(problem.roots), outcome, clock)
    times = [f"{clock.least.get(stage, 0.0):.2f}" for stage in RESOLVED[1:] if stage != "failed"]
    return recorded.name, *times[:3], failed, *times[3:]


def _again(problem: Problem, known: Resolution, clock: Clock) -> int:
    budget, universe = Budget.of(SECONDS), Universe(problem)
    scout = Scout(universe, budget)
    clock.time("read ahead", scout.run)
    clock.time("order", scout.order)
    first = FirstFit(universe, budget, scout.order(), SearchStats())
    clock.time("first fit", first.find)
    if first.failed:
        roots = [root.name for root in problem.roots if not root.is_constraint]
        order = {name: place for place, name in enumerate(dict.fromkeys(roots))}
        clock.time("as pip", FirstFit(universe, budget, order, SearchStats(), starts=1).find)
    clock.time("check", lambda: violation(universe, known))
    fresh = Universe(problem.with_roots(problem.roots))
    clock.time("floor", lambda: violation(fresh, known))
    return first.failed


def refuted_parts(recorded: Recorded, rounds: int) -> Sequence[object]:
    """A row of the second table."""
    clock, stats = Clock(), SearchStats()
    read: Mapping[str, int] = {}
    for _ in range(rounds):
        stats = SearchStats()
        read = _anew(recorded, stats, clock)
    cells = [cell for stage in read for cell in (f"{clock.least[stage]:.0f}", read[stage])]
    return recorded.name.partition(",")[0], *cells, stats.conflicts


def _anew(recorded: Recorded, stats: SearchStats, clock: Clock) -> Mapping[str, int]:
    index, requirements, budget = memory_index(recorded), asked(recorded), Budget.of(SECONDS)
    read: dict[str, int] = {}

    def stage(name: str, work: Callable[[], object]) -> None:
        clock.time(name, work)
        read[name] = index.stats.metadata

    scouts: list[Scout] = []
    universes: list[Universe] = []

    def read_ahead() -> None:
        universe = Universe(pose(requirements, recorded.target, Admission(), index))
        universes.append(universe)
        scouts.append(Scout(universe, budget))
        scouts[-1].run()

    stage("read ahead", read_ahead)
    [scout] = scouts
    order, universe = scout.order(), universes[-1]
    stage("first fit", FirstFit(universe, budget, order, stats).find)
    stage("judge", Judge(universe, budget, order, stats).decide)
    return read


def main(chosen: Sequence[str], rounds: int) -> None:
    load_average = os.getloadavg()[0]
    slices = [load(name) for name in chosen]
    resolved = [row for one in slices if (row := resolved_parts(one, rounds)) is not None]
    variants = [variant for one in slices if (variant := conflicting(one)) is not None]
    refuted = [refuted_parts(variant, rounds) for variant in variants]
    write("parts.md", _report(resolved, refuted, rounds, load_average))


def _report(
    resolved: Iterable[Sequence[object]],
    refuted: Iterable[Sequence[object]],
    rounds: int,
    load_average: float,
) -> Iterable[str]:
    yield from head(
        "Where the core's time goes",
        f"Recorded slices in memory, the least CPU milliseconds of {rounds} rounds.",
        "python -m benchmarks.parts",
        (),
        load_average,
    )
    yield "## Resolved, interned"
    yield ""
    yield from table(RESOLVED, resolved)
    yield ""
    yield "## Conflict, on demand"
    yield ""
    yield from table(REFUTED, refuted)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="What the time of the resolver's core goes into.")
    parser.add_argument("snapshots", nargs="*", default=names())
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    options = parser.parse_args()
    main(options.snapshots, options.rounds)
