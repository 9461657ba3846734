"""What is told where the time ends while fixes are looked for."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from conflictlens.explanation.records import Findings
from conflictlens.index.memory import MemoryIndex
from conflictlens.index.records import Distribution, Metadata, UnknownMetadata
from conflictlens.library import ask
from conflictlens.pipeline import find
from conflictlens.render.changes import change_text
from conflictlens.requirements.reading import read_requirements
from conflictlens.resolution.budget import Budget
from conflictlens.target import target_for

Needs = Mapping[str, Sequence[str]]
SECONDS = 2.4
OLD: Needs = {f"{n}.0": ["steel<2"] for n in range(1, 400)}
"""Releases that take far longer to read than there is time."""


class Slow(MemoryIndex):
    """An index that takes its time for each release of `oven`."""

    def metadata(self, distribution: Distribution) -> Metadata | UnknownMetadata:
        if distribution.project == "oven":
            time.sleep(0.04)
        return super().metadata(distribution)


class Stuck(Slow):
    """One that takes all the rest of the time for one of them."""

    def metadata(self, distribution: Distribution) -> Metadata | UnknownMetadata:
        if "75.0-" in distribution.filename:
            time.sleep(SECONDS)
        return super().metadata(distribution)


def answer(universe: Mapping[str, Needs], *lines: str, index: type[MemoryIndex] = Slow) -> Findings:
    question = ask(read_requirements(lines), target_for("3.11", "linux"), None)
    return find(question, index.of(universe), Budget.of(SECONDS))


def told(findings: Findings) -> list[tuple[int, str]]:
    """Fixes of one change, none of which is called the only one."""
    assert not any(fix.only for fix in findings.fixes)
    return [(fix.conflict, change_text(change)) for fix in findings.fixes for change in fix.changes]


def notes(findings: Findings) -> list[str]:
    return [note.text.partition(":")[0] for note in findings.notes if "time" in note.text]


def test_a_line_that_can_be_left_out() -> None:
    findings = answer({"oven": OLD, "steel": {"2.0": []}}, "oven==399", "steel==2")
    assert told(findings) == [(0, "remove oven==399")]
    assert findings.fixes[0].requirements == ("steel==2",)
    assert findings.repair is not None
    assert notes(findings) == ["there may be more fixes"]


def test_a_line_of_each_conflict_that_can_be_left_out() -> None:
    universe: dict[str, Needs] = {
        "oven": OLD,
        "steel": {"2.0": []},
        "pan": {"1.0": ["tin<2"]},
        "tin": {"2.0": []},
    }
    findings = answer(universe, "pan", "tin==2", "oven==399", "steel==2")
    assert sorted(told(findings)) == [
        (0, "remove pan"),
        (1, "remove oven==399"),
    ]
    assert all(set(fix.requirements) == {"tin==2", "steel==2"} for fix in findings.fixes)
    assert findings.repair is not None
    assert len(findings.repair.changes) == 2


def test_a_line_that_can_be_left_out_although_all_the_time_went_into_one_answer() -> None:
    universe: dict[str, Needs] = {"oven": OLD, "steel": {"2.0": []}}
    findings = answer(universe, "oven==399", "steel==2", index=Stuck)
    assert told(findings) == [(0, "remove oven==399")]
    assert notes(findings)[0] == "there may be more fixes"


def test_what_was_seen_to_resolve_although_all_the_time_went_into_one_answer() -> None:
    universe: dict[str, Needs] = {"oven": {**OLD, "400.0": []}, "steel": {"2.0": []}}
    findings = answer(universe, "oven==100", "steel==2", index=Stuck)
    assert told(findings) == [(0, "oven==100  →  oven==400.0")]
    assert notes(findings) == ["there may be more fixes"]


def test_what_was_verified_before() -> None:
    """Another steel was tried before another oven was looked for."""
    universe: dict[str, Needs] = {"oven": OLD, "steel": {"1.0": [], "2.0": []}}
    findings = answer(universe, "steel==2", "oven==399")
    assert told(findings) == [(0, "steel==2  →  steel==1.0")]
    assert notes(findings) == ["there may be more fixes"]


def test_what_was_seen_to_resolve() -> None:
    """A newer oven resolves; the time is spent while a nearer one is looked for."""
    universe: dict[str, Needs] = {"oven": {**OLD, "400.0": []}, "steel": {"2.0": []}}
    findings = answer(universe, "oven==100", "steel==2")
    assert told(findings) == [(0, "oven==100  →  oven==400.0")]
    assert notes(findings) == ["there may be more fixes"]


def test_no_time_is_spent_on_what_is_too_far_to_be_told() -> None:
    """Next to a newer oven only the older ones that are about as near are looked at."""
    universe: dict[str, Needs] = {
        "oven": {**OLD, "400.0": [], "390.0": []},
        "steel": {"1.0": ["tin>=2"], "2.0": []},
    }
    findings = answer(universe, "oven==399", "steel==2")
    [fix] = findings.fixes
    assert fix.only
    assert [change_text(change) for change in fix.changes] == ["oven==399  →  oven==400.0"]
    assert findings.stats.metadata < 15
    assert notes(findings) == []


def test_nothing_was_found() -> None:
    """The time is spent before fixes are looked for."""
    universe: dict[str, Needs] = {
        "oven": OLD,
        "steel": {"2.0": []},
        "pan": {"1.0": ["oven", "steel>=3"]},
    }
    findings = answer(universe, "pan", "oven<399", "steel==2")
    assert told(findings) == []
    assert findings.repair is None
    assert notes(findings)[-1] == "no fix was found"
