"""What the given requirements need: versions that fit together, and tools for what is built."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec
from packaging.specifiers import SpecifierSet

from conflictlens.doctor.records import Check, CheckId, State, Value
from conflictlens.doctor.toolchain import Demand, Demands
from conflictlens.errors import IndexFailure
from conflictlens.explanation.records import Findings, Outcome
from conflictlens.index.build_needs import BuildNeeds, SourceReader, Unread, read_folder_needs
from conflictlens.index.records import Distribution, Index, UncheckedReference
from conflictlens.index.references import SourceArchive, SourceFolder, classify
from conflictlens.problem.problem import applies
from conflictlens.requirements.records import RequirementSet, RootRequirement, UnnamedRoot
from conflictlens.target import Target

Root = RootRequirement | UnnamedRoot

_MOST = 20
"""Of so many releases the sources are looked into; each is a file to be loaded."""


class Build(msgspec.Struct, frozen=True):
    """A release that has no wheel for the target."""

    name: str
    needs: BuildNeeds | Unread


def probe_builds(findings: Findings, index: Index) -> tuple[Build, ...]:
    """What would be built, and what that needs as far as its sources tell."""
    looked = [
        Build(f"{one.project} {one.version}", _needs(one, index, number))
        for number, one in enumerate(findings.from_source)
    ]
    known = {one.url for one in findings.from_source}
    rest = [
        Build(root.text, needs)
        for root in _references(findings.requirements, findings.target)
        if root.url not in known and (needs := _needs_of_reference(root.url or "")) is not None
    ]
    return (*looked, *rest)


def _needs(distribution: Distribution, index: Index, number: int) -> BuildNeeds | Unread:
    if number >= _MOST or not isinstance(index, SourceReader):
        return Unread("it was not looked into")
    try:
        return index.build_needs(distribution)
    except IndexFailure as failure:
        return Unread(failure.reason)


def _needs_of_reference(url: str) -> BuildNeeds | Unread | None:
    """Of what was left out of the resolution, since only a build tells what it needs itself."""
    match classify(url):
        case SourceFolder(path):
            return read_folder_needs(path)
        case SourceArchive():
            return Unread("it was not looked into")
        case UncheckedReference(_, reason) if _tool(url):
            return Unread(reason)
        case _:
            return None


def _references(requirements: RequirementSet, target: Target) -> Iterator[Root]:
    return (root for root in requirements.roots if root.url and applies(root, target))


def _tool(url: str) -> str:
    """The version control of a URL such as ``git+https://…``; empty for any other."""
    scheme, separator, _ = url.partition("://")
    return scheme.partition("+")[0].lower() if separator and "+" in scheme else ""


def demands(
    requirements: RequirementSet, target: Target, builds: Iterable[Build] | None
) -> Demands:
    """`builds` is None where it is not known what would be built."""
    git = any(_tool(root.url or "") == "git" for root in _references(requirements, target))
    needs_git = Demand.CERTAIN if git else Demand.NONE
    if builds is None:
        return Demands(git=needs_git)
    needs = [build.needs for build in builds]
    return Demands(
        _demand([one if isinstance(one, Unread) else one.compiles for one in needs]),
        _demand([one if isinstance(one, Unread) else one.rust for one in needs]),
        needs_git,
    )


def _demand(needs: list[bool | Unread]) -> Demand:
    if True in needs:
        return Demand.CERTAIN
    return Demand.POSSIBLE if any(isinstance(one, Unread) for one in needs) else Demand.NONE


def judge_requirements(findings: Findings) -> Check:
    facts: dict[str, Value] = {"conflicts": len(findings.conflicts)}
    match findings.outcome:
        case Outcome.RESOLVED:
            facts["packages"] = len(findings.resolution or ())
            return Check(CheckId.REQUIREMENTS, State.REQUIREMENTS_RESOLVE, facts)
        case Outcome.CONFLICT:
            return Check(CheckId.REQUIREMENTS, State.REQUIREMENTS_CONFLICT, facts)
        case Outcome.UNDECIDED:
            facts["reason"] = findings.undecided or ""
            return Check(CheckId.REQUIREMENTS, State.REQUIREMENTS_UNDECIDED, facts)


def judge_builds(builds: tuple[Build, ...] | None) -> Check:
    if builds is None:
        return Check(CheckId.BUILDS, State.BUILDS_UNDECIDED)
    if not builds:
        return Check(CheckId.BUILDS, State.BUILDS_NONE)
    compiled = _named(one for one in builds if _compiles(one.needs))
    unread = _named(one for one in builds if isinstance(one.needs, Unread))
    facts: dict[str, Value] = {
        "built": _named(builds),
        "compiled": compiled,
        "rust": _named(one for one in builds if _wants_rust(one.needs)),
        "unread": unread,
    }
    if compiled:
        return Check(CheckId.BUILDS, State.BUILDS_COMPILED, facts)
    return Check(CheckId.BUILDS, State.BUILDS_UNCLEAR if unread else State.BUILDS_PLAIN, facts)


def _compiles(needs: BuildNeeds | Unread) -> bool:
    return isinstance(needs, BuildNeeds) and needs.compiles


def _wants_rust(needs: BuildNeeds | Unread) -> bool:
    return isinstance(needs, BuildNeeds) and needs.rust


def _named(builds: Iterable[Build]) -> tuple[str, ...]:
    return tuple(build.name for build in builds)


def judge_project(requirements: RequirementSet, target: Target) -> Check | None:
    """Whether the project that was read allows this Python; None where it does not say."""
    needed = requirements.requires_python
    if not needed:
        return None
    fits = SpecifierSet(needed).contains(target.python_full_version, prereleases=True)
    state = State.PROJECT_PYTHON_FITS if fits else State.PROJECT_PYTHON_EXCLUDED
    facts: dict[str, Value] = {"needed": needed, "version": target.python_full_version}
    return Check(CheckId.REQUIRES_PYTHON, state, facts)
