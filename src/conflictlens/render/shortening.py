"""Long chains of releases that only pass a demand on, drawn with a gap in the middle."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from conflictlens.render.node_words import Role
from conflictlens.render.picture_records import Arrow, Box, Row

_LONGEST = 8
"""Releases in a row that are all drawn."""
_KEPT = 3
"""How many of more are drawn at each end."""


def shortened(
    boxes: Sequence[Box], arrows: Sequence[Arrow]
) -> tuple[tuple[Box, ...], tuple[Arrow, ...]]:
    """The same with one box for the middle of each long chain."""
    gaps = {box.id: chain for chain in _chains(boxes, arrows) for box in chain[:1]}
    inside = {box.id: chain[0].id for chain in gaps.values() for box in chain}
    kept = (
        _gap(gaps[box.id]) if box.id in gaps else box
        for box in boxes
        if inside.get(box.id, box.id) == box.id
    )
    moved = (replace(arrow, source=inside.get(arrow.source, arrow.source)) for arrow in arrows)
    return tuple(kept), tuple(
        arrow
        for arrow in moved
        if arrow.target not in inside or (arrow.target in gaps and arrow.source != arrow.target)
    )


def _gap(chain: Sequence[Box]) -> Box:
    return replace(chain[0], texts=(Row(f"… {len(chain)} more in a row", Role.PLAIN),))


def _chains(boxes: Sequence[Box], arrows: Sequence[Arrow]) -> Iterator[list[Box]]:
    """The middles of the chains that are too long."""
    leaving: dict[str, list[str]] = {}
    arriving: dict[str, list[str]] = {}
    for arrow in arrows:
        leaving.setdefault(arrow.source, []).append(arrow.target)
        arriving.setdefault(arrow.target, []).append(arrow.source)
    passing = {
        box.id: box
        for box in boxes
        if box.look == "release"
        and len(leaving.get(box.id, ())) == len(arriving.get(box.id, ())) == 1
    }
    for box in passing.values():
        if arriving[box.id][0] in passing:
            continue
        chain = [box]
        while leaving[chain[-1].id][0] in passing:
            chain.append(passing[leaving[chain[-1].id][0]])
        if len(chain) > _LONGEST:
            yield chain[_KEPT:-_KEPT]
