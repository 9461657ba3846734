"""What the requirements have to be after a fix, and whether the edited files say just that."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import TypeAlias

from msgspec.structs import replace

from conflictlens.edits.records import EditError
from conflictlens.explanation.records import Change
from conflictlens.requirements.pep508 import restated
from conflictlens.requirements.records import (
    Origin,
    RequirementSet,
    RootRequirement,
    UnnamedRoot,
)

Root: TypeAlias = RootRequirement | UnnamedRoot
_Line: TypeAlias = tuple[Origin, str]


def after_changes(requirements: RequirementSet, changes: Iterable[Change]) -> RequirementSet:
    """The requirements with their new texts, in the same order; a changed one has no hashes.

    Lines that are added come behind those that they belong to.
    """
    by_line: dict[_Line, list[Change]] = {}
    for change in changes:
        by_line.setdefault(_line(change.beside or change.root), []).append(change)
    constraints = (one for root in requirements.constraints for one in _changed(root, by_line))
    return replace(
        requirements,
        roots=tuple(one for root in requirements.roots for one in _changed(root, by_line)),
        constraints=tuple(one for one in constraints if isinstance(one, RootRequirement)),
    )


def _line(root: Root) -> _Line:
    return root.origin, root.text


def _changed(root: Root, by_line: dict[_Line, list[Change]]) -> Iterator[Root]:
    """What becomes of a line; those that stand there twice get new neighbours once."""
    edits = [change for change in by_line.get(_line(root), []) if change.beside is None]
    if not edits:
        yield root
    for change in edits:
        if change.replacement is not None:
            yield _with_text(root, change.replacement)
    for change in [one for one in by_line.get(_line(root), []) if one.beside is not None]:
        by_line[_line(root)].remove(change)
        yield change.root


def _with_text(root: Root, text: str) -> Root:
    if text == root.text or not isinstance(root, RootRequirement):
        return root
    return replace(restated(root, text), hashes=())


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
