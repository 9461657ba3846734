"""Files in pip's requirements format, with the files that they name in turn."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable

import msgspec

from conflictlens.requirements.decoding import binary, decode
from conflictlens.requirements.draft import Draft
from conflictlens.requirements.lines import Line, logical_lines
from conflictlens.requirements.options import Option, SplitLine, split_line
from conflictlens.requirements.pep508 import Refused
from conflictlens.requirements.records import Origin, OriginKind
from conflictlens.requirements.references import is_url, parse_editable, parse_requirement
from conflictlens.requirements.workspace import STDIN, Unreadable, Workspace

_NESTING = 50
_MARKUP = r"(?i:\s*<(?:!doctype|html|\?xml|head|body)\b)"


class _File(msgspec.Struct, frozen=True):
    """A file that is being read, and the paths of those that led to it, itself last."""

    path: str
    kind: OriginKind
    chain: tuple[str, ...]


class RequirementsReader(msgspec.Struct):
    """Reads files into a draft.

    A file that two others name is read once, at its first place: its requirements are the
    same ones.
    """

    workspace: Workspace
    draft: Draft
    _seen: set[tuple[str, OriginKind]] = msgspec.field(default_factory=set)

    def read(self, path: str, kind: OriginKind) -> None:
        """Reads a file, or standard input, as requirements or as constraints."""
        self._read(_File(path, kind, (path,)), named_by=None)

    def _read(self, file: _File, named_by: tuple[str, Line] | None) -> None:
        key = (self.workspace.absolute(file.path), file.kind)
        if key in self._seen:
            return
        self._seen.add(key)
        match load_text(file.path, self.workspace, self.draft):
            case Unreadable(reason):
                self._refuse_file(file, named_by, reason)
            case text:
                self._read_text(file, text)

    def _refuse_file(self, file: _File, named_by: tuple[str, Line] | None, reason: str) -> None:
        if named_by is None:
            self.draft.refuse(file.path, None, "", reason)
        else:
            path, line = named_by
            self.draft.refuse(path, line.number, line.written, f"{file.path}: {reason}")

    def _read_text(self, file: _File, text: str) -> None:
        if (problem := _whole_file_problem(text)) is not None:
            self.draft.refuse(file.path, None, "", problem)
            return
        for line in logical_lines(text, self.workspace.environ):
            try:
                self._read_line(file, line)
            except Refused as refused:
                self.draft.refuse(file.path, line.number, line.written, refused.reason)

    def _read_line(self, file: _File, line: Line) -> None:
        split = split_line(line.expanded)
        self._note_ignored(file, line, split)
        if split.requirement:
            self._add(file, line, split, split.requirement)
        elif split.values("editable"):
            self._add_editable(file, line, split.values("editable")[0])
        elif paths := split.values("requirement"):
            self._read_nested(file, line, paths[0], OriginKind.REQUIREMENT)
        elif paths := split.values("constraint"):
            self._read_nested(file, line, paths[0], OriginKind.CONSTRAINT)
        else:
            self._set_options(file, line, split.options)

    def _add(self, file: _File, line: Line, split: SplitLine, requirement: str) -> None:
        asked = parse_requirement(requirement, self.workspace)
        text = split_line(line.written).requirement
        origin = Origin(file.kind, file.path, line.number)
        self.draft.add(asked.root(text, origin, hashes=split.values("hash")))

    def _add_editable(self, file: _File, line: Line, value: str) -> None:
        asked = parse_editable(value, self.workspace)
        written = split_line(line.written).values("editable")[0]
        origin = Origin(file.kind, file.path, line.number)
        self.draft.add(asked.root(f"-e {written}", origin, editable=True))

    def _read_nested(self, file: _File, line: Line, named: str, kind: OriginKind) -> None:
        path = _nested_path(file.path, named)
        if self.workspace.absolute(path) in map(self.workspace.absolute, file.chain):
            raise Refused(f"the file includes itself: {' → '.join((*file.chain, path))}")
        if len(file.chain) == _NESTING:
            raise Refused(f"files are nested more than {_NESTING} deep")
        self._read(_File(path, kind, (*file.chain, path)), named_by=(file.path, line))

    def _set_options(self, file: _File, line: Line, options: Iterable[Option]) -> None:
        # Most files have no options.
        from conflictlens.requirements.index_options import with_option

        directory = "" if file.path == STDIN else os.path.dirname(file.path)
        for option in options:
            changed = with_option(self.draft.options, option, directory, self.workspace)
            if changed is None:
                text = f"--{option.name} {option.value} is not taken into account"
                self.draft.note(file.path, line.number, text)
            else:
                self.draft.options = changed

    def _note_ignored(self, file: _File, line: Line, split: SplitLine) -> None:
        if ignored := _ignored(split):
            self.draft.note(file.path, line.number, f"pip ignores `{ignored}` in this line")


def load_text(path: str, workspace: Workspace, draft: Draft) -> str | Unreadable:
    """The text of a requirements file; a guessed encoding is noted in the draft."""
    data = workspace.read(path)
    if not isinstance(data, bytes):
        return data
    decoded = decode(data)
    if isinstance(decoded, Unreadable):
        return decoded
    if decoded.guessed is not None:
        draft.note(path, None, f"is not UTF-8, read as {decoded.guessed}")
    return decoded.text


def _whole_file_problem(text: str) -> str | None:
    if text.lstrip().startswith("<") and re.match(_MARKUP, text):
        return "is a web page, not a requirements file; was it downloaded from a page about it?"
    if "\0" in text:
        return binary(text.count("\n", 0, text.index("\0")) + 1)
    return None


def _nested_path(parent: str, named: str) -> str:
    """A nested path is relative to the file that names it. Raises Refused for another machine's."""
    if named.lower().startswith("file:"):
        from urllib.parse import unquote

        return unquote(re.sub("^file:(//(localhost)?(?=/))?", "", named, flags=re.IGNORECASE))
    if is_url(named):
        raise Refused("requirements files are not fetched from the network; download it first")
    if os.path.basename(named).endswith(".toml"):
        raise Refused("pip reads requirements files here; give a .toml file as an argument")
    directory = "" if parent == STDIN else os.path.dirname(parent)
    return os.path.normpath(os.path.join(directory, named))


def _ignored(split: SplitLine) -> str:
    """What pip passes over without a word in a line that means something else."""
    words = list(split.ignored)
    for name in ("requirement", "constraint", "editable"):
        values = split.values(name)
        words += [f"--{name} {value}" for value in (values if split.requirement else values[1:])]
    return " ".join(words)
