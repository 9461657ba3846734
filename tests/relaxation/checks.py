"""The properties: what must be true of every fix, checked by brute force.

Each check takes a case and raises AssertionError where the property does not hold.
`test_checks_bite` breaks the program to see that they do.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from msgspec.structs import replace
from packaging.requirements import Requirement

from conflictlens.core.enumeration import DisjointCores
from conflictlens.explanation.records import Change, ChangeAction, Fix, Outcome, Repair, Stats
from conflictlens.relaxation.fixes import remedies
from conflictlens.resolution import verdict
from conflictlens.resolution.outcome import Conflict
from tests.properties.universes import Case
from tests.relaxation.conflicts import (
    UNLIMITED,
    Answered,
    changes_python,
    is_a_resolution,
    subsets,
)


def fixes_resolve(case: Case) -> None:
    """Every fix and the repair, written out, resolve as they say."""
    findings = Answered(case).findings
    for fix in findings.fixes:
        assert fix.verified
        assert is_a_resolution(case, fix)
    if findings.repair is not None:
        assert is_a_resolution(case, findings.repair)


def fixes_differ(case: Case) -> None:
    """No fix of a conflict is offered twice."""
    offered = [(fix.conflict, fix.changes) for fix in Answered(case).findings.fixes]
    assert all(offered.count(one) == 1 for one in offered)


def every_conflict_is_mended(case: Case) -> None:
    """There is a repair and a fix for each conflict: in the end, lines can be dropped."""
    asked = Answered(case)
    if asked.findings.outcome is Outcome.CONFLICT:
        assert asked.findings.repair is not None
        for number in range(len(asked.findings.conflicts)):
            assert asked.edit_fixes(number)


def texts_are_the_changes(case: Case) -> None:
    """What is written out is what was asked with the changes made, and nothing else changed."""
    asked = Answered(case)
    first = [asked.edits(fix.changes) for fix in asked.first_fixes()]
    for fix in asked.findings.fixes:
        others = others_of(asked, fix.conflict)
        edits = {**others, **asked.edits(fix.changes)}
        for place, text in asked.edits(fix.changes).items():
            assert others.get(place, text) == text or asked.mends_several(place)
        written = [asked.edited(edits)]
        if any(change.action is ChangeAction.PYTHON for change in fix.changes):
            # One Python may do for all conflicts that are offered it: then none needs its edits.
            same = {one.conflict for one in asked.findings.fixes if one.changes == fix.changes}
            written.append(asked.edited(others_of(asked, *same)))
        assert (fix.requirements, fix.constraints) in written
        check_changes(asked, fix)
    if asked.findings.repair is not None:
        repair = asked.findings.repair
        together = {place: text for edits in first for place, text in edits.items()}
        assert asked.edits(repair.changes) == together
        assert (repair.requirements, repair.constraints) == asked.edited(together)
        check_changes(asked, repair)


def check_changes(asked: Answered, given: Fix | Repair) -> None:
    assert given.changes
    for change in given.changes:
        if change.action is not ChangeAction.PYTHON:
            _check_change(asked, change)


def _check_change(asked: Answered, change: Change) -> None:
    assert (change.beside is not None) is (change.action is ChangeAction.ADD)
    if change.action is ChangeAction.ADD:
        _check_added(asked, change)
        return
    assert change.root.text == asked.lines[asked.place(change.root)]
    assert (change.replacement is None) is (change.action is ChangeAction.REMOVE)
    if change.replacement is not None:
        old, new = Requirement(change.root.text), Requirement(change.replacement)
        assert (new.name, new.marker) == (old.name, old.marker)
        assert new.extras <= old.extras
        assert (new.extras, new.specifier) != (old.extras, old.specifier)


def _check_added(asked: Answered, change: Change) -> None:
    """A line is only added to let in pre-releases of a project that no other line is about."""
    assert change.root.text == change.replacement
    assert change.beside is not None
    assert not change.beside.is_constraint
    assert change.root.origin == replace(change.beside.origin, line=None)
    added = Requirement(change.root.text)
    assert added.specifier.prereleases
    assert added.name == change.root.name
    assert added.name not in {Requirement(text).name for text in asked.lines}


def first_fixes_are_cheapest(case: Case) -> None:
    """With one conflict: no fewer changed lines would do, and no line is dropped in vain."""
    asked = Answered(case)
    if len(asked.findings.conflicts) != 1:
        return
    places = range(len(asked.lines))
    [fix] = asked.first_fixes()
    edits = asked.edits(fix.changes)
    dropped = {place for place, text in edits.items() if text != _loosened(asked, place, text)}
    loose = {place: asked.any_version(place) for place in places if place not in dropped}
    for size in range(len(dropped)):
        for fewer in subsets(places, size):
            assert not asked.resolves({**loose_all(asked), **dict.fromkeys(fewer)})
    if not dropped:
        for size in range(len(edits)):
            for fewer in subsets(places, size):
                assert not asked.resolves({place: asked.any_version(place) for place in fewer})
    assert dropped or asked.resolves({**loose, **dict.fromkeys(dropped)})


def loose_all(asked: Answered) -> dict[Any, str | None]:
    return {place: asked.any_version(place) for place in range(len(asked.lines))}


def _loosened(asked: Answered, place: int, text: str | None) -> str | None:
    """`text` if it is a looser line, the line's loosest form if it was dropped."""
    return asked.any_version(place) if text is None else text


def only_is_proved(case: Case) -> None:
    """Where a fix is said to be the only one, no other lines of that number will do."""
    asked = Answered(case)
    for fix in asked.findings.fixes:
        if not fix.only or changes_python(fix):
            continue
        edits = asked.edits(fix.changes)
        if any(text != _loosened(asked, place, text) for place, text in edits.items()):
            continue
        others = others_of(asked, fix.conflict)
        free = set(range(len(asked.lines))) - set(others)
        for others_lines in subsets(free, len(edits)):
            loosened = {place: asked.any_version(place) for place in others_lines}
            works = asked.resolves({**others, **loosened})
            assert works is (others_lines == set(edits))


def pre_releases_help(case: Case) -> None:
    """Where pre-releases of one project would do, no more than one line is changed."""
    asked = Answered(case)
    if len(asked.findings.conflicts) == 1 and asked.opting_in_helps():
        [fix] = asked.first_fixes()
        assert len(fix.changes) == 1
        assert fix.changes[0].replacement is not None


def pre_releases_come_last(case: Case) -> None:
    """Of fixes that change as many lines, those that stay with stable releases come first."""
    asked = Answered(case)
    for number in range(len(asked.findings.conflicts)):
        fixes = asked.edit_fixes(number)
        shared = bool(fixes) and any(map(asked.mends_several, asked.edits(fixes[0].changes)))
        ranks = [_rank(asked, fix) for fix in fixes[shared:]]
        assert ranks == sorted(ranks)


def _rank(asked: Answered, fix: Fix) -> tuple[int, int, int]:
    dropped = sum(change.replacement is None for change in fix.changes)
    return dropped, len(fix.changes), sum(map(opts_in, fix.changes))


def opts_in(change: Change) -> bool:
    """Whether a change lets in pre-releases that the line did not let in."""
    if change.replacement is None:
        return False
    before = change.action is not ChangeAction.ADD and change.root.specifier.prereleases
    return bool(Requirement(change.replacement).specifier.prereleases) and not before


def no_opt_in_is_idle(case: Case) -> None:
    """Without the line that lets in pre-releases, the others do not resolve."""
    asked = Answered(case)
    for fix in asked.findings.fixes:
        edits = {**others_of(asked, fix.conflict), **asked.edits(fix.changes)}
        for change in fix.changes:
            if change.action is ChangeAction.ADD:
                [place] = asked.edits([change])
                assert not asked.resolves({at: edits[at] for at in edits if at != place})


def only_is_proved_of_opt_ins(case: Case) -> None:
    """Where a fix is said to be the only one, pre-releases of no other project would do."""
    asked = Answered(case)
    if len(asked.findings.conflicts) != 1:
        return
    for fix in asked.findings.fixes:
        if not fix.only or changes_python(fix):
            continue
        assert not asked.opting_in_helps(taken=asked.edits(fix.changes))
        for place in set(range(len(asked.lines))) - asked.edits(fix.changes).keys():
            assert not asked.resolves({place: asked.any_version(place)})


def others_of(asked: Answered, *conflicts: int) -> dict[Any, str | None]:
    """The first fixes of all other conflicts."""
    return {
        place: text
        for fix in asked.first_fixes()
        if fix.conflict not in conflicts
        for place, text in asked.edits(fix.changes).items()
    }


def cores_are_all_there(case: Case) -> None:
    """Listed cores are minimal; with their lines dropped, the rest resolves."""
    asked = Answered(case)
    everything = frozenset(range(len(asked.lines)))
    cores = [asked.core_places(number) for number in range(len(asked.findings.conflicts))]
    assert len(set(cores)) == len(cores)
    for core in cores:
        outside = dict.fromkeys(everything - core)
        assert not asked.resolves(outside)
        for place in core:
            assert asked.resolves({**outside, place: None})
    found = verdict.decide(case.problem, UNLIMITED)
    if isinstance(found.outcome, Conflict):
        given = len(list(DisjointCores(found, UNLIMITED)))
        for number, core in enumerate(cores[:given]):
            assert not any(core & other for other in cores[:number])
        for number, core in enumerate(cores[given:], given):
            assert any(core & other for other in cores[:number])
        assert asked.resolves(dict.fromkeys(frozenset().union(*cores[:given])))


def dead_ends_are_dead(case: Case) -> None:
    """With the other conflicts repaired, no version of a dead end's line alone resolves."""
    asked = Answered(case)
    for dead in asked.findings.dead_ends:
        place = asked.place(dead.root)
        assert place in asked.core_places(dead.conflict)
        others = others_of(asked, dead.conflict)
        assert not asked.resolves({**others, place: asked.any_version(place)})


def answers_repeat(case: Case) -> None:
    """The same question gets the same answer."""
    one, other = (replace(Answered(case).findings, stats=Stats()) for _ in range(2))
    assert one == other


def kept_lines_stay(case: Case, keep: Collection[int]) -> None:
    """Lines that are to be kept are part of no change, and what is offered resolves."""
    asked = Answered(case)
    found = verdict.decide(case.problem, UNLIMITED)
    if not isinstance(found.outcome, Conflict):
        return
    disjoint = DisjointCores(found, UNLIMITED)
    cores = list(disjoint)
    keep = {place for place in keep if place < len(asked.lines)}
    offered = remedies(disjoint.verdict, case.question.requirements, cores, UNLIMITED, keep)
    given: list[Fix | Repair] = [*offered.fixes]
    if offered.repair is not None:
        given.append(offered.repair)
    for one in given:
        assert not keep & asked.edits(one.changes).keys()
        assert is_a_resolution(case, one)
    rest = {place: None for place in range(len(asked.lines)) if place not in keep}
    assert asked.resolves(rest) is (offered.repair is not None)
