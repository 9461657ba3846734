"""Cheaper ways than to make a build work, confirmed by an index: a wheel, for what and for whom.

A diagnosis is decided by the log alone; what an index adds are ways out that it has files for.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import InvalidVersion, Version

from conflictlens.diagnosis.records import Diagnosis, Layer
from conflictlens.index.records import Index, Project
from conflictlens.problem.admission import Admission, Assessor
from conflictlens.problem.releases import Releases, bits_down
from conflictlens.target import MINORS, Target, target_for

BUILT = frozenset({
    Layer.MISSING_COMPILER, Layer.MISSING_PYTHON_H, Layer.MISSING_MSVC, Layer.MISSING_RUST,
    Layer.MISSING_SYSTEM_LIB, Layer.NO_WHEEL_SOURCE_BUILD, Layer.BUILD_BACKEND,
    Layer.BUILD_SCRIPT_FAILED, Layer.SOURCE_INCOMPATIBLE, Layer.REQUIRES_PYTHON,
    Layer.OUT_OF_MEMORY,
})  # fmt: skip
"""Layers of which a wheel would be a way out."""

_PLATFORMS = {"alpine": "x86_64-unknown-linux-musl"}
_BINARY = Admission(only_binary=frozenset({":all:"}))


class HasWheel(msgspec.Struct, frozen=True):
    """A release that can be had without a build; `instead_of` is the version that was built."""

    project: str
    version: Version
    instead_of: Version | None = None


class WheelsFor(msgspec.Struct, frozen=True):
    """The version that was built has wheels, for these Pythons only; ascending."""

    project: str
    version: Version
    pythons: tuple[str, ...]


Way = HasWheel | WheelsFor


class Ways(msgspec.Struct, frozen=True):
    """Ways for a target; `python_told` and `platform_told`: it is not just what runs here."""

    ways: tuple[Way, ...]
    target: Target
    python_told: bool
    platform_told: bool


def applies(diagnosis: Diagnosis) -> bool:
    """Whether a wheel could be a way out of what was diagnosed."""
    return diagnosis.fetched and diagnosis.layer in BUILT


def cheaper_ways(
    diagnosis: Diagnosis,
    index: Index,
    substitutes: Mapping[str, str],
    python: str | None = None,
    platform: str | None = None,
) -> Ways:
    """What the index has wheels of. `python` and `platform` win over those of the log.

    Raises IndexFailure, and UnknownTarget for what was given.
    """
    python = python or diagnosis.python
    platform = platform or _PLATFORMS.get(diagnosis.platform or "", diagnosis.platform)
    target = target_for(python, platform)
    name = canonicalize_name(diagnosis.package or "")
    project, version = index.project(name), _version(diagnosis.version)
    ways: list[Way | None] = [_newest(project, target, version)]
    if substitute := substitutes.get(name):
        ways.insert(0, _newest(index.project(NormalizedName(substitute)), target))
    ways.append(_on_other_pythons(project, version, target))
    found = tuple(way for way in ways if way is not None)
    return Ways(found, target, python is not None, platform is not None)


def _version(text: str | None) -> Version | None:
    try:
        return None if text is None else Version(text)
    except InvalidVersion:
        return None


def _newest(project: Project, target: Target, built: Version | None = None) -> HasWheel | None:
    """The version that was built, if it has a wheel after all; else the newest that has one."""
    releases = Assessor(target, _BINARY).releases(project)
    if built is not None and releases.bits(built) & releases.preferred:
        return HasWheel(project.name, built)
    newest = next(bits_down(releases.preferred), None)
    return None if newest is None else HasWheel(project.name, releases.version(newest), built)


def _on_other_pythons(
    project: Project, version: Version | None, target: Target
) -> WheelsFor | None:
    files = tuple(file for file in project.distributions if file.version == version)
    if version is None or not files:
        return None
    release = Project(project.name, files)
    pythons = [f"3.{minor}" for minor in MINORS]
    fitting = tuple(one for one in pythons if _releases_on(one, release, target).preferred)
    if not fitting or target.python_version in fitting:
        return None
    return WheelsFor(project.name, version, fitting)


def _releases_on(python: str, project: Project, target: Target) -> Releases:
    return Assessor(target_for(python, target.platform), _BINARY).releases(project)
