"""One question: can these roots be installed together on this target from this index?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import compress
from operator import not_

import msgspec
from msgspec.structs import replace

from conflictlens.errors import (
    BadLine,
    BudgetSpent,
    IndexFailure,
    ReferenceUnchecked,
    RequirementsError,
    mask_credentials,
)
from conflictlens.index.records import Distribution, Index, Metadata, UncheckedReference
from conflictlens.names import canonicalize_name
from conflictlens.problem.admission import Admission, Door, names_prerelease, pins
from conflictlens.problem.catalogue import Catalogue, Reference
from conflictlens.problem.notes import Note, NoteKind
from conflictlens.problem.releases import Exclusion
from conflictlens.requirements.records import (
    Origin,
    OriginKind,
    RequirementSet,
    RootRequirement,
    UnnamedRoot,
)
from conflictlens.target import Target

Root = RootRequirement | UnnamedRoot


class Problem(msgspec.Struct, frozen=True):
    """Everything an answer depends on.

    `roots` are the requirements and constraints that apply to the target, in the order in
    which they were written; a constraint restricts a project without asking for it.
    `references` maps the URL of a direct reference to what is behind it: where a project has
    one, its other versions do not count (pip's rule; see `with_others`). `policy` is the admission
    that was asked for, `admission` what it comes to with these roots. `catalogue` is shared by
    problems that differ in roots and admission alone. `unchecked` are the requirements by URL or
    path that are left out of `roots`, since what they need can't be had. `any_python`: see
    `on_any_python`.
    """

    roots: tuple[RootRequirement, ...]
    target: Target
    admission: Admission
    policy: Admission
    index: Index
    catalogue: Catalogue
    references: Mapping[str, Reference] = msgspec.field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    unchecked: tuple[ReferenceUnchecked, ...] = ()
    any_python: bool = False

    @property
    def python(self) -> RootRequirement:
        """The target's Python as if it were a line: a member of a core, or what a fix changes."""
        text, name = f"Python {self.target.python}", canonicalize_name("python")
        return RootRequirement(text, name, Origin(OriginKind.TARGET))

    def on_any_python(self) -> Problem:
        """The same question, had the target's Python nothing to say about what may be picked.

        All that is admitted for the target stays admitted, so what conflicts here conflicts
        there too. Markers are evaluated for the target as before.
        """
        return replace(self, catalogue=self.catalogue.on_any_python(), any_python=True)

    def tolerating(self) -> Problem:
        """The same question, where what the index fails for is taken to ask for nothing."""
        return replace(self, catalogue=self.catalogue.tolerating())

    def with_others(self) -> Problem:
        """The same question, put so that lines by URL or path can be left out of it.

        The other versions of their projects are there, and it is those lines that rule them out. So
        the answer is the same, and a core names such a line where it needs it.
        """
        return replace(self, catalogue=self.catalogue.with_others())

    def with_admission(self, admission: Admission) -> Problem:
        return replace(self, admission=admission)

    def with_roots(self, roots: Sequence[RootRequirement]) -> Problem:
        """The same question about other roots, whose admission is decided anew."""
        named = {root.url for root in roots}
        references = {url: one for url, one in self.references.items() if url in named}
        catalogue = self.catalogue
        if len(references) < len(self.references):
            catalogue = catalogue.about(references)
        return replace(
            self,
            roots=tuple(roots),
            admission=self.policy.opening(_doors(roots, references)),
            references=references,
            catalogue=catalogue,
        )


def pose(
    requirements: RequirementSet, target: Target, admission: Admission, index: Index
) -> Problem:
    """The problem that a user's requirements pose for one target.

    Roots whose marker is false for the target are left out; direct references are looked up
    now, and those whose metadata can't be had are left out with a note: their projects, where they
    have a name, are unread (see `unread`). Raises RequirementsError for those that nobody can
    install from.
    """
    written = (*requirements.roots, *requirements.constraints)
    fits = [applies(root, target) for root in written]
    applicable = list(compress(written, fits))
    notes = [Note(NoteKind.REQUIREMENTS, text) for text in requirements.notes]
    others = compress(written, map(not_, fits))
    notes += [_not_for_target(root, target) for root in others]
    index.prefetch([r.name for r in applicable if isinstance(r, RootRequirement) and not r.url])
    found = _looked_up(applicable, index)
    notes += [Note(NoteKind.UNCHECKED_REFERENCE, str(failure)) for _, failure in found.unchecked]
    unread = {r.name: failure for r, failure in found.unchecked if isinstance(r, RootRequirement)}
    return Problem(
        tuple(found.roots),
        target,
        admission.opening(_doors(found.roots, found.references)),
        admission,
        index,
        Catalogue(index, target, admission, found.references, unchecked=unread),
        found.references,
        tuple(notes),
        # A constraint only matters where something asks for its project.
        tuple(failure for root, failure in found.unchecked if not _is_constraint(root)),
    )


def applies(root: Root, target: Target) -> bool:
    return root.marker is None or root.marker.evaluate({**target.markers, "extra": ""})


class _LookedUp(msgspec.Struct):
    """The roots of a problem, what is behind those by URL or path, and which are left out, why."""

    roots: list[RootRequirement] = msgspec.field(default_factory=list)
    references: dict[str, Reference] = msgspec.field(default_factory=dict)
    unchecked: list[tuple[Root, ReferenceUnchecked]] = msgspec.field(default_factory=list)


def _looked_up(written: Iterable[Root], index: Index) -> _LookedUp:
    """Raises RequirementsError with all that nobody can install from."""
    found, bad = _LookedUp(), []
    for root in written:
        if isinstance(root, RootRequirement) and root.url is None:
            found.roots.append(root)
            continue
        match _reference(root, index):
            case UncheckedReference(_, reason, True) if not _is_constraint(root):
                bad.append(_bad_line(root, reason))
            case UncheckedReference(url, reason):
                found.unchecked.append((root, _unchecked(root, url, reason)))
            case (distribution, metadata):
                found.roots.append(_named(root, distribution))
                found.references[distribution.url] = Reference(distribution, metadata)
    if bad:
        raise RequirementsError(tuple(bad))
    return found


def _reference(root: Root, index: Index) -> tuple[Distribution, Metadata] | UncheckedReference:
    """Where a host fails for a URL, what the other requirements come to can still be told."""
    try:
        return index.reference(root.url or "")
    except BudgetSpent:
        raise
    except IndexFailure as failure:
        return UncheckedReference(root.url or "", str(failure))


def _unchecked(root: Root, url: str, reason: str) -> ReferenceUnchecked:
    named = isinstance(root, RootRequirement)
    return ReferenceUnchecked(str(root.origin), root.text, url, reason, named=named)


def _is_constraint(root: Root) -> bool:
    return root.origin.kind is OriginKind.CONSTRAINT


def _bad_line(root: Root, reason: str) -> BadLine:
    path = root.origin.path or str(root.origin.kind)
    return BadLine(path, root.origin.line, mask_credentials(root.text), reason)


def _named(root: Root, distribution: Distribution) -> RootRequirement:
    return RootRequirement(
        text=root.text,
        name=distribution.project,
        origin=root.origin,
        extras=root.extras,
        marker=root.marker,
        url=distribution.url,
        hashes=root.hashes,
        editable=root.editable,
    )


def _doors(roots: Sequence[RootRequirement], references: Mapping[str, Reference]) -> Iterable[Door]:
    for root in roots:
        if root.url is not None and root.url in references:
            # What is named by URL counts, whichever others there are.
            named = references[root.url].distribution.version
            yield Door(root.name, Exclusion.PRERELEASE, str(named))
        if names_prerelease(root.versions):
            yield Door(root.name, Exclusion.PRERELEASE)
        for version in pins(root.versions):
            yield Door(root.name, Exclusion.YANKED, version)


def _not_for_target(root: Root, target: Target) -> Note:
    text = f"{root.origin}: {root.text} is not for this target, its marker is false"
    return Note(NoteKind.NOT_FOR_TARGET, text)
