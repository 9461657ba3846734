"""What is true of a small universe, found by trying everything.

The oracle of the tests: it shares no code with the package and prefers being obvious to being
quick. Every set of versions that is closed under what it requires is tried, and each rule is
checked with packaging's own classes, for the whole set at once.

The policy is pip's. A version may be picked only if

- it has a file that can be installed, and its Requires-Python holds (upper bounds too);
- it is not yanked, or a requirement pins its project with ``==`` or ``===``;
- it is not a pre-release, or ``--pre`` is given, or a requirement on its project names a
  pre-release, or no other version fits all requirements together.

What a root admits stays admitted when a core is looked for: the policy is decided for the
problem, not for each subset of its roots.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations

from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.tags import compatible_tags, cpython_tags, parse_tag
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.scenario import Release, Scenario

Picked = Mapping[str, Version]


@dataclass(frozen=True, slots=True)
class Facts:
    """One version of a project; `installable` is whether one of its files suits the target."""

    requires: tuple[str, ...] = ()
    requires_python: str | None = None
    yanked: bool = False
    installable: bool = True


Universe = Mapping[str, Mapping[Version, Facts]]


@dataclass(frozen=True, slots=True)
class Policy:
    """`opted_in` names projects whose pre-releases count, `pinned` those whose yanked ones do."""

    pre: bool = False
    python: str = "3.11"
    platform: str = "linux"
    opted_in: frozenset[str] = frozenset()
    pinned: frozenset[str] = frozenset()


PLAIN = Policy()


def universe_of(plain: Mapping[str, Mapping[str, Sequence[str]]]) -> Universe:
    """The universe that `MemoryIndex.of` takes: project → version → requirements."""
    return {
        canonicalize_name(name): {
            Version(version): Facts(tuple(requires)) for version, requires in versions.items()
        }
        for name, versions in plain.items()
    }


def resolvable(
    roots: Sequence[str],
    universe: Universe,
    policy: Policy = PLAIN,
    constraints: Sequence[str] = (),
) -> dict[str, Version] | None:
    """One resolution, or None when there is none; newer versions are tried first."""
    return next(resolutions(roots, universe, policy, constraints), None)


def resolutions(
    roots: Sequence[str],
    universe: Universe,
    policy: Policy = PLAIN,
    constraints: Sequence[str] = (),
) -> Iterator[dict[str, Version]]:
    """All resolutions: what is required, and nothing else."""
    question = _Question(tuple(roots), tuple(constraints), universe, policy)
    return (picked for picked in question.closed({}) if question.holds(picked))


def minimal_cores(
    roots: Sequence[str],
    universe: Universe,
    policy: Policy = PLAIN,
    constraints: Sequence[str] = (),
) -> set[frozenset[int]]:
    """All minimal cores, as numbers of roots; constraints are numbered after the roots."""
    frozen = admitting(policy, (*roots, *constraints))
    numbers = range(len(roots) + len(constraints))
    cores: set[frozenset[int]] = set()
    for size in range(1, len(numbers) + 1):
        for subset in map(frozenset, combinations(numbers, size)):
            if any(core <= subset for core in cores):
                continue
            kept = [text for number, text in enumerate(roots) if number in subset]
            limits = [text for n, text in enumerate(constraints, len(roots)) if n in subset]
            if resolvable(kept, universe, frozen, limits) is None:
                cores.add(subset)
    return cores


def admitting(policy: Policy, roots: Sequence[str]) -> Policy:
    """`policy` with what the roots admit, whichever of them are dropped later."""
    requirements = [_parsed(text) for text in roots if _applies(_parsed(text), "", policy)]
    names = {r: canonicalize_name(r.name) for r in requirements}
    return dataclasses.replace(
        policy,
        opted_in=policy.opted_in | {names[r] for r in requirements if r.specifier.prereleases},
        pinned=policy.pinned | {names[r] for r in requirements if _pins(r.specifier)},
    )


@dataclass(frozen=True, slots=True)
class _Question:
    roots: tuple[str, ...]
    constraints: tuple[str, ...]
    universe: Universe
    policy: Policy

    def closed(self, picked: Picked) -> Iterator[dict[str, Version]]:
        """All ways to pick a version of every project that is required, starting at `picked`."""
        required = self.required(picked)
        missing = sorted({canonicalize_name(r.name) for r in required} - set(picked))
        if not missing:
            yield dict(picked)
            return
        allowed = self.combined(missing[0], required)
        for version in sorted(self.universe.get(missing[0], {}), reverse=True):
            if allowed.contains(version, prereleases=True):
                yield from self.closed({**picked, missing[0]: version})

    def required(self, picked: Picked) -> list[Requirement]:
        """The requirements that apply: the roots', and those of every pick with its extras."""
        required = [r for r in map(_parsed, self.roots) if _applies(r, "", self.policy)]
        seen: set[tuple[str, str]] = set()
        for requirement in required:
            name = canonicalize_name(requirement.name)
            for extra in ("", *map(canonicalize_name, sorted(requirement.extras))):
                if name in picked and (name, extra) not in seen:
                    seen.add((name, extra))
                    required += self.of_release(name, picked[name], extra)
        return required

    def of_release(self, name: str, version: Version, extra: str) -> list[Requirement]:
        requires = map(_parsed, self.universe[name][version].requires)
        return [r for r in requires if _applies(r, extra, self.policy)]

    def holds(self, picked: Picked) -> bool:
        """Whether each pick obeys all requirements on its project and the policy."""
        required = self.required(picked)
        return all(
            self.admitted(name, version, self.combined(name, required))
            for name, version in picked.items()
        )

    def combined(self, name: str, required: Sequence[Requirement]) -> SpecifierSet:
        """All that requirements and constraints say of one project."""
        limits = [r for r in map(_parsed, self.constraints) if _applies(r, "", self.policy)]
        combined = SpecifierSet()
        for requirement in (*required, *limits):
            if canonicalize_name(requirement.name) == name:
                combined &= requirement.specifier
        return combined

    def admitted(self, name: str, version: Version, specifier: SpecifierSet) -> bool:
        policy = self.policy
        usable = [v for v, facts in self.universe[name].items() if _usable(facts, policy)]
        pre = True if policy.pre or name in policy.opted_in else None
        if version not in specifier.filter(usable, prereleases=pre):
            return False
        yanked = self.universe[name][version].yanked
        return not yanked or name in policy.pinned or _pins(specifier)


def _usable(facts: Facts, policy: Policy) -> bool:
    if not facts.installable:
        return False
    python = SpecifierSet(facts.requires_python or "")
    return python.contains(policy.python, prereleases=True)


def _pins(specifier: SpecifierSet) -> bool:
    return any(
        part.operator == "===" or (part.operator == "==" and not part.version.endswith(".*"))
        for part in specifier
    )


@cache
def _parsed(text: str) -> Requirement:
    return Requirement(text)


@cache
def _applies(requirement: Requirement, extra: str, policy: Policy) -> bool:
    if requirement.marker is None:
        return True
    return requirement.marker.evaluate({**_environment(policy), "extra": extra})


def _environment(policy: Policy) -> dict[str, str]:
    python = Version(policy.python)
    return {
        **{key: str(value) for key, value in default_environment().items()},
        "python_version": f"{python.major}.{python.minor}",
        "python_full_version": f"{python.major}.{python.minor}.{python.micro}",
        "sys_platform": policy.platform,
    }


def question_of(scenario: Scenario) -> tuple[Universe, Policy]:
    """The universe and policy of a scenario, files already judged for a Linux target."""
    universe: Universe = {
        str(name): {
            Version(version): _facts(name, release, scenario)
            for version, release in versions.items()
        }
        for name, versions in scenario.universe.items()
    }
    return universe, Policy(pre=scenario.pre, python=scenario.python)


def _facts(name: str, release: Release, scenario: Scenario) -> Facts:
    tags = release.wheel_tags if release.wheel and name not in scenario.no_binary else ()
    source = release.sdist and name not in scenario.only_binary
    return Facts(
        requires=release.requires_dist,
        requires_python=release.requires_python,
        yanked=release.yanked is not False,
        installable=source or any(_fits(tag, scenario.python) for tag in tags),
    )


def _fits(tag: str, python: str) -> bool:
    version = Version(python).release[:2]
    platforms = ["manylinux_2_17_x86_64", "manylinux2014_x86_64", "linux_x86_64"]
    known = {*cpython_tags(version, platforms=platforms)}
    known |= {*compatible_tags(version, f"cp{version[0]}{version[1]}", platforms)}
    return not known.isdisjoint(parse_tag(tag))
