"""Requirement texts of releases, parsed once however many releases repeat them.

Most releases of a project repeat their predecessor's requirements word for word, so the
parsed form is kept per text and the marker is evaluated once per target. A warm answer parses
none, so it does not load this.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec
from packaging.markers import Marker, UndefinedComparison, UndefinedEnvironmentName
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import InvalidName, NormalizedName, canonicalize_name

from conflictlens.problem.dependencies import Dependency


class _Line(msgspec.Struct, frozen=True):
    dependency: Dependency
    marker: Marker | None
    names_extra: bool


class InvalidDependency(ValueError):
    """A text that can't be read even leniently, or whose marker no environment can answer."""


class DependencyReader:
    """Requirement texts to dependencies that apply to one target's markers (PEP 508, 685)."""

    def __init__(self, markers: Mapping[str, str]) -> None:
        self._markers = dict(markers)
        self._lines: dict[str, _Line | None] = {}
        self._applies: dict[tuple[str, str], bool] = {}

    def dependency(self, text: str, extra: str = "") -> Dependency | None:
        """The dependency of `text` under `extra`, None where its marker says no.

        With the empty `extra`, the project's own requirements. With another, only those that
        come on top for this extra. Raises InvalidDependency.
        """
        line = self._line(text)
        if extra and not line.names_extra:
            return None
        if not self._holds(text, line, extra):
            return None
        if extra and self._holds(text, line, ""):
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
            line = _parse(text)
        except InvalidDependency:
            self._lines[text] = None
            raise
        self._lines[text] = line
        return line

    def _holds(self, text: str, line: _Line, extra: str) -> bool:
        if line.marker is None:
            return True
        key = (text, extra)
        if key not in self._applies:
            try:
                holds = line.marker.evaluate({**self._markers, "extra": extra})
            except (UndefinedComparison, UndefinedEnvironmentName, RecursionError) as error:
                raise InvalidDependency(text) from error
            self._applies[key] = holds
        return self._applies[key]


def _parse(text: str) -> _Line:
    requirement, mended = _requirement(text)
    name = _checked_name(requirement)
    extras = tuple(sorted(canonicalize_name(extra) for extra in requirement.extras))
    marker = requirement.marker
    shown = Dependency(
        text=requirement_text(name, extras, requirement.specifier, requirement.url),
        name=name,
        specifier=str(requirement.specifier),
        extras=extras,
        url=requirement.url,
        mended=mended,
    )
    return _Line(shown, marker, marker is not None and "extra" in str(marker))


def _requirement(text: str) -> tuple[Requirement, str | None]:
    if _HUGE_NUMBER.search(text):
        raise InvalidDependency(text[:100])
    try:
        return Requirement(text), None
    except InvalidRequirement:
        return _leniently(text), text
    except RecursionError as error:
        raise InvalidDependency(text[:100]) from error


def _leniently(text: str) -> Requirement:
    try:
        return Requirement(lenient(text))
    except InvalidRequirement as error:
        raise InvalidDependency(text[:100]) from error


def _checked_name(requirement: Requirement) -> NormalizedName:
    """packaging lets a name end in a dash, which no project's name does (PEP 508)."""
    try:
        return canonicalize_name(requirement.name, validate=True)
    except InvalidName as error:
        raise InvalidDependency(requirement.name) from error


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
