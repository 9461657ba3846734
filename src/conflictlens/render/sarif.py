"""An answer as SARIF 2.1.0 (OASIS), which code scanning and editors read.

A conflict is a result at its first line that stands in a file; its other lines are related
locations. What kept the answer from being decided, and notes, are notifications of the run.
"""

from __future__ import annotations

from pathlib import PurePath
from urllib.parse import quote

from conflictlens import __version__
from conflictlens.explanation.records import Findings, Outcome
from conflictlens.render.annotation import annotation, filed
from conflictlens.render.escaping import visible
from conflictlens.render.json_text import JSON, json_text
from conflictlens.render.remarks import all_notes
from conflictlens.render.verdict import headline
from conflictlens.requirements.records import RootRequirement

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
RULE = "dependency-conflict"


def render_sarif(findings: Findings) -> str:
    """One log with one run, indented."""
    return json_text({"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(findings)]})


def _run(findings: Findings) -> dict[str, JSON]:
    return {
        "tool": {"driver": _driver()},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(findings)],
        "results": [_result(findings, number) for number in range(len(findings.conflicts))],
    }


def _driver() -> dict[str, JSON]:
    return {
        "name": "conflictlens",
        "semanticVersion": __version__,
        "rules": [
            {
                "id": RULE,
                "name": "DependencyConflict",
                "shortDescription": {"text": "Requirements that can't be installed together"},
                "defaultConfiguration": {"level": "error"},
            }
        ],
    }


def _invocation(findings: Findings) -> dict[str, JSON]:
    """`executionSuccessful` is whether there is a verdict, not which."""
    notes = [_notification("note", note.text) for note in all_notes(findings)]
    undecided = findings.outcome is Outcome.UNDECIDED
    if undecided:
        notes.insert(0, _notification("error", headline(findings).sentence))
    return {"executionSuccessful": not undecided, "toolExecutionNotifications": [*notes]}


def _notification(level: str, text: str) -> dict[str, JSON]:
    return {"level": level, "message": {"text": visible(text)}}


def _result(findings: Findings, number: int) -> dict[str, JSON]:
    lines = filed(findings.conflicts[number])
    return {
        "ruleId": RULE,
        "ruleIndex": 0,
        "level": "error",
        "message": {"text": annotation(findings, number)},
        "locations": [_location(root) for root in lines[:1]],
        "relatedLocations": [
            {"id": place, **_location(root), "message": {"text": visible(root.text)}}
            for place, root in enumerate(lines[1:], 1)
        ],
    }


def _location(root: RootRequirement) -> dict[str, JSON]:
    """A relative path stays one: code scanning takes it from the root of the repository."""
    region: dict[str, JSON] = {"startLine": root.origin.line}
    artifact: dict[str, JSON] = {"uri": _uri(PurePath(root.origin.path or ""))}
    return {"physicalLocation": {"artifactLocation": artifact, "region": region}}


def _uri(path: PurePath) -> str:
    """A path as a URI reference (RFC 3986): absolute ones with the scheme ``file``."""
    if path.is_absolute():
        return path.as_uri()
    # A colon in the first part would make it a scheme.
    return quote(path.as_posix().encode("utf-8", "surrogateescape"), safe="/")
