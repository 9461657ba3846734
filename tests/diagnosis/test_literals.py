"""A line is tried only if it holds a literal of a rule: every way to match a pattern holds one."""

from __future__ import annotations

import re
import tomllib
from functools import reduce
from re import _parser  # type: ignore[attr-defined]
from typing import Any

import pytest

from conflictlens.diagnosis.rules import FOLDER

READ = [tomllib.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.toml"))]
RULES = [rule for read in READ for rule in read.get("rules", ()) if "refines" not in rule]
SUCCESSES = READ[0]["successes"]

Ways = list[list[str]]
"""The ways to match a pattern; of each the texts that it surely holds."""


def ways(pattern: str) -> Ways:
    return _ways(_parser.parse(pattern))


def _ways(parsed: Any) -> Ways:
    found: Ways = [[""]]
    for operation, value in parsed:
        found = _then(found, _steps(operation, value))
    return found


def _steps(operation: Any, value: Any) -> Ways:
    """The ways of one part; an empty text between two others stands for anything."""
    match str(operation):
        case "LITERAL":
            return [[chr(value)]]
        case "SUBPATTERN":
            return _ways(value[3])
        case "BRANCH":
            return [way for branch in value[1] for way in _ways(branch)]
        case "IN" if len(value) <= 5 and {str(one[0]) for one in value} == {"LITERAL"}:
            return [[chr(one[1])] for one in value]
        case "MAX_REPEAT" | "MIN_REPEAT":
            least, most, part = value
            once = _ways(part) if least or most == 1 else []
            if len(once) == 1 and least > 1:
                once = reduce(_then, [once] * least)
            open_end = [[*way, ""] for way in once] if most != 1 else once
            return [*open_end, *([] if least else [[""] if most == 1 else ["", ""]])]
        case "ASSERT":
            return [["", *way, ""] for way in _ways(value[1])]
        case "AT" | "ASSERT_NOT":
            return [[""]]
    return [["", ""]]


def _then(first: Ways, second: Ways) -> Ways:
    return [[*one[:-1], one[-1] + two[0], *two[1:]] for one in first for two in second]


@pytest.mark.parametrize("rule", RULES, ids=[rule["id"] for rule in RULES])
def test_every_way_to_match_holds_a_literal(rule: dict[str, Any]) -> None:
    same = str.lower if rule["pattern"].startswith("(?i)") else str
    literals = [same(literal) for literal in rule["literals"]]
    missed = [
        way
        for way in ways(rule["pattern"])
        if not any(literal in same(text) for literal in literals for text in way)
    ]
    assert missed == []


@pytest.mark.parametrize("success", SUCCESSES, ids=[one["pattern"] for one in SUCCESSES])
def test_every_success_holds_its_literal(success: dict[str, str]) -> None:
    assert all(any(success["literal"] in text for text in way) for way in ways(success["pattern"]))


def test_ways_are_told_apart() -> None:
    assert ways("a(?:b|c)d?.e") == [["abd", "e"], ["ab", "e"], ["acd", "e"], ["ac", "e"]]
    assert re.search("a(?:b|c)d?.e", "acdxe")
