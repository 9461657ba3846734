"""Which lines of a log can matter, and to whom, found fast: most hold no word that counts.

Looking for each of a thousand literals would take a thousand times as long as reading. One regular
expression looks for a piece of each. What that costs is how often the engine stops at a byte with
which a piece may begin, so a piece is found by its rarest byte, the trigger, with what stands
before and after it looked at only there; and the triggers are as rare as they can be together: in
turn, from the commonest on, every byte is given up that no literal needs.

Logs repeat themselves but for numbers, so lines are looked up with each digit as 0, and what is
known of a line is remembered.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate

from conflictlens.diagnosis.cleaning import MATCHED, broken, clean

Meaning = frozenset[int]
"""To whom a line matters."""

_PIECE = 5
_SHORT_WORD = 8
_REMEMBERED = 30_000
_MOST_REMEMBERED = 8_000_000
_SHORT = 500
_LOOKED_AT = 2 * MATCHED
_BLIND = bytes.maketrans(b"123456789", b"000000000")
_NOTHING: Meaning = frozenset()


class Sieve:
    """`words` tells of each literal to whom a line that holds it matters; `chaff` is common."""

    def __init__(self, words: Mapping[str, Iterable[int]], chaff: str) -> None:
        self._words: dict[bytes, set[int]] = defaultdict(set)
        for word, whom in words.items():
            self._words[_blind(word)].update(whom)
        pieces = _pieces(list(self._words), _blind(chaff))
        pattern, order = _alternatives(pieces)
        self._pattern = re.compile(pattern)
        self._literals = _told(order, pieces)
        self._known: dict[bytes, Meaning] = {}
        self._meanings: dict[Meaning, Meaning] = {}
        self._size = 0

    def meanings(self, lines: Sequence[bytes]) -> list[Meaning]:
        """Of each line to whom it matters; empty for most."""
        blind = b"\n".join(lines).translate(_BLIND).split(b"\n")
        found = list(map(self._known.get, blind))
        unknown = [place for place, meaning in enumerate(found) if meaning is None]
        if unknown:
            self._learn(blind, unknown, found)
        return found  # type: ignore[return-value]

    def of(self, text: str) -> Meaning:
        """To whom a text matters."""
        return self.meanings([text.replace("\n", " ").encode("utf-8", "replace")])[0]

    def _learn(
        self, lines: Sequence[bytes], places: Sequence[int], found: list[Meaning | None]
    ) -> None:
        texts = list({lines[place]: None for place in places})
        new = dict.fromkeys(texts, _NOTHING)
        for index, pieces in self._pieces_in([text[:_LOOKED_AT] for text in texts]).items():
            new[texts[index]] = self._meaning(texts[index][:_LOOKED_AT], pieces)
        for place in places:
            found[place] = new[lines[place]]
        self._remember(new)

    def _pieces_in(self, texts: Sequence[bytes]) -> dict[int, set[int]]:
        """The numbers of the pieces in each text that holds any, by the text's place."""
        held: dict[int, set[int]] = {}
        ends = list(accumulate((len(text) + 1 for text in texts), initial=0))[1:]
        index, end = -1, 0
        for hit in self._pattern.finditer(b"\n".join(texts)):
            at = hit.start()
            if at >= end:
                index = bisect_right(ends, at, index + 1)
                end = ends[index]
                pieces = held[index] = set()
            pieces.add(hit.lastindex or 0)
        return held

    def _meaning(self, line: bytes, pieces: set[int]) -> Meaning:
        if broken(line):
            line = clean(line.decode("utf-8", "replace")).encode()
            pieces = pieces | {hit.lastindex or 0 for hit in self._pattern.finditer(line)}
        whom: set[int] = set()
        for piece in pieces:
            for literal in self._literals[piece]:
                if literal in line:
                    whom |= self._words[literal]
        meaning = frozenset(whom)
        return self._meanings.setdefault(meaning, meaning)

    def _remember(self, new: Mapping[bytes, Meaning]) -> None:
        if len(self._known) > _REMEMBERED or self._size > _MOST_REMEMBERED:
            self._known.clear()
            self._meanings.clear()
            self._size = 0
        if sum(map(len, new)) > _MOST_REMEMBERED // 4:
            new = {line: meaning for line, meaning in new.items() if len(line) < _SHORT}
        self._size += sum(map(len, new))
        self._known.update(new)


def _blind(text: str) -> bytes:
    return text.encode().translate(_BLIND)


_Piece = tuple[bytes, bytes, bytes]
"""What stands before the trigger, the trigger, what stands after it."""


def _pieces(literals: Sequence[bytes], chaff: bytes) -> dict[_Piece, list[bytes]]:
    """A piece for each literal; of those that it holds, the one that most share."""
    triggers = _triggers(literals, Counter(chaff))
    # What is short stands in many lines; what is longer is better told by what else it holds.
    chaff += b"\n".join([b"", *(one for one in literals if len(one) <= _SHORT_WORD)])
    pieces = {literal: _around(literal, chaff, triggers) for literal in literals}
    shared = Counter(piece for ones in pieces.values() for piece in ones)
    found: dict[_Piece, list[bytes]] = defaultdict(list)
    for literal, ones in pieces.items():
        found[max(ones, key=lambda one: (not one[0], shared[one], one))].append(literal)
    return found


def _triggers(literals: Sequence[bytes], common: Counter[int]) -> set[int]:
    """Bytes of which every literal holds one, rare together."""
    kept = [set(literal) for literal in literals]
    triggers = set[int]().union(*kept)
    for byte in sorted(triggers, key=lambda one: (-common[one], one)):
        holders = [one for one in kept if byte in one]
        if all(len(one) > 1 for one in holders):
            triggers.discard(byte)
            for one in holders:
                one.discard(byte)
    return triggers


def _around(literal: bytes, chaff: bytes, triggers: set[int]) -> set[_Piece]:
    """The pieces around its triggers: such that ordinary lines do not hold, if there are any."""
    pieces = set()
    for at in (place for place, byte in enumerate(literal) if byte in triggers):
        after = literal[at + 1 : at + _PIECE]
        missing = _PIECE - 2 - len(after)
        before = literal[max(at - missing, 0) : at] if missing > 0 else b""
        pieces.add((before, literal[at : at + 1], after))
    whole = {
        (literal[:at], one, literal[at + 1 :])
        for _, one, _ in pieces
        if (at := literal.index(one)) >= 0
    }
    return {piece for piece in pieces if b"".join(piece) not in chaff} or whole


def _alternatives(pieces: Iterable[_Piece]) -> tuple[bytes, list[_Piece]]:
    """A pattern for a trigger in its piece, and the piece of each of its groups."""
    by_trigger: dict[bytes, list[_Piece]] = defaultdict(list)
    for piece in sorted(pieces):
        by_trigger[piece[1]].append(piece)
    order: list[_Piece] = []
    patterns = [
        b"%s(?=%s)" % (re.escape(trigger), _branches([(one[2], one) for one in ones], order))
        for trigger, ones in by_trigger.items()
    ]
    return b"|".join(patterns), order


def _branches(left: Sequence[tuple[bytes, _Piece]], order: list[_Piece]) -> bytes:
    """What may come next, each byte once: the engine passes quickly over those that differ."""
    by_next: dict[bytes, list[tuple[bytes, _Piece]]] = defaultdict(list)
    for after, piece in left:
        by_next[after[:1]].append((after[1:], piece))
    patterns = []
    for first, rest in sorted(by_next.items(), reverse=True):
        if first:
            patterns.append(re.escape(first) + _branches(rest, order))
            continue
        for _, (before, trigger, after) in sorted(rest, reverse=True):
            order.append((before, trigger, after))
            behind = b"(?<=%s)" % re.escape(before + trigger + after) if before else b""
            patterns.append(behind + b"()")
    return patterns[0] if len(patterns) == 1 else b"(?:%s)" % b"|".join(patterns)


def _told(
    order: Sequence[_Piece], pieces: Mapping[_Piece, Sequence[bytes]]
) -> list[Sequence[bytes]]:
    """By number of a piece the literals that may be there: its own, and those of the pieces after
    it around the same trigger; that those before it are not there is why it was found."""
    numbered = list(enumerate(order))
    return [
        (),
        *(
            [
                literal
                for _, other in numbered[number:]
                if other[1] == piece[1] and _fit(piece, other)
                for literal in pieces[other]
            ]
            for number, piece in numbered
        ),
    ]


def _fit(one: _Piece, other: _Piece) -> bool:
    """Whether both can stand around one trigger."""
    behind = min(len(one[0]), len(other[0]))
    ahead = min(len(one[2]), len(other[2]))
    same_before = one[0][len(one[0]) - behind :] == other[0][len(other[0]) - behind :]
    return same_before and one[2][:ahead] == other[2][:ahead]
