"""Scenarios: a small universe, a question and its answer in one TOML file.

The layout is packse's, with keys of our own: ``[root] constraints`` and, under ``[expected]``,
``cores`` and ``python``. A key that is not known is an error.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from conflictlens.index.memory import FILES, MemoryIndex
from conflictlens.index.records import Distribution, DistributionKind, Metadata

SCENARIOS = Path(__file__).parent / "scenarios"


class Release(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one version says of itself, and which files it has.

    `yanked` may be the reason (PEP 592). `extras` maps an extra to what it requires.
    """

    requires: tuple[str, ...] = ()
    requires_python: str | None = None
    extras: dict[str, tuple[str, ...]] = {}
    sdist: bool = True
    wheel: bool = True
    wheel_tags: tuple[str, ...] = ("py3-none-any",)
    yanked: bool | str = False

    @property
    def yanked_reason(self) -> str | None:
        match self.yanked:
            case str(reason):
                return reason
            case yanked:
                return "" if yanked else None

    @property
    def requires_dist(self) -> tuple[str, ...]:
        """All requirements as Requires-Dist lines: those of extras carry the extra's marker."""
        optional = (
            _under_extra(text, extra) for extra, texts in self.extras.items() for text in texts
        )
        return (*self.requires, *optional)


@dataclass(frozen=True, slots=True)
class Expected:
    """The answer: `packages` is a resolution when given, `cores` all minimal cores when given.

    A core is a set of root and constraint texts. `python`: the target's Python belongs to the
    cores that are told.
    """

    satisfiable: bool
    packages: dict[NormalizedName, Version] | None = None
    cores: frozenset[frozenset[str]] | None = None
    python: bool = False


@dataclass(frozen=True, slots=True)
class Scenario:
    """One file; `platform` is None for any, `python` the text of the target's version."""

    name: str
    description: str
    roots: tuple[str, ...]
    constraints: tuple[str, ...]
    universe: dict[NormalizedName, dict[str, Release]]
    python: str
    platform: str | None
    pre: bool
    only_binary: frozenset[str]
    no_binary: frozenset[str]
    expected: Expected

    @property
    def index(self) -> MemoryIndex:
        """A new index of the universe."""
        return MemoryIndex(
            facts=(
                (file, _metadata(name, version, release, file))
                for name, versions in self.universe.items()
                for version, release in versions.items()
                for file in _files(name, version, release)
            ),
            empty=self.universe,
        )


def load(path: Path) -> Scenario:
    """The scenario of one file."""
    return parse(path.read_text("utf-8"))


def parse(text: str) -> Scenario:
    """The scenario of a TOML text; raises msgspec.ValidationError for a key that is not known."""
    document = msgspec.convert(tomllib.loads(text), _Document)
    options = document.resolver_options
    return Scenario(
        name=document.name,
        description=document.description,
        roots=document.root.requires,
        constraints=document.root.constraints,
        universe={
            canonicalize_name(name): package.versions for name, package in document.packages.items()
        },
        python=options.python or document.environment.python,
        platform=options.python_platform,
        pre=options.prereleases,
        only_binary=frozenset(options.no_build),
        no_binary=frozenset(options.no_binary),
        expected=_expected(document.expected),
    )


def scenarios() -> dict[str, Path]:
    """This project's scenarios by name, for parametrised tests."""
    return {path.stem: path for path in sorted(SCENARIOS.glob("*.toml"))}


class _Root(msgspec.Struct, forbid_unknown_fields=True):
    requires: tuple[str, ...]
    constraints: tuple[str, ...] = ()


class _Package(msgspec.Struct, forbid_unknown_fields=True):
    versions: dict[str, Release]


class _Options(msgspec.Struct, forbid_unknown_fields=True):
    python: str | None = None
    python_platform: str | None = None
    prereleases: bool = False
    no_binary: tuple[str, ...] = ()
    no_build: tuple[str, ...] = ()


class _Environment(msgspec.Struct, forbid_unknown_fields=True):
    python: str = "3.11"


class _Expected(msgspec.Struct, forbid_unknown_fields=True):
    satisfiable: bool
    packages: dict[str, str] | None = None
    cores: tuple[frozenset[str], ...] | None = None
    python: bool = False


class _Document(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    description: str
    root: _Root
    expected: _Expected
    packages: dict[str, _Package] = {}
    resolver_options: _Options = msgspec.field(default_factory=_Options)
    environment: _Environment = msgspec.field(default_factory=_Environment)


def _expected(document: _Expected) -> Expected:
    return Expected(
        satisfiable=document.satisfiable,
        packages=None if document.packages is None else _pins(document.packages),
        cores=None if document.cores is None else frozenset(document.cores),
        python=document.python,
    )


def _pins(packages: dict[str, str]) -> dict[NormalizedName, Version]:
    return {canonicalize_name(name): Version(text) for name, text in packages.items()}


def _under_extra(text: str, extra: str) -> str:
    requirement, semicolon, marker = text.partition(";")
    condition = f'extra == "{extra}"'
    if not semicolon:
        return f"{requirement}; {condition}"
    return f"{requirement.strip()}; ({marker.strip()}) and {condition}"


def _files(name: NormalizedName, version: str, release: Release) -> list[Distribution]:
    stem = f"{name.replace('-', '_')}-{version}"
    wheels = release.wheel_tags if release.wheel else ()
    names: list[tuple[str, DistributionKind]] = [
        (f"{stem}-{tag}.whl", DistributionKind.WHEEL) for tag in wheels
    ]
    if release.sdist:
        names.append((f"{stem}.tar.gz", DistributionKind.SDIST))
    common: dict[str, Any] = {
        "project": name,
        "version": Version(version),
        "requires_python": release.requires_python,
        "yanked": release.yanked_reason,
    }
    return [
        Distribution(filename=filename, url=FILES + filename, kind=kind, **common)
        for filename, kind in names
    ]


def _metadata(name: str, version: str, release: Release, file: Distribution) -> Metadata:
    return Metadata(
        name=name,
        version=version,
        requires_dist=release.requires_dist,
        provides_extra=tuple(release.extras),
        requires_python=release.requires_python,
        source=file.url,
    )
