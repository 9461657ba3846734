"""Requirement texts of releases, parsed once however many releases repeat them.

Most releases of a project repeat their predecessor's requirements word for word, so the
parsed form is kept per text, and a marker, which many texts share, is evaluated once per target.
A warm answer parses none, so it does not load this.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec
from packaging.markers import (
    InvalidMarker,
    Marker,
    UndefinedComparison,
    UndefinedEnvironmentName,
)
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import InvalidName, NormalizedName, canonicalize_name

from conflictlens.problem.dependencies import Dependency


class _Condition(msgspec.Struct, frozen=True):
    """A marker; `text` is its canonical spelling.

    Half of all lines are for an extra and say nothing else: then this is in `only_extra`, and
    nobody has to parse the marker.
    """

    text: str
    marker: Marker | None
    names_extra: bool
    only_extra: NormalizedName | None = None


class _Line(msgspec.Struct, frozen=True):
    dependency: Dependency
    condition: _Condition | None


class InvalidDependency(ValueError):
    """A text that can't be read even leniently, or whose marker no environment can answer.

    Its message is the text, the beginning of a long one.
    """

    def __init__(self, text: str) -> None:
        super().__init__(text if len(text) <= _QUOTED else f"{text[:_QUOTED]}…")


_QUOTED = 100


class DependencyReader:
    """Requirement texts to dependencies that apply to one target's markers (PEP 508, 685)."""

    def __init__(self, markers: Mapping[str, str]) -> None:
        self._markers = dict(markers)
        self._lines: dict[str, _Line | None] = {}
        self._conditions: dict[str, _Condition] = {}
        self._specifiers: dict[str, str] = {}
        self._applies: dict[tuple[str, str], bool] = {}

    def dependency(self, text: str, extra: str = "") -> Dependency | None:
        """The dependency of `text` under `extra`, None where its marker says no.

        With the empty `extra`, the project's own requirements. With another, only those that
        come on top for this extra. Raises InvalidDependency.
        """
        line = self._lines.get(text) or self._line(text)
        condition = line.condition
        if condition is None:
            return None if extra else line.dependency
        if condition.only_extra is not None:
            return line.dependency if extra == condition.only_extra else None
        if extra and not condition.names_extra:
            return None
        if not self._holds(text, condition, extra):
            return None
        if extra and self._holds(text, condition, ""):
            return None
        return line.dependency

    def _line(self, text: str) -> _Line:
        known = self._lines.get(text)
        if known is None:
            if text in self._lines:
                raise InvalidDependency(text)
            known = self._parsed(text)
        return known

    def _parsed(self, text: str) -> _Line:
        try:
            line = self._plain(text) or self._any(text)
        except InvalidDependency:
            self._lines[text] = None
            raise
        self._lines[text] = line
        return line

    def _plain(self, text: str) -> _Line | None:
        """What packaging makes of a text of the usual form, in a third of its time; else None."""
        head, semicolon, marker = text.partition(";")
        plain = _PLAIN.fullmatch(head)
        if plain is None or _HUGE_NUMBER.search(text):
            return None
        try:
            condition = self._condition(marker) if semicolon else None
            specifier = self._specifier(plain[2] or plain[3] or "")
        except (InvalidSpecifier, InvalidMarker, RecursionError):
            return None
        name = canonicalize_name(plain[1])
        return _Line(Dependency(f"{name}{specifier}", name, specifier, (), None), condition)

    def _condition(self, marker: str) -> _Condition:
        known = self._conditions.get(marker)
        if known is None:
            extra = _ONLY_EXTRA.fullmatch(marker)
            if extra is None:
                known = _condition(Marker(marker))
            else:
                known = _Condition(marker, None, True, canonicalize_name(extra[2]))
            self._conditions[marker] = known
        return known

    def _specifier(self, text: str) -> str:
        """The canonical spelling; raises InvalidSpecifier."""
        known = self._specifiers.get(text)
        if known is None:
            known = self._specifiers[text] = _canonical(text)
        return known

    def _any(self, text: str) -> _Line:
        """Any text, in packaging's own words; mended where it can't be read otherwise."""
        requirement, mended = _requirement(text)
        extras = tuple(sorted(canonicalize_name(extra) for extra in requirement.extras))
        name, url = _checked_name(requirement, text), requirement.url
        dependency = _dependency(name, extras, requirement.specifier, url, mended)
        marker = requirement.marker
        return _Line(dependency, None if marker is None else _condition(marker))

    def _holds(self, text: str, condition: _Condition, extra: str) -> bool:
        key = (condition.text, extra)
        if key not in self._applies:
            assert condition.marker is not None
            try:
                holds = condition.marker.evaluate({**self._markers, "extra": extra})
            except (UndefinedComparison, UndefinedEnvironmentName, RecursionError) as error:
                raise InvalidDependency(text) from error
            self._applies[key] = holds
        return self._applies[key]


def _canonical(specifier: str) -> str:
    """What packaging writes for a specifier; raises InvalidSpecifier.

    Nearly all are of one release each and no operator twice: they are only put in order.
    """
    parts = [_RELEASE.fullmatch(part) for part in specifier.split(",")]
    plain = [part[1] + part[2] for part in parts if part is not None]
    operators = {part[1] for part in parts if part is not None}
    if len(plain) == len(parts) == len(operators):
        return ",".join(sorted(plain))
    return str(SpecifierSet(specifier))


_RELEASE = re.compile(r"[ \t]*(==|!=|<=|>=|<|>)[ \t]*([0-9]+(?:\.[0-9]+)*)[ \t]*")

_PLAIN = re.compile(
    r"""
    [ \t]*
    ([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)     # a name
    [ \t]*
    (?: (SPECIFIERS) | \([ \t]*(SPECIFIERS)[ \t]*\) )?
    [ \t]*
    """.replace("SPECIFIERS", r"SPECIFIER(?:[ \t]*,[ \t]*SPECIFIER)*").replace(
        "SPECIFIER", r"(?:[~=!<>]=|[<>])[ \t]*[0-9][A-Za-z0-9.*+!_-]*"
    ),
    re.VERBOSE,
)
"""A requirement as nearly all are, without extras and URLs: its name, and its specifiers (bare, or
in parentheses). Whether these are valid is for packaging to say."""

_ONLY_EXTRA = re.compile(r"""[ \t]*extra[ \t]*==[ \t]*(["'])([A-Za-z0-9][A-Za-z0-9._-]*)\1[ \t]*""")


def _condition(marker: Marker) -> _Condition:
    text = str(marker)
    return _Condition(text, marker, "extra" in text)


def _dependency(
    name: NormalizedName,
    extras: tuple[NormalizedName, ...],
    specifier: SpecifierSet,
    url: str | None = None,
    mended: str | None = None,
) -> Dependency:
    text = requirement_text(name, extras, specifier, url)
    return Dependency(text, name, str(specifier), extras, url, mended)


def _requirement(text: str) -> tuple[Requirement, str | None]:
    if _HUGE_NUMBER.search(text):
        raise InvalidDependency(text)
    try:
        return Requirement(text), None
    except InvalidRequirement:
        return _leniently(text), text
    except RecursionError as error:
        raise InvalidDependency(text) from error


def _leniently(text: str) -> Requirement:
    try:
        return Requirement(lenient(text))
    except InvalidRequirement as error:
        raise InvalidDependency(text) from error


def _checked_name(requirement: Requirement, text: str) -> NormalizedName:
    """packaging lets a name end in a dash, which no project's name does (PEP 508)."""
    try:
        return canonicalize_name(requirement.name, validate=True)
    except InvalidName as error:
        raise InvalidDependency(text) from error


_HUGE_NUMBER = re.compile(r"\d{1000}")
"""int() refuses thousands of digits, and nobody means them."""


def lenient(text: str) -> str:
    """`text` with the slips mended that old releases are full of, such as ``pytz>dev``.

    pip refuses such a release since 24.1, uv reads it. A conflict is a question of versions, so
    they are read here too, and a note names the picked releases that pip would refuse.
    """
    requirement, semicolon, marker = text.partition(";")
    for slip, meant in _SLIPS:
        requirement = slip.sub(meant, requirement)
    return requirement + semicolon + marker


_SLIPS = (
    (re.compile(r"([<>=~!]=?\s*[\w.*]+)\s*(?=[<>=~!])"), r"\1,"),  # >=1.0<2.0
    (re.compile(r"(!=|==)\s*(\d+(?:\.\d+)*)\*"), r"\1\2.*"),  # !=3.0*
    (re.compile(r"([<>]=?)\s*(\d+(?:\.\d+)*)\.\*"), r"\1\2"),  # >=2.7.*
    (re.compile(r"!=~\s*(\d+(?:\.\d+)*)"), r"!=\1.*"),  # !=~5.0
    (re.compile(r">=?\s*dev\b"), ">=0"),  # >dev
    (re.compile(r"['\"]"), ""),  # >='3.6'
    (re.compile(r"(\d)\.(?=\s*(?:[,)]|$))"), r"\1"),  # ~=3.7.
    (re.compile(r",\s*(?=\)|$)"), ""),  # >=1.0,
)


def with_specifier(text: str, specifier: SpecifierSet) -> str:
    """A ``Requires-Dist`` line with another specifier; extras and marker stay."""
    requirement, _ = _requirement(text)
    requirement.specifier = specifier
    return str(requirement)


def requirement_text(
    name: str, extras: tuple[str, ...], specifier: SpecifierSet, url: str | None
) -> str:
    """A requirement in one canonical spelling, so that equal facts compare equal."""
    bracket = f"[{','.join(extras)}]" if extras else ""
    return f"{name}{bracket} @ {url}" if url else f"{name}{bracket}{specifier}"
