"""The JSON of an answer: the whole object, its keys on every answer, and what is in its text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from conflictlens.explanation.records import Findings, Stats
from conflictlens.render.issue import issues
from conflictlens.render.json import render_json, to_dict
from conflictlens.render.json_text import ascii_json, json_text
from conflictlens.requirements.records import Origin, OriginKind
from tests.render.asking import of_scenario
from tests.render.test_text import kitchen, undecided, uploaded_late
from tests.scenario import scenarios

TOP = [
    "schema",
    "outcome",
    "target",
    "conflicts",
    "fixes",
    "dead_ends",
    "blockers",
    "similar",
    "upstream",
    "repair",
    "resolution",
    "notes",
    "stats",
]
CONFLICT = ["core", "minimal", "summary", "steps", "facts"]
FACT = ["kind", "reason", "project", "extra", "versions", "requires", "source", "nearest"]
FACT += ["declared"]
FIX = ["conflict", "changes", "only", "verified", "requirements", "constraints", "resolution"]
FIX += ["assumes"]
STATS = ["seconds", "requests", "bytes", "projects", "metadata", "rounds", "solves"]


def test_the_whole_object_of_a_conflict(tmp_path: Path) -> None:
    assert to_dict(kitchen(tmp_path)) == {
        "schema": "conflictlens.explanation/1",
        "outcome": "conflict",
        "target": {
            "python": "3.11",
            "python_full_version": "3.11.0",
            "implementation": "cpython",
            "platform": "linux",
            "machine": "x86_64",
        },
        "conflicts": [
            {
                "core": [
                    {
                        "requirement": "kettle==1.2.1",
                        "name": "kettle",
                        "origin": {"path": "requirements.txt", "line": 2, "kind": "requirement"},
                    },
                    {
                        "requirement": "tea>=2",
                        "name": "tea",
                        "origin": {"path": "requirements.txt", "line": 3, "kind": "requirement"},
                    },
                ],
                "minimal": True,
                "summary": "kettle==1.2.1 (requirements.txt:2) and tea>=2 (requirements.txt:3) "
                "clash over water",
                "steps": [
                    {
                        "text": "tea 2.0 to 2.1.1 (all 4) need water>=4.6.1",
                        "facts": [0, 1],
                    },
                    {"text": "kettle 1.2.1 needs water~=4.5.0", "facts": [2]},
                ],
                "facts": [
                    {
                        "kind": "needs",
                        "reason": None,
                        "project": "tea",
                        "extra": None,
                        "versions": "2.0 to 2.0.1",
                        "requires": "water>=4.6.1",
                        "source": "https://index.example/files/tea-2.0.1-py3-none-any.whl",
                        "nearest": [],
                        "declared": False,
                    },
                    {
                        "kind": "needs",
                        "reason": None,
                        "project": "tea",
                        "extra": None,
                        "versions": "2.1 to 2.1.1",
                        "requires": "water>=4.6.2",
                        "source": "https://index.example/files/tea-2.1.1-py3-none-any.whl",
                        "nearest": [],
                        "declared": False,
                    },
                    {
                        "kind": "needs",
                        "reason": None,
                        "project": "kettle",
                        "extra": None,
                        "versions": "1.2.1",
                        "requires": "water~=4.5.0",
                        "source": "https://index.example/files/kettle-1.2.1-py3-none-any.whl",
                        "nearest": [],
                        "declared": False,
                    },
                ],
            }
        ],
        "fixes": [
            {
                "conflict": 0,
                "changes": [
                    {
                        "action": "replace",
                        "requirement": "tea>=2",
                        "replacement": "tea>=1.10,<2",
                        "origin": {"path": "requirements.txt", "line": 3, "kind": "requirement"},
                    }
                ],
                "only": True,
                "verified": True,
                "requirements": ["lamp", "kettle==1.2.1", "tea>=1.10,<2"],
                "constraints": [],
                "resolution": {"tea": "1.10.12"},
                "assumes": [],
            }
        ],
        "dead_ends": [
            {
                "conflict": 0,
                "requirement": "kettle==1.2.1",
                "origin": {"path": "requirements.txt", "line": 2, "kind": "requirement"},
            }
        ],
        "blockers": [],
        "similar": [],
        "upstream": [],
        "repair": None,
        "resolution": None,
        "notes": [],
        "stats": {
            "seconds": {"total": 0.0, "first_conflict": None},
            "requests": 0,
            "bytes": 0,
            "projects": 0,
            "metadata": 0,
            "rounds": 0,
            "solves": 0,
        },
    }


@pytest.mark.parametrize("name", scenarios())
def test_all_keys_are_always_there(name: str, tmp_path: Path) -> None:
    findings = of_scenario(name, tmp_path)
    told: dict[str, Any] = json.loads(render_json(findings))
    assert list(told) == TOP
    assert list(told["stats"]) == STATS
    assert told["outcome"] == findings.outcome
    assert (told["resolution"] is not None) == (findings.outcome == "resolved")
    for conflict in told["conflicts"]:
        assert list(conflict) == CONFLICT
        assert {tuple(fact) for fact in conflict["facts"]} <= {tuple(FACT)}
        used = {fact for step in conflict["steps"] for fact in step["facts"]}
        assert used == set(range(len(conflict["facts"])))
    assert {tuple(fix) for fix in told["fixes"]} <= {tuple(FIX)}


def test_what_upstream_would_have_to_change(tmp_path: Path) -> None:
    findings = of_scenario("upstream-cap-deep-down", tmp_path)
    [issue] = issues(findings)
    assert to_dict(findings)["upstream"] == [
        {
            "conflict": 0,
            "project": "engine",
            "version": "2.1",
            "requirement": "types~=4.5.0 ; python_version > '3.6'",
            "loosened": 'types<4.8,>=4.5.0; python_version > "3.6"',
            "allows": {"types": "4.7.0"},
            "verified": True,
            "resolution": {
                "app": "1.0",
                "engine": "2.1",
                "lamp": "1.0",
                "types": "4.7.0",
                "web": "3.0",
            },
            "issue": {"title": issue.title, "body": issue.body},
        }
    ]
    assert issue.title == "Allow types 4.7.0 (2.1 requires types~=4.5.0)"


def test_a_line_that_is_added(tmp_path: Path) -> None:
    fixes: Any = to_dict(of_scenario("pre-withheld-deep-down", tmp_path))["fixes"]
    [added] = [fix for fix in fixes if fix["changes"][0]["action"] == "add"]
    assert added["changes"] == [
        {
            "action": "add",
            "requirement": None,
            "replacement": "oven>=2.0rc1",
            "origin": {"path": "requirements.txt", "line": None, "kind": "requirement"},
        }
    ]
    assert added["requirements"] == ["bread==2", "kitchen", "oven>=2.0rc1"]
    assert added["resolution"] == {"bread": "2", "kitchen": "1.0", "oven": "2.0rc1"}


def test_an_undecided_answer_says_why_in_its_notes(tmp_path: Path) -> None:
    told = to_dict(undecided(tmp_path))
    assert (told["outcome"], told["conflicts"], told["resolution"]) == ("undecided", [], None)
    assert told["notes"] == [
        {
            "kind": "index",
            "text": "the index can't be reached: "
            "https://user:****@index.example/simple/lamp/ (no route); "
            "check the network or proxy, or use --offline to answer from the cache",
        }
    ]


def test_a_conflict_that_is_not_proved_minimal_says_why_in_the_notes(tmp_path: Path) -> None:
    findings = kitchen(tmp_path)
    doubted = replace(findings.conflicts[0], minimal=False, interrupted="the time ended")
    told: dict[str, Any] = json.loads(render_json(replace(findings, conflicts=(doubted,))))
    assert told["conflicts"][0]["minimal"] is False
    assert told["notes"] == [
        {"kind": "budget", "text": "conflict 1 is not proved minimal: the time ended"}
    ]


def test_facts_that_no_metadata_tells(tmp_path: Path) -> None:
    [missing] = told_facts(uploaded_late(tmp_path))
    assert missing == {
        "kind": "unmatched",
        "reason": "no-match",
        "project": "kettle",
        "extra": None,
        "versions": "",
        "requires": "kettle>=2",
        "source": None,
        "nearest": [],
        "declared": False,
    }
    [excluded] = told_facts(of_scenario("python-too-old", tmp_path))
    assert (excluded["kind"], excluded["reason"]) == ("excluded", "requires-python")
    assert (excluded["versions"], excluded["requires"]) == (
        "2.0 to 2.1",
        "Python>=3.11 or Python>=3.10",
    )


def told_facts(findings: Findings) -> list[dict[str, Any]]:
    told: dict[str, Any] = json.loads(render_json(findings))
    facts: list[dict[str, Any]] = told["conflicts"][0]["facts"]
    return facts


def test_stats_are_told(tmp_path: Path) -> None:
    stats = Stats(1.23456789, 0.5, 1, 2, 3, 4, 5, 6)
    assert to_dict(replace(kitchen(tmp_path), stats=stats))["stats"] == {
        "seconds": {"total": 1.234568, "first_conflict": 0.5},
        "requests": 1,
        "bytes": 2,
        "projects": 3,
        "metadata": 4,
        "rounds": 5,
        "solves": 6,
    }


def test_a_path_that_is_not_text_stays_valid_json(tmp_path: Path) -> None:
    findings = kitchen(tmp_path)
    root = replace(
        findings.conflicts[0].core[0],
        origin=Origin(OriginKind.REQUIREMENT, "é\udcff\x9b\u202e.txt", 1),
    )
    told = replace(findings, conflicts=(replace(findings.conflicts[0], core=(root,)),))
    text = render_json(told)
    for form in (text.encode("utf-8").decode("utf-8"), ascii_json(text)):
        assert json.loads(form)["conflicts"][0]["core"][0]["origin"]["path"] == root.origin.path
        assert not set(form) & {"\x9b", "\u202e"}
    assert ascii_json("😀é") == "\\ud83d\\ude00\\u00e9"


TEXTS = st.text(st.characters(exclude_categories=()), max_size=6)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.sampled_from([0.5, 2.0]) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
)


@given(VALUES)
def test_what_is_written_can_be_read_and_printed_anywhere(value: Any) -> None:
    text = json_text(value)
    assert json.loads(text) == json.loads(json.dumps(value))
    assert json.loads(ascii_json(text)) == json.loads(json.dumps(value))
    assert ascii_json(text).isascii()
    text.encode("utf-8")
    plain = json.dumps(value, indent=2)
    if plain == json.dumps(value, indent=2, ensure_ascii=False) and "\x7f" not in plain:
        assert text == plain + "\n"
