"""What has been read so far, good lines and bad ones."""

from __future__ import annotations

import msgspec

from conflictlens.errors import BadLine, RequirementsError, mask_credentials
from conflictlens.requirements.records import (
    IndexOptions,
    OriginKind,
    RequirementSet,
    RootRequirement,
    UnnamedRoot,
)

_SHOWN = 200


class Draft(msgspec.Struct):
    """A `RequirementSet` in the making; `bad` lines keep it from being finished."""

    roots: list[RootRequirement | UnnamedRoot] = msgspec.field(default_factory=list)
    constraints: list[RootRequirement] = msgspec.field(default_factory=list)
    options: IndexOptions = msgspec.field(default_factory=IndexOptions)
    requires_python: list[str] = msgspec.field(default_factory=list)
    notes: list[str] = msgspec.field(default_factory=list)
    bad: list[BadLine] = msgspec.field(default_factory=list)

    def add(self, root: RootRequirement | UnnamedRoot) -> None:
        """Adds a root to the requirements or the constraints, wherever its origin says."""
        if root.origin.kind is not OriginKind.CONSTRAINT:
            self.roots.append(root)
        elif (problem := _constraint_problem(root)) is not None:
            self.refuse(root.origin.path or "", root.origin.line, root.text, problem)
        elif isinstance(root, RootRequirement):
            self.constraints.append(root)

    def refuse(self, path: str, line: int | None, text: str, reason: str) -> None:
        self.bad.append(BadLine(path, line, shown(text), reason))

    def note(self, path: str, line: int | None, text: str) -> None:
        self.notes.append(f"{path}: {text}" if line is None else f"{path}:{line}: {text}")

    def finish(self) -> RequirementSet:
        """Raises RequirementsError with all bad lines if there are any."""
        if self.bad:
            raise RequirementsError(tuple(self.bad))
        return RequirementSet(
            roots=tuple(self.roots),
            constraints=tuple(self.constraints),
            options=self.options,
            requires_python=",".join(dict.fromkeys(self.requires_python)) or None,
            notes=tuple(self.notes),
        )


def shown(text: str) -> str:
    """`text` fit for a terminal: one short line, credentials masked, control characters escaped."""
    cut = text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
    masked = mask_credentials(cut)
    return "".join(
        character if character.isprintable() else ascii(character)[1:-1] for character in masked
    )


def _constraint_problem(root: RootRequirement | UnnamedRoot) -> str | None:
    """pip's rule: a constraint is a name and a specifier or URL."""
    if root.editable:
        return "a constraint can't be editable"
    if isinstance(root, UnnamedRoot):
        return "a constraint needs a name: write name @ URL"
    if root.extras:
        return "a constraint can't have extras"
    return None
