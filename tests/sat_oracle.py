"""A second opinion on universes too large for brute force: everything encoded for CaDiCaL.

One variable per version and per extra of a project, one per fact "this requirement is in
force"; pip's policy for pre-releases and yanked versions is part of the encoding. Nothing is
shared with the package.

Requirements in force support what they ask for. A model may hold projects that only support
each other; those are found and ruled out by a loop clause (Lin and Zhao, "ASSAT", AAAI 2002).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import combinations

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version
from pysat.solvers import Solver

from tests.brute_force import PLAIN, Policy, Universe

Subject = tuple[str, str]
"""A project and one of its extras, or the empty string for the project itself."""


@dataclass(frozen=True)
class _Line:
    """A requirement and the literal that says that it is in force."""

    requirement: Requirement
    literal: int
    dependant: Subject | None

    @cached_property
    def name(self) -> str:
        return canonicalize_name(self.requirement.name)

    @cached_property
    def subjects(self) -> list[Subject]:
        extras = map(canonicalize_name, self.requirement.extras)
        return [(self.name, ""), *((self.name, extra) for extra in extras)]


def resolution(
    roots: Sequence[str],
    universe: Universe,
    policy: Policy = PLAIN,
    constraints: Sequence[str] = (),
) -> dict[str, Version] | None:
    """One resolution, or None when there is none."""
    encoding = _Encoding(universe, policy)
    return encoding.resolution(roots, constraints)


class _Encoding:
    def __init__(self, universe: Universe, policy: Policy) -> None:
        self._universe = universe
        self._policy = policy
        self._count = 0
        self._clauses: list[list[int]] = []
        self._picks: dict[str, dict[Version, int]] = {}
        self._subjects: dict[Subject, int] = {}
        self._lines: list[_Line] = []

    def resolution(
        self, roots: Sequence[str], constraints: Sequence[str]
    ) -> dict[str, Version] | None:
        self._state(roots, constraints)
        with Solver(name="cadical153", bootstrap_with=self._clauses) as solver:
            while solver.solve():
                model = set(solver.get_model() or ())
                floating = self._floating(model)
                if not floating:
                    return {
                        name: version
                        for name, picks in self._picks.items()
                        for version, pick in picks.items()
                        if pick in model
                    }
                outside = [one.literal for one in self._support(floating)]
                for subject in floating:
                    solver.add_clause([-self._subjects[subject], *outside])
        return None

    def _state(self, roots: Sequence[str], constraints: Sequence[str]) -> None:
        for name, versions in self._universe.items():
            self._picks[name] = {version: self._variable() for version in versions}
            self._at_most_one(list(self._picks[name].values()))
        truth = self._variable()
        self._clauses.append([truth])
        for text in roots:
            self._line(_parsed(text), truth, None, "")
        for name, versions in self._universe.items():
            for version in versions:
                self._release(name, version)
        limits = [_Line(_parsed(text), truth, None) for text in constraints]
        for line in self._lines:
            self._require(line)
        for limit in limits:
            self._reject(limit)
        for subject, literal in self._subjects.items():
            self._clauses.append([-literal, *(one.literal for one in self._lines_on(subject))])
        for name, versions in self._universe.items():
            on_it = [line for line in (*self._lines, *limits) if line.name == name]
            asked = self._subject((name, ""))
            self._clauses.append([-asked, *self._picks[name].values()])
            for version in versions:
                self._clauses.append([-self._picks[name][version], asked])
                self._admit(name, version, on_it)

    def _variable(self) -> int:
        self._count += 1
        return self._count

    def _subject(self, subject: Subject) -> int:
        if subject not in self._subjects:
            self._subjects[subject] = self._variable()
        return self._subjects[subject]

    def _at_most_one(self, literals: Sequence[int]) -> None:
        self._clauses.extend([-one, -other] for one, other in combinations(literals, 2))

    def _release(self, name: str, version: Version) -> None:
        facts = self._universe[name][version]
        pick = self._picks[name][version]
        for requirement in map(_parsed, facts.requires):
            plain = requirement.marker is None or self._holds(requirement, "")
            if plain:
                self._line(requirement, pick, (name, ""), "")
                continue
            for extra in _extras_in(requirement):
                if self._holds(requirement, extra):
                    both = self._variable()
                    asked = self._subject((name, extra))
                    self._clauses += [[-both, pick], [-both, asked], [both, -pick, -asked]]
                    self._line(requirement, both, (name, extra), extra)

    def _holds(self, requirement: Requirement, extra: str) -> bool:
        environment = {"python_version": self._policy.python, "extra": extra}
        return requirement.marker is None or requirement.marker.evaluate(environment)

    def _line(
        self, requirement: Requirement, literal: int, dependant: Subject | None, extra: str
    ) -> None:
        if self._holds(requirement, extra):
            self._lines.append(_Line(requirement, literal, dependant))

    def _require(self, line: _Line) -> None:
        for subject in line.subjects:
            self._clauses.append([-line.literal, self._subject(subject)])
        if line.name not in self._universe:
            self._clauses.append([-line.literal])
        self._reject(line)

    def _reject(self, line: _Line) -> None:
        for version, pick in self._picks.get(line.name, {}).items():
            if not _allows(line.requirement.specifier, version):
                self._clauses.append([-line.literal, -pick])

    def _lines_on(self, subject: Subject) -> list[_Line]:
        return [line for line in self._lines if subject in line.subjects]

    def _admit(self, name: str, version: Version, on_it: Sequence[_Line]) -> None:
        """pip's policy for one version, given the requirements and constraints on its project."""
        facts, pick = self._universe[name][version], self._picks[name][version]
        policy = self._policy
        if not self._usable(name, version):
            self._clauses.append([-pick])
        if facts.yanked and name not in policy.pinned:
            pins = [one.literal for one in on_it if _pins(one.requirement.specifier)]
            self._clauses.append([-pick, *pins])
        if version.is_prerelease and not policy.pre and name not in policy.opted_in:
            naming = [one.literal for one in on_it if one.requirement.specifier.prereleases]
            for final in self._universe[name]:
                if not final.is_prerelease and self._usable(name, final):
                    against = [
                        one.literal
                        for one in on_it
                        if not _allows(one.requirement.specifier, final)
                    ]
                    self._clauses.append([-pick, *naming, *against])

    def _usable(self, name: str, version: Version) -> bool:
        facts = self._universe[name][version]
        python = SpecifierSet(facts.requires_python or "")
        return facts.installable and _allows(python, Version(self._policy.python))

    def _floating(self, model: set[int]) -> set[Subject]:
        """What the model holds although nothing that the roots lead to asks for it."""
        reached: set[Subject] = set()
        todo: list[Subject | None] = [None]
        while todo:
            dependant = todo.pop()
            for line in self._lines:
                if line.dependant == dependant and line.literal in model:
                    new = [subject for subject in line.subjects if subject not in reached]
                    reached.update(new)
                    todo.extend(new)
        return {
            subject
            for subject, literal in self._subjects.items()
            if literal in model and subject not in reached
        }

    def _support(self, floating: set[Subject]) -> Iterable[_Line]:
        for line in self._lines:
            if line.dependant not in floating and not floating.isdisjoint(line.subjects):
                yield line


@cache
def _parsed(text: str) -> Requirement:
    return Requirement(text)


@cache
def _allows(specifier: SpecifierSet, version: Version) -> bool:
    return specifier.contains(version, prereleases=True)


def _pins(specifier: SpecifierSet) -> bool:
    return any(
        part.operator == "===" or (part.operator == "==" and not part.version.endswith(".*"))
        for part in specifier
    )


def _extras_in(requirement: Requirement) -> list[str]:
    """The extras that a marker of these tests can name."""
    return [extra for extra in ("x", "y") if f'extra == "{extra}"' in str(requirement.marker)]
