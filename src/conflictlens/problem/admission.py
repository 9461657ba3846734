"""Which versions may be picked at all, decided once per problem.

The rules are pip's:

- a file counts if it was uploaded before the cut-off, if its ``Requires-Python`` holds for the
  target (upper bounds too, where uv ignores them), and if it is a wheel whose tags fit or a
  source distribution, as ``--only-binary`` and ``--no-binary`` allow;
- a yanked version (PEP 592) counts only when a requirement pins it with ``==`` or ``===``;
- a pre-release counts with ``--pre``, or when a requirement on its project names a
  pre-release, or when nothing else fits (PEP 440).

The last two depend on the requirements. Were they decided anew for every subset of the roots,
then dropping a root could create a conflict, and "minimal" would have no meaning. So they are
decided for the problem as a whole: `Admission.opened` names the projects whose withheld
versions count, and it only ever grows, before a core is looked for (see
`resolution.verdict`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from operator import itemgetter
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from conflictlens.index.records import Distribution, DistributionKind, Project
from conflictlens.names import NormalizedName, canonicalize_name
from conflictlens.problem.releases import Exclusion, Releases
from conflictlens.target import Target

if TYPE_CHECKING:
    from packaging.version import Version


class Door(msgspec.Struct, frozen=True):
    """Withheld versions of a project that count after all; `version` None: all of this reason.

    `version` is text as somebody wrote it, valid or not.
    """

    project: NormalizedName
    reason: Exclusion
    version: str | None = None


class Admission(msgspec.Struct, frozen=True, dict=True):
    """The policy of one problem.

    `uploaded_before` is a moment in UTC, exclusive. `only_binary` and `no_binary` hold project
    names or ``:all:``. `opened` holds the pre-releases and yanked versions that count because a
    requirement asks for them.
    """

    pre: bool = False
    uploaded_before: datetime | None = None
    only_binary: frozenset[str] = frozenset()
    no_binary: frozenset[str] = frozenset()
    opened: frozenset[Door] = frozenset()

    @cached_property
    def _doors(self) -> Mapping[NormalizedName, Sequence[Door]]:
        doors: dict[NormalizedName, list[Door]] = {}
        for door in self.opened:
            doors.setdefault(door.project, []).append(door)
        return doors

    def forms(self, project: NormalizedName) -> frozenset[DistributionKind]:
        """The kinds of files that count; a project's own name beats ``:all:`` (pip's rule)."""
        for name in (project, ":all:"):
            if name in self.only_binary:
                return frozenset({DistributionKind.WHEEL})
            if name in self.no_binary:
                return frozenset({DistributionKind.SDIST})
        return frozenset(DistributionKind)

    def opening(self, doors: Iterable[Door]) -> Admission:
        """The same policy with more doors opened."""
        return replace(self, opened=self.opened | frozenset(doors))

    def withheld(self, releases: Releases) -> Mapping[Exclusion, int]:
        """The masks of versions that this policy keeps back although nothing is wrong with them."""
        masks = {
            reason: mask & ~self.let_in(releases, reason)
            for reason, mask in releases.withheld.items()
        }
        return {reason: mask for reason, mask in masks.items() if mask}

    def let_in(self, releases: Releases, reason: Exclusion) -> int:
        """The mask of versions that may be picked though there is this reason to withhold them."""
        if reason is Exclusion.PRERELEASE and (self.pre or not releases.final):
            return releases.every
        mask = 0
        for door in self._doors.get(releases.name, ()):
            if door.reason is reason:
                mask |= releases.every if door.version is None else releases.named(door.version)
        return mask


class Assessor:
    """Turns a project's files into its releases for one target, keeping repeated answers.

    With `any_python`, the target's Python rules nothing out: whatever Requires-Python says
    fits, and so do wheels for other versions of the same implementation, on the target's
    platform. What counts on the target's Python counts then too, by the same file.
    """

    def __init__(self, target: Target, admission: Admission, *, any_python: bool = False) -> None:
        from packaging.version import Version

        self.admission = admission
        self._strict = Assessor(target, admission) if any_python else None
        self._python = Version(target.python_full_version)
        self._ranks = {str(tag): rank for rank, tag in enumerate(target.tags)}
        self._platforms: dict[str, int] = {}
        for rank, tag in enumerate(target.tags):
            self._platforms.setdefault(tag.platform, rank)
        self._implementations = {tag.interpreter[:2] for tag in target.tags}
        self._abis = {tag.abi[:2] for tag in target.tags}
        self._pythons: dict[str, bool] = {}
        self._standings: dict[_Shape, _Standing] = {}

    def releases(self, project: Project) -> Releases:
        """The project's versions, each with the file that pip would prefer."""
        releases = self._assessed(project)
        if self._strict is None:
            return releases
        return _let_in_further(self._strict.releases(project), releases)

    def _assessed(self, project: Project) -> Releases:
        in_time, late = self._by_time(project.distributions)
        offered = _by_version(in_time)
        versions = tuple([version for version, _ in offered])
        chosen: list[Distribution] = []
        excluded: dict[Exclusion, int] = {}
        withheld: dict[Exclusion, int] = {}
        source_only, bit = 0, 1
        forms = self.admission.forms(project.name)
        for version, files in offered:
            bit <<= 1
            file, reason = self._choose(files, forms)
            chosen.append(file)
            if file.kind is DistributionKind.SDIST:
                source_only |= bit
            if reason is not None and reason is not Exclusion.YANKED:
                excluded[reason] = excluded.get(reason, 0) | bit
                continue
            if reason is not None:
                withheld[reason] = withheld.get(reason, 0) | bit
            if version.is_prerelease:
                withheld[Exclusion.PRERELEASE] = withheld.get(Exclusion.PRERELEASE, 0) | bit
        return Releases(
            project.name,
            versions,
            tuple(chosen),
            project.found,
            excluded,
            withheld,
            late=_first_late(late, versions) if late else (),
            source_only=source_only,
        )

    def _by_time(
        self, files: Sequence[Distribution]
    ) -> tuple[Sequence[Distribution], Sequence[Distribution]]:
        """Those that the cut-off leaves, and those that came after it."""
        if self.admission.uploaded_before is None:
            return files, ()
        in_time: list[Distribution] = []
        late: list[Distribution] = []
        for file in files:
            (in_time if self.is_in_time(file) else late).append(file)
        return in_time, late

    def _choose(
        self, files: Sequence[Distribution], forms: frozenset[DistributionKind]
    ) -> tuple[Distribution, Exclusion | None]:
        """The best file, and why the version can't be picked: the last hurdle any file reached."""
        if self._strict is not None:
            file, reason = self._strict._choose(files, forms)
            if reason not in BY_PYTHON:
                return file, reason
        best, standing = files[0], self._standing(files[0], forms)
        for file in files[1:]:
            other = self._standing(file, forms)
            if other.merit > standing.merit:
                best, standing = file, other
        return best, standing.hurdle

    def _standing(self, file: Distribution, forms: frozenset[DistributionKind]) -> _Standing:
        """What counts of a file; most of a project's files say the same."""
        tags = _tags(file)
        key = (tags, file.requires_python, file.yanked is None, forms)
        known = self._standings.get(key)
        if known is None:
            rank = self._rank(tags)
            hurdle = self._hurdle(file, forms, rank)
            passed = _PASSED if hurdle is None else _ORDER[hurdle]
            merit = (passed, _WORST if rank is None else -rank)
            known = self._standings[key] = _Standing(hurdle, merit)
        return known

    def _hurdle(
        self, file: Distribution, forms: Collection[DistributionKind], rank: int | None
    ) -> Exclusion | None:
        """The first check that `file` fails."""
        if file.requires_python and not self.python_fits(file.requires_python):
            return Exclusion.REQUIRES_PYTHON
        if file.kind not in forms:
            source = file.kind is DistributionKind.SDIST
            return Exclusion.SOURCE_ONLY if source else Exclusion.BINARY_ONLY
        if rank is None:
            return Exclusion.NO_WHEEL
        return None if file.yanked is None else Exclusion.YANKED

    def is_in_time(self, file: Distribution) -> bool:
        """Whether the cut-off leaves a file; one without an upload time is left out (as in uv)."""
        before = self.admission.uploaded_before
        if before is None or file.local:
            return True
        return file.upload_time is not None and file.upload_time < before

    def python_fits(self, requires_python: str | None) -> bool:
        """Whether the target's Python will do; an invalid `requires_python` does not count."""
        if not requires_python or self._strict is not None:
            return True
        known = self._pythons.get(requires_python)
        if known is None:
            known = self._pythons[requires_python] = _python_fits(requires_python, self._python)
        return known

    def _rank(self, tags: str) -> int | None:
        """The place of a file's best tag in the target's order, None where no tag fits.

        A source distribution, which has none, comes after all wheels.
        """
        return self._best_rank(tags) if tags else len(self._ranks)

    def _best_rank(self, tags: str) -> int | None:
        """PEP 425: a compressed tag set stands for each combination of its parts."""
        parts = tags.lower().removesuffix(".whl").split("-")[-3:]
        pythons, abis, platforms = (part.split(".") for part in parts)
        ranks = [
            rank
            for python in pythons
            for abi in abis
            for platform in platforms
            if (rank := self._tag_rank(python, abi, platform)) is not None
        ]
        return min(ranks, default=None)

    def _tag_rank(self, python: str, abi: str, platform: str) -> int | None:
        if self._strict is None:
            return self._ranks.get(f"{python}-{abi}-{platform}")
        fits = python[:2] in self._implementations and abi[:2] in self._abis
        return self._platforms.get(platform) if fits else None


class _Standing(msgspec.Struct, frozen=True):
    """What keeps a file from being picked, and its place among others: the more the better."""

    hurdle: Exclusion | None
    merit: tuple[int, int]


_Shape = tuple[str, str | None, bool, frozenset[DistributionKind]]
"""All of a file that its standing depends on."""


def _tags(file: Distribution) -> str:
    """The tags of a wheel as its name has them; empty for a source distribution."""
    if file.kind is DistributionKind.SDIST:
        return ""
    if file.filename.endswith(_PURE):
        # Most are, and there are tens of thousands.
        return _PURE[1:]
    return _after_version(file.filename)


def _after_version(filename: str) -> str:
    """Of a wheel's name its tags, and its build tag before them if it has one."""
    return filename[filename.find("-", filename.find("-") + 1) + 1 :]


def _by_version(
    files: Iterable[Distribution],
) -> Sequence[tuple[Version, list[Distribution]]]:
    """The files of each version, ascending.

    Most of a version stand together, and neighbours are compared in less time than hashed.
    """
    groups: list[tuple[Version, list[Distribution]]] = []
    last: Version | None = None
    for file in files:
        if file.version is not last:
            last = file.version
            groups.append((last, []))
        groups[-1][1].append(file)
    groups.sort(key=itemgetter(0))
    merged: list[tuple[Version, list[Distribution]]] = []
    for version, some in groups:
        if merged and merged[-1][0] == version:
            merged[-1][1].extend(some)
        else:
            merged.append((version, some))
    return merged


def _first_late(
    late: Iterable[Distribution], versions: Collection[Version]
) -> tuple[Distribution, ...]:
    """The first file of each version that no file came in time of, ascending."""
    first: dict[Version, Distribution] = {}
    for file in late:
        first[file.version] = _earlier(file, first.get(file.version, file))
    known = set(versions)
    return tuple(first[version] for version in sorted(first) if version not in known)


def _earlier(file: Distribution, known: Distribution) -> Distribution:
    """The one that came first; one of which nobody knows when it came may have been earlier."""
    if known.upload_time is None or file.upload_time is None:
        return file if file.upload_time is None else known
    return file if file.upload_time < known.upload_time else known


def _let_in_further(strict: Releases, lifted: Releases) -> Releases:
    """`lifted`, but that pre-releases which count for want of anything else count still."""
    withheld = dict(lifted.withheld)
    if not strict.final and Exclusion.PRERELEASE in withheld:
        withheld[Exclusion.PRERELEASE] &= ~strict.admissible
    unsuited = lifted.admissible & ~strict.admissible
    return replace(lifted, withheld=withheld, unsuited=unsuited)


BY_PYTHON = (Exclusion.REQUIRES_PYTHON, Exclusion.NO_WHEEL, Exclusion.SOURCE_ONLY)
"""Exclusions that another Python may lift."""

_PURE = "-py3-none-any.whl"
_WORST = -1_000_000
_PASSED = len(Exclusion)
_ORDER = {reason: place for place, reason in enumerate(Exclusion)}


def _python_fits(requires_python: str, python: Version) -> bool:
    from packaging.specifiers import SpecifierSet

    try:
        return SpecifierSet(requires_python).contains(python, prereleases=True)
    except ValueError:
        # An invalid specifier, or a number of thousands of digits.
        return True


def names_prerelease(specifier: str) -> bool:
    """Whether a specifier opts in to pre-releases by naming one (PEP 440)."""
    if not any(map(str.isalpha, specifier)):
        return False
    from packaging.specifiers import SpecifierSet

    return bool(SpecifierSet(specifier).prereleases)


def pins(specifier: str) -> Iterator[str]:
    """What ``==`` or ``===`` pin, so that it may be picked though yanked, as it is written."""
    for part in specifier.split(","):
        if part.startswith("==") and not part.endswith(".*"):
            yield part.lstrip("=")


def pinned_versions(specifier: str) -> Iterator[Version]:
    """The same as versions, those that are valid."""
    from packaging.version import InvalidVersion, Version

    for text in pins(specifier):
        try:
            yield Version(text)
        except InvalidVersion:
            continue


def normalized_names(names: Iterable[str]) -> frozenset[str]:
    """Project names of ``--only-binary`` and ``--no-binary``, ``:all:`` and ``:none:`` kept."""
    return frozenset(name if name.startswith(":") else canonicalize_name(name) for name in names)
