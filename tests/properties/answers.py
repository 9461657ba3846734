"""What the program says about a case, stage by stage."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from packaging.utils import canonicalize_name
from packaging.version import Version

from conflictlens.core.enumeration import DisjointCores, Extent
from conflictlens.core.mus import Core
from conflictlens.explanation import story
from conflictlens.explanation.records import Conflict as Story
from conflictlens.problem.universe import Universe as ProblemUniverse
from conflictlens.resolution import verdict
from conflictlens.resolution.budget import Budget
from conflictlens.resolution.outcome import Resolution, Verdict
from tests.brute_force import Facts, Policy, Universe, admitting, resolvable
from tests.properties.universes import PYTHON, Case

UNLIMITED = Budget()
POLICY = Policy(python=PYTHON)
EVERYTHING = Policy(python=PYTHON, pre=True)


@dataclass(frozen=True)
class Answer:
    """The verdict, with the disjoint cores and their stories if it is a conflict."""

    verdict: Verdict
    cores: tuple[Core, ...] = ()
    extent: Extent = Extent.MOST
    stories: tuple[Story, ...] = ()

    @property
    def resolves(self) -> bool:
        return isinstance(self.verdict.outcome, Resolution)


def answer(case: Case) -> Answer:
    """All stages up to the story."""
    found = verdict.decide(case.problem, UNLIMITED)
    if isinstance(found.outcome, Resolution):
        return Answer(found)
    cores: list[Core] = []
    stories: list[Story] = []
    disjoint = DisjointCores(found, UNLIMITED)
    for core in disjoint:
        cores.append(core)
        stories.append(story.tell(core))
    return Answer(disjoint.verdict, tuple(cores), disjoint.extent, tuple(stories))


def packages(universe: ProblemUniverse, resolution: Resolution) -> dict[str, Version]:
    """The picks as versions."""
    return {name: universe.releases(name).version(bit) for name, bit in resolution.picks.items()}


def resolves(case: Case) -> bool:
    """The truth by brute force, under pip's policy."""
    policy = admitting(POLICY, (*case.roots, *case.constraints))
    return resolvable(case.roots, case.reference, policy, case.constraints) is not None


def admitted(case: Case, universe: ProblemUniverse) -> Universe:
    """The reference reduced to what the program's final admission lets in, without any policy."""
    return {
        name: {
            version: Facts(facts.requires)
            for version, facts in versions.items()
            if universe.allowed(canonicalize_name(name))
            & universe.releases(canonicalize_name(name)).bits(version)
        }
        for name, versions in case.known_to(universe).items()
    }


def subset_resolves(case: Case, reference: Universe, places: Collection[int]) -> bool:
    """Whether the roots and constraints at these places, roots first, resolve by brute force."""
    roots = _at(case.roots, places, 0)
    limits = _at(case.constraints, places, len(case.roots))
    return resolvable(roots, reference, EVERYTHING, limits) is not None


def _at(texts: Sequence[str], places: Collection[int], first: int) -> list[str]:
    return [text for place, text in enumerate(texts, first) if place in places]
