"""What a word on the command line is: a file and its format, standard input, or a requirement."""

from __future__ import annotations

import os
from enum import Enum, auto

import msgspec

from conflictlens.requirements.references import is_archive, is_url
from conflictlens.requirements.workspace import STDIN, Workspace


class Format(Enum):
    REQUIREMENTS = auto()
    PYPROJECT = auto()
    LOCK = auto()


class FileArgument(msgspec.Struct, frozen=True):
    path: str
    format: Format


class TextArgument(msgspec.Struct, frozen=True):
    """A requirement, written as such."""

    text: str


class WrongArgument(msgspec.Struct, frozen=True):
    text: str
    reason: str


Argument = FileArgument | TextArgument | WrongArgument

_EXPORT = "give requirements instead: `{} -o requirements.txt`"
# Files that hold requirements of another tool's, by name.
_FOREIGN = {
    "poetry.lock": _EXPORT.format("poetry export"),
    "uv.lock": _EXPORT.format("uv export"),
    "pdm.lock": _EXPORT.format("pdm export"),
    "pipfile": _EXPORT.format("pipenv requirements").replace("-o", ">"),
    "pipfile.lock": _EXPORT.format("pipenv requirements").replace("-o", ">"),
    "setup.py": "its dependencies are only known once it has run; write them into a file",
    "setup.cfg": "write its install_requires into a requirements file or into pyproject.toml",
    "environment.yml": "conda's packages are not those of a Python index; give its `pip:` part",
    "environment.yaml": "conda's packages are not those of a Python index; give its `pip:` part",
}


def argument(text: str, workspace: Workspace) -> Argument:
    """What `text` stands for; a file or directory only where there is one, or it must be one."""
    if text == "-":
        return FileArgument(STDIN, Format.REQUIREMENTS)
    if workspace.is_file(text):
        return TextArgument(text) if is_archive(text) else file_argument(text, workspace)
    if is_url(text) or _names_reference(text):
        return _reference(text)
    if _is_separated(text) and workspace.is_directory(text):
        return _directory(text, workspace)
    if _looks_like_path(text):
        return WrongArgument(text, "no such file")
    return TextArgument(text)


def file_argument(path: str, workspace: Workspace) -> FileArgument | WrongArgument:
    """The format of a file that was named as one; whether there is one shows when it is read."""
    if path == "-":
        return FileArgument(STDIN, Format.REQUIREMENTS)
    if is_url(path) and not workspace.is_file(path):
        return WrongArgument(path, "files are not fetched from the network; download it first")
    name = os.path.basename(path).lower()
    if name in _FOREIGN:
        return WrongArgument(path, f"is not a file that conflictlens reads; {_FOREIGN[name]}")
    if name.startswith("pylock") and name.endswith(".toml"):
        return FileArgument(path, Format.LOCK)
    return FileArgument(path, Format.PYPROJECT if name.endswith(".toml") else Format.REQUIREMENTS)


def _reference(text: str) -> Argument:
    if text.lower().startswith("http") and text.lower().endswith((".txt", ".toml", ".in")):
        return WrongArgument(text, "files are not fetched from the network; download it first")
    return TextArgument(text)


def _directory(path: str, workspace: Workspace) -> Argument:
    file = os.path.join(path, "pyproject.toml")
    if workspace.is_file(file):
        return FileArgument(file, Format.PYPROJECT)
    return WrongArgument(path, "is a directory without a pyproject.toml")


def _names_reference(text: str) -> bool:
    """``name @ url``: what is before the sign is no path."""
    name, at, _ = text.partition("@")
    return bool(at) and not _is_separated(name)


def _is_separated(text: str) -> bool:
    return "/" in text or os.sep in text or text in (".", "..")


def _looks_like_path(text: str) -> bool:
    """A marker can hold anything, so only what is before it counts."""
    body = text.partition(";")[0].strip()
    return (_is_separated(body) or "\\" in body or body.lower().endswith(_ENDINGS)) and not (
        is_archive(body)
    )


_ENDINGS = (".txt", ".toml", ".in", ".lock")
