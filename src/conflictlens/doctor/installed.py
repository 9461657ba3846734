"""Whether what is installed has what it needs, as ``pip check`` asks: read, nothing is imported.

What is on the examined interpreter's path counts, its user's folder too where it would be used.
Of a project that is there twice, the one that is found first is the one that is imported.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec
from packaging.specifiers import SpecifierSet
from packaging.utils import InvalidName, NormalizedName, canonicalize_name
from packaging.version import InvalidVersion, Version

from conflictlens.doctor.inside import Inside
from conflictlens.doctor.records import Check, CheckId, State, Value
from conflictlens.index.core_metadata import CoreMetadata, parse_core_metadata
from conflictlens.index.requires_txt import parse_requires_txt
from conflictlens.problem.dependency_reader import DependencyReader, InvalidDependency

_MOST = 5_000_000
"""Bytes of one file of metadata that are read."""


class Unmet(msgspec.Struct, frozen=True):
    """`project` needs what is not there, or is there in another version, `found`."""

    project: str
    version: str
    requirement: str
    needed: str
    found: str = ""


class Installed(msgspec.Struct, frozen=True):
    """`damaged` are folders that no tool can read any more, with what is wrong with each."""

    count: int
    unmet: tuple[Unmet, ...] = ()
    damaged: tuple[str, ...] = ()


class Unlisted(msgspec.Struct, frozen=True):
    """The environment's folder can't be looked into."""

    path: str
    reason: str


class _Distribution(msgspec.Struct, frozen=True):
    name: NormalizedName
    version: str
    requires: tuple[str, ...]


def probe_installed(inside: Inside) -> Installed | Unlisted:
    folders = list(inside.path)
    if not inside.is_virtual and inside.user_site not in ("", *folders):
        folders.append(inside.user_site)
    found: dict[NormalizedName, _Distribution] = {}
    damaged: list[str] = []
    for folder in folders:
        if not os.path.isdir(folder):
            # A zip of the standard library, or what is not there (yet).
            continue
        try:
            names = sorted(os.listdir(folder))
        except OSError as error:
            return Unlisted(folder, error.strerror or str(error))
        for one in _distributions(Path(folder), names, damaged):
            found.setdefault(one.name, one)
    reader = DependencyReader(inside.markers)
    unmet = (gap for one in found.values() for gap in _gaps(one, found, reader, damaged))
    return Installed(len(found), tuple(unmet), tuple(damaged))


def _distributions(
    folder: Path, names: Iterable[str], damaged: list[str]
) -> Iterator[_Distribution]:
    for name in names:
        if name.startswith("~") and not name.endswith(".pth"):
            # pip renames so what it removes; it stays there if pip is stopped or refused.
            damaged.append(name)
        elif name.endswith((".dist-info", ".egg-info")):
            one = _read(folder / name)
            if one is None:
                damaged.append(name)
            else:
                yield one


def _read(path: Path) -> _Distribution | None:
    """The distribution that a folder, or as distutils wrote it a file, tells of."""
    if path.suffix == ".dist-info":
        core = parse_core_metadata(_content(path / "METADATA"))
        return _distribution(core, core.requires_dist if core else ())
    core = parse_core_metadata(_content(path / "PKG-INFO" if path.is_dir() else path))
    declared = parse_requires_txt(_content(path / "requires.txt").decode("utf-8", "replace"))
    return _distribution(core, (core.requires_dist if core else ()) or declared.requires_dist)


def _distribution(core: CoreMetadata | None, requires: Sequence[str]) -> _Distribution | None:
    """None where there is no metadata, or none of a project that could have that name."""
    try:
        name = canonicalize_name(core.name if core else "", validate=True)
    except InvalidName:
        return None
    return None if core is None else _Distribution(name, core.version, tuple(requires))


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_MOST)
    except OSError:
        return b""


def _gaps(
    one: _Distribution,
    found: Mapping[NormalizedName, _Distribution],
    reader: DependencyReader,
    damaged: list[str],
) -> Iterator[Unmet]:
    for text in one.requires:
        try:
            needed = reader.dependency(text)
        except InvalidDependency:
            damaged.append(f"{one.name} {one.version} ({text[:100]})")
            continue
        if needed is None:
            continue
        there = found.get(needed.name)
        if there is None:
            yield Unmet(one.name, one.version, needed.text, needed.name)
        elif not needed.url and not _fits(there.version, needed.specifier):
            yield Unmet(one.name, one.version, needed.text, needed.name, there.version)


def _fits(version: str, specifier: str) -> bool:
    """What is no version fits nothing but what asks for no version, as for pip."""
    if not specifier:
        return True
    try:
        return SpecifierSet(specifier).contains(Version(version), prereleases=True)
    except InvalidVersion:
        return False


def judge_installed(installed: Installed | Unlisted, *, managed: bool = False) -> Check:
    """`managed`: only the system's package manager installs there, and so mends it."""
    match installed:
        case Unlisted(path, reason):
            told: dict[str, Value] = {"path": path, "reason": reason}
            return Check(CheckId.INSTALLED, State.INSTALLED_UNREADABLE, told)
        case Installed(count, unmet, damaged):
            facts: dict[str, Value] = {
                "count": count,
                "unmet": tuple(map(_told, unmet)),
                "damaged": damaged,
            }
            if unmet and managed:
                return Check(CheckId.INSTALLED, State.INSTALLED_OF_SYSTEM, facts)
            if unmet:
                return Check(CheckId.INSTALLED, State.INSTALLED_BROKEN, facts | _mending(unmet))
            state = State.INSTALLED_DAMAGED if damaged else State.INSTALLED_CONSISTENT
            return Check(CheckId.INSTALLED, state, facts)


def _told(gap: Unmet) -> str:
    """As ``pip check`` says it."""
    there = f"{gap.needed} {gap.found} is installed" if gap.found else "which is not installed"
    return f"{gap.project} {gap.version} needs {gap.requirement}, {there}"


def _mending(unmet: Sequence[Unmet]) -> dict[str, Value]:
    """What to ask for again, so that an installer chooses versions that fit together."""
    return {"requirements": tuple(dict.fromkeys(gap.project for gap in unmet))}
