"""Operating systems on machines, by the names that users and wheels have for them.

The names are uv's (``linux``, ``x86_64-unknown-linux-gnu``, ``aarch64-manylinux_2_28``) and those
of wheel tags (``manylinux2014_x86_64``, ``macosx_11_0_arm64``, ``win_amd64``, ``any``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

import msgspec

from conflictlens import running
from conflictlens.errors import UnknownTarget


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
        return System(label, running_system().markers, lambda: ["any"])
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


def running_system() -> System:
    return System(running.system(), running.markers(), _platform_tags)


def _platform_tags() -> Iterable[str]:
    from packaging.tags import platform_tags

    return platform_tags()
