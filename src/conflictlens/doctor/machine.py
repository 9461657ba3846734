"""What kind of machine this is, and what only Windows has."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from conflictlens.doctor.records import Check, CheckId, Place, State

_DEBIAN = frozenset(("debian", "ubuntu"))
_FEDORA = frozenset(("fedora", "rhel", "centos", "amzn"))


def place(release: Path = Path("/etc/os-release")) -> Place:
    if sys.platform == "win32":
        return Place.WINDOWS
    if sys.platform == "darwin":
        return Place.MACOS
    names = _names(release)
    if "alpine" in names:
        return Place.ALPINE
    if names & _FEDORA:
        return Place.FEDORA
    return Place.DEBIAN if names & _DEBIAN else Place.LINUX


def _names(release: Path) -> set[str]:
    """The distribution and those that it is like (os-release(5))."""
    try:
        lines = release.read_text("utf-8", "replace").splitlines()
    except OSError:
        return set()
    values = (line.partition("=")[2] for line in lines if line.startswith(("ID=", "ID_LIKE=")))
    return {name for value in values for name in value.strip("\"'").lower().split()}


def is_privileged() -> bool:
    """Whether this is the system's administrator, who needs no sudo."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def judge_long_paths() -> Check | None:
    """Whether paths may be longer than 260 characters; None where that is no question."""
    if sys.platform != "win32":
        return None
    import winreg

    try:
        place = r"SYSTEM\CurrentControlSet\Control\FileSystem"
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, place) as key:
            allowed = bool(winreg.QueryValueEx(key, "LongPathsEnabled")[0])
    except OSError:
        # Never set: off.
        allowed = False
    state = State.LONG_PATHS_ON if allowed else State.LONG_PATHS_OFF
    return Check(CheckId.LONG_PATHS, state)
