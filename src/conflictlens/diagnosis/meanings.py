"""To whom a line may matter: to rules, by their numbers from 0, and to those who follow a log."""

from __future__ import annotations

from collections import defaultdict

from conflictlens.diagnosis import rebuild
from conflictlens.diagnosis.frames import BEHEADED, END_WORDS, LITERALS, TRACEBACK
from conflictlens.diagnosis.rules import Table
from conflictlens.diagnosis.told import FILE_WORDS
from conflictlens.diagnosis.wrapping import OPENINGS

PLACE, ASKED, FILE, DONE, WEAK, OPENS, TRACE, END, GIVES_UP = range(-9, 0)
DISCARDING = "WARNING: Discarding "
_WORDS: dict[int, tuple[str, ...]] = {
    PLACE: LITERALS,
    ASKED: rebuild.LITERALS,
    FILE: FILE_WORDS,
    OPENS: OPENINGS,
    TRACE: (TRACEBACK, BEHEADED),
    END: END_WORDS,
    GIVES_UP: (DISCARDING,),
}
KEEPERS = frozenset({PLACE, ASKED, FILE})
"""Those who only want a line kept."""


def words(table: Table) -> dict[str, set[int]]:
    """To whom a line matters that holds a word."""
    found: dict[str, set[int]] = defaultdict(set)
    for number, rule in enumerate(table.rules):
        for literal in () if rule.refines else rule.literals:
            found[literal].add(number)
    for success in table.successes:
        found[success.literal].add(WEAK if success.weak else DONE)
    for whom, literals in _WORDS.items():
        for literal in literals:
            found[literal].add(whom)
    return found
