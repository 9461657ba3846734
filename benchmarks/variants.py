"""A conflict made of a slice that resolves, the same one every time.

The roots' newest releases are followed breadth first, and so are those of what these need. Of the
projects that turn up, the one farthest from the roots comes first (by name where equally far): its
oldest final release is pinned in a root of its own. The first pin that makes a conflict in which
one of the slice's own roots takes part is added. It does not depend on which resolution is found.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from packaging.utils import canonicalize_name

from benchmarks.plain import PlainIndex
from benchmarks.recorded import Recorded
from benchmarks.with_conflictlens import verdict_on
from conflictlens.core.mus import minimal_core
from conflictlens.resolution.outcome import Conflict


def conflicting(recorded: Recorded) -> Recorded | None:
    """The slice with one root more; None where no pin does it."""
    for pin in _pins(recorded):
        requirements = (*recorded.requirements, pin)
        variant = replace(
            recorded, name=f"{recorded.name}, unsatisfiable", requirements=requirements
        )
        if _clashes_with_a_root(variant):
            return variant
    return None


def _clashes_with_a_root(variant: Recorded) -> bool:
    verdict = verdict_on(variant)
    if not isinstance(verdict.outcome, Conflict):
        return False
    core = minimal_core(verdict.judge, verdict.outcome, verdict.judge.places)
    return core.minimal and len(core.roots) > 1


def _pins(recorded: Recorded) -> Iterable[str]:
    index = PlainIndex(recorded)
    depths = _depths(recorded, index)
    for name in sorted(depths, key=lambda name: (-depths[name], name)):
        final = [version for version in index.versions(name) if not version.is_prerelease]
        if final and depths[name]:
            yield f"{name}=={final[-1]}"


def _depths(recorded: Recorded, index: PlainIndex) -> dict[str, int]:
    """How far each project is from the roots, going along newest releases."""
    level = [index.requirement(text) for text in recorded.requirements]
    depths: dict[str, int] = {}
    followed: set[tuple[str, str]] = set()
    depth = 0
    while level:
        needed = []
        for requirement in level:
            name = canonicalize_name(requirement.name)
            depths.setdefault(name, depth)
            for extra in ("", *sorted(requirement.extras)):
                newest = next(requirement.specifier.filter(index.versions(name)), None)
                if newest is not None and (name, extra) not in followed:
                    followed.add((name, extra))
                    needed += index.requires(name, newest, extra)
        level, depth = needed, depth + 1
    return depths
