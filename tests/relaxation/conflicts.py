"""Random questions that often conflict, what the program answers, and the truth about edits."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from msgspec.structs import replace
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from conflictlens.explanation.records import Change, ChangeAction, Findings, Fix, Repair
from conflictlens.pipeline import find
from conflictlens.requirements.records import RootRequirement
from conflictlens.resolution.budget import Budget
from tests.brute_force import Facts, Policy, Universe, admitting, resolutions, resolvable
from tests.properties.answers import resolves
from tests.properties.universes import PYTHON, Case

EXAMPLES = settings(
    max_examples=int(os.environ.get("CONFLICTLENS_EXAMPLES", "50")),
    derandomize=bool(os.environ.get("CI")),
    deadline=None,
)
"""The same examples on every run of CI; `CONFLICTLENS_EXAMPLES` asks for a campaign of so many."""

UNLIMITED = Budget()

Edits = Mapping[Any, str | None]
"""New texts of lines by place, roots before constraints; None drops the line.

A further line is its own text, at the place of the line that it comes after and this text.
"""


@dataclass(frozen=True)
class Answered:
    """A case with the program's answer."""

    case: Case
    upstream: bool = False

    @cached_property
    def findings(self) -> Findings:
        question = replace(self.case.question, upstream=self.upstream)
        return find(question, self.case.index, UNLIMITED)

    @property
    def lines(self) -> tuple[str, ...]:
        return (*self.case.roots, *self.case.constraints)

    def first_fixes(self) -> Iterator[Fix]:
        """The best fix of each conflict that can be mended by editing lines."""
        for number in range(len(self.findings.conflicts)):
            yield from self.edit_fixes(number)[:1]

    def edit_fixes(self, conflict: int) -> list[Fix]:
        return [
            fix
            for fix in self.findings.fixes
            if fix.conflict == conflict and not changes_python(fix)
        ]

    def place(self, root: RootRequirement) -> int:
        line = root.origin.line
        assert line is not None
        return line - 1 + (len(self.case.roots) if root.is_constraint else 0)

    def edits(self, changes: Iterable[Change]) -> dict[Any, str | None]:
        return {
            self._edited_place(change): change.replacement
            for change in changes
            if change.action is not ChangeAction.PYTHON
        }

    def _edited_place(self, change: Change) -> int | tuple[int, str]:
        if change.action is not ChangeAction.ADD:
            return self.place(change.root)
        assert change.beside is not None
        return self.place(change.beside), change.root.text

    def edited(self, edits: Edits) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Roots and constraints after these edits."""
        cut = len(self.case.roots)
        roots = (text for place in range(cut) for text in self._texts(place, edits))
        places = range(cut, len(self.lines))
        limits = (text for place in places for text in self._texts(place, edits))
        return _kept(roots), _kept(limits)

    def _texts(self, place: int, edits: Edits) -> Iterator[str | None]:
        """A line as it reads after the edits, and the lines that are added behind it."""
        yield edits.get(place, self.lines[place])
        yield from (text for at, text in edits.items() if isinstance(at, tuple) and at[0] == place)

    def mends_several(self, place: Any) -> bool:
        """Whether the first fixes of several conflicts change this line."""
        first = [self.edits(fix.changes) for fix in self.first_fixes()]
        return sum(place in edits for edits in first) > 1

    def resolves(self, edits: Edits) -> bool:
        """The truth about the edited lines, under pip's policy."""
        roots, limits = self.edited(edits)
        policy = admitting(Policy(python=PYTHON), (*roots, *limits))
        return resolvable(roots, self.case.reference, policy, limits) is not None

    def opting_in_helps(self, taken: Collection[Any] = ()) -> bool:
        """Whether one line that lets in pre-releases of one project does; not one of those `taken`.

        A line about the project asks for a pre-release, or for that and later ones. A constraint
        stands for a line to add: it asks for nothing that is not needed anyway.
        """
        own = [canonicalize_name(Requirement(text).name) for text in self.lines]
        for name, versions in self.case.universe.items():
            places = [place for place, line in enumerate(own) if line == name]
            for version in filter(lambda version: version.is_prerelease, versions):
                for text in (f"{name}=={version}", f"{name}>={version}"):
                    if not places and self._resolves_limited(text):
                        return True
                    if any(self.resolves({at: text}) for at in places if at not in taken):
                        return True
        return False

    def _resolves_limited(self, limit: str) -> bool:
        return resolves(dataclasses.replace(self.case, constraints=(*self.case.constraints, limit)))

    def core_places(self, conflict: int) -> frozenset[int]:
        return frozenset(map(self.place, self.findings.conflicts[conflict].lines))

    def any_version(self, place: int) -> str | None:
        """The line without its specifier; None for a constraint, which then says nothing."""
        return None if place >= len(self.case.roots) else without_specifier(self.lines[place])

    def loosenable(self, place: int) -> bool:
        return bool(Requirement(self.lines[place]).specifier)


def changes_python(fix: Fix) -> bool:
    return any(change.action is ChangeAction.PYTHON for change in fix.changes)


def without_specifier(text: str) -> str:
    requirement = Requirement(text)
    requirement.specifier = SpecifierSet()
    return str(requirement)


def _kept(texts: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(text for text in texts if text is not None)


def is_a_resolution(case: Case, given: Fix | Repair) -> bool:
    """Whether the witness is one of the resolutions that brute force lists for the texts."""
    policy = admitting(Policy(python=python_of(given)), (*given.requirements, *given.constraints))
    universe = universe_on(case, policy.python)
    every = resolutions(given.requirements, universe, policy, given.constraints)
    return parsed(given.resolution) in list(every)


def parsed(resolution: Mapping[NormalizedName, str]) -> dict[NormalizedName, Version]:
    return {name: Version(text) for name, text in resolution.items()}


def python_of(given: Fix | Repair) -> str:
    for change in given.changes:
        if change.action is ChangeAction.PYTHON:
            assert change.replacement is not None
            return change.replacement
    return PYTHON


def universe_on(case: Case, python: str) -> Universe:
    """The universe for brute force on some Python, see `Case.reference`."""
    if not case.hidden:
        return case.universe
    return {
        name: {version: _unannounced(facts, python) for version, facts in versions.items()}
        for name, versions in case.universe.items()
    }


def _unannounced(facts: Facts, python: str) -> Facts:
    if SpecifierSet(facts.requires_python or "").contains(f"{python}.0"):
        return facts
    return dataclasses.replace(facts, requires=("another-python",), requires_python=None)


def subsets(places: Collection[int], size: int) -> Iterator[frozenset[int]]:
    return map(frozenset, combinations(sorted(places), size))


_NAMES = "abcde"
_VERSIONS = ("1", "1.1", "2", "3")
_NARROW = (
    *("==1", "==1.1", "==2", "==3", "<2", "<3", "<=1", "<=1.1", ">=1.1", ">=2", ">=3", ">1"),
    *("==1.*", "~=1.0", ">=1.1,<3", "!=3", "!=2,<3", ">1,<=2"),
)
_WIDE = (*_NARROW, "", "", "")


_WITH_PRE_RELEASES = ("1", "1.1", "2", "2a1", "3rc1", "3rc2")


@st.composite
def crowded(draw: st.DrawFn, versions: tuple[str, ...] = _VERSIONS) -> Case:
    """Lines that pin and cap more than is good for them; projects that ask for versions of others.

    All projects exist and all versions suit the target, so that it takes several lines to make a
    conflict.
    """
    names = _NAMES[: draw(st.integers(2, len(_NAMES)))]
    texts = st.builds(str.__add__, st.sampled_from(names), st.sampled_from(_NARROW))
    written = st.builds(str.__add__, st.sampled_from(names), st.sampled_from(_WIDE))
    releases = st.lists(texts, max_size=2).map(tuple).map(Facts)
    return Case(
        tuple(draw(st.lists(written, min_size=2, max_size=5))),
        tuple(draw(st.lists(texts, max_size=2))),
        {
            name: draw(
                st.dictionaries(
                    st.sampled_from(versions).map(Version), releases, min_size=2, max_size=4
                )
            )
            for name in names
        },
    )


def awaited() -> st.SearchStrategy[Case]:
    """The same, with releases that are not out yet: pre-releases that nobody has asked for."""
    return crowded(_WITH_PRE_RELEASES)
