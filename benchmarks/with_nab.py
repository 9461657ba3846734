"""nab-resolver, the PubGrub core of nab, with the plainest provider that its documents allow.

Packages are ``name`` and ``name[extra]``. A version is its place among the project's versions, so
that a specifier is evaluated once and is intervals of ints from then on. The next package is the
one with the fewest candidates, those with many conflicts first, as in nab's own in-memory
provider. nab itself does more (it widens decisions to runs of equal versions, looks ahead, and
orders by readiness): for that, see the whole processes in `benchmarks.peers`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise

from nab_resolver.errors import ResolutionError, ResolutionTerminatedError
from nab_resolver.ranges import Range
from nab_resolver.resolver import BaseProvider, Resolver
from nab_resolver.types import RangeProtocol, RootRequirement
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from benchmarks.plain import PlainIndex
from benchmarks.recorded import Recorded
from benchmarks.solving import Answer

_PROMOTED_AFTER = 5


class _Provider(BaseProvider[str, int]):
    def __init__(self, index: PlainIndex) -> None:
        self._index = index
        self._ranges: dict[tuple[str, SpecifierSet], Range[int]] = {}
        self._needed: dict[tuple[str, int], dict[str, RangeProtocol[int]]] = {}
        self._candidates: dict[str, list[int]] = {}

    def candidates(self, package: str) -> list[int]:
        """Newest first, pre-releases after all others."""
        name = package.partition("[")[0]
        if name not in self._candidates:
            versions = self._index.versions(name)
            places = [len(versions) - 1 - place for place in range(len(versions))]
            places.sort(key=lambda place: versions[len(versions) - 1 - place].is_prerelease)
            self._candidates[name] = places
        return self._candidates[name]

    def range(self, name: str, specifier: SpecifierSet) -> Range[int]:
        """The places of the versions that a specifier allows, oldest is 0."""
        key = (name, specifier)
        if key not in self._ranges:
            self._ranges[key] = self._evaluated(name, specifier)
        return self._ranges[key]

    def _evaluated(self, name: str, specifier: SpecifierSet) -> Range[int]:
        versions = self._index.versions(name)[::-1]
        allowed = set(specifier.filter(versions, prereleases=True))
        places = [place for place, version in enumerate(versions) if version in allowed]
        if len(places) == len(versions) > 0:
            return Range.full()
        gaps = [(one, other) for one, other in pairwise(places) if other > one + 1]
        starts = [*places[:1], *(start for _, start in gaps)]
        ends = [*(end for end, _ in gaps), *places[-1:]]
        return Range(
            tuple((start, True, end, True) for start, end in zip(starts, ends, strict=True))
        )

    def choose_version(self, package: str, version_range: RangeProtocol[int]) -> int | None:
        return next((one for one in self.candidates(package) if one in version_range), None)

    def has_satisfying_version(self, package: str, version_range: RangeProtocol[int]) -> bool:
        return self.choose_version(package, version_range) is not None

    def get_dependencies(self, package: str, version: int) -> Mapping[str, RangeProtocol[int]]:
        known = self._needed.get((package, version))
        if known is None:
            known = self._needed[package, version] = self._dependencies(package, version)
        return known

    def _dependencies(self, package: str, version: int) -> dict[str, RangeProtocol[int]]:
        name, _, extra = package.rstrip("]").partition("[")
        exact = self._index.versions(name)[-1 - version]
        needed: dict[str, RangeProtocol[int]] = {name: Range.singleton(version)} if extra else {}
        for requirement in self._index.requires(name, exact, extra):
            for one, wanted in self.wanted(requirement):
                needed[one] = needed[one] & wanted if one in needed else wanted
        return needed

    def wanted(self, requirement: Requirement) -> Iterable[tuple[str, Range[int]]]:
        """A package for the project and one for each extra, with what is allowed of them."""
        name = canonicalize_name(requirement.name)
        allowed = self.range(name, requirement.specifier)
        yield name, allowed
        for extra in sorted(map(canonicalize_name, requirement.extras)):
            yield f"{name}[{extra}]", allowed

    def prioritize(
        self,
        package: str,
        version_range: RangeProtocol[int],
        conflict_counts: Mapping[str, int],
        culprit_counts: Mapping[str, int] | None = None,
    ) -> tuple[bool, int]:
        promoted = conflict_counts.get(package, 0) >= _PROMOTED_AFTER
        return not promoted, sum(one in version_range for one in self.candidates(package))

    def widen_decision(self, package: str, version: int) -> Range[int] | None:
        return None


def solve(recorded: Recorded) -> Answer:
    index = PlainIndex(recorded)
    provider = _Provider(index)
    resolver = Resolver(provider)
    roots = [
        RootRequirement(package, allowed)
        for text in recorded.requirements
        for package, allowed in provider.wanted(index.requirement(text))
    ]
    try:
        pins = resolver.resolve(roots)
    except ResolutionTerminatedError:
        raise
    except ResolutionError:
        return Answer("conflict", 0, resolver.stats.rounds, 1, len(index.visited))
    picked = len({package.partition("[")[0] for package in pins})
    return Answer("resolved", picked, resolver.stats.rounds, 1, len(index.visited))
