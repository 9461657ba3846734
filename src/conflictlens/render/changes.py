"""Fixes as lines of text: what to change, and what is installed then."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from conflictlens.explanation.records import Change, ChangeAction, Findings, Fix, Repair
from conflictlens.names import NormalizedName
from conflictlens.problem.assumptions import Assumption
from conflictlens.render.escaping import visible
from conflictlens.render.layout import PART, columns, wrapped
from conflictlens.render.phrases import number, place

_ASSUMED = 2
"""How many releases a fix names whose needs are not certain."""

FIXES = 3
"""How many fixes of one conflict are shown, unless all are asked for."""


def fix_lines(findings: Findings, conflict: int, width: int, *, verbose: bool) -> list[str]:
    """The fixes of one conflict, each tried: ``1  req.txt:3  a>=2  →  a<2  installs a 1.9``.

    Each is tried with the first fixes of the other conflicts.
    """
    fixes = fixes_of(findings, conflict)
    if not fixes:
        return dead_end_lines(findings, conflict, width)
    shown = fixes if verbose else fixes[:FIXES]
    rows = [
        row
        for number, fix in enumerate(shown)
        for row in _rows(str(number + 1), fix, assumed_text(findings, fix))
    ]
    others = len(fixes) - len(shown)
    more = [f"    and {others} more (-v shows them)"] if others else []
    heading = wrapped(f"{menu_heading(findings, fixes)}:", width, 2, 2)
    table = columns(_told(rows), width, 4, gap=2)
    return [*heading, *table, *more, *dead_end_lines(findings, conflict, width)]


def fixes_of(findings: Findings, conflict: int) -> list[Fix]:
    """The fixes of one conflict that were tried."""
    return [fix for fix in findings.fixes if fix.conflict == conflict and fix.verified]


def dead_end_lines(findings: Findings, conflict: int, width: int) -> list[str]:
    text = dead_end_text(findings, conflict)
    return wrapped(text, width, 2, 4) if text else []


def dead_end_text(findings: Findings, conflict: int) -> str:
    """What a user would try first and need not: ``Does not help: another version of a``."""
    names = [visible(end.root.name) for end in findings.dead_ends if end.conflict == conflict]
    if not names:
        return ""
    others = f" or {number(len(names) - 2, 'other line')}" if len(names) > 2 else ""
    return f"Does not help: another version of {' or '.join(names[:2])}{others}"


def repair_lines(findings: Findings, width: int) -> list[str]:
    """The changes that resolve several conflicts at once, or let in what is wanted."""
    heading = repair_heading(findings)
    if findings.repair is None or not heading:
        return []
    lines = change_lines(findings.repair.changes, width, 4)
    assumed = assumed_text(findings, findings.repair)
    return [
        *wrapped(heading, width, 2, 2),
        *lines,
        *(wrapped(assumed, width, 4, 6) if assumed else []),
        *_other_python_lines(findings, width),
    ]


def _other_python_lines(findings: Findings, width: int) -> list[str]:
    """The Python that spares the changes of several conflicts, with the changes that are left."""
    fixes = [fix for fix in findings.fixes if _changes_python(fix)]
    ways = {(fix.changes, fix.requirements, fix.constraints) for fix in fixes}
    if len(fixes) < 2 or len(ways) > 1:
        return []
    spared = {fix.conflict for fix in fixes}
    left = [fixes_of(findings, place) for place in range(len(findings.conflicts))]
    firsts = [menu[0].changes for place, menu in enumerate(left) if menu and place not in spared]
    changes = list(dict.fromkeys(change for first in firsts for change in first))
    count = f" and change {number(len(changes), 'line')}:" if changes else "; no line has to change"
    heading = f"Or {change_text(fixes[0].changes[0])}{count}"
    return [*wrapped(heading, width, 2, 2), *change_lines(changes, width, 4)]


def repair_heading(findings: Findings) -> str:
    """``To resolve everything, change 2 lines:``; empty where a fix says it already."""
    if findings.repair is None:
        return ""
    count = number(len(findings.repair.changes), "line")
    if findings.supposition is not None:
        return f"Tried and works, change {count}{but_for_unread(findings)}:"
    if len(findings.conflicts) < 2:
        return ""
    return f"To resolve everything, change {count}{but_for_unread(findings)}:"


def change_lines(changes: Sequence[Change], width: int, indent: int = 2) -> list[str]:
    """A row for each change: ``req.txt:3  a==1  →  a==2``."""
    rows = [(change_place(change), change_text(change)) for change in changes]
    return list(columns(_told(rows), width, indent, gap=2)) if rows else []


def next_command(findings: Findings, width: int) -> list[str]:
    """How to apply the repair, where it is to the one file that was asked about."""
    if findings.repair is None:
        return []
    paths = {root.origin.path for root in findings.roots if not root.is_constraint}
    path = paths.pop() if len(paths) == 1 else None
    if path is None or path.startswith("<") or not re.fullmatch(r"[\w./-]+", path):
        return []
    several = len(findings.conflicts) < 2 and sum(fix.verified for fix in findings.fixes) > 1
    what = "fix 1" if several else "this"
    options = "with the same options " if _has_options(findings) else ""
    text = f"conflictlens fix {path}  {options}shows {what} as a diff; --write applies it"
    return wrapped(text, width, 2, 4)


def _has_options(findings: Findings) -> bool:
    """Whether it shows that more was asked than what the files say."""
    limits = any(root.is_constraint for root in findings.roots)
    return limits or findings.target.python_given or findings.uploaded_before is not None


def others_first(findings: Findings) -> str:
    """What a fix of one conflict presupposes, as the end of a sentence."""
    match len(findings.conflicts):
        case 0 | 1:
            return ""
        case 2:
            return ", once the other conflict is repaired"
        case _:
            return ", once the other conflicts are repaired"


def menu_heading(findings: Findings, fixes: Sequence[Fix]) -> str:
    """``Either one works (tried), change 1 line``, for the fixes of one conflict."""
    return f"{_heading(fixes)}{others_first(findings)}{but_for_unread(findings)}"


def but_for_unread(findings: Findings) -> str:
    """What a fix could not be tried with, as the end of a sentence."""
    if not findings.unchecked:
        return ""
    count = number(findings.unchecked, "requirement")
    return f", not counting {count} that can't be read"


def _heading(fixes: Sequence[Fix]) -> str:
    edits = [fix for fix in fixes if not _changes_python(fix)]
    [*counts] = {len(fix.changes) for fix in edits}
    actions = {change.action for fix in edits for change in fix.changes}
    [*verbs] = {_VERBS.get(action, "change") for action in actions}
    verb = verbs[0] if len(verbs) == 1 else "change"
    lines = f", {verb} {number(counts[0], 'line')}" if len(counts) == 1 else ""
    if lines and len(edits) < len(fixes):
        lines += " or the Python" if verb == "change" else " or change the Python"
    if len(fixes) == 1 and fixes[0].only:
        return f"The only fix found{lines}"
    works = {1: "Tried and works", 2: "Either one works (tried)"}
    return f"{works.get(len(fixes), 'Any one works (tried)')}{lines}"


def _changes_python(fix: Fix) -> bool:
    return any(change.action is ChangeAction.PYTHON for change in fix.changes)


_VERBS = {ChangeAction.REMOVE: "remove", ChangeAction.ADD: "add"}

Row = tuple[str, ...]


def _rows(label: str, fix: Fix, assumed: str) -> list[Row]:
    """A row for each change: number of the fix, place, change, what is installed then."""
    labels = [label, *[""] * (len(fix.changes) - 1)]
    rows = [
        [shown, change_place(change), _told_change(change, fix.resolution)]
        for shown, change in zip(labels, fix.changes, strict=True)
    ]
    if assumed:
        rows[-1][-1] += PART + assumed
    return [tuple(row) for row in rows]


def _told_change(change: Change, resolution: Mapping[NormalizedName, str]) -> str:
    return PART.join(filter(None, (change_text(change), installed(change, resolution))))


def _own_assumptions(findings: Findings, made: Fix | Repair) -> list[Assumption]:
    """What changes bring with them: of the projects they change, or not with the other fixes."""
    changed = {change.root.name for change in made.changes}
    beside = fixes_of(findings, made.conflict) if isinstance(made, Fix) else []
    alike = frozenset(made.assumes).intersection(*(fix.assumes for fix in beside))
    return [one for one in made.assumes if one.project in changed or one not in alike]


def assumed_text(findings: Findings, made: Fix | Repair) -> str:
    """What changes work by: ``if tea 1.0 needs nothing``; empty where it is certain.

    What all of them rest on alike is told once by the notes.
    """
    assumptions = _own_assumptions(findings, made)
    unknown = [one for one in assumptions if not one.declared]
    declared = [one for one in assumptions if one.declared]
    texts = []
    if unknown:
        texts.append(f"{_some(unknown)} {'needs' if len(unknown) == 1 else 'need'} nothing")
    if declared:
        needs = "needs what it declares" if len(declared) == 1 else "need what they declare"
        texts.append(f"{_some(declared)} {needs}")
    return f"if {' and '.join(texts)}" if texts else ""


def _some(assumptions: Sequence[Assumption]) -> str:
    """A few are named; of more the notes name some."""
    if len(assumptions) > _ASSUMED:
        return number(len(assumptions), "release")
    return " and ".join(visible(str(one)) for one in assumptions)


def _told(rows: Sequence[Row]) -> list[Row]:
    """The rows without columns that are empty."""
    filled = [place for place in range(len(rows[0])) if any(row[place] for row in rows)]
    return [tuple(row[place] for place in filled) for row in rows]


def change_place(change: Change) -> str:
    """``requirements.txt:3``, empty for what stands in no file."""
    return visible(place(change.root) or "")


def change_text(change: Change) -> str:
    """``pydantic>=2  →  pydantic<2``."""
    old, new = visible(change.root.text), visible(change.replacement or "")
    match change.action:
        case ChangeAction.REPLACE:
            return f"{old}  →  {new}"
        case ChangeAction.REMOVE:
            return f"remove {old}"
        case ChangeAction.ADD:
            return f"add {new}"
        case ChangeAction.PYTHON:
            return f"use Python {new}"


def installed(change: Change, resolution: Mapping[NormalizedName, str]) -> str:
    """``installs pydantic 1.10.12``; nothing where the change itself says so, or nothing is.

    A pre-release is called one, so that nobody gets it unawares.
    """
    version = resolution.get(change.root.name)
    if version is None:
        return ""
    from packaging.version import Version

    kind = ", a pre-release" if Version(version).is_prerelease else ""
    if (change.replacement or "").endswith(f"=={version}"):
        return kind.removeprefix(", ")
    return visible(f"installs {change.root.name} {version}{kind}")
