"""One requirement text: what it asks for, before it is known where it stands.

Most lines are a name and a specifier. packaging's parser knows all of PEP 508, and takes as long
to load as a small answer takes to find, so that it is asked about the other lines only. Both
agree about the plain ones (see the tests).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from conflictlens.names import NormalizedName, canonicalize_name
from conflictlens.requirements.records import Origin, RootRequirement, UnnamedRoot

if TYPE_CHECKING:
    from packaging.markers import Marker
    from packaging.specifiers import SpecifierSet

_NAME_CHARACTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"
_BLANKS = " \t"
_LONGEST = 4000


class Refused(ValueError):
    """A text that can't be read; `reason` is a clause for a `BadLine`. Never leaves this stage."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class Asked(msgspec.Struct, frozen=True):
    """What a requirement asks for; without a `name` it has a `url`."""

    name: NormalizedName | None
    versions: str = ""
    extras: frozenset[NormalizedName] = frozenset()
    marker: Marker | None = None
    url: str | None = None

    def root(
        self, text: str, origin: Origin, hashes: tuple[str, ...] = (), editable: bool = False
    ) -> RootRequirement | UnnamedRoot:
        if self.name is None:
            assert self.url is not None
            return UnnamedRoot(text, self.url, origin, self.extras, self.marker, hashes, editable)
        return RootRequirement(
            text=text,
            name=self.name,
            origin=origin,
            versions=self.versions,
            extras=self.extras,
            marker=self.marker,
            url=self.url,
            hashes=hashes,
            editable=editable,
        )


def parse_pep508(text: str) -> Asked:
    """Raises Refused, with a hint where the mistake is a known one."""
    return _plain(text) or _parsed(text)


def _plain(text: str) -> Asked | None:
    """What a name, perhaps extras, perhaps releases ask for; None if there is more or less.

    Taken apart without patterns: to compile one takes longer than to read a file with this.
    """
    text = text.strip(_BLANKS)
    rest = text.lstrip(_NAME_CHARACTERS)
    name = text[: len(text) - len(rest)]
    bracket, rest = _bracket(rest.lstrip(_BLANKS))
    extras = [extra.strip(_BLANKS) for extra in bracket.split(",")] if bracket else []
    versions = _plain_versions(rest)
    if versions is None or len(text) > _LONGEST or not all(map(_is_name, (name, *extras))):
        return None
    return Asked(canonicalize_name(name), versions, normalized_extras(set(extras)))


def _bracket(text: str) -> tuple[str, str]:
    """What stands between brackets, empty without any, and what comes behind them."""
    inside, closed, rest = text.partition("]")
    return (inside[1:], rest) if closed and text.startswith("[") else ("", text)


def _is_name(text: str) -> bool:
    return not text.strip(_NAME_CHARACTERS) and text[:1].isalnum() and text[-1:].isalnum()


def _plain_versions(text: str) -> str | None:
    """A specifier as packaging writes it; None for what only packaging may judge."""
    if not text.strip(_BLANKS):
        return ""
    clauses = [_plain_clause(clause.strip(_BLANKS)) for clause in text.split(",")]
    plain = sorted(operator + version for operator, version in filter(None, clauses))
    # packaging leaves out what is said twice, be it as 1 and as 1.0.
    once = len({clause[0] for clause in clauses if clause is not None}) == len(clauses)
    return ",".join(plain) if once else None


def _plain_clause(text: str) -> tuple[str, str] | None:
    """An operator and a release (PEP 440) without pre-release and the like; None for others."""
    version = text.lstrip("<>=!~")
    operator = text[: len(text) - len(version)]
    version = version.lstrip(_BLANKS)
    parts = version.split(".")
    if parts[-1] == "*" and operator in ("==", "!="):
        parts.pop()
    known = operator in _OPERATORS and len(parts) >= (2 if operator == "~=" else 1)
    digits = text.isascii() and all(map(str.isdigit, parts))
    return (operator, version) if known and digits else None


_OPERATORS = frozenset(("==", "!=", "<=", ">=", "<", ">", "~="))


def _parsed(text: str) -> Asked:
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    try:
        requirement = Requirement(text)
        name = canonicalize_name(requirement.name, validate=True)
        check_versions(requirement.specifier)
        if requirement.marker is not None:
            _check_marker(requirement.marker)
    except (ValueError, RecursionError) as error:
        raise Refused(_hint(text) or _worded(error)) from error
    return Asked(
        name=name,
        versions=str(requirement.specifier),
        extras=normalized_extras(requirement.extras),
        marker=requirement.marker,
        url=requirement.url,
    )


def parse_marker(text: str) -> Marker:
    """Raises Refused."""
    from packaging.markers import Marker

    try:
        marker = Marker(text)
        _check_marker(marker)
    except (ValueError, RecursionError) as error:
        raise Refused(_hint(f"x; {text}") or f"in the marker: {_clause(error)}") from error
    return marker


def parse_extras(bracket: str) -> frozenset[NormalizedName]:
    """The extras of a text such as ``[a,b]``, empty for an empty text. Raises Refused."""
    return parse_pep508(f"x{bracket}").extras if bracket else frozenset()


def restated(root: RootRequirement, text: str) -> RootRequirement:
    """The same line of the user's with another text, which can be read."""
    from msgspec.structs import replace
    from packaging.requirements import Requirement

    asked = Requirement(text)
    extras = normalized_extras(asked.extras)
    return replace(root, text=text, versions=str(asked.specifier), extras=extras)


def normalized_extras(extras: set[str]) -> frozenset[NormalizedName]:
    """PEP 685."""
    return frozenset(canonicalize_name(extra) for extra in extras)


def check_versions(specifier: SpecifierSet) -> None:
    """Raises ValueError. packaging reads versions late, and int() has a limit of 4,300 digits."""
    if re.search(r"\d{4001}", str(specifier)):
        raise ValueError("a number has more than 4,000 digits")


def _check_marker(marker: Marker) -> None:
    """Raises ValueError for a marker that no environment can answer.

    One trial is enough, since packaging looks at every comparison in a marker.
    """
    from packaging.markers import UndefinedComparison, UndefinedEnvironmentName

    try:
        marker.evaluate({"extra": ""})
    except UndefinedEnvironmentName as error:
        raise ValueError(f"{error.args[0]} only means something in lock files") from error
    except UndefinedComparison as error:
        raise ValueError("it compares with `~=` what is not a version") from error


def _worded(error: Exception) -> str:
    return f"is not a requirement (PEP 508): {_clause(error)}"


def _clause(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "nested too deeply"
    message = str(error).partition("\n")[0]
    return message[:1].lower() + message[1:]


def _hint(text: str) -> str | None:
    # Its patterns take longer to compile than a good file takes to read.
    from conflictlens.requirements.hints import hint

    return hint(text)
