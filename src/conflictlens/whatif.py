"""What if something else were wanted as well: who blocks it, and what would let it in.

The question is the user's requirements with the wanted ones among them, which must stay. A line
of the user's own about the same project that can't hold together with them is not what blocks
them: it is the line that would be edited, so it is replaced.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeGuard

from msgspec.structs import replace
from packaging.specifiers import SpecifierSet

from conflictlens.errors import InputError
from conflictlens.explanation.records import (
    Blocker,
    Change,
    ChangeAction,
    Findings,
    Moved,
    Outcome,
    Repair,
    Supposition,
)
from conflictlens.index.records import Index
from conflictlens.pipeline import find
from conflictlens.question import SILENT, Question, Reporter
from conflictlens.relaxation.specifiers import rewritten
from conflictlens.requirements.records import (
    Origin,
    OriginKind,
    RequirementSet,
    RootRequirement,
    UnnamedRoot,
)
from conflictlens.resolution.budget import Budget
from conflictlens.target import Target

Root = RootRequirement | UnnamedRoot


class NotForTarget(InputError):
    """A wanted requirement whose marker is false for the target."""

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(f"{text} is not for this target, its marker is false; leave it off")


def why_not(
    question: Question,
    wanted: Sequence[Root],
    index: Index,
    budget: Budget,
    reporter: Reporter = SILENT,
) -> Findings:
    """Whether `wanted` can be had with what is required, and who is in the way.

    Raises NotForTarget. An index that fails and a spent budget are undecided, not raised.
    """
    findings = find(supposed(question, wanted), index, budget, reporter)
    findings = replace(findings, requirements=question.requirements)
    match findings.outcome:
        case Outcome.RESOLVED:
            return _with_moves(findings, find(question, index, budget))
        case _:
            return _with_replaced(findings)


def supposed(question: Question, wanted: Sequence[Root]) -> Question:
    """The question whether what is required can be had with what is wanted. Raises NotForTarget.

    A wanted requirement takes the place of the user's line that it replaces, or else comes
    first. Further lines that it replaces are rewritten where they stand.
    """
    requirements = question.requirements
    changes: list[Change] = []
    kept: list[Root] = []
    for one in wanted:
        if not _applies(one, question.target):
            raise NotForTarget(one.text)
        requirements, stays, replaced = _placed(requirements, one, question.target)
        kept.extend(stays)
        changes.extend(replaced)
    supposition = Supposition(tuple(one.text for one in wanted), tuple(kept), tuple(changes))
    return replace(question, requirements=requirements, supposition=supposition)


def _placed(
    requirements: RequirementSet, wanted: Root, target: Target
) -> tuple[RequirementSet, list[Root], list[Change]]:
    """The requirements with a wanted one, the roots that must stay, and the lines replaced."""
    rewrites = {
        (root.origin, root.text): _rewrite(root, wanted)
        for root in (*requirements.roots, *requirements.constraints)
        if _excluded(root, wanted, target)
    }
    edited = {at: root for at, (_, root) in rewrites.items()}
    changes = [change for change, _ in rewrites.values()]
    taken = next((root for root in edited.values() if _stands_for(root, wanted)), None)
    if taken is not None:
        asked = replace(taken, origin=Origin(OriginKind.ARGUMENT))
        edited = {at: asked if root is taken else root for at, root in edited.items()}
    roots = [edited.get((root.origin, root.text), root) for root in requirements.roots]
    limits = [edited.get((root.origin, root.text), root) for root in requirements.constraints]
    first = [wanted] if taken is None else []
    changed = replace(requirements, roots=(*first, *roots), constraints=tuple(limits))
    return changed, [*first, *edited.values()], changes


def _excluded(root: Root, wanted: Root, target: Target) -> TypeGuard[RootRequirement]:
    """Whether a line is about the wanted project and has no version in common with the wish."""
    return (
        isinstance(root, RootRequirement)
        and isinstance(wanted, RootRequirement)
        and root.name == wanted.name
        and root.url is None
        and wanted.url is None
        and _applies(root, target)
        and (root.specifier & wanted.specifier).is_unsatisfiable()
    )


def _applies(root: Root, target: Target) -> bool:
    return root.marker is None or root.marker.evaluate({**target.markers, "extra": ""})


def _rewrite(root: RootRequirement, wanted: Root) -> tuple[Change, RootRequirement]:
    """A line with the wanted specifier; its hashes are those of other files."""
    versions = wanted.versions if isinstance(wanted, RootRequirement) else ""
    text = rewritten(root, SpecifierSet(versions))
    edited = replace(root, text=text, versions=versions, hashes=())
    return Change(ChangeAction.REPLACE, root, text), edited


def _stands_for(root: RootRequirement, wanted: Root) -> bool:
    """Whether a rewritten line asks for all that is wanted."""
    return not root.is_constraint and root.extras >= wanted.extras


# -- telling


def _with_replaced(findings: Findings) -> Findings:
    """The nearest changes, with the lines among them that what is wanted takes the place of."""
    if findings.supposition is None or findings.repair is None:
        return findings
    repair = _nearest(findings.repair, findings.blockers)
    changes = sorted((*findings.supposition.replaced, *repair.changes), key=_place)
    return replace(findings, repair=replace(repair, changes=tuple(changes)))


def _nearest(repair: Repair, blockers: Iterable[Blocker]) -> Repair:
    """Of repairs that change the same lines in the same way one that goes to a first release."""
    lines = {(change.root, change.action) for change in repair.changes}
    for other in (blocker.repair for blocker in blockers):
        if other and {(change.root, change.action) for change in other.changes} == lines:
            return other
    return repair


def _place(change: Change) -> tuple[str, int]:
    origin = change.root.origin
    return origin.path or "", origin.line or 0


def _with_moves(findings: Findings, before: Findings) -> Findings:
    """What changes in the resolution, where there is one without what is wanted."""
    if findings.supposition is None or before.outcome is not Outcome.RESOLVED:
        return findings
    moved = tuple(_moves(before, findings))
    return replace(findings, supposition=replace(findings.supposition, moved=moved))


def _moves(before: Findings, after: Findings) -> Iterable[Moved]:
    old, new = before.resolution or {}, after.resolution or {}
    for name in sorted({*old, *new}):
        if old.get(name) != new.get(name):
            yield Moved(name, old.get(name), new.get(name))
