"""Each rule explains its example, and nothing else would; each pattern is linear."""

from __future__ import annotations

import io
import time
import tomllib
from pathlib import Path

import pytest
from msgspec.structs import replace

from conflictlens.diagnosis.choosing import diagnose
from conflictlens.diagnosis.cleaning import MATCHED
from conflictlens.diagnosis.records import Layer, LogOutcome
from conflictlens.diagnosis.rules import Rule, compiled, table

EXAMPLES: dict[str, str] = tomllib.loads(
    (Path(__file__).parent / "examples.toml").read_text("utf-8")
)
RULES = table().rules
NAMES = [rule.id for rule in RULES]


def test_every_rule_has_an_example() -> None:
    assert sorted(EXAMPLES) == sorted(NAMES)


@pytest.mark.parametrize("rule", RULES, ids=NAMES)
def test_a_rule_explains_its_example(rule: Rule) -> None:
    found = diagnose(io.BytesIO(EXAMPLES[rule.id].encode()))
    assert (found.rule, found.layer, found.outcome) == (
        rule.id,
        rule.alone or rule.layer,
        LogOutcome.FAILURE,
    )


@pytest.mark.parametrize("rule", RULES, ids=NAMES)
def test_no_other_rule_explains_it(rule: Rule) -> None:
    others = replace(table(), rules=tuple(one for one in RULES if one is not rule))
    found = diagnose(io.BytesIO(EXAMPLES[rule.id].encode()), others)
    with_it = diagnose(io.BytesIO(EXAMPLES[rule.id].encode()))
    assert (found.layer, found.line, found.why) != (with_it.layer, with_it.line, with_it.why)


def test_every_layer_that_can_fail_has_a_rule() -> None:
    unfailing = {Layer.NONE, Layer.UNKNOWN}
    assert {rule.layer for rule in RULES} == set(Layer) - unfailing


def test_what_rules_refer_to_is_there() -> None:
    known = set(NAMES)
    named = {name for rule in RULES for name in (*rule.explains, *rule.given, *rule.refines)}
    assert named <= known
    assert {name for rule in RULES for name in rule.advice} <= set(table().advice)


def test_a_rule_has_literals_or_refines_others() -> None:
    assert [rule.id for rule in RULES if bool(rule.literals) == bool(rule.refines)] == []


def test_every_rule_says_what_to_do() -> None:
    assert [rule.id for rule in RULES if not (rule.advice or rule.remedies)] == []


FORBIDDEN = ("--break-system-packages", "sudo pip", "--trusted-host", "verify=false", "ssl_verify")


@pytest.mark.parametrize("words", FORBIDDEN)
def test_nothing_suggests_what_is_unsafe(words: str) -> None:
    remedies = [one for rule in RULES for one in table().remedies(rule)]
    assert [one for one in remedies if words in f"{one.text} {one.command}".lower()] == []


def hostile(rule: Rule) -> list[str]:
    """Lines on which a pattern that backtracks would take long: its beginnings, repeated."""
    seeds = [*rule.literals, "a", " ", "'", "(", "Error: ", "error: ", "x.", "/a", "a-", "\\"]
    return [(seed * MATCHED)[: MATCHED - 1] + "\x01" for seed in seeds]


@pytest.mark.parametrize("rule", RULES, ids=NAMES)
def test_a_pattern_is_quick_on_hostile_lines(rule: Rule) -> None:
    pattern = compiled(rule.pattern)
    for line in hostile(rule):
        start = time.process_time()
        pattern.search(line)
        assert time.process_time() - start < 0.1, line[:40]
