"""Which package a line is about: told only by a form in which tools name one.

A word that merely follows "Installing" or "Building" is not a name: "Building without Cython".
"""

from __future__ import annotations

import re
import unicodedata

LITERALS = (
    "ollecting ", "ownloading/unp", "btaining ", "rocessing ", "uilding ", "ailed building ",
    "ailed to ", "ould not build ", "unning setup.py ", "- Installing ", "• Installing ",
    "nstalling collected ", "ttempting uninstall: ", "/simple/",
)  # fmt: skip
"""What a line holds that may name one."""

_NAME = r"(?P<name>[A-Za-z0-9](?:[\w.-]{0,80}[A-Za-z0-9])?)"
_BEGIN = (
    r"\A(?:\W{0,20}\[[\w.-]{1,60}\]:)?\W{0,40}(?:(?:ERROR|error|[Cc]aused? by|cause): \W{0,4})?"
)
_FORMS = tuple(
    re.compile(_BEGIN + form.replace("NAME", _NAME))
    for form in (
        r"(?:Collecting|Downloading/unpacking|Obtaining) NAME(?=\s*(?:\Z|[\[<>=!~;@(]))",
        r"(?:Building (?:wheel|editable)|Failed building (?:wheel|editable)"
        r"|Running setup\.py (?:install|bdist_wheel|develop|clean)) for NAME"
        r"(?=\s*(?:\Z|[(:]|\.\.\.|did not ))",
        r"Running setup\.py (?:\(path:\S{1,300}\) )?egg_info for package NAME(?=\s*\Z)",
        r"Failed to build(?: and install)? (?!wheels?\b|package|project)['`]?NAME(?=['`]|\s*\Z)",
        r"Failed to (?:build|download|prepare|fetch|extract)[\w ]{0,40}:? [`'\"]?"
        r"NAME(?=\[[\w, .-]{0,80}\]==|==| @ )",
        r"Could not build wheels for NAME(?=\s*\Z|,? which | since )",
        r"(?<=[-•] )(?:Installing|Updating|Downgrading) NAME(?= \()",
        r"Building NAME(?=\[[\w, .-]{0,80}\]==|==| @ )",
        r"(?:Installing collected packages|Building wheels for collected packages"
        r"|Attempting uninstall): NAME(?=\s*\Z)",
    )
)
_PAGE = re.compile(rf"/simple/{_NAME}/")
_FILE = re.compile(
    _BEGIN + r"Processing (?:\S{0,400}[/\\])?(?P<name>[A-Za-z0-9][\w.!+%-]{0,160}"
    r"(?:\.whl|\.egg|\.tar\.gz|\.tar\.bz2|\.tgz|\.zip))\s*(?:\Z|\()"
)
_UNNAMED = re.compile(
    _BEGIN + r"(?:Processing|Obtaining|Collecting) (?:\.|/|[A-Za-z]:|file:|git\+)"
)
_WHEEL = re.compile(r"(?<![\w.-])(?P<name>[A-Za-z0-9]\w{0,80}(?:\.\w{1,40}){0,3})-\d[\w.!+]{0,60}"
                    r"(?:-\d\w{0,20})?-\w[\w.]{0,40}-\w[\w.]{0,40}-\w[\w.]{0,80}\.whl")  # fmt: skip
_ARCHIVE = re.compile(r"(?P<name>.+?)-\d[^-]*(?:-py\d.*)?\.(?:tar\.gz|tar\.bz2|tgz|zip|egg)\Z")


NAMING = ("package", "instead")
"""How groups of patterns begin that hold the name of a project."""

_VALID = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_AFTER = frozenset(" \t\r\n[](){}<>=!~^@,;:'\"`|…“”‘’«»")
"""What can stand right behind a name in what tools print."""


def whole_name(text: str, start: int, end: int) -> str:
    """The name of a project that stands in `text`; empty where it is part of something else.

    ``fo%0Ao`` or a name with an invisible mark in it is not the project ``fo``.
    """
    name = text[start:end].rstrip(".")
    rest = text[start + len(name) :]
    before = text[start - 1 : start] if start else ""
    if _VALID.fullmatch(name) is None or before.isalnum() or before in tuple("%_"):
        return ""
    if before and unicodedata.category(before).startswith("C") and before != "\t":
        return ""
    in_path = before == "/" and rest[:1] == "/"
    ends = not rest or rest[0] in _AFTER or in_path or re.match(r"\.+(?:\s|\Z)|-\d", rest)
    return name if ends else ""


def package_of(text: str) -> str | None:
    """The package that the lines from here on are about; empty where it has no name."""
    if not any(one in text for one in LITERALS):
        return None
    found = next(filter(None, (form.search(text) for form in _FORMS)), None)
    if found or (found := _PAGE.search(text)):
        return found["name"] if _VALID.fullmatch(found["name"]) else ""
    if found := _FILE.search(text):
        project = project_of(found["name"])
        return project if _VALID.fullmatch(project) else ""
    return "" if _UNNAMED.search(text) else None


def project_of(file: str) -> str:
    """The project of a wheel, an egg or a source archive, by how such files are named."""
    if file.endswith(".whl"):
        return file.partition("-")[0]
    found = _ARCHIVE.match(file)
    return found["name"] if found else ""


def wheel_in(text: str) -> str | None:
    """The project of a wheel whose file a line names."""
    found = _WHEEL.search(text) if ".whl" in text else None
    return found["name"] if found and _VALID.fullmatch(found["name"]) else None
