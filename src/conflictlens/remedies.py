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
from conflictlens.target import Target, minors, target_for

BUILT = frozenset({
    Layer.MISSING_COMPILER, Layer.MISSING_PYTHON_H, Layer.MISSING_MSVC, Layer.MISSING_RUST,
    Layer.MISSING_SYSTEM_LIB, Layer.NO_WHEEL_SOURCE_BUILD, Layer.BUILD_BACKEND,
    Layer.BUILD_SCRIPT_FAILED, Layer.SOURCE_INCOMPATIBLE, Layer.REQUIRES_PYTHON,
    Layer.OUT_OF_MEMORY,
})  # fmt: skip
"""Layers of which a wheel would be a way out."""

_TRIPLES = {
    "alpine": "{}-unknown-linux-musl",
    "linux": "{}-unknown-linux-gnu",
    "macos": "{}-apple-darwin",
    "windows": "{}-pc-windows-msvc",
}
_USUAL = ("x86_64", "aarch64")
"""The machines that images of Alpine are for, where a log does not say which."""
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
    """Ways for a target; `python_told` and `platform_told`: it is not just what runs here.

    `system` is the platform as a log names it. `machine_told` is false where the target's machine
    is merely the usual one, `any_machine` true where the ways are open on each that is usual.
    """

    ways: tuple[Way, ...]
    target: Target
    python_told: bool
    platform_told: bool
    system: str | None = None
    machine_told: bool = True
    any_machine: bool = False


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

    Where the log names no machine, only what goes on all that are usual is claimed for Alpine, and
    elsewhere what goes on the most usual one. Raises IndexFailure, and UnknownTarget for what was
    given.
    """
    python = python or diagnosis.python
    targets = [target_for(python, one) for one in _platforms(diagnosis, platform)]
    first, *others = (_ways(diagnosis, index, substitutes, target) for target in targets)
    shared = tuple(way for way in first if all(way in other for other in others))
    told = platform is not None or diagnosis.platform is not None
    return Ways(
        shared,
        targets[0],
        python is not None,
        told,
        diagnosis.platform if platform is None else None,
        not told or platform is not None or diagnosis.machine is not None,
        bool(others),
    )


def _platforms(diagnosis: Diagnosis, platform: str | None) -> list[str | None]:
    """What `target_for` knows the log's platform by; several where it may be one of them."""
    triple = _TRIPLES.get(diagnosis.platform or "")
    if platform is not None or triple is None:
        return [platform or diagnosis.platform]
    if diagnosis.machine is not None:
        return [triple.format(diagnosis.machine)]
    if diagnosis.platform == "alpine":
        return [triple.format(machine) for machine in _USUAL]
    return [diagnosis.platform]


def _ways(
    diagnosis: Diagnosis, index: Index, substitutes: Mapping[str, str], target: Target
) -> tuple[Way, ...]:
    name = canonicalize_name(diagnosis.package or "")
    project, version = index.project(name), _version(diagnosis.version)
    ways: list[Way | None] = [_newest(project, target, version)]
    if substitute := substitutes.get(name):
        ways.insert(0, _newest(index.project(NormalizedName(substitute)), target))
    ways.append(_on_other_pythons(project, version, target))
    return tuple(way for way in ways if way is not None)


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
    pythons = [f"3.{minor}" for minor in minors()]
    fitting = tuple(one for one in pythons if _releases_on(one, release, target).preferred)
    if not fitting or target.python_version in fitting:
        return None
    return WheelsFor(project.name, version, fitting)


def _releases_on(python: str, project: Project, target: Target) -> Releases:
    return Assessor(target_for(python, target.platform), _BINARY).releases(project)
