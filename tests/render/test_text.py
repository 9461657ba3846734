"""The text of about twenty answers, word for word; each file in `golden` is reviewed as prose.

``CONFLICTLENS_GOLDEN=write pytest tests/render`` writes them anew.
"""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

import pytest
from msgspec.structs import replace
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from conflictlens.errors import IndexUnreachable
from conflictlens.explanation.records import Change, ChangeAction, Findings, Fix, Repair, Unmatched
from conflictlens.index.memory import MemoryIndex, wheel
from conflictlens.index.records import Project
from conflictlens.problem.notes import Note, NoteKind
from conflictlens.render.issue import render_issues
from conflictlens.render.style import Style
from conflictlens.render.text import render_text
from conflictlens.render.wording import no_match
from conflictlens.requirements.records import RootRequirement
from tests.render.asking import answer, of_scenario, without_fixes
from tests.scenario import Scenario, parse

GOLDEN = Path(__file__).parent / "golden"

CONFLICTS = (
    "two-roots-meet",
    "three-roots-needed",
    "deep-chain",
    "constraint-caps-a-dependency",
    "two-constraints-clash",
    "two-roots-name-one-project",
    "gap-in-a-range",
    "extras-of-one-root-clash",
    "extra-closes-a-cycle",
    "cycle-that-never-closes",
    "release-against-itself",
    "missing-project",
    "missing-project-misspelt",
    "missing-project-as-dependency",
    "missing-exact-version",
    "missing-version-misspelt",
    "missing-files",
    "dead-ends-all-along",
    "python-too-old",
    "python-with-a-patch-level",
    "python-decides-between-dependencies",
    "python-and-two-lines",
    "python-not-to-blame",
    "wheel-for-another-platform",
    "only-binary-without-a-wheel",
    "no-binary-without-source",
    "yanked-dependency",
    "pre-not-opted-in",
)
RESOLVED = ("single-project", "diamond", "marker-of-a-root")

KITCHEN = """
name = "kitchen"
description = "A pin and a range over many releases meet."
root.requires = ["lamp", "kettle==1.2.1", "tea>=2"]
expected.satisfiable = false

[packages.lamp.versions."1.0"]
[packages.kettle.versions."1.2.1"]
requires = ["water~=4.5.0"]
[packages.tea.versions]
"1.10.12" = {requires = ["water>=4.2"]}
"2.0" = {requires = ["water>=4.6.1"]}
"2.0.1" = {requires = ["water>=4.6.1"]}
"2.1" = {requires = ["water>=4.6.2"]}
"2.1.1" = {requires = ["water>=4.6.2"]}
[packages.water.versions]
"4.5.0" = {}
"4.6.1" = {}
"4.7.1" = {}
"""
TEA = canonicalize_name("tea")


def kitchen(folder: Path) -> Findings:
    findings = answer(parse(KITCHEN), folder, uploaded_before=None)
    root = findings.roots[2]
    witness = {TEA: "1.10.12"}
    fix = Fix(
        conflict=0,
        changes=(Change(ChangeAction.REPLACE, root, "tea>=1.10,<2"),),
        only=True,
        verified=True,
        requirements=("lamp", "kettle==1.2.1", "tea>=1.10,<2"),
        constraints=(),
        resolution=witness,
    )
    before = datetime(2023, 8, 12, tzinfo=UTC).isoformat()
    return replace(findings, fixes=(fix,), repair=None, uploaded_before=before)


def several(folder: Path) -> Findings:
    """Two conflicts with a menu of fixes each, and what mends both."""
    findings = of_scenario("two-conflicts-in-one-file", folder)
    first, second = findings.conflicts
    nothing: dict[NormalizedName, str] = {}

    def fix(conflict: int, *changes: Change) -> Fix:
        return Fix(
            conflict,
            changes,
            False,
            True,
            (),
            (),
            {
                canonicalize_name("battery"): "1.5",
                **{root.name: "0.9" for root in findings.roots},
            },
        )

    replaced = Change(ChangeAction.REPLACE, first.core[0], "kettle<1")
    removed = Change(ChangeAction.REMOVE, first.core[1], None)
    origin = replace(second.core[0].origin, line=None)
    battery = RootRequirement("battery<2", canonicalize_name("battery"), origin)
    added = Change(ChangeAction.ADD, battery, "battery<2", second.core[0])
    python = Change(ChangeAction.PYTHON, second.core[1], "3.12")
    return replace(
        findings,
        fixes=(fix(0, replaced), fix(0, replaced, removed), fix(1, added), fix(1, python)),
        repair=Repair((replaced, added), (), (), nothing),
    )


def uploaded_late(folder: Path) -> Findings:
    """The only version that fits came after the cut-off."""
    files = (wheel("kettle", "1.0"), wheel("kettle", "2.0"))
    days = (datetime(2023, 1, 2, tzinfo=UTC), datetime(2023, 9, 1, 12, tzinfo=UTC))
    index = MemoryIndex(
        (replace(file, upload_time=day), metadata)
        for (file, metadata), day in zip(files, days, strict=True)
    )
    scenario = dataclasses.replace(of_kitchen(), roots=("kettle>=2",))
    return without_fixes(answer(scenario, folder, index, datetime(2023, 8, 12, tzinfo=UTC)))


def of_kitchen() -> Scenario:
    return parse(KITCHEN)


class SilentIndex(MemoryIndex):
    def project(self, name: NormalizedName) -> Project:
        raise IndexUnreachable(f"https://user:secret@index.example/simple/{name}/", "no route")


def undecided(folder: Path) -> Findings:
    return answer(of_kitchen(), folder, SilentIndex())


def interrupted(folder: Path) -> Findings:
    """A conflict whose core is not proved minimal, and notes."""
    findings = without_fixes(of_scenario("two-roots-meet", folder))
    [conflict] = findings.conflicts
    reason = "the time budget ended while a proof was searched for; raise it with --timeout"
    notes = (
        Note(NoteKind.BUDGET, f"there may be more conflicts: {reason}"),
        Note(NoteKind.NOT_FOR_TARGET, "requirements.txt:7: x is not for this target"),
        Note(NoteKind.NOT_FOR_TARGET, "requirements.txt:8: y is not for this target"),
    )
    doubted = replace(conflict, minimal=False, interrupted=reason)
    return replace(findings, conflicts=(doubted,), notes=notes)


def scenario_answer(name: str) -> Callable[[Path], Findings]:
    return lambda folder: without_fixes(of_scenario(name, folder))


ANSWERS: dict[str, Callable[[Path], Findings]] = {
    **{name: scenario_answer(name) for name in (*CONFLICTS, *RESOLVED)},
    "range-over-many-releases": kitchen,
    "several-conflicts-with-fixes": several,
    "pre-releases-let-in-by-a-line": partial(of_scenario, "pre-withheld-deep-down"),
    "pre-release-that-is-awaited": partial(of_scenario, "pre-excluded-by-a-pin"),
    "upstream-cap": partial(of_scenario, "upstream-cap-deep-down"),
    "uploaded-late": uploaded_late,
    "undecided": undecided,
    "not-proved-minimal": interrupted,
}


@pytest.fixture(params=sorted(ANSWERS))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def golden(name: str, text: str) -> str:
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("CONFLICTLENS_GOLDEN") == "write":
        path.write_text(text, "utf-8")
    return path.read_text("utf-8")


def test_text(name: str, tmp_path: Path) -> None:
    text = render_text(ANSWERS[name](tmp_path))
    assert text == golden(name, text)


def test_every_golden_text_belongs_to_an_answer() -> None:
    assert {path.stem for path in GOLDEN.glob("*.txt")} == {*ANSWERS, ISSUE}


ISSUE = "issue-of-an-upstream-cap"


def test_an_issue(tmp_path: Path) -> None:
    text = render_issues(of_scenario("upstream-cap-deep-down", tmp_path))
    assert text == golden(ISSUE, text)


@pytest.mark.parametrize("width", [40, 80, 120])
def test_lines_fit_and_answers_are_short(name: str, width: int, tmp_path: Path) -> None:
    findings = ANSWERS[name](tmp_path)
    text = render_text(findings, Style(width=width))
    assert len(text.split()) <= 150 * max(1, len(findings.conflicts))
    for line in text.splitlines():
        # A single word may be longer than a line.
        assert len(line) <= width or len(line.split()) == 1


def test_colour_changes_nothing_but_colour(name: str, tmp_path: Path) -> None:
    findings = ANSWERS[name](tmp_path)
    coloured = render_text(findings, Style(colour=True))
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == render_text(findings)


def test_long_stories_are_shortened_unless_all_is_asked_for(tmp_path: Path) -> None:
    links = 30
    chain = {f"link{n}": {"1": [f"link{n + 1}"]} for n in range(links)}
    index = MemoryIndex.of({**chain, f"link{links}": {"1": ["anchor>2"]}, "anchor": {"1": []}})
    scenario = dataclasses.replace(of_kitchen(), roots=("link0",))
    findings = without_fixes(answer(scenario, tmp_path, index))
    short = render_text(findings)
    assert "… 24 more steps (-v shows them)" in short
    assert "link15 1 needs link16" not in short
    assert "link15 1 needs link16" in render_text(findings, Style(verbose=True))


def test_verbose_lists_all_that_would_be_installed(tmp_path: Path) -> None:
    findings = of_scenario("diamond", tmp_path)
    text = render_text(findings, Style(verbose=True))
    assert findings.resolution is not None
    for project, version in findings.resolution.items():
        assert re.search(rf"^  {project} +{version}$", text, re.MULTILINE)


def test_versions_without_an_upload_time_are_told(tmp_path: Path) -> None:
    findings = uploaded_late(tmp_path)
    [conflict] = findings.conflicts
    facts = tuple(
        replace(f, late=(Version("2.0"), None)) if isinstance(f, Unmatched) else f
        for f in conflict.facts
    )
    told = replace(findings, conflicts=(replace(conflict, facts=facts),))
    assert "2.0 is there, without an upload time" in render_text(told, Style(width=100))


def test_a_version_that_is_not_there_is_told_so_where_no_other_can_be_used() -> None:
    gone = Unmatched(canonicalize_name("kettle"), "==2.4", found=True, newest=None)
    assert no_match(gone) == (
        "no version of kettle matches ==2.4 (it has none that can be used here)"
    )


def test_the_day_of_a_late_upload_is_told(tmp_path: Path) -> None:
    facts = uploaded_late(tmp_path).conflicts[0].facts
    assert (
        Unmatched(
            canonicalize_name("kettle"),
            ">=2",
            True,
            Version("1.0"),
            (Version("2.0"), date(2023, 9, 1)),
        )
        in facts
    )


def test_of_many_fixes_the_first_are_shown(tmp_path: Path) -> None:
    findings = several(tmp_path)
    many = replace(findings, fixes=findings.fixes[:1] * 5)
    assert "    and 2 more (-v shows them)\n" in render_text(many)
    assert "\n    5  " in render_text(many, Style(verbose=True))
