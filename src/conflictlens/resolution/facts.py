"""What a proof may rest on: a closed set of facts, each read from metadata or from admission.

Each fact knows its own terms over projects, so whoever holds a fact can put it before a fresh
engine and check what follows from it.
"""

from __future__ import annotations

import msgspec

from conflictlens.names import NormalizedName
from conflictlens.problem.dependencies import Dependency
from conflictlens.problem.releases import Exclusion
from conflictlens.requirements.records import RootRequirement


class RootFact(msgspec.Struct, frozen=True):
    """The user asks for this; `place` is the root's place in the problem."""

    place: int
    root: RootRequirement

    @property
    def projects(self) -> tuple[NormalizedName, ...]:
        return (self.root.name,)


class DependencyFact(msgspec.Struct, eq=False):
    """These versions (a mask, widened while reading) of a project need `dependency`.

    With an `extra`, they need it when that extra is asked for.
    """

    project: NormalizedName
    extra: NormalizedName | None
    versions: int
    dependency: Dependency

    @property
    def projects(self) -> tuple[NormalizedName, ...]:
        return (self.project, self.dependency.name)


class ExclusionFact(msgspec.Struct, frozen=True, eq=False):
    """These versions of a project may not be picked, for one reason."""

    project: NormalizedName
    versions: int
    exclusion: Exclusion

    @property
    def projects(self) -> tuple[NormalizedName, ...]:
        return (self.project,)


class ExtraFact(msgspec.Struct, frozen=True, eq=False):
    """Whoever asks for an extra asks for the project."""

    project: NormalizedName
    extra: NormalizedName

    @property
    def projects(self) -> tuple[NormalizedName, ...]:
        return (self.project,)


Fact = RootFact | DependencyFact | ExclusionFact | ExtraFact
