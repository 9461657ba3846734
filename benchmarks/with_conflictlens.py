"""conflictlens' core on a slice in memory, stage by stage, in CPU milliseconds of one process.

Resolved: `on demand` is ``pose`` and ``decide`` on a fresh catalogue (requirement texts parsed,
releases assessed, masks evaluated on the way); `interned` the same once more on a problem that
shares the catalogue, so that all of that is known and the search itself is left. `floor` checks
the answer that was found, pick by pick, on a fresh catalogue, and `floor interned` again; it comes
last in the same process, so whatever packaging keeps for the process is warm by then.

A conflict: `on demand` as above, `core` is what the minimal core takes after that, `fix` what the
cheapest verified repair takes after that; `told` and `whole` are the front door's, on a fresh
catalogue: until all conflicts are told, and until everything is answered.
"""

from __future__ import annotations

import gc
import time
from dataclasses import dataclass, field, replace

from benchmarks.recorded import Recorded, memory_index
from benchmarks.solving import Answer
from conflictlens.core.mus import minimal_core
from conflictlens.errors import BudgetSpent
from conflictlens.explanation.records import Findings
from conflictlens.index.records import Index
from conflictlens.pipeline import find
from conflictlens.problem.admission import Admission
from conflictlens.problem.problem import Problem, pose
from conflictlens.problem.universe import Universe
from conflictlens.question import Question, Reporter
from conflictlens.relaxation.fixes import repair_with
from conflictlens.requirements.reading import read_requirements
from conflictlens.requirements.records import RequirementSet
from conflictlens.resolution.budget import Budget
from conflictlens.resolution.check import violation
from conflictlens.resolution.outcome import Conflict, Resolution, Verdict
from conflictlens.resolution.verdict import decide

SECONDS = 60.0


def asked(recorded: Recorded) -> RequirementSet:
    return read_requirements(list(recorded.requirements))


def posed(recorded: Recorded, index: Index) -> Problem:
    return pose(asked(recorded), recorded.target, Admission(), index)


def answered(recorded: Recorded) -> Answer:
    """The verdict alone; "undecided" after `SECONDS`."""
    index = memory_index(recorded)
    watch = Watch()
    try:
        verdict = decide(posed(recorded, index), Budget.of(SECONDS))
    except BudgetSpent:
        return Answer("undecided", 0, 0, 0, index.stats.metadata)
    watch.stop("verdict")
    return _told(verdict, visited=index.stats.metadata, spent=watch.spent)


def verdict_on(recorded: Recorded) -> Verdict:
    """The verdict alone; raises BudgetSpent after `SECONDS`."""
    return decide(posed(recorded, memory_index(recorded)), Budget.of(SECONDS))


@dataclass(slots=True)
class Watch:
    """CPU time of this process, by what it was spent on.

    What stands there when it starts, the slice in memory above all, is kept from the garbage
    collector: no process of a user holds it, and going through it took up to a third of an answer.
    """

    spent: dict[str, float] = field(default_factory=dict)
    _last: float = 0.0

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        gc.collect()
        gc.freeze()
        self._last = time.process_time()

    def stop(self, name: str) -> None:
        """All since `start`, or since the last stop."""
        now = time.process_time()
        self.spent[name] = (now - self._last) * 1000
        self._last = now


def solve(recorded: Recorded) -> Answer:
    """The answer, with what each stage took."""
    index, requirements, target = memory_index(recorded), asked(recorded), recorded.target
    watch = Watch()
    problem = pose(requirements, target, Admission(), index)
    verdict = decide(problem, Budget.of(SECONDS))
    watch.stop("on demand")
    answer = _told(verdict, index.stats.metadata, watch.spent)
    match verdict.outcome:
        case Resolution() as resolution:
            _again(recorded, problem, resolution, watch)
        case Conflict() as conflict:
            _explained(recorded, requirements, verdict, conflict, watch)
    return replace(answer, milliseconds=watch.spent)


def _told(verdict: Verdict, visited: int, spent: dict[str, float]) -> Answer:
    stats = verdict.stats
    work = (stats.facts_read, stats.solves, visited, spent)
    match verdict.outcome:
        case Resolution(picks):
            return Answer("resolved", len(picks), *work)
        case Conflict():
            return Answer("conflict", 0, *work)


def _again(recorded: Recorded, problem: Problem, resolution: Resolution, watch: Watch) -> None:
    watch.start()
    decide(problem.with_roots(problem.roots), Budget.of(SECONDS))
    watch.stop("interned")
    index, requirements = memory_index(recorded), asked(recorded)
    watch.start()
    fresh = pose(requirements, problem.target, Admission(), index)
    assert violation(Universe(fresh), resolution) is None
    watch.stop("floor")
    assert violation(Universe(fresh.with_roots(fresh.roots)), resolution) is None
    watch.stop("floor interned")


def _explained(
    recorded: Recorded,
    requirements: RequirementSet,
    verdict: Verdict,
    conflict: Conflict,
    watch: Watch,
) -> None:
    watch.start()
    core = minimal_core(verdict.judge, conflict, verdict.judge.places)
    watch.stop("core")
    assert core.minimal, core.interrupted
    repair_with(verdict, requirements, {}, Budget.of(SECONDS))
    watch.stop("fix")
    index = memory_index(recorded)
    question = Question(requirements, recorded.target)
    reporter = _Told()
    watch.start()
    reporter.started = time.process_time()
    find(question, index, Budget.of(SECONDS), reporter)
    watch.stop("whole")
    watch.spent["told"] = reporter.milliseconds


class _Told(Reporter):
    """When all conflicts were told."""

    started = 0.0
    milliseconds = 0.0

    def conflicts(self, findings: Findings) -> None:
        self.milliseconds = (time.process_time() - self.started) * 1000
