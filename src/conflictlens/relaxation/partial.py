"""What can be told where time or index gave out while fixes were looked for.

Where changes that resolve everything were found, they are told, with what else was verified. Where
not, what was seen to resolve is written down as it is, or else one line less of each conflict is
tried: neither takes a search.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice, product

import msgspec

from conflictlens.core.mus import Core
from conflictlens.relaxation.options import Option, Versions, Writer
from conflictlens.relaxation.written import Edits, merged

_TRIED = 16
"""Ways to remove a line of each conflict that are tried at most."""


class Way(msgspec.Struct, frozen=True):
    """`edits` mend one conflict; with those of the `others` they resolve everything."""

    conflict: int
    edits: Edits
    others: Edits
    witness: Versions

    @property
    def everything(self) -> Edits:
        return {**self.others, **self.edits}


def verified_ways(
    writer: Writer, parts: Sequence[Edits], options: Mapping[int, Sequence[Option]]
) -> Iterator[Way]:
    """The parts of a repair, and options beside them: those that were verified before."""
    for conflict, part in enumerate(parts):
        further = sorted(options.get(conflict, ()), key=lambda option: option.rank)
        tried = [part, *(option.edits for option in further if option.edits != part)]
        others = _others(parts, conflict)
        for edits in filter(None, tried):
            if (witness := writer.known({**others, **edits})) is not None:
                yield Way(conflict, edits, others, witness)


def removals(writer: Writer, cores: Sequence[Core], free: Collection[int]) -> Iterator[Way]:
    """Lines that can be left out, each verified: one of each conflict, then others instead.

    Raises BudgetSpent and other IndexFailures.
    """
    lines = [sorted(core.roots.intersection(free)) for core in cores]
    for choice in islice(product(*lines), _TRIED):
        parts: list[Edits] = [{place: None} for place in choice]
        witness = writer.verified(merged(parts))
        if witness is not None:
            break
    else:
        return
    for conflict, part in enumerate(parts):
        yield Way(conflict, part, _others(parts, conflict), witness)
    for conflict, part in enumerate(parts):
        others = _others(parts, conflict)
        for edits in [{place: None} for place in lines[conflict] if place not in part]:
            other = writer.verified({**others, **edits})
            if other is not None:
                yield Way(conflict, edits, others, other)


def parts_by_line(edits: Edits, cores: Sequence[Core]) -> list[Edits]:
    """Edits by the conflict whose line they change; empty where that does not tell all apart."""
    owners = {place: [n for n, core in enumerate(cores) if place in core.roots] for place in edits}
    if any(len(own) != 1 for own in owners.values()):
        return []
    return [
        {place: text for place, text in edits.items() if owners[place] == [n]}
        for n in range(len(cores))
    ]


def _others(parts: Sequence[Edits], conflict: int) -> Edits:
    return merged(part for at, part in enumerate(parts) if at != conflict)
