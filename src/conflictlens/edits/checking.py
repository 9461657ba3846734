"""What the requirements have to be after a fix, and whether the edited files say just that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import TypeAlias

from packaging.requirements import Requirement

from conflictlens.edits.records import EditError
from conflictlens.explanation.records import Change
from conflictlens.requirements.records import (
    Origin,
    RequirementSet,
    RootRequirement,
    UnnamedRoot,
)

Root: TypeAlias = RootRequirement | UnnamedRoot
_NewTexts: TypeAlias = Mapping[tuple[Origin, str], str | None]


def after_changes(requirements: RequirementSet, changes: Iterable[Change]) -> RequirementSet:
    """The requirements with their new texts, in the same order; a changed one has no hashes."""
    new_texts = {(change.root.origin, change.root.text): change.replacement for change in changes}
    roots = (_changed(root, new_texts) for root in requirements.roots)
    constraints = (_changed(root, new_texts) for root in requirements.constraints)
    return replace(
        requirements,
        roots=tuple(root for root in roots if root is not None),
        constraints=tuple(root for root in constraints if isinstance(root, RootRequirement)),
    )


def _changed(root: Root, new_texts: _NewTexts) -> Root | None:
    text = new_texts.get((root.origin, root.text), root.text)
    if text is None or text == root.text or not isinstance(root, RootRequirement):
        return None if text is None else root
    return replace(root, text=text, specifier=Requirement(text).specifier, hashes=())


def check(expected: RequirementSet, read: RequirementSet) -> None:
    """Raises EditError unless both say the same, whatever the numbers of the lines."""
    _check_roots(expected.roots, read.roots)
    _check_roots(expected.constraints, read.constraints)
    if (expected.options, expected.requires_python) != (read.options, read.requires_python):
        raise EditError("the files", None, "their options would not be the same after the change")


def _check_roots(expected: Sequence[Root], read: Sequence[Root]) -> None:
    for wanted, got in zip_longest(expected, read):
        if wanted is None or got is None or _unplaced(wanted) != _unplaced(got):
            one = wanted or got
            assert one is not None
            says = "nothing" if got is None else got.text
            wants = "nothing" if wanted is None else wanted.text
            reason = f"after the change it would say {says} where the fix has {wants}"
            raise EditError(one.origin.path or "arguments", one.origin.line, reason)


def _unplaced(root: Root) -> Root:
    return replace(root, origin=replace(root.origin, line=None))
