"""The environment that is asked about: a Python on a platform, running here or not.

A target is either the running interpreter, with its exact tags and markers, or described by
``--python`` and ``--platform``. A described target is CPython, as for pip and uv. The names of
platforms are uv's (``linux``, ``x86_64-unknown-linux-gnu``, ``aarch64-manylinux_2_28``) and
those of wheel tags (``manylinux2014_x86_64``, ``macosx_11_0_arm64``, ``win_amd64``, ``any``).
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from conflictlens.errors import InputError

if TYPE_CHECKING:
    # It loads subprocess, logging and more, for what the cache knows after the first answer.
    from packaging.tags import Tag


class UnknownTarget(InputError):
    """A Python or platform that can't be understood; `accepted` describes what can."""

    def __init__(self, option: str, value: str, accepted: str) -> None:
        self.option = option
        self.value = value
        self.accepted = accepted
        super().__init__(f"{option} {value!r} is not understood; {accepted}")


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
        system = _running_system() if self.platform is None else parse_platform(self.platform)
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
    markers = _running_markers()
    return Target(
        python=markers["python_version"],
        python_full_version=markers["python_full_version"],
        platform=_running_platform(),
        markers=MappingProxyType(markers),
        tag_source=RunningTags(_machine()),
    )


def target_of(markers: Mapping[str, str], *, free_threaded: bool, soabi: str) -> Target:
    """Another interpreter of this machine, as it describes itself.

    `soabi` is its ``SOABI`` of sysconfig, of which the tags of other Pythons than CPython are made.
    """
    running = running_target()
    same = ("implementation_name", "python_full_version", "platform_machine", "sys_platform")
    if all(markers.get(name) == running.markers[name] for name in same) and not free_threaded:
        return replace(running, python_given=True)
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
    system = _running_system() if platform is None else parse_platform(platform)
    return Target(
        python=python.text,
        python_full_version=python.full_version,
        platform=system.label,
        markers=MappingProxyType({**system.markers, **python.markers()}),
        tag_source=DescribedTags(python, platform, _machine() if platform is None else ""),
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
        return not precise or self.full_version == _running_markers()["python_full_version"]


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


class System(msgspec.Struct, frozen=True):
    """An operating system on a machine: its label, marker values and platform tags."""

    label: str
    markers: Mapping[str, str]
    tags: Callable[[], Iterable[str]]


_NAMES = {
    "linux": "x86_64-unknown-linux-gnu",
    "macos": "aarch64-apple-darwin",
    "windows": "x86_64-pc-windows-msvc",
}
_WINDOWS = {
    # Architecture of the triple: the wheel's tag, what platform.machine() gives there.
    "x86_64": ("win_amd64", "AMD64"),
    "aarch64": ("win_arm64", "ARM64"),
    "i686": ("win32", "x86"),
}
_LEGACY_MANYLINUX = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}
_GLIBC = r"(?a:manylinux(?:_2_(?P<minor>\d{1,2})|(?P<year>1|2010|2014)))"
_ACCEPTED = (
    "give linux, macos or windows, a triple such as x86_64-unknown-linux-gnu, "
    "x86_64-unknown-linux-musl, aarch64-manylinux_2_28, aarch64-apple-darwin or "
    "x86_64-pc-windows-msvc, or the platform tag of wheels, such as manylinux2014_x86_64, "
    "musllinux_1_2_x86_64, macosx_11_0_arm64, win_amd64 or any"
)


def parse_platform(text: str) -> System:
    """The platform that a name, a triple or a wheel's platform tag stands for."""
    label = text.strip()
    name = label.lower()
    system = _from_triple(label, _NAMES.get(name, name)) or _from_tag(label, name)
    if system is None:
        raise UnknownTarget("--platform", text, _ACCEPTED)
    return system


def _from_triple(label: str, triple: str) -> System | None:
    machine, _, rest = triple.partition("-")
    match rest:
        case "unknown-linux-gnu":
            # uv's default since 2025: what manylinux_2_28 images offer.
            return _linux(label, machine, lambda: _manylinux(28, machine))
        case "unknown-linux-musl":
            return _linux(label, machine, lambda: _musllinux(2, machine))
        case "apple-darwin":
            # uv's default: the oldest macOS that Apple still maintains.
            return _macos(label, (13, 0), "arm64" if machine == "aarch64" else machine)
        case "pc-windows-msvc" if machine in _WINDOWS:
            return _windows(label, machine)
    if (glibc := re.fullmatch(_GLIBC, rest)) is not None:
        return _linux(label, machine, lambda: _manylinux(_glibc_minor(glibc), machine))
    return None


def _from_tag(label: str, tag: str) -> System | None:
    if tag == "any":
        return System(label, _running_system().markers, lambda: ["any"])
    for machine, (windows_tag, _) in _WINDOWS.items():
        if tag == windows_tag:
            return _windows(label, machine)
    if match := re.fullmatch(r"macosx_(\d{2})_(\d{1,2})_(\w+)", tag, re.ASCII):
        return _macos(label, (int(match[1]), int(match[2])), match[3])
    return _from_linux_tag(label, tag)


def _from_linux_tag(label: str, tag: str) -> System | None:
    if match := re.fullmatch(r"linux_(\w+)", tag, re.ASCII):
        # As for pip, this tag promises no libc: only wheels built for plain Linux fit.
        return _linux(label, match[1], lambda: [tag])
    if match := re.fullmatch(r"musllinux_1_(\d{1,2})_(\w+)", tag, re.ASCII):
        minor, machine = int(match[1]), match[2]
        return _linux(label, machine, lambda: _musllinux(minor, machine))
    if (glibc := re.match(_GLIBC, tag)) is not None and tag[glibc.end() :].startswith("_"):
        machine = tag[glibc.end() + 1 :]
        return _linux(label, machine, lambda: _manylinux(_glibc_minor(glibc), machine))
    return None


def _glibc_minor(glibc: re.Match[str]) -> int:
    """PEP 600: the glibc behind the older names."""
    years = {"2014": 17, "2010": 12, "1": 5}
    return years[glibc["year"]] if glibc["minor"] is None else int(glibc["minor"])


def _manylinux(minor: int, machine: str) -> Iterator[str]:
    """PEP 600: a newer glibc runs what was built for an older one, in packaging's order."""
    yield f"linux_{machine}"
    oldest = 5 if machine in ("x86_64", "i686") else 17
    for older in range(minor, oldest - 1, -1):
        yield f"manylinux_2_{older}_{machine}"
        if older in _LEGACY_MANYLINUX:
            yield f"{_LEGACY_MANYLINUX[older]}_{machine}"


def _musllinux(minor: int, machine: str) -> Iterator[str]:
    """PEP 656."""
    yield f"linux_{machine}"
    for older in range(minor, -1, -1):
        yield f"musllinux_1_{older}_{machine}"


def _linux(label: str, machine: str, tags: Callable[[], Iterable[str]]) -> System | None:
    if not (machine[:1].islower() and machine.isascii() and machine.isidentifier()):
        return None
    return System(label, _platform_markers("posix", "linux", "Linux", machine), tags)


def _macos(label: str, version: tuple[int, int], machine: str) -> System | None:
    if machine not in ("arm64", "x86_64", "universal2", "intel", "universal", "i386"):
        return None
    cpu = machine if machine in ("arm64", "i386") else "x86_64"
    markers = _platform_markers("posix", "darwin", "Darwin", cpu)
    return System(label, markers, lambda: _mac_tags(version, machine))


def _mac_tags(version: tuple[int, int], machine: str) -> Iterable[str]:
    from packaging.tags import mac_platforms

    return mac_platforms(version, machine)


def _windows(label: str, machine: str) -> System:
    tag, cpu = _WINDOWS[machine]
    return System(label, _platform_markers("nt", "win32", "Windows", cpu), lambda: [tag])


def _platform_markers(os_name: str, sys_platform: str, system: str, machine: str) -> dict[str, str]:
    """The release and version of an operating system that isn't running are unknown, as in uv."""
    return {
        "os_name": os_name,
        "sys_platform": sys_platform,
        "platform_system": system,
        "platform_machine": machine,
        "platform_release": "",
        "platform_version": "",
    }


def _running_markers() -> dict[str, str]:
    """The markers of PEP 508 for this process, as `packaging.markers` has them too.

    That module takes longer to load than all of this does.
    """
    import platform as host

    full_version = host.python_version()
    markers = {
        "implementation_name": sys.implementation.name,
        "implementation_version": _implementation_version(),
        "os_name": os.name,
        "platform_machine": host.machine(),
        "platform_python_implementation": host.python_implementation(),
        "platform_release": host.release(),
        "platform_system": host.system(),
        "platform_version": host.version(),
        "python_full_version": full_version,
        "python_version": ".".join(full_version.split(".")[:2]),
        "sys_platform": sys.platform,
    }
    if markers["python_full_version"].endswith("+"):
        # A build from between two tags calls itself "3.13.0+", which PEP 440 does not allow.
        markers["python_full_version"] += "local"
    return markers


def _implementation_version() -> str:
    version = sys.implementation.version
    level = "" if version.releaselevel == "final" else version.releaselevel[0] + str(version.serial)
    return f"{version.major}.{version.minor}.{version.micro}{level}"


def _running_python() -> Python:
    markers = _running_markers()
    version = parse_python(markers["python_full_version"].partition("+")[0])
    return replace(version, text=markers["python_version"])


def _running_platform() -> str:
    return {"darwin": "macos", "win32": "windows"}.get(sys.platform, sys.platform)


def _running_system() -> System:
    return System(_running_platform(), _running_markers(), _platform_tags)


def _platform_tags() -> Iterable[str]:
    from packaging.tags import platform_tags

    return platform_tags()


def _machine() -> str:
    """What the tags of the running interpreter follow from, its markers apart.

    packaging looks at how the interpreter was built and which C library it runs on; PEP 600 lets
    a module `_manylinux` have its say.
    """
    import platform as host
    from importlib.machinery import PathFinder

    libc = os.confstr("CS_GNU_LIBC_VERSION") if "CS_GNU_LIBC_VERSION" in _CONFSTR else ""
    veto = PathFinder.find_spec("_manylinux")
    return "\n".join((
        *(sys.executable, sys.version, str(sys.maxsize), libc or ""),
        *(host.machine(), host.release(), host.version()),
        os.environ.get("_PYTHON_HOST_PLATFORM", ""),
        "" if veto is None else str(veto.origin),
    ))  # fmt: skip


_CONFSTR: Mapping[str, int] = getattr(os, "confstr_names", {})
