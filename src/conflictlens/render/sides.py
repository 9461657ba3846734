"""Where a conflict's sides meet: who asks for what, and what else leaves no version."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import msgspec

from conflictlens.explanation.records import Conflict, Needs, Step
from conflictlens.names import NormalizedName
from conflictlens.requirements.records import RootRequirement

Side = Step | RootRequirement


class Meeting(msgspec.Struct, frozen=True):
    """What meets at the clash.

    `leading` are the steps on the way there. `asking` are the sides that ask something of the
    project, in the order of the lines that they come from. `causes` take versions away for
    another reason. With `ordered` the steps build on each other and can't be told side by side.
    """

    leading: tuple[Step, ...]
    asking: tuple[Side, ...]
    causes: tuple[Step, ...]
    ordered: bool

    @property
    def is_clash(self) -> bool:
        """Whether several sides ask for something, rather than one thing being impossible."""
        return len(self.asking) > 1


def meeting(conflict: Conflict) -> Meeting:
    sides = [step for step in conflict.steps if step.side]
    roots = [root for root in conflict.lines if root.name == conflict.clash]
    asking: list[Side] = [*(step for step in sides if is_asking(conflict, step)), *roots]
    return Meeting(
        leading=tuple(step for step in conflict.steps if not step.side),
        asking=tuple(sorted(asking, key=lambda side: _line(conflict, side))),
        causes=tuple(step for step in sides if not is_asking(conflict, step)),
        ordered=_comes_back(conflict),
    )


def is_asking(conflict: Conflict, step: Step) -> bool:
    """Whether a step asks something of the project where the sides meet."""
    fact = conflict.facts[step.facts[0]]
    return isinstance(fact, Needs) and step.target == conflict.clash and not step.refutes


def _comes_back(conflict: Conflict) -> bool:
    """Whether a step rests on what sides before it left of the project."""
    steps = iter(conflict.steps)
    return any(step.side for step in steps) and any(
        step.project == conflict.clash and step.target is not None for step in steps
    )


def _line(conflict: Conflict, side: Side) -> int:
    """The place in the core of the root that a side comes from."""
    places = {root.name: place for place, root in reversed(list(enumerate(conflict.lines)))}
    if isinstance(side, RootRequirement):
        return conflict.lines.index(side)
    chain = _askers(conflict, side.project)
    return next((places[name] for name in chain if name in places), len(places))


def _askers(conflict: Conflict, name: NormalizedName) -> Iterator[NormalizedName]:
    """A project, who asked for it, who asked for that one; cycles end somewhere."""
    asker = {step.target: step.project for step in reversed(conflict.steps) if step.target}

    def walk(name: NormalizedName | None) -> Iterator[NormalizedName]:
        while name is not None:
            yield name
            name = asker.get(name)

    return islice(walk(name), len(conflict.steps) + 1)
