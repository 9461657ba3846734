"""From the changes of a fix to one edit for each file; nothing is read or written here."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from conflictlens.edits.records import EditError, FileEdit, NewText, NewTexts, Place, Uneditable
from conflictlens.edits.requirements_text import edited_requirements
from conflictlens.edits.toml_text import edited_toml
from conflictlens.explanation.records import Change, ChangeAction
from conflictlens.requirements.arguments import FileArgument, Format, file_argument
from conflictlens.requirements.decoding import Decoded, decode
from conflictlens.requirements.workspace import Contents, Unreadable, Workspace


def planned(changes: Iterable[Change], workspace: Workspace) -> tuple[FileEdit, ...]:
    """The edits of all files in which something changes, in the order of the changes.

    `workspace` holds the contents as they were read. Changes of arguments are left out. Raises
    EditError.
    """
    files: dict[str, tuple[str, dict[Place, NewText]]] = {}
    for change in changes:
        line = change.beside or change.root
        path, number = line.origin.path, line.origin.line
        if path is None:
            continue
        if number is None or change.action is ChangeAction.PYTHON:
            raise EditError(path, number, f"{line.text} can't be changed in the file")
        _, new_texts = files.setdefault(workspace.identity(path), (path, {}))
        place = number, line.text
        known = new_texts.get(place, NewText(line.text))
        new_texts[place] = _with_change(known, change)
    return tuple(_file_edit(path, new_texts, workspace) for path, new_texts in files.values())


def _with_change(known: NewText, change: Change) -> NewText:
    if change.action is ChangeAction.ADD:
        return replace(known, added=(*known.added, change.root.text))
    return replace(known, text=change.replacement)


def edited_contents(edits: Iterable[FileEdit], workspace: Workspace) -> Contents:
    """The workspace's contents as they are after the edits."""
    return {**workspace.contents, **{workspace.identity(edit.path): edit.after for edit in edits}}


def _file_edit(path: str, new_texts: NewTexts, workspace: Workspace) -> FileEdit:
    format = _format(path, workspace)
    decoded = _decoded(path, format, workspace)
    try:
        text = _edited(format, decoded.text, new_texts, workspace)
    except Uneditable as problem:
        raise EditError(path, problem.line, problem.reason) from problem
    before = _encoded(path, decoded, decoded.text)
    if workspace.contents[workspace.identity(path)] not in (before, decoded.text):
        raise EditError(path, None, f"its encoding, {decoded.encoding}, could not be kept")
    return FileEdit(path, before, _encoded(path, decoded, text), decoded.text, text)


def _format(path: str, workspace: Workspace) -> Format:
    """Files that other files name can have any name."""
    match file_argument(path, workspace):
        case FileArgument(format=format):
            return format
        case _:
            return Format.REQUIREMENTS


def _decoded(path: str, format: Format, workspace: Workspace) -> Decoded:
    content = workspace.contents.get(workspace.identity(path))
    match content:
        case str():
            return Decoded(content)
        case None | Unreadable():
            reason = "was not read, the question comes from elsewhere; name the file to change"
            raise EditError(path, None, reason)
        case bytes() if format is Format.REQUIREMENTS:
            decoded = decode(content)
        case bytes():
            # TOML is always UTF-8; a coding comment means nothing there.
            text = content.decode("utf-8-sig")
            return Decoded(text, mark=content[: len(content) - len(text.encode())])
    assert isinstance(decoded, Decoded), f"{path} was read before"
    return decoded


def _edited(format: Format, text: str, new_texts: NewTexts, workspace: Workspace) -> str:
    match format:
        case Format.REQUIREMENTS:
            return edited_requirements(text, workspace.environ, new_texts)
        case Format.PYPROJECT:
            return edited_toml(text, new_texts)
        case Format.LOCK:
            line = min(number for number, _ in new_texts)
            raise Uneditable(line, "a lock file is made by a tool; change what it was made from")


def _encoded(path: str, decoded: Decoded, text: str) -> bytes:
    try:
        return decoded.mark + text.encode(decoded.encoding)
    except UnicodeError as error:
        reason = f"its encoding, {decoded.encoding}, can't be written"
        raise EditError(path, None, reason) from error
