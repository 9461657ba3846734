"""Ways out that an index confirmed, as the first things to do."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import assert_never

from msgspec.structs import replace

from conflictlens.diagnosis.records import About, Diagnosis, Remedy
from conflictlens.remedies import HasWheel, Way, Ways, WheelsFor


def with_ways(diagnosis: Diagnosis, ways: Ways) -> Diagnosis:
    """The diagnosis with what the index confirmed put before the advice of its rule."""
    confirmed = tuple(_remedy(way, ways) for way in ways.ways)
    general = _general(ways)
    others = tuple(one for one in diagnosis.remedies if one.about not in general)
    return replace(diagnosis, remedies=(*confirmed, *others))


def _general(ways: Ways) -> Collection[About]:
    """What need not be advised in general, since the index knows it in particular."""
    if not ways.ways:
        return ()
    known = (About.RELEASE, About.OPEN, About.CLOSED, About.PYTHON)
    return (*known, About.INSTEAD) if any(isinstance(w, HasWheel) for w in ways.ways) else known


def _remedy(way: Way, ways: Ways) -> Remedy:
    match way:
        case HasWheel(project, version, instead_of):
            newer = instead_of is not None and version > instead_of
            age = "" if instead_of is None else " (newer)" if newer else " (older)"
            text = f"{project} {version}{age} has a wheel for {_place(ways)}"
            command = f"pip install {project}=={version}"
        case WheelsFor(project, version, pythons):
            where = _platform(ways)
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
    place = f"{python} on {_platform(ways)}"
    if not unsaid:
        return place
    return f"{place} (the log does not name the {' and the '.join(unsaid)}; this is what runs here)"


def _platform(ways: Ways) -> str:
    """``linux``, with its machine where that is told, or only supposed."""
    markers = ways.target.markers
    systems = {"darwin": "macos", "win32": "windows"}
    system = ways.system or systems.get(markers["sys_platform"], markers["sys_platform"])
    if ways.any_machine:
        return system
    machine = markers["platform_machine"]
    return f"{system} {machine}" if ways.machine_told else f"{system} (supposing {machine})"


def _range(pythons: Sequence[str]) -> str:
    """``3.8 to 3.11``, ``3.8 and 3.10``: a range where none is missing."""
    minors = [int(one.partition(".")[2]) for one in pythons]
    if len(minors) > 2 and minors[-1] - minors[0] == len(minors) - 1:
        return f"{pythons[0]} to {pythons[-1]}"
    return ", ".join(pythons[:-1]) + (" and " if pythons[1:] else "") + pythons[-1]
