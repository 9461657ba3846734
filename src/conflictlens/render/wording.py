"""Sentences: what a step, a cause and a whole conflict say. Nothing is escaped here.

A sentence is one line of plain text without a full stop, so that it can stand in a list.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from conflictlens.explanation.records import (
    Conflict,
    Excluded,
    Fact,
    Findings,
    Needs,
    Step,
    Unmatched,
)
from conflictlens.explanation.versions import VersionSet
from conflictlens.problem.releases import Exclusion
from conflictlens.render.phrases import (
    agree,
    counted,
    listed,
    place,
    python,
    subject,
)
from conflictlens.render.sides import meeting
from conflictlens.requirements.records import RootRequirement

if TYPE_CHECKING:
    from packaging.requirements import Requirement
    from packaging.specifiers import Specifier, SpecifierSet
    from packaging.version import Version
from conflictlens.target import Target


def step_text(findings: Findings, conflict: Conflict, step: Step) -> str:
    """``tensorflow 2.12.0 needs numpy<1.24,>=1.22``."""
    match conflict.facts[step.facts[0]]:
        case Excluded() as excluded:
            return f"{step_subject(step)} {exclusion(findings, excluded)}"
        case Unmatched() as unmatched:
            return no_match(unmatched)
        case Needs():
            out = agree(step.versions, ", so it is out", ", so they are out")
            if step.allowed is not None and not step.allowed.count:
                out = f", of which no version can be used{out}"
            return f"{step_subject(step)} {_need(conflict, step)}{out if step.refutes else ''}"


def step_subject(step: Step) -> str:
    return subject(step.project, step.extra, step.versions)


def _need(conflict: Conflict, step: Step) -> str:
    verb = agree(step.versions, "needs", "need")
    if step.requirement is not None:
        return f"{verb} {_in_reading_order(step.requirement)}"
    if step.allowed is not None and step.allowed.every:
        return f"{verb} {step.target}"
    return f"{verb} {step.target} {demanded(conflict, step)}"


def demanded(conflict: Conflict, step: Step) -> str:
    """What a step asks of its target, without the target's name: ``>=4.5.0,<4.6``."""
    if step.requirement is not None:
        return specifier_text(step.requirement)
    if step.allowed is not None and step.allowed.count:
        return "any version" if step.allowed.every else counted(step.allowed, "or")
    return _impossible(conflict, step)


def _impossible(conflict: Conflict, step: Step) -> str:
    """Demands that no version meets: those of one release together, those of several in turn."""
    demands: dict[VersionSet, list[str]] = {}
    for number in step.facts:
        fact = conflict.facts[number]
        if isinstance(fact, Needs):
            demands.setdefault(fact.versions, []).append(specifier_text(fact.requirement))
    texts = (listed(list(dict.fromkeys(together))) for together in demands.values())
    return listed(list(dict.fromkeys(texts)), "or")


def specifier_text(requirement: str) -> str:
    """The versions that a requirement allows, lower bounds first: ``>=1,<2``, ``any version``."""
    parsed = _parsed(requirement)
    if parsed.url:
        return f"@ {parsed.url}"
    return _ordered(parsed.specifier) or "any version"


def _in_reading_order(requirement: str) -> str:
    """A requirement from metadata, lower bounds first: ``numpy>=1.22,<1.24``."""
    parsed = _parsed(requirement)
    if parsed.url or not parsed.specifier:
        return requirement
    return requirement.replace(str(parsed.specifier), _ordered(parsed.specifier))


def _parsed(requirement: str) -> Requirement:
    # An answer without a conflict words no requirement.
    from packaging.requirements import Requirement

    return Requirement(requirement)


def _ordered(specifier: SpecifierSet) -> str:
    return ",".join(map(str, sorted(specifier, key=_reading_order)))


_OPERATORS = ("===", "==", "~=", ">=", ">", "<=", "<", "!=")


def _reading_order(part: Specifier) -> tuple[int, str]:
    return _OPERATORS.index(part.operator), part.version


def exclusion(findings: Findings, fact: Excluded) -> str:
    """Why versions can't be picked, as the rest of a sentence about them."""
    versions, target = fact.versions, findings.target
    has, is_ = agree(versions, "has", "have"), agree(versions, "is", "are")
    match fact.reason:
        case Exclusion.REQUIRES_PYTHON:
            needs = agree(versions, "needs", "need")
            texts = listed(_pythons(fact.detail), "or") or "another version"
            return f"{needs} Python {texts}; this is {_exact_python(target, fact.detail)}"
        case Exclusion.NO_WHEEL:
            return f"{has} no wheel for {python(target)} on {target.platform}, and no source"
        case Exclusion.SOURCE_ONLY:
            return f"{has} no usable wheel, and source is ruled out by --only-binary"
        case Exclusion.BINARY_ONLY:
            return f"{has} only wheels, which --no-binary rules out"
        case Exclusion.INVALID_METADATA:
            return f"{has} invalid metadata{_unreadable(fact.detail)}"
        case Exclusion.YANKED:
            return f"{is_} yanked{_why_yanked(fact)}"
        case Exclusion.PRERELEASE:
            return (
                f"{agree(versions, 'is a pre-release', 'are pre-releases')}, left out without --pre"
            )


def _unreadable(lines: tuple[str, ...]) -> str:
    if not lines:
        return ""
    said = "is no valid requirement" if len(lines) == 1 else "are no valid requirements"
    quoted = [f'"{line}"' for line in lines]
    return f": {listed(quoted, most=_REASONS)} {said}"


def _why_yanked(fact: Excluded) -> str:
    """A reason that all versions share, or each of two with its versions; more are counted."""
    reasons = fact.detail
    if len(reasons) > _REASONS:
        return f" (for {len(reasons)} different reasons)"
    if fact.is_of_some:
        told = zip(reasons, fact.whose, strict=True)
        reasons = tuple(f"{counted(versions)}: {reason}" for reason, versions in told)
    return f" ({'; '.join(reasons)})" if reasons else ""


_REASONS = 2
"""How many reasons are told."""


def _pythons(texts: tuple[str, ...]) -> list[str]:
    """Which Pythons versions are for; of lower bounds alone the lowest says what all ask for."""
    from packaging.specifiers import SpecifierSet
    from packaging.version import Version

    asked = [SpecifierSet(text) for text in texts]
    bounds = [part for one in asked for part in one]
    if all(len(one) == 1 for one in asked) and {part.operator for part in bounds} == {">="}:
        return [str(min(bounds, key=lambda part: Version(part.version)))]
    return list(dict.fromkeys(map(_ordered, asked)))


def _exact_python(target: Target, asked: tuple[str, ...]) -> str:
    """The target's Python, to the patch level where somebody asks for one."""
    release = target.python.split(".")
    if len(release) < 3 and any(f"{target.python}." in text for text in asked):
        assumed = " (no patch level was given)" if target.patch_assumed else ""
        return f"{target.python_full_version}{assumed}"
    return target.python


def no_match(fact: Unmatched) -> str:
    """Why a project has no version at all to offer."""
    if not fact.found:
        return f'no index has a project "{fact.project}"'
    nearest = [str(version) for version in fact.nearest]
    details = [f"nearest: {listed(nearest, most=4)}"] if nearest else []
    if fact.newest is not None and str(fact.newest) not in nearest:
        details.append(f"newest: {fact.newest}")
    if fact.late is not None:
        details.append(_late(*fact.late))
    if fact.specifier and fact.newest is None and not details:
        details.append("it has none that can be used here")
    bracket = f" ({'; '.join(details)})" if details else ""
    if fact.first is not None:
        return f"all releases of {fact.project} came after the cut-off ({_first(fact)})"
    if not fact.specifier:
        return f"{fact.project} has no version that can be used here{bracket}"
    return f"no version of {fact.project} matches {fact.specifier}{bracket}"


def similar_texts(findings: Findings, conflict: Conflict) -> Iterator[str]:
    """What exists beside the projects that a conflict misses."""
    missing = [fact.project for fact in conflict.facts if isinstance(fact, Unmatched)]
    for name in dict.fromkeys(missing):
        found = [one for one in findings.similar if one.missing == name]
        if found:
            are = "is a project" if len(found) == 1 else "are projects"
            names = listed([f'"{one.project}" ({one.newest})' for one in found])
            yield f"there {are} named {names}; check whether that is what was meant"


def _first(fact: Unmatched) -> str:
    """The first release, and the one that would match where that is another."""
    assert fact.first is not None
    version, day = fact.first
    text = f"the first, {version}, on {day.isoformat()}"
    if fact.late is None or fact.late[0] == version or fact.late[1] is None:
        return text
    return f"{text}; {fact.late[0]} on {fact.late[1].isoformat()}"


def _late(version: Version, day: date | None) -> str:
    if day is None:
        return f"{version} is there, without an upload time"
    return f"{version} was uploaded on {day.isoformat()}, after the cut-off"


def fact_requires(fact: Fact) -> str | None:
    """What a fact asks for, None where it asks for nothing."""
    match fact:
        case Needs():
            return fact.requirement
        case Unmatched():
            return f"{fact.project}{fact.specifier}"
        case Excluded(reason=Exclusion.REQUIRES_PYTHON):
            return " or ".join(f"Python{text}" for text in fact.detail)
        case Excluded():
            return None


NAMED = 4
"""How many of the user's lines a sentence names."""


def summary(findings: Findings, conflict: Conflict) -> str:
    """One sentence that names the user's lines and where they clash."""
    roots = listed([_named(root) for root in conflict.lines], most=NAMED)
    on = f" with {python(findings.target)}" if conflict.python else ""
    met = meeting(conflict)
    if met.causes and not met.is_clash:
        return f"{roots} can't be installed{on}: {step_text(findings, conflict, met.causes[0])}"
    if conflict.clash is None:
        return f"{roots} can't be installed{_together(conflict)}{on}"
    whose = "" if len(conflict.lines) > 1 else "the dependencies of "
    return f"{whose}{roots} clash over {conflict.clash}{on}"


def _together(conflict: Conflict) -> str:
    return " together" if len(conflict.lines) > 1 else ""


def _named(root: RootRequirement) -> str:
    where = place(root)
    return root.text if where is None else f"{root.text} ({where})"
