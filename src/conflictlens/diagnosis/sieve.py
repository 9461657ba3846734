"""Which lines of a block can matter, found fast: most lines of a log hold no word that counts.

Searching for each of some hundred literals would cost more than reading the log. They share short
pieces ("rror", "ound"): a greedy set cover picks few pieces such that every literal holds one, and
a line is looked at if it holds a piece (Chvátal 1979: greedy is within ln n of the least). Pieces
of ordinary lines, the chaff, are avoided. Logs repeat themselves, so verdicts are remembered.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate

_LENGTH = 4
_REMEMBERED = 40_000


class Sieve:
    """For texts that must hold at least one of `literals`."""

    def __init__(self, literals: Iterable[str], chaff: str) -> None:
        self.pieces = tuple(_cover(set(literals), chaff))
        self._known: dict[str, bool] = {}

    def places(self, lines: Sequence[str]) -> list[int]:
        """The indices of the lines that hold a piece, ascending."""
        known = self._known
        self._learn(list(dict.fromkeys(line for line in lines if line not in known)))
        found = [index for index, line in enumerate(lines) if known[line]]
        if len(known) > _REMEMBERED:
            known.clear()
        return found

    def _learn(self, lines: Sequence[str]) -> None:
        self._known.update(dict.fromkeys(lines, False))
        text = "\n".join(lines)
        starts = list(accumulate((len(line) + 1 for line in lines), initial=0))
        for piece in self.pieces:
            for index in _holding(piece, text, starts):
                self._known[lines[index]] = True

    def pieces_of(self, literal: str) -> tuple[str, ...]:
        return tuple(piece for piece in self.pieces if piece in literal)

    def in_text(self, text: str) -> list[str]:
        """The pieces that `text` holds."""
        return [piece for piece in self.pieces if piece in text]


def _holding(piece: str, text: str, starts: Sequence[int]) -> Iterator[int]:
    at = text.find(piece)
    while at >= 0:
        index = bisect_right(starts, at) - 1
        yield index
        at = text.find(piece, starts[index + 1])


def _cover(literals: set[str], chaff: str) -> Iterator[str]:
    """The shortest list of pieces that greed finds; what is shorter than a piece is its own."""
    holders: dict[str, set[str]] = defaultdict(set)
    for literal in sorted(literals):
        for piece in _pieces(literal, chaff):
            holders[piece].add(literal)
    left = set(literals)
    while left:
        best = max(holders, key=lambda piece: (len(holders[piece]), piece))
        yield best
        covered = holders[best].copy()
        left -= covered
        for piece in [one for one in holders if holders[one] & covered]:
            holders[piece] -= covered
            if not holders[piece]:
                del holders[piece]


def _pieces(literal: str, chaff: str) -> list[str]:
    last = max(len(literal) - _LENGTH, 0)
    pieces = [literal[start : start + _LENGTH] for start in range(last + 1)]
    return [piece for piece in pieces if piece not in chaff] or [literal]
