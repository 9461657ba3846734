"""Other spellings of a name, and how far apart two texts are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from packaging.utils import NormalizedName, is_normalized_name

_AFFIXES = (("python-", ""), ("py", ""), ("", "-python"))
_DROPPED = (*_AFFIXES, ("py-", ""), ("", "-py"))
_OFTEN_DOUBLE = frozenset("cdfglmnprst")


def respelled(name: NormalizedName) -> Iterator[tuple[int, NormalizedName]]:
    """What may have been meant by `name`, each spelling once, with a number: how far-fetched.

    0: other separators, what people put around the names of Python projects, the plural. 1: a
    letter was doubled, written once instead of twice, or swapped with its neighbour. 2: one is
    too many.
    """
    seen = {str(name)}
    for place, ways in enumerate(_WAYS):
        for text in chain.from_iterable(way(name) for way in ways):
            if text not in seen and len(text) > 1 and is_normalized_name(text):
                seen.add(text)
                yield place, NormalizedName(text)


def _separated(name: str) -> Iterable[str]:
    """``a-b-c`` without its separators, without one of them, in another order."""
    parts = name.split("-")
    yield "".join(parts)
    for place in range(1, len(parts)):
        yield "-".join([*parts[: place - 1], parts[place - 1] + parts[place], *parts[place + 1 :]])
    yield "-".join(reversed(parts))


def _affixed(name: str) -> Iterable[str]:
    for before, after in _DROPPED:
        if name.startswith(before) and name.endswith(after):
            yield name[len(before) : len(name) - len(after)]
    for before, after in _AFFIXES:
        yield f"{before}{name}{after}"


def _plural(name: str) -> Iterable[str]:
    yield name.removesuffix("s") if name.endswith("s") else f"{name}s"


def _swapped(name: str) -> Iterable[str]:
    for at in range(len(name) - 1):
        yield name[:at] + name[at + 1] + name[at] + name[at + 2 :]


def _undoubled(name: str) -> Iterable[str]:
    for at in range(1, len(name)):
        if name[at] == name[at - 1]:
            yield name[:at] + name[at + 1 :]


def _shortened(name: str) -> Iterable[str]:
    for at in range(len(name)):
        yield name[:at] + name[at + 1 :]


def _doubled(name: str) -> Iterable[str]:
    for at, letter in enumerate(name):
        if at and letter in _OFTEN_DOUBLE:
            yield name[:at] + letter + name[at:]


_WAYS = ((_separated, _affixed, _plural), (_undoubled, _doubled, _swapped), (_shortened,))


def distance(one: str, other: str) -> int:
    """Letters to insert, drop, replace or swap with a neighbour (optimal string alignment)."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, left in enumerate(one, 1):
        before, previous, row = row, before, [i]
        for j, right in enumerate(other, 1):
            best = min(before[j] + 1, row[-1] + 1, before[j - 1] + (left != right))
            if i > 1 and j > 1 and left == other[j - 2] and one[i - 2] == right:
                best = min(best, previous[j - 2] + 1)
            row.append(best)
    return row[-1]
