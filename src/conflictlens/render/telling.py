"""How the story of a conflict is laid out, whatever it is written in: steps, sides, causes."""

from __future__ import annotations

import msgspec

from conflictlens.explanation.records import Conflict, Step
from conflictlens.names import NormalizedName
from conflictlens.render.phrases import agree, asker
from conflictlens.render.sides import Side, meeting
from conflictlens.render.wording import demanded, specifier_text, step_subject
from conflictlens.requirements.records import RootRequirement


class Telling(msgspec.Struct, frozen=True):
    """Sentences of `before`, a `heading` with the `sides` below it, sentences of `after`.

    The heading ends with the project `over` which there is a clash, where there are sides. What is
    empty is not told.
    """

    before: tuple[Step, ...] = ()
    heading: str = ""
    over: NormalizedName | None = None
    sides: tuple[Side, ...] = ()
    after: tuple[Step, ...] = ()


def telling(conflict: Conflict) -> Telling:
    met = meeting(conflict)
    if conflict.clash is None:
        return Telling(heading="No choice of versions satisfies all of this:", after=conflict.steps)
    if not met.is_clash or met.ordered:
        return Telling(before=conflict.steps)
    if len(met.asking) == len(conflict.lines) and not conflict.steps:
        whom = "both" if len(met.asking) == 2 else "all of them"
        return Telling(heading=f"no version of {conflict.clash} is allowed by {whom}")
    who = "They" if len(conflict.lines) > 1 else "Its dependencies"
    return Telling(met.leading, f"{who} clash over", conflict.clash, met.asking, met.causes)


def side_words(conflict: Conflict, side: Side) -> tuple[str, str, str]:
    """Who, a verb, and what is asked of the project where the sides meet."""
    match side:
        case Step():
            verb = agree(side.versions, "needs", "need")
            return step_subject(side), verb, demanded(conflict, side)
        case RootRequirement():
            verb = "allows" if side.is_constraint else "asks for"
            wanted = f"@ {side.url}" if side.url else specifier_text(f"{side.name}{side.specifier}")
            return asker(side), verb, wanted
