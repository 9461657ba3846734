"""Answers as SARIF."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from conflictlens.explanation.records import Findings, Outcome
from conflictlens.render.sarif import render_sarif
from conflictlens.requirements.records import Origin, OriginKind
from tests.render.asking import of_scenario
from tests.render.test_text import interrupted, kitchen


def run_of(findings: Findings) -> dict[str, Any]:
    log = json.loads(render_sarif(findings))
    assert log["version"] == "2.1.0"
    [run] = log["runs"]
    assert isinstance(run, dict)
    return run


def at(line: int, path: str = "requirements.txt") -> dict[str, Any]:
    return {"physicalLocation": {"artifactLocation": {"uri": path}, "region": {"startLine": line}}}


def test_a_conflict_is_a_result(tmp_path: Path) -> None:
    run = run_of(kitchen(tmp_path))
    [rule] = run["tool"]["driver"]["rules"]
    assert run["invocations"] == [{"executionSuccessful": True, "toolExecutionNotifications": []}]
    assert run["results"] == [
        {
            "ruleId": rule["id"],
            "ruleIndex": 0,
            "level": "error",
            "message": {
                "text": "kettle==1.2.1 (requirements.txt:2) and tea>=2 (requirements.txt:3) "
                "clash over water\n"
                "tea 2.0 to 2.1.1 (all 4) need water>=4.6.1\n"
                "kettle 1.2.1 needs water~=4.5.0\n"
                "tried and works: requirements.txt:3 tea>=2  →  tea>=1.10,<2"
            },
            "locations": [at(2)],
            "relatedLocations": [{"id": 1, **at(3), "message": {"text": "tea>=2"}}],
        }
    ]


def test_a_resolution_has_no_result(tmp_path: Path) -> None:
    run = run_of(of_scenario("marker-of-a-root", tmp_path))
    [invocation] = run["invocations"]
    assert (run["results"], invocation["executionSuccessful"]) == ([], True)
    [note] = invocation["toolExecutionNotifications"]
    assert note["level"] == "note"


def test_what_kept_it_from_a_verdict(tmp_path: Path) -> None:
    findings = replace(
        interrupted(tmp_path), outcome=Outcome.UNDECIDED, undecided="it is late", conflicts=()
    )
    [invocation] = run_of(findings)["invocations"]
    assert not invocation["executionSuccessful"]
    first = invocation["toolExecutionNotifications"][0]
    assert first == {"level": "error", "message": {"text": "Undecided: it is late"}}


def test_doubts_are_told(tmp_path: Path) -> None:
    [result] = run_of(interrupted(tmp_path))["results"]
    assert "\nnot proved minimal: the time budget ended" in result["message"]["text"]


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("a b/ü#.txt", "a%20b/%C3%BC%23.txt"),
        ("c:x.txt", "c%3Ax.txt"),
        ("\udcff.txt", "%FF.txt"),
        ("/srv/app/r.txt", "file:///srv/app/r.txt"),
    ],
)
def test_a_path_is_a_uri(path: str, uri: str, tmp_path: Path) -> None:
    findings = kitchen(tmp_path)
    [conflict] = findings.conflicts
    origin = Origin(OriginKind.CONSTRAINT, path, 4)
    core = tuple(replace(root, origin=origin) for root in conflict.core)
    [result] = run_of(replace(findings, conflicts=(replace(conflict, core=core),)))["results"]
    assert result["locations"] == [at(4, uri)]


def test_other_peoples_text_stays_text(hostile: Findings) -> None:
    [result] = run_of(hostile)["results"]
    assert all(line.isprintable() for line in result["message"]["text"].split("\n"))
