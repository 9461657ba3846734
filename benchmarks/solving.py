"""What a resolver's core did for one answer, told the same way for every tool."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Answer:
    """The outcome and the work; `picked` projects, `visited` versions whose metadata was read.

    `rounds` are the tool's own: steps of resolvelib and nab-resolver; reads that interrupted the
    search of conflictlens. `milliseconds` of CPU, by what they were spent on.
    """

    outcome: str
    picked: int
    rounds: int
    solves: int
    visited: int
    milliseconds: dict[str, float] = field(default_factory=dict)
