"""Lines of a conflict that a user would try to change first, and in vain."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from conflictlens.core.mus import Core
from conflictlens.explanation.records import DeadEnd
from conflictlens.relaxation.context import Choice, Context, Level
from conflictlens.resolution.outcome import Resolution


def dead_ends(
    context: Context, cores: Sequence[Core], conflict: int, lines: Collection[int]
) -> Iterator[DeadEnd]:
    """Those of the `lines` in one of the conflicts that no other version of them mends.

    The context has the other conflicts repaired.
    """
    for place in sorted(cores[conflict].roots.intersection(lines)):
        can_loosen = Level.LOOSENED in context.levels_above(place, Level.WRITTEN)
        # Among several conflicts, only this one's lines count.
        alone = cores[conflict].roots if len(cores) > 1 else context.judge.places
        if can_loosen and not _helps_loosened(context, place, alone):
            yield DeadEnd(conflict, context.roots[place])


def _helps_loosened(context: Context, place: int, alone: Collection[int]) -> bool:
    """Whether any other version of one line helps, be it a pre-release."""
    choice: Choice = {place: Level.LOOSENED}
    outcome = context.decide_alone(alone, choice)
    if isinstance(outcome, Resolution):
        return True
    name = context.roots[place].name
    doors = [door for door, _ in context.blame(choice, outcome) if door < 0]
    for door in [one for one in doors if context.project(one) == name]:
        wider = context.decide_alone(alone, {**choice, door: Level.LOOSENED})
        return isinstance(wider, Resolution)
    return False
