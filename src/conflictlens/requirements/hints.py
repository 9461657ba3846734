"""Mistakes that people make in requirements files, and what to write instead."""

from __future__ import annotations

import re
from collections.abc import Callable

_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]*"
_EXTRAS = r"(?:\s*\[[^\]]*\])?"
_VERSION = r"v?\d[\w.!+*-]*"

_COMMAND = re.compile(
    r"[$!%>]?\s*(?:sudo\s+)?(?P<command>(?:python[\d.]*\s+-m\s+)?pip[\d.]*\s+install|uv\s+pip\s+install"
    r"|(?:uv|poetry|pdm|pixi|hatch)\s+add|(?:conda|mamba|micromamba|pipenv)\s+install)\b"
)
_CONDA_LINE = re.compile(rf"(?P<name>{_NAME})=(?P<version>{_VERSION})=\w+")
_CONDA_CHANNEL = re.compile(rf"(?:{_NAME})::(?P<rest>\S+)")
_SINGLE_EQUALS = re.compile(rf"(?P<name>{_NAME}{_EXTRAS})\s*=\s*(?P<version>{_VERSION})(?:\s*;.*)?")
_TOML_PAIR = re.compile(rf"{_NAME}\s*=\s*[\"'{{\[].*")
_SWAPPED = re.compile(rf"{_NAME}{_EXTRAS}\s*(?:.*,)?\s*(?P<operator>=>|=<|=~|=!)\s*\d")
_CARET = re.compile(rf"(?P<name>{_NAME}{_EXTRAS})\s*\^\s*\d")
_TILDE = re.compile(rf"(?P<name>{_NAME}{_EXTRAS})\s*~\s*(?P<version>{_VERSION})")
_NO_OPERATOR = re.compile(rf"(?P<name>{_NAME}{_EXTRAS})\s+(?P<version>{_VERSION})")
_AT_VERSION = re.compile(rf"(?P<name>{_NAME}{_EXTRAS})\s*@\s*(?P<version>{_VERSION})")
_COLON = re.compile(rf"(?P<name>{_NAME})\s*:\s*(?P<rest>[<>=~!]|\d).*")
_IMPORT = re.compile(rf"(?:import\s+{_NAME}|from\s+{_NAME}\s+import\b).*")
_SSH = re.compile(r"(?:-e\s+)?(?P<user>[\w.-]+)@(?P<host>[\w.-]+):(?P<path>[\w./~-]+)")
_MERGE_MARKER = re.compile(r"(?:<{7}|>{7}|={7}|\|{7})(?:\s.*)?")
_SPECIFIERS = re.compile(rf"(?P<name>{_NAME}{_EXTRAS})\s*\(?\s*(?P<rest>[<>=!~].*)")
_SPECIFIER = re.compile(r"\s*(?P<operator>==|[<>!~]=|[<>])\s*(?P<version>[^\s,)]*)\s*(?:,|\)?\s*$)")
_TYPOGRAPHY = {
    "≥": ">=",
    "≤": "<=",
    "≠": "!=",
    "＝": "=",
    "“": '"',
    "”": '"',
    "‘": "'",
    "’": "'",
    "–": "-",
    "—": "-",
    "\u00a0": "a plain blank",
    "\u200b": "nothing",
    "\ufeff": "nothing",
}


def hint(text: str) -> str | None:
    """What is wrong with a text that is not a requirement, None if it is no known mistake."""
    # A pattern is matched against a beginning only, so that no line can make it slow.
    text = text.strip()[:500]
    return next((found for check in _CHECKS if (found := check(text)) is not None), None)


def _merge_marker(text: str) -> str | None:
    if _MERGE_MARKER.fullmatch(text):
        return "is a conflict marker of git; finish the merge first"
    return None


def command(text: str) -> str | None:
    """What is wrong with a line of a shell or of Python."""
    if match := _COMMAND.match(text):
        return f"is a command; leave off `{' '.join(match['command'].split())}`"
    if _IMPORT.fullmatch(text):
        return "is Python code, not a requirement"
    return None


def _typography(text: str) -> str | None:
    for character, plain in _TYPOGRAPHY.items():
        if character in text:
            meant = plain if " " in plain or plain == "nothing" else f"`{plain}`"
            return f"holds the character U+{ord(character):04X}, write {meant} instead"
    return None


def _conda(text: str) -> str | None:
    if match := _CONDA_LINE.fullmatch(text):
        return (
            "is a line of conda's, with a build at its end; "
            f"for pip write {match['name']}=={match['version']}"
        )
    if match := _CONDA_CHANNEL.fullmatch(text):
        return f"names a channel of conda's; for pip write {match['rest']}"
    return None


def _operator(text: str) -> str | None:
    if match := _SWAPPED.match(text):
        operator = match["operator"]
        return f"`{operator}` is not an operator; did you mean `{operator[::-1]}`?"
    if match := _SINGLE_EQUALS.fullmatch(text):
        return f"`=` is not an operator; did you mean {match['name']}=={match['version']}?"
    if _CARET.match(text):
        return "`^` is an operator of Poetry's; write a range such as >=1.2,<2"
    if match := _TILDE.match(text):
        return f"`~` is not an operator; did you mean {match['name']}~={match['version']}?"
    return None


def _missing_operator(text: str) -> str | None:
    if match := _NO_OPERATOR.fullmatch(text):
        return f"an operator is missing; did you mean {match['name']}=={match['version']}?"
    if match := _AT_VERSION.fullmatch(text):
        return f"`@` comes before a URL; did you mean {match['name']}=={match['version']}?"
    if match := _COLON.fullmatch(text):
        return f"is a line of YAML or JSON; write {match['name']}==… without a colon"
    return None


def _other_format(text: str) -> str | None:
    if _TOML_PAIR.fullmatch(text):
        return "is a line of TOML (Poetry, Pipfile); write a requirement such as name>=1.2,<2"
    quoted = text.rstrip(",").rstrip()
    if len(quoted) > 1 and quoted[0] in "\"'" and quoted[-1] == quoted[0]:
        return f"is a quoted string, as in a list; write {quoted[1:-1].strip()}"
    if text.startswith("<"):
        return "is markup, not a requirement"
    return None


def _ssh(text: str) -> str | None:
    if match := _SSH.fullmatch(text):
        return (
            "is a repository in the style of scp; "
            f"write git+ssh://{match['user']}@{match['host']}/{match['path']}"
        )
    if text.startswith("git://"):
        return f"is a repository; write git+{text}"
    return None


def _unclosed(text: str) -> str | None:
    for quote in "\"'":
        if text.count(quote) % 2:
            return "a quote is not closed"
    if text.partition(";")[0].count("[") > text.partition(";")[0].count("]"):
        return "a bracket `[` is not closed"
    return None


def _wildcard(text: str) -> str | None:
    if re.search(r"(?:[<>]=?|~=)\s*[\d.]+\.\*", text):
        return "`.*` can only follow == or !="
    return None


def _version(text: str) -> str | None:
    """A version that is missing, or is none."""
    match = _SPECIFIERS.fullmatch(text.partition(";")[0].strip())
    if match is None:
        return None
    from packaging.version import InvalidVersion, Version

    rest, place = match["rest"], 0
    while part := _SPECIFIER.match(rest, place):
        place = part.end()
        operator, version = part["operator"], part["version"]
        if not version:
            return f"a version is missing after `{operator}`"
        if operator == "~=" and version.isdigit():
            return f"`~=` takes two numbers or more, as in ~={version}.0"
        try:
            Version(version.removesuffix(".*"))
        except InvalidVersion:
            return f"`{version}` is not a version; for any write {match['name']} alone"
    return None


_CHECKS: tuple[Callable[[str], str | None], ...] = (
    _merge_marker,
    command,
    _typography,
    _ssh,
    _conda,
    _operator,
    _other_format,
    _missing_operator,
    _unclosed,
    _wildcard,
    _version,
)
