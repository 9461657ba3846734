"""The versions that a story tells about, merged where they look the same."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from conflictlens.explanation.records import Conflict, Excluded, Step
from conflictlens.explanation.versions import VersionSet
from conflictlens.names import NormalizedName
from conflictlens.problem.releases import Exclusion


class Told(msgspec.Struct, frozen=True):
    """All that a story tells about `versions` of a project."""

    project: NormalizedName
    versions: VersionSet
    steps: tuple[Step, ...]
    reasons: tuple[Excluded, ...]

    @property
    def extras(self) -> tuple[NormalizedName, ...]:
        return tuple(sorted({step.extra for step in self.steps if step.extra}))

    @property
    def out(self) -> bool:
        return bool(self.reasons) or any(step.refutes for step in self.steps)

    @property
    def look(self) -> object:
        """What its node would show beside the versions."""
        needs = [(s.extra, s.target, s.requirement, s.allowed, s.refutes) for s in self.steps]
        reasons = [(one.reason, one.detail, _told_apart(one)) for one in self.reasons]
        return self.project, needs, reasons


def _told_apart(fact: Excluded) -> tuple[VersionSet, ...]:
    """The versions of each reason, where these are told with it."""
    return fact.whose if fact.reason is Exclusion.YANKED and fact.is_of_some else ()


def told_releases(conflict: Conflict) -> list[Told]:
    """In the order of the story; what takes versions from the clash itself is left to the clash."""
    grouped: dict[tuple[NormalizedName, VersionSet], list[Step]] = {}
    for step in conflict.steps:
        if step.target is not None or step.project != conflict.clash:
            grouped.setdefault((step.project, step.versions), []).append(step)
    return _merged(
        Told(
            project,
            versions,
            tuple(step for step in steps if step.target is not None),
            tuple(exclusions(conflict, steps)),
        )
        for (project, versions), steps in grouped.items()
    )


def exclusions(conflict: Conflict, steps: Iterable[Step]) -> Iterable[Excluded]:
    """Why versions can't be picked, as these steps tell it."""
    for step in steps:
        fact = conflict.facts[step.facts[0]]
        if isinstance(fact, Excluded):
            yield fact


def _merged(releases: Iterable[Told]) -> list[Told]:
    kept: list[Told] = []
    for told in releases:
        twin = next((place for place, one in enumerate(kept) if _are_twins(one, told)), None)
        if twin is None:
            kept.append(told)
        else:
            versions = _union(kept[twin].versions, told.versions)
            kept[twin] = msgspec.structs.replace(kept[twin], versions=versions)
    return kept


def _are_twins(one: Told, other: Told) -> bool:
    return one.look == other.look and not overlap(one.versions, other.versions)


def _union(one: VersionSet, other: VersionSet) -> VersionSet:
    return VersionSet(tuple(sorted((*one.runs, *other.runs))), one.count + other.count)


def overlap(one: VersionSet, other: VersionSet) -> bool:
    """Whether two sets of versions may have one in common."""
    return any(
        first <= other_last and other_first <= last
        for first, last in one.runs
        for other_first, other_last in other.runs
    )


def meant(releases: Sequence[Told], allowed: VersionSet | None) -> list[Told]:
    """Whom a demand for `allowed` versions is about; None: for whatever there is.

    Of versions that are told about again as a part of others, only the whole.
    """
    if allowed is not None:
        exactly = [told for told in releases if told.versions == allowed]
        if exactly:
            return exactly
        releases = [told for told in releases if overlap(told.versions, allowed)]
    return [told for told in releases if not any(is_part(told, whole) for whole in releases)]


def is_part(one: Told, whole: Told) -> bool:
    """Whether `one` tells more about some of the versions that `whole` is about.

    Versions that can't be picked interrupt no run of others, and are no part of them.
    """
    if one.reasons or one.project != whole.project or one.versions.count >= whole.versions.count:
        return False
    return all(
        any(start <= first and last <= end for start, end in whole.versions.runs)
        for first, last in one.versions.runs
    )
