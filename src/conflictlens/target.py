"""The environment that is asked about: a Python on a platform, running here or not.

A target is either the running interpreter, with its exact tags and markers, or described by
``--python`` and ``--platform``. A described target is CPython, as for pip and uv.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from conflictlens import running
from conflictlens.errors import UnknownTarget
from conflictlens.platforms import parse_platform, running_system

if TYPE_CHECKING:
    from datetime import date

    # It loads subprocess, logging and more, for what the cache knows after the first answer.
    from packaging.tags import Tag


class RunningTags(msgspec.Struct, frozen=True):
    """The tags of the running interpreter; `machine` is what they follow from."""

    machine: str

    def tags(self) -> Iterator[Tag]:
        from packaging.tags import sys_tags

        return sys_tags()


class DescribedTags(msgspec.Struct, frozen=True):
    """The tags of a CPython on a platform; `platform` None is the running one, on `machine`."""

    python: Python
    platform: str | None
    machine: str = ""

    def tags(self) -> Iterator[Tag]:
        from packaging.tags import compatible_tags, cpython_tags

        python = self.python
        system = running_system() if self.platform is None else parse_platform(self.platform)
        platforms = list(system.tags())
        version = (python.major, python.minor)
        abis = [python.abi(windows=platforms[0].startswith("win"))]
        interpreter = f"cp{python.major}{python.minor}"
        yield from cpython_tags(version, abis=abis, platforms=platforms)
        yield from compatible_tags(version, interpreter=interpreter, platforms=platforms)


class ListedTags(msgspec.Struct, frozen=True):
    """Tags as somebody wrote them down."""

    texts: tuple[str, ...]

    def tags(self) -> Iterator[Tag]:
        from packaging.tags import parse_tag

        for text in self.texts:
            yield from parse_tag(text)


TagSource = RunningTags | DescribedTags | ListedTags


@lru_cache(maxsize=16)
def _tags(source: TagSource) -> tuple[Tag, ...]:
    return tuple(source.tags())


class Target(msgspec.Struct, frozen=True):
    """A Python on a platform.

    `python` and `platform` are as they were given, or what is running. `markers` has all
    variables of PEP 508 but ``extra``. `tag_source` says what `tags` are: equal ones give equal
    tags, with the same release of packaging.
    `patch_assumed` tells that `python_full_version` ends in ``.0`` only because no patch
    release was given (pip's and uv's rule). `python_given`: the Python was asked for, it is
    not just the one that runs.
    """

    python: str
    python_full_version: str
    platform: str
    markers: Mapping[str, str]
    tag_source: TagSource
    patch_assumed: bool = False
    python_given: bool = False

    @property
    def tags(self) -> tuple[Tag, ...]:
        """Ordered, the most preferred first (PEP 425)."""
        return _tags(self.tag_source)

    @property
    def python_version(self) -> str:
        return self.markers["python_version"]

    def summary(self) -> dict[str, str]:
        """What a reader of the answer needs to know, for the JSON."""
        return {
            "python": self.python,
            "python_full_version": self.python_full_version,
            "implementation": self.markers["implementation_name"],
            "platform": self.platform,
            "machine": self.markers["platform_machine"],
        }


def running_target() -> Target:
    """The running interpreter."""
    markers = running.markers()
    return Target(
        python=markers["python_version"],
        python_full_version=markers["python_full_version"],
        platform=running.system(),
        markers=MappingProxyType(markers),
        tag_source=RunningTags(running.machine()),
    )


def target_of(markers: Mapping[str, str], *, free_threaded: bool, soabi: str) -> Target:
    """Another interpreter of this machine, as it describes itself.

    `soabi` is its ``SOABI`` of sysconfig, of which the tags of other Pythons than CPython are made.
    """
    here = running_target()
    same = ("implementation_name", "python_full_version", "platform_machine", "sys_platform")
    if all(markers.get(name) == here.markers[name] for name in same) and not free_threaded:
        return replace(here, python_given=True)
    version = markers["python_full_version"].partition("+")[0]
    python = parse_python(f"{version}{'t' * free_threaded}")
    target = replace(
        _described(python, None),
        python=markers["python_version"],
        markers=MappingProxyType(dict(markers)),
        python_given=True,
    )
    if markers["implementation_name"] == "cpython":
        return target
    return replace(target, tag_source=ListedTags(tuple(_other_tags(python, markers, soabi))))


def _other_tags(python: Python, markers: Mapping[str, str], soabi: str) -> Iterator[str]:
    """As `packaging.tags.sys_tags` has them where it runs: ``pp311-pypy311_pp73-…``."""
    from packaging.tags import compatible_tags, generic_tags, platform_tags

    names = {"pypy": "pp", "graalpy": "graalpy"}
    short = names.get(markers["implementation_name"], markers["implementation_name"])
    abis = ["_".join(soabi.split("-")[:2]).replace(".", "_")] if soabi else []
    interpreter = f"{short}{python.major}{python.minor}"
    yield from map(str, generic_tags(interpreter, abis, platform_tags()))
    version = (python.major, python.minor)
    pure = "pp3" if short == "pp" else interpreter
    yield from map(str, compatible_tags(version, pure, platform_tags()))


def target_for(python: str | None = None, platform: str | None = None) -> Target:
    """The target that ``--python`` and ``--platform`` describe.

    What is not given is the running interpreter's. Raises UnknownTarget.
    """
    version = None if python is None else parse_python(python)
    if platform is None and (version is None or version.is_running()):
        target = running_target()
    else:
        target = _described(version or _running_python(), platform)
    return replace(target, python_given=version is not None)


def _described(python: Python, platform: str | None) -> Target:
    system = running_system() if platform is None else parse_platform(platform)
    return Target(
        python=python.text,
        python_full_version=python.full_version,
        platform=system.label,
        markers=MappingProxyType({**system.markers, **python.markers()}),
        tag_source=DescribedTags(python, platform, running.machine() if platform is None else ""),
        patch_assumed=python.patch is None and not python.prerelease,
    )


class Python(msgspec.Struct, frozen=True):
    """A version of CPython as it was given; `free_threaded` builds are written ``3.13t``."""

    text: str
    major: int
    minor: int
    patch: int | None = None
    prerelease: str = ""
    free_threaded: bool = False

    @property
    def full_version(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch or 0}{self.prerelease}"

    def markers(self) -> dict[str, str]:
        return {
            "implementation_name": "cpython",
            "implementation_version": self.full_version,
            "platform_python_implementation": "CPython",
            "python_full_version": self.full_version,
            "python_version": f"{self.major}.{self.minor}",
        }

    def abi(self, *, windows: bool) -> str:
        """The ABI tag: ``m`` for pymalloc before 3.8, ``u`` for wide Unicode before 3.3."""
        wide = "u" if self.major == 2 and not windows else ""
        pymalloc = "m" if (self.major, self.minor) < (3, 8) else ""
        return f"cp{self.major}{self.minor}{'t' * self.free_threaded}{pymalloc}{wide}"

    def is_running(self) -> bool:
        """Whether the running interpreter is what was given, as far as it was given."""
        if self.free_threaded or (self.major, self.minor) != sys.version_info[:2]:
            return False
        precise = self.patch is not None or bool(self.prerelease)
        return not precise or self.full_version == running.markers()["python_full_version"]


_FIRST_MINOR = 8


def minors(until: date | None = None) -> range:
    """Of Python 3: those that are looked at where any will do, as of a day, by default this one.

    PEP 602: there is a new one each October, 3.9 in 2020.
    """
    from datetime import date

    day = until or date.today()
    newest = 9 + (day.year - 2020) - (day.month < 10)
    return range(_FIRST_MINOR, max(newest, _FIRST_MINOR) + 1)


_DIGITS = "0123456789"


def parse_python(text: str) -> Python:
    """A version such as ``3.11``, ``3.11.4``, ``311``, ``cp311``, ``3.14.0rc1``, ``3.13t``."""
    bare = text.strip().lower()
    prefix = next((one for one in ("python", "py", "cp") if bare.startswith(one)), "")
    numbered = bare.removeprefix(prefix).removesuffix("t")
    pre = numbered.lstrip(_DIGITS + ".")
    release = numbered.removesuffix(pre)
    minor, dot, patch = release[1:].removeprefix(".").partition(".")
    known = release[:1] in ("2", "3") and _is_short(minor) and bool(dot) == _is_short(patch)
    if not known or (pre and not _is_prerelease(pre)):
        raise UnknownTarget("--python", text, "give a version such as 3.11, 3.11.4 or 3.14.0rc1")
    return Python(
        text=_without_prefix(text),
        major=int(release[0]),
        minor=int(minor),
        patch=int(patch) if dot else None,
        prerelease=pre,
        free_threaded=bare.endswith("t"),
    )


def _is_short(number: str) -> bool:
    return 0 < len(number) <= 2 and not number.strip(_DIGITS)


def _is_prerelease(text: str) -> bool:
    kind = text.rstrip(_DIGITS)
    return kind in ("a", "b", "rc") and _is_short(text[len(kind) :])


def _without_prefix(text: str) -> str:
    """``py39`` and ``39`` shown as ``3.9``."""
    bare = text.strip().lower().removeprefix("python").removeprefix("py").removeprefix("cp")
    return bare if "." in bare[:2] else f"{bare[0]}.{bare[1:]}"


def _running_python() -> Python:
    markers = running.markers()
    version = parse_python(markers["python_full_version"].partition("+")[0])
    return replace(version, text=markers["python_version"])
