"""The front door: from what the user gave to one set of requirements with their origins."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, BinaryIO, TextIO, assert_never

from conflictlens.requirements.arguments import (
    Argument,
    FileArgument,
    Format,
    TextArgument,
    WrongArgument,
    argument,
    file_argument,
)
from conflictlens.requirements.draft import Draft
from conflictlens.requirements.pep508 import Refused
from conflictlens.requirements.records import Origin, OriginKind, RequirementSet
from conflictlens.requirements.references import parse_requirement
from conflictlens.requirements.requirements_file import RequirementsReader
from conflictlens.requirements.selection import Selection
from conflictlens.requirements.workspace import Contents, Workspace

if TYPE_CHECKING:
    from conflictlens.requirements.toml_document import Document


def read_requirements(
    arguments: Sequence[str],
    *,
    requirement_files: Sequence[str] = (),
    constraint_files: Sequence[str] = (),
    extras: Sequence[str] = (),
    groups: Sequence[str] = (),
    stdin: TextIO | BinaryIO | None = None,
    environ: Mapping[str, str] | None = None,
    cwd: str | None = None,
    contents: Contents | None = None,
) -> RequirementSet:
    """Reads everything that is named, in this order: arguments, requirement and constraint files.

    An argument is a requirement (PEP 508), ``-`` for standard input, a directory with a
    pyproject.toml, or a file: pyproject.toml, pylock.toml, else pip's requirements format.
    `extras` and `groups` choose from a pyproject.toml or pylock.toml. `contents` stand in for
    what files hold; what is read besides is added to them.

    Raises RequirementsError with all bad lines of all files at once. Nothing is fetched from
    the network.
    """
    workspace = Workspace(
        cwd=cwd or os.getcwd(),
        environ=os.environ if environ is None else environ,
        stdin=sys.stdin if stdin is None else stdin,
        contents={} if contents is None else contents,
    )
    reading = _Reading(workspace, Selection(tuple(extras), tuple(groups)))
    for text in arguments:
        reading.read(argument(text, workspace), OriginKind.REQUIREMENT)
    for path in requirement_files:
        reading.read(file_argument(path, workspace), OriginKind.REQUIREMENT)
    for path in constraint_files:
        reading.read(file_argument(path, workspace), OriginKind.CONSTRAINT)
    return reading.finish()


class _Reading:
    def __init__(self, workspace: Workspace, selection: Selection) -> None:
        self.workspace = workspace
        self.selection = selection
        self.draft = Draft()
        self.reader = RequirementsReader(workspace, self.draft)
        self.has_project = False

    def read(self, source: Argument, kind: OriginKind) -> None:
        match source:
            case TextArgument(text):
                self._read_text(text)
            case FileArgument(path, Format.REQUIREMENTS):
                self.reader.read(path, kind)
            case FileArgument(path, format):
                self._read_toml(path, format, kind)
            case WrongArgument(text, reason):
                self.draft.refuse(text, None, "", reason)
            case _:
                assert_never(source)

    def finish(self) -> RequirementSet:
        chosen = (*self.selection.extras, *self.selection.groups)
        if chosen and not self.has_project:
            reason = f"{', '.join(chosen)} chosen, but no pyproject.toml or pylock.toml is read"
            self.draft.refuse("extras and groups", None, "", reason)
        return self.draft.finish()

    def _read_text(self, text: str) -> None:
        try:
            asked = parse_requirement(text.strip(), self.workspace)
        except Refused as refused:
            self.draft.refuse("argument", None, text, refused.reason)
        else:
            self.draft.add(asked.root(text.strip(), Origin(OriginKind.ARGUMENT)))

    def _read_toml(self, path: str, format: Format, kind: OriginKind) -> None:
        # Imported late, here and below: most runs read no TOML, and packaging.pylock is slow.
        from conflictlens.requirements.toml_document import NotTOML, read_document

        self.has_project = True
        match read_document(path, self.workspace):
            case NotTOML(line, reason):
                self.draft.refuse(path, line, "", reason)
            case document:
                self._read_document(document, format, kind)

    def _read_document(self, document: Document, format: Format, kind: OriginKind) -> None:
        if format is Format.LOCK:
            from conflictlens.requirements.lock import read_lock

            read_lock(document, kind, self.selection, self.workspace, self.draft)
        else:
            from conflictlens.requirements.pyproject import read_pyproject

            read_pyproject(document, kind, self.selection, self.reader)
