"""Edits of the user's lines, written down: as changes, as lists of lines, as roots to solve."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

import msgspec
from msgspec.structs import replace
from packaging.requirements import Requirement

from conflictlens.explanation.records import Change, ChangeAction
from conflictlens.problem.admission import names_prerelease
from conflictlens.relaxation.context import Context, Level
from conflictlens.requirements.pep508 import restated
from conflictlens.requirements.records import RequirementSet, RootRequirement, UnnamedRoot

Edits = Mapping[int, str | None]
"""New texts of lines, by place; None drops the line. At a door's place: the text of a new line."""

_Root = TypeVar("_Root", bound=RootRequirement | UnnamedRoot)


class Draft(msgspec.Struct, frozen=True):
    """All that the user wrote, and the lines of it that are in question."""

    requirements: RequirementSet
    context: Context

    def root(self, place: int, text: str | None) -> RootRequirement | None:
        """A line as it reads with a new text, None where it is dropped."""
        if place < 0:
            return self._added(place, text or "")
        root = self.context.roots[place]
        if text is None or text == root.text:
            return None if text is None else root
        return restated(root, text)

    def level(self, place: int, text: str | None) -> Level:
        """How much of a line a new text gives up."""
        root = self.root(place, text)
        if root is None:
            return Level.DROPPED
        return (
            Level.BARE
            if place >= 0 and root.extras != self.context.roots[place].extras
            else Level.LOOSENED
        )

    def suppose(self, edits: Edits) -> None:
        """Have the context decide the lines as they read after these edits."""
        self.context.replaced = {place: self.root(place, text) for place, text in edits.items()}

    def _added(self, door: int, text: str) -> RootRequirement:
        """The line stands where the one does that it is beside, and has no number yet."""
        origin = replace(self._beside(door).origin, line=None)
        return RootRequirement(text, self.context.project(door), origin, _versions(text))

    def _beside(self, door: int) -> RootRequirement:
        return self.context.roots[self.context.beside(door)]

    def lets_in(self, place: int, text: str | None) -> bool:
        """Whether a new text lets in pre-releases, and the old one did not."""
        root = self.root(place, text)
        named = place >= 0 and names_prerelease(self.context.roots[place].versions)
        return root is not None and names_prerelease(root.versions) and not named

    def roots(self, edits: Edits) -> list[RootRequirement]:
        """The lines in question after the edits, new ones last."""
        lines = enumerate(self.context.roots)
        roots = [self.root(place, edits.get(place, root.text)) for place, root in lines]
        roots += [self.root(place, text) for place, text in edits.items() if place < 0]
        return [root for root in roots if root is not None]

    def edited(self, edits: Edits) -> RequirementSet:
        """Everything as it reads after the edits, lines for other targets included."""
        everything = self.requirements
        return replace(
            everything,
            roots=tuple(self._lines(everything.roots, edits)),
            constraints=tuple(self._limits(edits)),
        )

    def _lines(
        self, lines: Sequence[RootRequirement | UnnamedRoot], edits: Edits
    ) -> Iterator[RootRequirement | UnnamedRoot]:
        added = [door for door in edits if door < 0]
        for line in lines:
            yield from self._edited(line, edits)
            for door in [one for one in added if _same(self._beside(one), line)]:
                added.remove(door)
                yield self._added(door, edits[door] or "")

    def _limits(self, edits: Edits) -> Iterator[RootRequirement]:
        for line in self.requirements.constraints:
            yield from self._edited(line, edits)

    def _edited(self, line: _Root, edits: Edits) -> Iterator[_Root | RootRequirement]:
        for place, text in edits.items():
            if place >= 0 and _same(self.context.roots[place], line):
                edited = self.root(place, text)
                if edited is not None:
                    yield edited
                return
        yield line

    def changes(self, edits: Edits) -> Iterator[Change]:
        """The edits as changes: of the user's lines in their order, then the lines that are new."""
        for place, text in sorted(edits.items(), key=lambda edit: (edit[0] < 0, abs(edit[0]))):
            if place < 0:
                added = self._added(place, text or "")
                yield Change(ChangeAction.ADD, added, text, self._beside(place))
            else:
                action = ChangeAction.REMOVE if text is None else ChangeAction.REPLACE
                yield Change(action, self.context.roots[place], text)


def merged(parts: Iterable[Edits]) -> dict[int, str | None]:
    """Edits of several conflicts together."""
    return {place: text for part in parts for place, text in part.items()}


def texts(lines: Iterable[RootRequirement | UnnamedRoot]) -> tuple[str, ...]:
    return tuple(line.text for line in lines)


def _same(one: RootRequirement, other: RootRequirement | UnnamedRoot) -> bool:
    """A local path gets its name, but not another place or text, when the problem is posed."""
    return (one.origin, one.text) == (other.origin, other.text)


def _versions(text: str) -> str:
    return str(Requirement(text).specifier)
