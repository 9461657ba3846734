"""A slice as a plain tool sees it: packaging's objects, parsed when they are asked for.

What resolvelib and nab-resolver are given, so that both are asked about the same facts. Versions
that Requires-Python rules out do not count; a text is parsed once however often it occurs, and a
marker is evaluated once per extra, which is kinder than pip.
"""

from __future__ import annotations

from collections.abc import Sequence

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from benchmarks.recorded import Recorded, Release
from conflictlens.problem.dependency_reader import lenient


class PlainIndex:
    """Versions and requirements by project, and which versions' requirements were asked for."""

    def __init__(self, recorded: Recorded) -> None:
        self.visited: set[tuple[str, Version]] = set()
        self._python = Version(recorded.python)
        self._markers = dict(recorded.target.markers)
        self._releases = {canonicalize_name(n): rows for n, rows in recorded.projects.items()}
        self._usable: dict[str, dict[Version, Release]] = {}
        self._pythons: dict[str, bool] = {}
        self._parsed: dict[str, Requirement] = {}
        self._held: dict[tuple[str, str], bool] = {}
        self._needed: dict[tuple[str, Version, str], list[Requirement]] = {}

    def versions(self, name: str) -> Sequence[Version]:
        """Newest first; none where the project does not exist."""
        return tuple(self._by_version(name))

    def _by_version(self, name: str) -> dict[Version, Release]:
        if name not in self._usable:
            usable = {
                Version(release.version): release
                for release in self._releases.get(canonicalize_name(name), ())
                if self._fits(release.requires_python)
            }
            self._usable[name] = dict(sorted(usable.items(), reverse=True))
        return self._usable[name]

    def _fits(self, requires_python: str | None) -> bool:
        if not requires_python:
            return True
        if requires_python not in self._pythons:
            self._pythons[requires_python] = self._allows(requires_python)
        return self._pythons[requires_python]

    def _allows(self, requires_python: str) -> bool:
        try:
            return SpecifierSet(requires_python).contains(self._python, prereleases=True)
        except InvalidSpecifier:
            return True

    def requires(self, name: str, version: Version, extra: str = "") -> list[Requirement]:
        """What a version needs; with an extra, what it needs then, all of it."""
        self.visited.add((name, version))
        key = (name, version, extra)
        if key not in self._needed:
            self._needed[key] = self._read(name, version, extra)
        return self._needed[key]

    def _read(self, name: str, version: Version, extra: str) -> list[Requirement]:
        texts = self._by_version(name)[version].requires
        try:
            return [self.requirement(text) for text in texts if self._holds(text, extra)]
        except InvalidRequirement:
            # Nobody can use a release that can't be read: it excludes itself.
            return [Requirement(f"{name}!={version}")]

    def requirement(self, text: str) -> Requirement:
        if text not in self._parsed:
            try:
                self._parsed[text] = Requirement(text)
            except InvalidRequirement:
                self._parsed[text] = Requirement(lenient(text))
        return self._parsed[text]

    def _holds(self, text: str, extra: str) -> bool:
        key = (text, extra)
        if key not in self._held:
            marker = self.requirement(text).marker
            environment = {**self._markers, "extra": extra}
            self._held[key] = marker is None or marker.evaluate(environment)
        return self._held[key]
