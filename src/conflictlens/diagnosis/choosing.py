"""From all that was found to the one cause.

Success comes first: what failed before a run that succeeded was survived. Of the last run, the
line whose rule is nearest to the cause counts, and of several the first; where a hint explains
it (a lost connection before "no matching distribution"), the hint is the cause.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO

from msgspec.structs import replace

from conflictlens.diagnosis.advising import belongs, filled, group, library_of, remedies
from conflictlens.diagnosis.evidence import Evidence, Found, gather
from conflictlens.diagnosis.naming import wheel_in
from conflictlens.diagnosis.records import Diagnosis, Layer, LogOutcome
from conflictlens.diagnosis.rules import Rank, Table, table

_ORDER = tuple(Rank)
_OF_NO_PACKAGE = frozenset({
    Layer.CONDA_CONFLICT,
    Layer.CONDA_NOT_FOUND,
    Layer.RESOLUTION_TOO_DEEP,
    Layer.EXTERNALLY_MANAGED,
    Layer.WRONG_INTERPRETER,
    Layer.WRONG_INVOCATION,
    Layer.MISSING_INPUT_FILE,
    Layer.NOT_AN_INSTALL_FAILURE,
})  # fmt: skip
"""What fails so, fails for all packages at once, whichever was collected last."""
_NAMED_CONFLICTS = (
    Layer.DEPENDENCY_CONFLICT,
    Layer.NO_MATCHING_DISTRIBUTION,
    Layer.REQUIRES_PYTHON,
)


def diagnose(stream: IO[bytes], rules: Table | None = None) -> Diagnosis:
    """What the log in `stream` says; reads all of it once."""
    known = rules or table()
    evidence = gather(stream, known)
    cause = _cause(evidence)
    if cause is None:
        return _without_cause(evidence)
    return _diagnosis(cause, evidence, known)


def _cause(evidence: Evidence) -> Found | None:
    last = [one for one in evidence.found if one.run == evidence.runs]
    after = [one for one in evidence.found if one.rule.rank is Rank.AFTERMATH]
    hints = [one for one in last if one.rule.rank is Rank.HINT]
    certain = [one for one in last if one.rule.rank not in (Rank.HINT, Rank.AFTERMATH)]
    if certain:
        nearest = _nearest(_kept(certain))
        checked = [one for one in after if one.run == evidence.runs]
        if checked and nearest.rule.layer is Layer.NOT_AN_INSTALL_FAILURE:
            return checked[0]
        return _explained(nearest, last)
    if hints and evidence.success is None:
        return hints[0]
    return after[0] if after else None


def _kept(certain: Sequence[Found]) -> Sequence[Found]:
    """Without what failed in versions that pip gave up for others, if the others failed too.

    Where none was left to try, "no matching distribution" follows from what failed in them.
    """
    kept = [one for one in certain if not one.given_up]
    if any(map(_tells, kept)):
        return kept
    return [one for one in certain if one.given_up and _tells(one)] or certain


def _tells(found: Found) -> bool:
    matching = found.rule.layer is not Layer.NO_MATCHING_DISTRIBUTION
    return matching and found.rule.rank is not Rank.SUMMARY


def _nearest(found: Sequence[Found]) -> Found:
    return min(found, key=lambda one: _ORDER.index(one.rule.rank))


def _explained(cause: Found, last: Sequence[Found]) -> Found:
    """The first hint that explains it, and says more than the cause's own line does."""
    deeper = [
        one
        for one in last
        if cause.rule.id in one.rule.explains
        and (one.part.number, one.rule.layer) != (cause.part.number, cause.rule.layer)
        and not _of_another(one, cause)
    ]
    if not deeper:
        return cause
    hint = deeper[0]
    return replace(hint, part=cause.part) if hint.rule.keeps_line else hint


def _of_another(hint: Found, cause: Found) -> bool:
    """Whether the versions that the hint lists are not those of the cause.

    pip lists the versions that it passed over for their Python without the projects' names.
    """
    wanted = cause.groups.get("wanted")
    if wanted is None or "complete" not in hint.groups:
        return False
    return f" {wanted} Requires-Python" not in hint.part.line


def _without_cause(evidence: Evidence) -> Diagnosis:
    if evidence.success is not None:
        return Diagnosis(LogOutcome.SUCCESS, Layer.NONE, tool=evidence.tool)
    return Diagnosis(LogOutcome.UNKNOWN, Layer.UNKNOWN, tool=evidence.tool, empty=evidence.empty)


def _diagnosis(cause: Found, evidence: Evidence, known: Table) -> Diagnosis:
    package = _package(cause, evidence)
    local = evidence.files.is_local(package)
    version = evidence.files.version(package) if package else None
    values = {**cause.groups, "package": package or "the package"}
    library = library_of(cause, known)
    return Diagnosis(
        LogOutcome.FAILURE,
        cause.rule.alone or cause.rule.layer,
        _also(cause, evidence),
        cause.part.number,
        cause.part.line,
        package,
        evidence.tool,
        evidence.platform,
        filled(cause.rule.why, values) + belongs(library),
        remedies(cause, evidence, known, package, local=local),
        evidence.requirements if cause.rule.layer in _NAMED_CONFLICTS else (),
        cause.rule.id,
        version,
        evidence.python,
        not local and (version is not None or evidence.files.names(package or " ")),
        evidence.machine,
    )


def _package(cause: Found, evidence: Evidence) -> str | None:
    """The package that failed: as the line names it, else as the lines around it do.

    What follows names it where the beginning of the log is missing, and where a hint speaks of
    what another line says by name.
    """
    if (named := group(cause, "package")) is not None:
        # Empty where the line names something that is no name: no other stands for that.
        return named or None
    if cause.rule.layer is Layer.DEPENDENCY_CONFLICT:
        return evidence.disputed
    if cause.rule.layer in _OF_NO_PACKAGE:
        return None
    if cause.rule.within != "build" and (wheel := wheel_in(cause.part.line)):
        return wheel
    others = [one for one in evidence.found if one.run == cause.run]
    if cause.rule.rank is Rank.HINT:
        explained = (one for one in others if one.rule.id in cause.rule.explains)
        if named := next(filter(None, (group(one, "package") for one in explained)), None):
            return named
    later = (one.about for one in others if one.part.number > cause.part.number)
    return cause.about or next(filter(None, later), None)


def _also(cause: Found, evidence: Evidence) -> tuple[Layer, ...]:
    told = {cause.rule.alone or cause.rule.layer}
    others = (one.rule.layer for one in evidence.found if one.run == cause.run)
    return tuple(dict.fromkeys(layer for layer in others if layer not in told))
