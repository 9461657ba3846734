"""Ways out that an index confirmed, as the first things to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from msgspec.structs import replace

from conflictlens.diagnosis.records import Diagnosis, Remedy
from conflictlens.remedies import HasWheel, Way, Ways, WheelsFor
from conflictlens.target import Target


def with_ways(diagnosis: Diagnosis, ways: Ways) -> Diagnosis:
    """The diagnosis with what the index confirmed put before the advice of its rule."""
    confirmed = tuple(_remedy(way, ways) for way in ways.ways)
    return replace(diagnosis, remedies=(*confirmed, *diagnosis.remedies))


def _remedy(way: Way, ways: Ways) -> Remedy:
    match way:
        case HasWheel(project, version, instead_of):
            newer = instead_of is not None and version > instead_of
            age = "" if instead_of is None else " (newer)" if newer else " (older)"
            text = f"{project} {version}{age} has a wheel for {_place(ways)}"
            command = f"pip install {project}=={version}"
        case WheelsFor(project, version, pythons):
            where = _platform(ways.target)
            several = "use one of them" if len(pythons) > 1 else "use it"
            text = (
                f"for {project} {version} there are wheels for Python {_range(pythons)} only, "
                f"on {where}: {several}"
            )
            command = f"uv venv --python {pythons[-1]}"
        case _:
            assert_never(way)
    return Remedy(text, command, confirmed=True)


def _place(ways: Ways) -> str:
    """``CPython 3.12 on linux``, and what of it the log does not say."""
    target = ways.target
    python = f"CPython {target.python_version}"
    unsaid = [
        word
        for word, told in (("Python", ways.python_told), ("platform", ways.platform_told))
        if not told
    ]
    place = f"{python} on {_platform(target)}"
    if not unsaid:
        return place
    return f"{place} (the log does not name the {' and the '.join(unsaid)}; this is what runs here)"


def _platform(target: Target) -> str:
    return {"darwin": "macos", "win32": "windows"}.get(
        target.markers["sys_platform"], target.markers["sys_platform"]
    )


def _range(pythons: Sequence[str]) -> str:
    """``3.8 to 3.11``, ``3.8 and 3.10``: a range where none is missing."""
    minors = [int(one.partition(".")[2]) for one in pythons]
    if len(minors) > 2 and minors[-1] - minors[0] == len(minors) - 1:
        return f"{pythons[0]} to {pythons[-1]}"
    return ", ".join(pythons[:-1]) + (" and " if pythons[1:] else "") + pythons[-1]
