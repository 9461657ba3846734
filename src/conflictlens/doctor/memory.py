"""Memory that is left for an install: of the machine, of the container, of the process.

On Linux the limits of control groups count, those of all groups above too (version 2: memory.max,
version 1: memory.limit_in_bytes). What a group holds as a cache of files, which goes when memory
is wanted, is not counted as used. `ulimit -v` limits each process by itself.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

import msgspec

from conflictlens.doctor.records import Check, CheckId, State

MEGABYTE = 1_000_000
OUT = 150 * MEGABYTE
"""pip alone takes about so much."""
LOW = 600 * MEGABYTE
"""Compiling, and wheels of hundreds of megabytes, take this and more."""
_SECONDS = 5.0


class Limit(StrEnum):
    MACHINE = "machine"
    CONTAINER = "container"
    PROCESS = "ulimit -v"


class Left(msgspec.Struct, frozen=True):
    free: int
    limit: Limit


def probe_memory(root: Path = Path("/")) -> Left | None:
    """The tightest of all limits; None where this system does not say."""
    if sys.platform == "win32":
        limits = _windows()
    elif sys.platform == "darwin":
        limits = _macos()
    else:
        limits = linux(root)
    return min((*limits, *_process()), key=lambda left: left.free, default=None)


def judge_memory(left: Left | None) -> Check:
    if left is None:
        return Check(CheckId.MEMORY, State.MEMORY_UNKNOWN)
    state = State.MEMORY_ENOUGH
    if left.free < LOW:
        state = State.MEMORY_OUT if left.free < OUT else State.MEMORY_LOW
    return Check(CheckId.MEMORY, state, {"free_bytes": left.free, "limit": left.limit.value})


def linux(root: Path) -> Iterator[Left]:
    """From /proc and /sys below `root`."""
    told = _table(root / "proc/meminfo")
    if "MemAvailable" in told:
        swap = told.get("SwapFree", 0)
        yield Left((told["MemAvailable"] + swap) * 1024, Limit.MACHINE)
    for group in _groups(root):
        free = _left_in(group)
        if free is not None:
            yield Left(free, Limit.CONTAINER)


def _groups(root: Path) -> Iterator[Path]:
    """The folders of this process's groups, up to the root, which in a container is its own."""
    mounted = root / "sys/fs/cgroup"
    for line in _text(root / "proc/self/cgroup").splitlines():
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if controllers and "memory" not in controllers.split(","):
            continue
        top = mounted / "memory" if controllers else mounted
        parts = [part for part in path.split("/") if part not in ("", "..")]
        for depth in range(len(parts), -1, -1):
            yield top.joinpath(*parts[:depth])


def _left_in(group: Path) -> int | None:
    for most, used, cache in (
        ("memory.max", "memory.current", "inactive_file"),
        ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
    ):
        limit, taken = _number(group / most), _number(group / used)
        # Version 1 writes "no limit" as a number larger than any memory.
        if limit is not None and taken is not None and limit < 1 << 60:
            return max(0, limit - taken + _table(group / "memory.stat").get(cache, 0))
    return None


def _number(path: Path) -> int | None:
    text = _text(path).strip()
    return int(text) if text.isdigit() else None


def _table(path: Path) -> dict[str, int]:
    """Lines such as ``MemAvailable:  123 kB`` and ``inactive_file 123``."""
    words = (line.replace(":", " ").split() for line in _text(path).splitlines())
    return {row[0]: int(row[1]) for row in words if len(row) > 1 and row[1].isdigit()}


def _text(path: Path) -> str:
    try:
        return path.read_text("ascii", "replace")
    except OSError:
        return ""


def _process() -> Iterator[Left]:
    if sys.platform == "win32":
        return
    import resource

    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit != resource.RLIM_INFINITY:
        yield Left(limit, Limit.PROCESS)


def _macos() -> Iterator[Left]:
    """What is free and what can be freed at once, by ``vm_stat``."""
    try:
        told = subprocess.run(
            ["/usr/bin/vm_stat"], capture_output=True, text=True, timeout=_SECONDS, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return
    pages = {
        name.strip(): int(count.strip().rstrip("."))
        for name, colon, count in (line.partition(":") for line in told.splitlines())
        if colon and count.strip().rstrip(".").isdigit()
    }
    kinds = ("Pages free", "Pages inactive", "Pages speculative", "Pages purgeable")
    if "Pages free" in pages:
        free = sum(pages.get(kind, 0) for kind in kinds)
        yield Left(free * os.sysconf("SC_PAGE_SIZE"), Limit.MACHINE)


def _windows() -> Iterator[Left]:
    if sys.platform != "win32":
        return
    import ctypes

    class Status(ctypes.Structure):
        # MEMORYSTATUSEX of the Windows API.
        _fields_ = (
            ("length", ctypes.c_ulong),
            ("load", ctypes.c_ulong),
            ("total_physical", ctypes.c_ulonglong),
            ("free_physical", ctypes.c_ulonglong),
            ("total_page_file", ctypes.c_ulonglong),
            ("free_page_file", ctypes.c_ulonglong),
            ("total_virtual", ctypes.c_ulonglong),
            ("free_virtual", ctypes.c_ulonglong),
            ("free_extended", ctypes.c_ulonglong),
        )

    status = Status(length=ctypes.sizeof(Status))
    if ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status)):
        yield Left(status.free_page_file, Limit.MACHINE)
