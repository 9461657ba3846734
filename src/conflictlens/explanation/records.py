"""An explanation: everything that is told, as data. Wording is `render`'s."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from conflictlens.names import NormalizedName
from conflictlens.problem.assumptions import Assumption, Basis
from conflictlens.problem.notes import Note
from conflictlens.problem.releases import Exclusion
from conflictlens.requirements.records import (
    OriginKind,
    RequirementSet,
    RootRequirement,
    UnnamedRoot,
)
from conflictlens.target import Target

if TYPE_CHECKING:
    from packaging.version import Version

    from conflictlens.explanation.versions import VersionSet
    from conflictlens.index.records import Distribution


class Outcome(StrEnum):
    """The three outcomes; the value stands in the JSON."""

    RESOLVED = "resolved"
    CONFLICT = "conflict"
    UNDECIDED = "undecided"


class Needs(msgspec.Struct, frozen=True):
    """A fact from metadata: `versions` of `project` (with `extra`) declare `requirement`.

    `requirement` is PEP 508 text without a marker. `sources` are the URLs of the metadata that
    were read for these versions, newest first, passwords masked. `declared` are those of them of
    which a build may say otherwise; `wheels`, for other targets, are where that was read, if not
    in sources.
    """

    project: NormalizedName
    extra: NormalizedName | None
    versions: VersionSet
    requirement: str
    sources: tuple[str, ...]
    declared: VersionSet | None = None
    wheels: tuple[str, ...] = ()


class Excluded(msgspec.Struct, frozen=True):
    """A fact from admission: `versions` of `project` can't be picked for one `reason`.

    `detail` is what the files say: the Requires-Python texts, yank reasons or requirements that
    can't be read, newest first, without repetitions, and `whose` are the versions of each.
    """

    project: NormalizedName
    versions: VersionSet
    reason: Exclusion
    detail: tuple[str, ...]
    sources: tuple[str, ...]
    whose: tuple[VersionSet, ...] = ()

    @property
    def is_of_some(self) -> bool:
        """Whether there is a detail that is not that of all versions."""
        return any(one.count < self.versions.count for one in self.whose)


class Unmatched(msgspec.Struct, frozen=True):
    """A fact from the index: no version of `project` matches `specifier`.

    `found` is False where no index has the project. `newest` is its newest version that the
    target could use, None where there is none. `late` is the newest matching version that
    only the cut-off date leaves out, with the day of its upload where the index tells it.
    Where one version is asked for, `nearest` are those that exist and could have been meant,
    ascending: close to it as a text, or its neighbours. `first` is the first release of all, with
    its day, where the cut-off date leaves none.
    """

    project: NormalizedName
    specifier: str
    found: bool
    newest: Version | None
    late: tuple[Version, date | None] | None = None
    nearest: tuple[Version, ...] = ()
    first: tuple[Version, date] | None = None


Fact: TypeAlias = Needs | Excluded | Unmatched


class Step(msgspec.Struct, frozen=True):
    """One line of the story.

    `facts` are places in `Conflict.facts`; the first says what kind of step it is. `project`
    and `versions` are the subject. With Needs facts, the subject needs `target` in one of the
    versions `allowed` (None where the facts agree on one requirement text, `requirement`).
    `side` marks the steps that meet at the clash. `refutes` marks those whose subject is out
    because of what was told before.
    """

    project: NormalizedName
    extra: NormalizedName | None
    versions: VersionSet
    facts: tuple[int, ...]
    target: NormalizedName | None = None
    requirement: str | None = None
    allowed: VersionSet | None = None
    side: bool = False
    refutes: bool = False


class Conflict(msgspec.Struct, frozen=True):
    """Roots that can't be installed together, and why.

    `core` is in the order in which the roots were written; where the target's Python belongs to
    the conflict, it comes last (see `lines`). `minimal`: it is proved that each proper subset
    resolves; otherwise `interrupted` says what ended the search. `clash` is the
    project where the sides meet, None where the proof needs a case distinction. The steps are
    entailed by the facts, and contradict each other together with the core.
    """

    core: tuple[RootRequirement, ...]
    minimal: bool
    clash: NormalizedName | None
    steps: tuple[Step, ...]
    facts: tuple[Fact, ...]
    interrupted: str | None = None

    @property
    def lines(self) -> tuple[RootRequirement, ...]:
        """The core without the target's Python."""
        return tuple(root for root in self.core if root.origin.kind is not OriginKind.TARGET)

    @property
    def python(self) -> RootRequirement | None:
        """The target's Python, where it is proved that the lines resolve without its limits."""
        return next((root for root in self.core if root not in self.lines), None)


class ChangeAction(StrEnum):
    """What a change does to a root; the value stands in the JSON."""

    REPLACE = "replace"
    REMOVE = "remove"
    ADD = "add"
    PYTHON = "python"


class Change(msgspec.Struct, frozen=True):
    """One change to what the user wrote; `replacement` is None for a removal.

    `beside` is set for an addition: it comes after that line of the user's own, and `root` is
    the line that is added, without a number.
    """

    action: ChangeAction
    root: RootRequirement
    replacement: str | None
    beside: RootRequirement | None = None


class Fix(msgspec.Struct, frozen=True):
    """Changes that resolve the conflict at place `conflict`, verified by a resolution.

    `requirements` and `constraints` are the complete edited lists, in order, with the other
    conflicts repaired as well, so that they resolve; `resolution` is the witness. `only`: it is
    proved that no other change of as few lines works, the conflict does not rest on the target's
    Python, which could be changed too, and no other Python is among the fixes. `basis` is what the
    witness rests on.
    """

    conflict: int
    changes: tuple[Change, ...]
    only: bool
    verified: bool
    requirements: tuple[str, ...]
    constraints: tuple[str, ...]
    resolution: Mapping[NormalizedName, str]
    basis: Basis = Basis()

    @property
    def assumes(self) -> tuple[Assumption, ...]:
        """The picks of the witness whose needs only a build could tell for certain."""
        return self.basis.assumes


class DeadEnd(msgspec.Struct, frozen=True):
    """It is proved that no other version of this line alone resolves the conflict."""

    conflict: int
    root: RootRequirement


class UpstreamChange(msgspec.Struct, frozen=True):
    """What another project would have to loosen so that the user's lines hold as they are.

    Were there a release like `version` of `project` that says `loosened` and not `requirement`
    (lines of its metadata; `declares` is the latter in short), then the user's lines would
    resolve with the version `allowed` of `target`: they were solved again with such a release in
    its place, the conflicts other than `conflict` repaired by their first fixes, and `resolution`
    is the witness. Whether the project works with that version is not known. `chain` leads from
    `root`, a line of the conflict, to the project. `newest` is a newer release, which the lines
    do not allow and which objects as well.
    """

    conflict: int
    project: NormalizedName
    version: Version
    requirement: str
    declares: str
    loosened: str
    target: NormalizedName
    allowed: Version
    root: RootRequirement
    chain: tuple[Needs, ...]
    resolution: Mapping[NormalizedName, str]
    newest: Version | None = None


class Repair(msgspec.Struct, frozen=True):
    """Changes that resolve everything, verified by a resolution; `basis` as for a `Fix`."""

    changes: tuple[Change, ...]
    requirements: tuple[str, ...]
    constraints: tuple[str, ...]
    resolution: Mapping[NormalizedName, str]
    basis: Basis = Basis()

    @property
    def assumes(self) -> tuple[Assumption, ...]:
        """The picks of the witness whose needs only a build could tell for certain."""
        return self.basis.assumes


class Blocker(msgspec.Struct, frozen=True):
    """A line that keeps a wanted requirement out, and the first newer release that does not.

    `repair` moves the line to `first_release` and makes what changes go with it: a resolution
    verified it, and it is proved that no release in between works unless more is given up of
    the other lines. Where `first_release` is None it is `proved` that no newer release of the
    project helps, or where the line `can_stay`, that none does alone: other lines have to
    change. `needs` is what the `newest` release says of a wanted project, if that is against
    what is wanted. `interrupted` says what ended the search without a proof.
    """

    root: RootRequirement
    first_release: Version | None
    repair: Repair | None = None
    proved: bool = True
    can_stay: bool = False
    newest: Version | None = None
    needs: str | None = None
    interrupted: str | None = None

    @property
    def changes(self) -> tuple[Change, ...]:
        """The changes of `repair`, this line's first."""
        changes = self.repair.changes if self.repair else ()
        return tuple(sorted(changes, key=lambda change: change.root != self.root))


class Moved(msgspec.Struct, frozen=True):
    """A project whose version is another one with what is wanted; None: it is not installed."""

    project: NormalizedName
    before: str | None
    after: str | None


class Supposition(msgspec.Struct, frozen=True):
    """What was asked for on top of the user's requirements.

    `kept` are the roots that must stay for it, and `replaced` the user's own lines that it takes
    the place of. `moved` is set where nothing blocks it and the requirements resolve without
    it too: what it changes in the resolution.
    """

    wanted: tuple[str, ...]
    kept: tuple[RootRequirement | UnnamedRoot, ...]
    replaced: tuple[Change, ...] = ()
    moved: tuple[Moved, ...] | None = None


class Similar(msgspec.Struct, frozen=True):
    """No index has `missing`; there is a `project` whose name is close to it.

    `newest` is its newest release that suits the target and what is asked of the missing one.
    """

    missing: NormalizedName
    project: NormalizedName
    newest: Version


class Stats(msgspec.Struct, frozen=True):
    """Work done: seconds from the start of `explain`, and counts."""

    seconds_total: float = 0.0
    seconds_first_conflict: float | None = None
    requests: int = 0
    bytes: int = 0
    projects: int = 0
    metadata: int = 0
    rounds: int = 0
    solves: int = 0


class Findings(msgspec.Struct, frozen=True):
    """The answer to one problem.

    `roots` are the requirements and constraints that the question was about. `resolution` is
    set when the outcome is resolved. `undecided` is the sentence that says why, when the
    outcome is undecided; what was proved until then stays in `conflicts`.
    `supposition` is set, and `blockers` are looked for, where more was wanted than is written.
    `similar` are projects that exist where others that conflicts are about do not.
    `from_source` are the source distributions that the resolution would have to build.
    `unchecked` counts the requirements by URL or path that could not be read, and `partial` is what
    the others resolve to where, but for these, the outcome would be resolved.
    `requirements` is all that the user wrote, lines for other targets included, before anything
    was supposed.
    """

    outcome: Outcome
    target: Target
    roots: tuple[RootRequirement, ...]
    conflicts: tuple[Conflict, ...] = ()
    fixes: tuple[Fix, ...] = ()
    repair: Repair | None = None
    dead_ends: tuple[DeadEnd, ...] = ()
    resolution: Mapping[NormalizedName, str] | None = None
    notes: tuple[Note, ...] = ()
    undecided: str | None = None
    uploaded_before: str | None = None
    stats: Stats = Stats()
    supposition: Supposition | None = None
    blockers: tuple[Blocker, ...] = ()
    similar: tuple[Similar, ...] = ()
    upstream: tuple[UpstreamChange, ...] = ()
    from_source: tuple[Distribution, ...] = ()
    unchecked: int = 0
    partial: Mapping[NormalizedName, str] | None = None
    requirements: RequirementSet = RequirementSet(())
