"""What the script of a report needs to show what chosen fixes change, as data.

A choice is tried where the lines that it leaves are, word for word, lines that were solved.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

import msgspec
from msgspec.structs import replace

from conflictlens.edits.checking import after_changes
from conflictlens.explanation.records import Change, ChangeAction, Findings, Fix, Repair
from conflictlens.names import NormalizedName
from conflictlens.render.escaping import visible
from conflictlens.render.json_text import JSON
from conflictlens.requirements.records import (
    Origin,
    OriginKind,
    RequirementSet,
    RootRequirement,
    UnnamedRoot,
)

Menu: TypeAlias = tuple[Fix | Repair, ...]
"""Of which one can be chosen, or none."""

Choice: TypeAlias = tuple[int | None, ...]
"""The place of the chosen one in each menu."""


class Tried(msgspec.Struct, frozen=True):
    """A choice that was solved, and what is installed then."""

    choice: Choice
    resolution: Mapping[NormalizedName, str]


def menus(findings: Findings) -> tuple[Menu, ...]:
    """A menu for each conflict; where something is wished for, one of what lets it in."""
    if findings.supposition is not None and findings.repair is not None:
        return ((findings.repair,),)
    return tuple(
        tuple(fix for fix in findings.fixes if fix.conflict == place and fix.verified)
        for place in range(len(findings.conflicts))
    )


def tried(findings: Findings) -> Iterator[Tried]:
    """The choices that were solved: each fix with the first fixes of the other conflicts."""
    offered = menus(findings)
    firsts: list[int | None] = [0 if menu else None for menu in offered]
    told: set[Choice] = set()
    for place, menu in enumerate(offered):
        for number, option in enumerate(menu):
            choice = (*firsts[:place], number, *firsts[place + 1 :])
            if choice not in told and _leaves(findings, offered, choice, option):
                told.add(choice)
                yield Tried(choice, option.resolution)


def _leaves(
    findings: Findings, offered: Sequence[Menu], choice: Choice, option: Fix | Repair
) -> bool:
    """Whether the chosen ones leave the lines that were solved for `option`."""
    pairs = zip(offered, choice, strict=True)
    chosen = [menu[at] for menu, at in pairs if at is not None]
    changes = {_key(change): change for one in (*chosen, option) for change in one.changes}
    if any(change != changes[_key(change)] for one in chosen for change in one.changes):
        return False
    pythons = [one for one in changes.values() if one.action is ChangeAction.PYTHON]
    after = after_changes(asked_for(findings), changes.values())
    return (
        tuple(root.text for root in after.roots) == option.requirements
        and tuple(root.text for root in after.constraints) == option.constraints
        and all(change in option.changes for change in pythons)
    )


def _key(change: Change) -> tuple[Origin, str]:
    return change.root.origin, change.root.text


def asked_for(findings: Findings) -> RequirementSet:
    """What the user wrote, after wishes that take no line's place."""
    written, wish = findings.requirements, findings.supposition
    if wish is None:
        return written
    replaced = {change.replacement for change in wish.replaced}
    added = [
        root
        for root in reversed(wish.kept)
        if root.origin.kind is OriginKind.ARGUMENT and root.text not in replaced
    ]
    return replace(written, roots=(*added, *written.roots))


def edits(findings: Findings) -> dict[str, JSON]:
    """The lines, the changes that can be chosen, and the choices that were solved.

    Texts are printable, and passwords in URLs masked.
    """
    asked = asked_for(findings)
    roots = (*asked.roots, *asked.constraints)
    ids: dict[tuple[Origin, str], list[JSON]] = {}
    for number, root in enumerate(roots):
        ids.setdefault((root.origin, root.text), []).append(number)
    lines: list[JSON] = [_line(root) for root in roots]
    offered: list[JSON] = [[_option(option, ids) for option in menu] for menu in menus(findings)]
    return {"lines": lines, "menus": offered, **_tried(findings)}


def _line(root: RootRequirement | UnnamedRoot) -> JSON:
    path = root.origin.path
    return [None if path is None else visible(path), root.origin.line, visible(root.text)]


def _option(option: Fix | Repair, ids: Mapping[tuple[Origin, str], list[JSON]]) -> JSON:
    return [_change(change, ids) for change in option.changes]


def _change(change: Change, ids: Mapping[tuple[Origin, str], list[JSON]]) -> JSON:
    """An added line stands behind one, a changed line may stand there several times."""
    text = None if change.replacement is None else visible(change.replacement)
    match change.action:
        case ChangeAction.PYTHON:
            return {"python": text}
        case ChangeAction.ADD:
            beside = change.beside or change.root
            return {"after": ids.get((beside.origin, beside.text), [])[:1], "text": text}
        case ChangeAction.REPLACE | ChangeAction.REMOVE:
            return {"lines": ids.get(_key(change), []), "text": text}


def _tried(findings: Findings) -> dict[str, JSON]:
    """What is installed by all alike is told once."""
    solved = list(tried(findings))
    first: Mapping[NormalizedName, str] = solved[0].resolution if solved else {}
    return {
        "installs": {visible(name): str(first[name]) for name in sorted(first)},
        "tried": [
            {"choice": [*one.choice], "otherwise": _otherwise(first, one.resolution)}
            for one in solved
        ],
    }


def _otherwise(first: Mapping[NormalizedName, str], other: Mapping[NormalizedName, str]) -> JSON:
    """The versions of `other` that are not those of `first`, null where there is none."""
    return {
        visible(name): str(other[name]) if name in other else None
        for name in sorted({*first, *other})
        if first.get(name) != other.get(name)
    }
