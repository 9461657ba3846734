"""Random questions about small universes, and how they are put before the program."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from hypothesis import strategies as st
from msgspec.structs import replace
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from conflictlens.index.memory import MemoryIndex, wheel
from conflictlens.problem.problem import Problem, pose
from conflictlens.problem.universe import Universe as ProblemUniverse
from conflictlens.question import Question
from conflictlens.requirements.records import (
    Origin,
    OriginKind,
    RequirementSet,
    RootRequirement,
)
from conflictlens.target import target_for
from tests.brute_force import Facts, Universe

PYTHON = "3.11"
TARGET = target_for(PYTHON, "linux")


@dataclass(frozen=True)
class Case:
    """Roots, constraints and the universe that they are about.

    With `hidden`, the index does not announce Requires-Python: only the metadata says it.
    """

    roots: tuple[str, ...]
    constraints: tuple[str, ...]
    universe: Universe
    hidden: bool = False

    @property
    def index(self) -> MemoryIndex:
        """A new index of the universe."""
        facts = []
        for name, versions in self.universe.items():
            for version, release in versions.items():
                file, metadata = wheel(name, str(version), release.requires)
                announced = None if self.hidden else release.requires_python
                file = replace(
                    file,
                    requires_python=announced,
                    yanked="broken" if release.yanked else None,
                )
                facts.append((file, replace(metadata, requires_python=release.requires_python)))
        return MemoryIndex(facts, empty=map(canonicalize_name, self.universe))

    @property
    def reference(self) -> Universe:
        """The universe for brute force.

        pip finds a Requires-Python that is not announced only after it picked the version, as
        if that needed something which does not exist.
        """
        if not self.hidden:
            return self.universe
        return {
            name: {version: _unannounced(facts) for version, facts in versions.items()}
            for name, versions in self.universe.items()
        }

    @property
    def without_python(self) -> Universe:
        """The universe of which every version suits every Python."""
        return {
            name: {
                version: dataclasses.replace(facts, requires_python=None)
                for version, facts in all_of.items()
            }
            for name, all_of in self.universe.items()
        }

    def known_to(self, universe: ProblemUniverse) -> Universe:
        """What brute force should go by for one of the program's universes."""
        return self.without_python if universe.problem.any_python else self.reference

    @property
    def question(self) -> Question:
        return Question(requirement_set(self.roots, self.constraints), TARGET)

    @property
    def problem(self) -> Problem:
        question = self.question
        return pose(question.requirements, question.target, question.admission, self.index)


def _unannounced(facts: Facts) -> Facts:
    if SpecifierSet(facts.requires_python or "").contains(f"{PYTHON}.0"):
        return facts
    return dataclasses.replace(facts, requires=("another-python",), requires_python=None)


def requirement_set(roots: tuple[str, ...], constraints: tuple[str, ...] = ()) -> RequirementSet:
    """Roots and constraints as if read from the files ``r`` and ``c``, one per line."""
    return RequirementSet(
        tuple(
            _root(text, Origin(OriginKind.REQUIREMENT, "r", line))
            for line, text in enumerate(roots, 1)
        ),
        tuple(
            _root(text, Origin(OriginKind.CONSTRAINT, "c", line))
            for line, text in enumerate(constraints, 1)
        ),
    )


def _root(text: str, origin: Origin) -> RootRequirement:
    parsed = Requirement(text)
    return RootRequirement(
        text=text,
        name=canonicalize_name(parsed.name),
        origin=origin,
        versions=str(parsed.specifier),
        extras=frozenset(map(canonicalize_name, parsed.extras)),
        marker=parsed.marker,
    )


_NAMES = "abcde"
_STABLE = ("1", "1.1", "2", "3")
_ANY = (*_STABLE, "1.1", "2", "3a1", "2.1.dev1", "2.post1", "2+l")
_SPECIFIERS = (
    *("", "", "", "", "", ">=1", ">=1", ">=1.1", ">=2", ">=3", "<2", "<3", "<=1", "<=1.1"),
    *(">1", ">2", "==1", "==2", "!=1", "!=2", "!=3", "==1.*", "!=1.*", "~=1.0", ">=1.1,<3"),
    "===2",
)
_NAMING_PRERELEASES = (*_SPECIFIERS, ">=3a1", "==3a1", ">=2.1.dev1", "==2.post1", "==2+l", "<3a2")
_EXTRAS = ("", "", "", "", "", "[x]", "[y]", "[x,y]")
_MARKERS = (
    *("", "", "", "", "", '; extra == "x"', '; extra == "x"', '; extra == "y"'),
    *('; python_version < "3"', '; python_version > "3" and extra == "x"'),
)
_PYTHONS = (*(None,) * 8, ">=3.8", "<3.11", ">=3.12")


@st.composite
def requirement_texts(
    draw: st.DrawFn, names: str, specifiers: tuple[str, ...], markers: tuple[str, ...]
) -> str:
    name = draw(st.sampled_from([*(names * 4), "missing"] if markers else names))
    marker = draw(st.sampled_from(markers)) if markers else ""
    extras = draw(st.sampled_from(_EXTRAS))
    return f"{name}{extras}{draw(st.sampled_from(specifiers))}{marker}"


@st.composite
def cases(draw: st.DrawFn, *, withheld: bool = True) -> Case:
    """Questions small enough for brute force; `withheld`: with pre-releases and yanked ones.

    The graphs have cycles, projects that need themselves, extras of extras and missing projects.
    """
    names = _NAMES[: draw(st.integers(2, len(_NAMES)))]
    specifiers = _NAMING_PRERELEASES if withheld else _SPECIFIERS
    pool = st.sampled_from(_ANY if withheld else _STABLE)
    lines = requirement_texts(names, specifiers, _MARKERS)
    releases = st.builds(
        Facts,
        requires=st.lists(lines, max_size=2).map(tuple),
        requires_python=st.sampled_from(_PYTHONS),
        yanked=st.sampled_from((False,) * 5 + (True,)) if withheld else st.just(False),
    )
    return Case(
        tuple(draw(st.lists(requirement_texts(names, specifiers, ()), min_size=1, max_size=4))),
        tuple(draw(st.lists(_constraints(names, specifiers), max_size=2))),
        {
            name: draw(st.dictionaries(pool.map(Version), releases, min_size=1, max_size=4))
            for name in names
        },
        draw(st.booleans()),
    )


@st.composite
def _constraints(draw: st.DrawFn, names: str, specifiers: tuple[str, ...]) -> str:
    return draw(st.sampled_from(names)) + draw(st.sampled_from(specifiers))
