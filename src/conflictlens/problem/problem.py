"""One question: can these roots be installed together on this target from this index?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import compress
from operator import not_

import msgspec
from msgspec.structs import replace

from conflictlens.errors import mask_credentials
from conflictlens.index.records import Index, UncheckedReference
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


class Problem(msgspec.Struct, frozen=True):
    """Everything an answer depends on.

    `roots` are the requirements and constraints that apply to the target, in the order in
    which they were written; a constraint restricts a project without asking for it.
    `references` maps the URL of a direct reference to what is behind it: where a project has
    one, its other versions do not count (pip's rule). `policy` is the admission that was asked
    for, `admission` what it comes to with these roots. `catalogue` is shared by problems that
    differ in roots and admission alone. `any_python`: see `on_any_python`.
    """

    roots: tuple[RootRequirement, ...]
    target: Target
    admission: Admission
    policy: Admission
    index: Index
    catalogue: Catalogue
    references: Mapping[str, Reference] = msgspec.field(default_factory=dict)
    notes: tuple[Note, ...] = ()
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
            admission=self.policy.opening(_doors(roots)),
            references=references,
            catalogue=catalogue,
        )


def pose(
    requirements: RequirementSet, target: Target, admission: Admission, index: Index
) -> Problem:
    """The problem that a user's requirements pose for one target.

    Roots whose marker is false for the target are left out; direct references are looked up
    now, and those whose metadata can't be had are left out with a note.
    """
    written = (*requirements.roots, *requirements.constraints)
    fits = [applies(root, target) for root in written]
    applicable = list(compress(written, fits))
    notes = [Note(NoteKind.REQUIREMENTS, text) for text in requirements.notes]
    others = compress(written, map(not_, fits))
    notes += [_not_for_target(root, target) for root in others]
    index.prefetch([r.name for r in applicable if isinstance(r, RootRequirement) and not r.url])
    roots: list[RootRequirement] = []
    references: dict[str, Reference] = {}
    for root in applicable:
        match _look_up(root, index):
            case RootRequirement() as plain:
                roots.append(plain)
            case (RootRequirement() as named, Reference() as reference):
                roots.append(named)
                references[reference.distribution.url] = reference
            case UncheckedReference() as unchecked:
                notes.append(_unchecked(root, unchecked))
    opened = admission.opening(_doors(roots))
    return Problem(
        tuple(roots),
        target,
        opened,
        admission,
        index,
        Catalogue(index, target, admission, references),
        references,
        tuple(notes),
    )


def applies(root: RootRequirement | UnnamedRoot, target: Target) -> bool:
    return root.marker is None or root.marker.evaluate({**target.markers, "extra": ""})


def _look_up(
    root: RootRequirement | UnnamedRoot, index: Index
) -> RootRequirement | tuple[RootRequirement, Reference] | UncheckedReference:
    if isinstance(root, RootRequirement) and root.url is None:
        return root
    found = index.reference(root.url or "")
    if isinstance(found, UncheckedReference):
        return found
    distribution, metadata = found
    named = RootRequirement(
        text=root.text,
        name=distribution.project,
        origin=root.origin,
        extras=root.extras,
        marker=root.marker,
        url=distribution.url,
        hashes=root.hashes,
        editable=root.editable,
    )
    return named, Reference(distribution, metadata)


def _doors(roots: Sequence[RootRequirement]) -> Iterable[Door]:
    for root in roots:
        if names_prerelease(root.versions):
            yield Door(root.name, Exclusion.PRERELEASE)
        for version in pins(root.versions):
            yield Door(root.name, Exclusion.YANKED, version)


def _not_for_target(root: RootRequirement | UnnamedRoot, target: Target) -> Note:
    text = f"{root.origin}: {root.text} is not for this target, its marker is false"
    return Note(NoteKind.NOT_FOR_TARGET, text)


def _unchecked(root: RootRequirement | UnnamedRoot, unchecked: UncheckedReference) -> Note:
    text = f"{root.origin}: {mask_credentials(root.text)} is unchecked: {unchecked.reason}"
    return Note(NoteKind.UNCHECKED_REFERENCE, text)
