"""The sieve finds every literal wherever it stands, and nothing else."""

from __future__ import annotations

import random

from conflictlens.diagnosis.rules import table
from conflictlens.diagnosis.sieve import Sieve

WORDS = {literal: {number} for number, literal in enumerate(sorted(set(table().literals())))}
SIEVE = Sieve(WORDS, table().chaff)
FILLING = ["x", "error", " ", "Error: ", "ailed", "not found", "\u2501", "[31m", "12", "-"]


def expected(line: str) -> set[int]:
    """To whom a line matters, digits being alike."""
    alike = str.maketrans("123456789", "000000000")
    blind = line.translate(alike)
    return {n for word, (n,) in WORDS.items() if word.translate(alike) in blind}


def test_every_literal_is_found_among_others() -> None:
    chance = random.Random(1)
    words = list(WORDS)
    lines = [
        "".join(chance.choice([chance.choice(words), *FILLING[:6]]) for _ in range(4))
        for _ in range(3000)
    ] + words
    found = SIEVE.meanings([line.encode() for line in lines])
    assert [set(one) for one in found] == [expected(line) for line in lines]


def test_what_is_remembered_is_what_was_found() -> None:
    lines = [f"error: {number} of {word}".encode() for number, word in enumerate(WORDS)]
    fresh = Sieve(WORDS, table().chaff)
    assert fresh.meanings(lines) == fresh.meanings(lines) == SIEVE.meanings(lines)


def test_an_escape_within_a_word_hides_it_only_where_no_piece_is_left() -> None:
    [meaning] = SIEVE.meanings([b"\x1b[31mERROR:\x1b[0m ResolutionImpossible"])
    assert set(meaning) == expected("ERROR: ResolutionImpossible")


def test_ordinary_lines_matter_to_few() -> None:
    lines = [line.encode() for line in table().chaff.splitlines()]
    assert sum(map(bool, SIEVE.meanings(lines))) < len(lines) / 2
