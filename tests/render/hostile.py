"""Findings in which every text that comes from outside is evil."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from conflictlens.explanation.records import (
    Excluded,
    Findings,
    Needs,
    Similar,
    Step,
    Unmatched,
    UpstreamChange,
)
from conflictlens.explanation.versions import VersionSet
from conflictlens.problem.notes import Note, NoteKind
from conflictlens.requirements.records import Origin, OriginKind
from tests.render.asking import of_scenario

EVIL = (
    "\x1b[2J\x1b]0;owned\x07\r\n\x00\x9b31m\u202etxt\u2066\u200b\u2028 `|<script>alert(1)</script>"
)
EVIL += "[x](javascript:1) @everyone #1 *b* \udcff"
MARKUP = 'style:#x; "]]></title><svg onload=x>&amp;#quot; \\N\\G %%{init:{}}%% --> |y| ${z} end'
"""What could end a label of a picture, or begin something."""
NAME = NormalizedName(EVIL + MARKUP)


def hostile_findings(folder: Path) -> Findings:
    """A conflict in which every text that comes from outside is evil."""
    findings = of_scenario("yanked-dependency", folder)
    [conflict] = findings.conflicts
    origin = Origin(OriginKind.REQUIREMENT, f"{EVIL}.txt", 1)
    lines = tuple(replace(root, text=EVIL, origin=origin) for root in conflict.core)
    core = (*lines, replace(lines[0], origin=Origin(OriginKind.TARGET)))
    missing = Unmatched(NormalizedName(EVIL), "", found=False, newest=None)
    facts = tuple(
        replace(fact, detail=(EVIL,), sources=(EVIL,)) if isinstance(fact, Excluded) else fact
        for fact in conflict.facts
    )
    changes = tuple(
        replace(
            fix,
            changes=tuple(
                replace(change, root=core[0], replacement=EVIL) for change in fix.changes
            ),
        )
        for fix in findings.fixes
    )
    evil = replace(conflict, core=core, facts=(*facts, missing), minimal=False, interrupted=EVIL)
    similar = (Similar(missing.project, NormalizedName(EVIL), Version("1")),)
    notes = (Note(NoteKind.INDEX, EVIL),)
    tea = canonicalize_name("tea")
    upstream = UpstreamChange(
        conflict=0,
        project=tea,
        version=Version("1"),
        requirement=EVIL,
        declares=EVIL,
        loosened=EVIL,
        target=tea,
        allowed=Version("2"),
        root=core[0],
        chain=(Needs(tea, None, VersionSet((), 0), EVIL, (EVIL,)),),
        resolution={},
    )
    target = replace(findings.target, platform=EVIL)
    told = replace(findings, conflicts=(evil,), similar=similar, upstream=(upstream,))
    return replace(told, fixes=changes, notes=notes, target=target)


def hostile_picture(folder: Path) -> Findings:
    """The same with evil names of projects, extras and URLs, as no index could have them."""
    findings = hostile_findings(folder)
    [conflict] = findings.conflicts
    # A URL is the one part of a requirement that may hold almost anything.
    url = "tea @ https://index.example/" + "".join(MARKUP.split())

    def evil(step: Step) -> Step:
        target = None if step.target is None else NAME
        text = None if step.requirement is None else url
        return replace(step, project=NAME, extra=NAME, target=target, requirement=text)

    steps = tuple(map(evil, conflict.steps))
    return replace(findings, conflicts=(replace(conflict, steps=steps, clash=NAME),))
