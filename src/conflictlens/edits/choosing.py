"""Which changes to make: the cheapest repair, or the fixes that the user chose."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from conflictlens.errors import InputError
from conflictlens.explanation.records import Change, Findings, Fix, Repair
from conflictlens.names import NormalizedName
from conflictlens.requirements.records import Origin, RequirementSet

Versions: TypeAlias = Mapping[NormalizedName, str]


class ChoiceError(InputError):
    """A fix was chosen that there is not, or that does not go with the others."""


def chosen(findings: Findings, numbers: Sequence[int]) -> tuple[Change, ...]:
    """The changes to make; none where no fix is known.

    `numbers` are fixes as the text of an explanation numbers them, one for each conflict; of
    the conflicts that are left the first fix is taken. Without any it is the cheapest repair.
    Raises ChoiceError.
    """
    if not numbers:
        return findings.repair.changes if findings.repair else ()
    if not any(fix.verified for fix in findings.fixes):
        return ()
    if len(numbers) > len(findings.conflicts):
        raise ChoiceError(
            f"{len(numbers)} fixes are chosen, but conflicts: {len(findings.conflicts)}"
        )
    rest = [1] * (len(findings.conflicts) - len(numbers))
    fixes = [_numbered(findings, *one) for one in enumerate([*numbers, *rest])]
    return _together([change for fix in fixes for change in fix.changes])


def _numbered(findings: Findings, conflict: int, number: int) -> Fix:
    menu = [fix for fix in findings.fixes if fix.conflict == conflict and fix.verified]
    if 0 < number <= len(menu):
        return menu[number - 1]
    known = {0: "no fix", 1: "only fix 1"}.get(len(menu), f"fixes 1 to {len(menu)}")
    raise ChoiceError(f"there is no fix {number} of conflict {conflict + 1}: it has {known}")


def _together(changes: Sequence[Change]) -> tuple[Change, ...]:
    by_place: dict[tuple[Origin, str], Change] = {}
    for change in changes:
        place = change.root.origin, change.root.text
        if by_place.setdefault(place, change).replacement != change.replacement:
            raise ChoiceError(
                f"the chosen fixes change {change.root.text} in two ways; choose others"
            )
    return tuple(by_place.values())


def witness(findings: Findings, after: RequirementSet) -> Versions | None:
    """The resolution of these very requirements, if they were solved among the fixes."""
    requirements = tuple(root.text for root in after.roots)
    constraints = tuple(root.text for root in after.constraints)
    for one in _solved(findings):
        if (one.requirements, one.constraints) == (requirements, constraints):
            return one.resolution
    return None


def _solved(findings: Findings) -> Iterator[Fix | Repair]:
    if findings.repair is not None:
        yield findings.repair
    yield from (fix for fix in findings.fixes if fix.verified)
