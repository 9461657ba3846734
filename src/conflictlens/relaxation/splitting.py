"""Which conflict each change of a repair is for."""

from __future__ import annotations

from conflictlens.core.mus import Core
from conflictlens.core.python import with_python
from conflictlens.relaxation.written import Draft, Edits
from conflictlens.resolution.budget import Budget
from conflictlens.resolution.outcome import Resolution


def split(draft: Draft, cores: list[Core], edits: Edits, budget: Budget) -> list[Edits]:
    """The changes of a repair by the conflicts that each of them is for.

    For a conflict are those of its lines, and what has to let in pre-releases for it. What is
    for none of the known ones is for a further one, with lines that the repair leaves as
    they are: that is put behind the `cores`.
    """
    parts = [
        {place: text for place, text in edits.items() if place in core.roots} for core in cores
    ]
    opening = [place for place, text in edits.items() if draft.lets_in(place, text)]
    for core, part in zip(cores, parts, strict=True):
        part.update(_needed(draft, core, part, {place: edits[place] for place in opening}))
    for place in edits:
        if not any(place in part for part in parts):
            rest = {other: text for other, text in edits.items() if other != place}
            draft.suppose(rest)
            owner = _owner_by_proof(draft, cores, rest, budget)
            parts += [{} for _ in cores[len(parts) :]]
            parts[owner][place] = edits[place]
    draft.suppose({})
    return [*parts]


def _needed(draft: Draft, core: Core, part: Edits, opening: Edits) -> Edits:
    """Which of the edits that let in pre-releases a conflict needs beside its own part."""
    needed = dict(opening)
    for place in reversed([*opening]):
        fewer = {other: text for other, text in needed.items() if other != place}
        draft.suppose({**fewer, **part})
        if isinstance(draft.context.decide_alone(core.roots, {}), Resolution):
            needed = fewer
    return needed


def _owner_by_proof(draft: Draft, cores: list[Core], rest: Edits, budget: Budget) -> int:
    """The conflict that is left without a change, perhaps a further one."""
    core = draft.context.conflict_left()
    lines = core.roots & set(draft.context.judge.places)
    for at, known in enumerate(cores):
        if known.roots & set(rest) and lines != core.roots:
            return at
    cores.append(with_python(core, budget))
    return len(cores) - 1
