"""One requirement text: what it asks for, before it is known where it stands.

Most lines are a name and a specifier. packaging's parser knows all of PEP 508, and takes as long
to load as a small answer takes to find, so that it is asked about the other lines only. Both
agree about the plain ones (see the tests).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name

from conflictlens.requirements.records import Origin, RootRequirement, UnnamedRoot

if TYPE_CHECKING:
    from packaging.markers import Marker

_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
_CLAUSE = r"(?:~=|==|!=|<=|>=|<|>)[ \t]*[A-Za-z0-9.*+!_-]+"
_PLAIN = re.compile(
    rf"({_NAME})[ \t]*(?:\[[ \t]*({_NAME}(?:[ \t]*,[ \t]*{_NAME})*)[ \t]*\])?"
    rf"[ \t]*((?:{_CLAUSE}(?:[ \t]*,[ \t]*{_CLAUSE})*)?)"
)
_TOO_LONG = re.compile(r"\d{4001}")


class Refused(ValueError):
    """A text that can't be read; `reason` is a clause for a `BadLine`. Never leaves this stage."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class Asked(msgspec.Struct, frozen=True):
    """What a requirement asks for; without a `name` it has a `url`."""

    name: NormalizedName | None
    specifier: SpecifierSet = msgspec.field(default_factory=SpecifierSet)
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
            specifier=self.specifier,
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
    """What a name, perhaps extras, perhaps a specifier ask for; None if there is more or less."""
    match = _PLAIN.fullmatch(text.strip(" \t"))
    if match is None or _TOO_LONG.search(text):
        return None
    name, extras, specifier = match.groups()
    try:
        versions = SpecifierSet(specifier)
    except InvalidSpecifier:
        return None
    listed = extras.split(",") if extras else ()
    return Asked(
        name=canonicalize_name(name),
        specifier=versions,
        extras=normalized_extras({extra.strip(" \t") for extra in listed}),
    )


def _parsed(text: str) -> Asked:
    from packaging.requirements import Requirement

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
        specifier=requirement.specifier,
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


def normalized_extras(extras: set[str]) -> frozenset[NormalizedName]:
    """PEP 685."""
    return frozenset(canonicalize_name(extra) for extra in extras)


def check_versions(specifier: SpecifierSet) -> None:
    """Raises ValueError. packaging reads versions late, and int() has a limit of 4,300 digits."""
    if _TOO_LONG.search(str(specifier)):
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
