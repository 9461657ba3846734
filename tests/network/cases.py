"""Real requirement sets, judged by conflictlens and checked with uv.

The cases are other people's data and stay outside the project: set CONFLICTLENS_CASES to their
folder, or have them at ``../shared/cases``.
"""

from __future__ import annotations

import dataclasses
import os
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

import conflictlens
from conflictlens.explanation.records import (
    ChangeAction,
    Conflict,
    Findings,
    Fix,
    Outcome,
    Repair,
)
from conflictlens.render.text import render_text
from conflictlens.requirements.records import RootRequirement
from tests.network.uv import UvSays, verdict

ROOT = Path(__file__).parents[2]
FOLDER = Path(os.environ.get("CONFLICTLENS_CASES", ROOT.parent / "shared" / "cases"))
SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Case:
    """A requirement set of a date, with the verdict that uv gave it."""

    name: str
    python: str
    platform: str
    exclude_newer: str
    requirements: tuple[str, ...]
    constraints: tuple[str, ...]
    outcome: str
    cores: tuple[tuple[str, ...], ...]
    judged_by: str
    kind: str

    @property
    def wheels_only(self) -> bool:
        return "wheels only" in self.judged_by

    @property
    def uv_platform(self) -> tuple[str, ...]:
        return ("--python-platform", "aarch64-apple-darwin") if "macos" in self.platform else ()


def load(path: Path) -> Case:
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    return Case(
        name=path.stem,
        python=data["python"],
        platform=data["platform"],
        exclude_newer=data["exclude_newer"],
        requirements=tuple(data["requirements"]),
        constraints=tuple(data.get("constraints", ())),
        outcome=data["outcome"],
        cores=tuple(tuple(core) for core in data.get("conflicts", ())),
        judged_by=data["judged_by"],
        kind=data["kind"],
    )


def cases() -> list[Case]:
    return [load(path) for path in sorted(FOLDER.glob("*.toml"))]


def ask(case: Case) -> conflictlens.Explanation:
    """What conflictlens says of a case."""
    return conflictlens.explain(
        list(case.requirements),
        constraints=list(case.constraints),
        python=case.python,
        platform="macos" if "macos" in case.platform else None,
        exclude_newer=case.exclude_newer,
        only_binary=(":all:",) if case.wheels_only else (),
        timeout=SECONDS,
    )


def uv(case: Case, requirements: Sequence[str], constraints: Sequence[str], at: Path) -> UvSays:
    """uv's verdict on other lines, on the target and date of a case."""
    options = [
        *("--python-version", case.python, "--exclude-newer", case.exclude_newer),
        *case.uv_platform,
        *(("--only-binary", ":all:") if case.wheels_only else ()),
    ]
    return verdict(requirements, constraints, options, at)


@dataclass(frozen=True, slots=True)
class CoreCheck:
    """uv's word on one core: whether it conflicts, and which deletions did not resolve.

    `stated`, here and for fixes: the releases whose needs uv could not find out and was told.
    """

    lines: tuple[str, ...]
    minimal: bool
    conflicts: bool | None
    stuck: tuple[str, ...]
    stated: tuple[str, ...]

    @property
    def sound(self) -> bool:
        return self.minimal and self.conflicts is True and not self.stuck


@dataclass(frozen=True, slots=True)
class FixCheck:
    """uv's word on the edited lines of a fix or of the repair."""

    changes: tuple[str, ...]
    resolves: bool | None
    stated: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """What came out for one case."""

    case: Case
    outcome: Outcome
    seconds: float
    first_conflict: float | None
    requests: int
    metadata: int
    words: tuple[int, ...]
    cores: tuple[CoreCheck, ...]
    fixes: tuple[FixCheck, ...]

    @property
    def agrees(self) -> bool:
        return self.outcome == self.case.outcome

    @property
    def sound(self) -> bool:
        return all(core.sound for core in self.cores) and all(fix.resolves for fix in self.fixes)


def check(case: Case, findings: Findings, at: Path) -> Result:
    """Put each core and each fix before uv."""
    repair: list[Fix | Repair] = [findings.repair] if findings.repair else []
    return Result(
        case,
        findings.outcome,
        findings.stats.seconds_total,
        findings.stats.seconds_first_conflict,
        findings.stats.requests,
        findings.stats.metadata,
        tuple(_words(findings, conflict) for conflict in findings.conflicts),
        tuple(_check_core(case, conflict, at) for conflict in findings.conflicts),
        tuple(_check_fix(case, fix, at) for fix in [*findings.fixes, *repair]),
    )


def _words(findings: Findings, conflict: Conflict) -> int:
    """The length of the text that explains one conflict, fixes and notes apart."""
    alone = replace(findings, conflicts=(conflict,), fixes=(), repair=None, notes=())
    return len(render_text(alone).split())


def _check_core(case: Case, conflict: Conflict, at: Path) -> CoreCheck:
    """All lines of a core, then without each of them; the Python stays."""
    roots = list(conflict.lines)
    whole = _verdict(case, roots, at)
    fewer = [
        (root.text, _verdict(case, [one for one in roots if one is not root], at)) for root in roots
    ]
    return CoreCheck(
        lines=tuple(root.text for root in roots),
        minimal=conflict.minimal,
        conflicts=None if whole.resolves is None else not whole.resolves,
        stuck=tuple(text for text, said in fewer if said.resolves is not True),
        stated=tuple(
            sorted({one for said in [whole, *(said for _, said in fewer)] for one in said.stated})
        ),
    )


def _check_fix(case: Case, fix: Fix | Repair, at: Path) -> FixCheck:
    changes = tuple(f"{one.root.text} → {one.replacement or 'dropped'}" for one in fix.changes)
    for change in fix.changes:
        if change.action is ChangeAction.PYTHON and change.replacement is not None:
            case = dataclasses.replace(case, python=change.replacement)
    said = uv(case, fix.requirements, fix.constraints, at)
    return FixCheck(changes, said.resolves, said.stated)


def _verdict(case: Case, roots: Sequence[RootRequirement], at: Path) -> UvSays:
    required = [root.text for root in roots if not root.is_constraint]
    limits = [root.text for root in roots if root.is_constraint]
    return uv(case, required, limits, at)
