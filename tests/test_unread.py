"""An index that fails for one project: what is refuted without it stays refuted, nothing else."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from packaging.utils import NormalizedName, canonicalize_name

from conflictlens import why_not
from conflictlens.errors import IndexUnreachable
from conflictlens.explanation.records import Findings, Outcome
from conflictlens.index.memory import MemoryIndex
from conflictlens.index.records import (
    Distribution,
    Index,
    IndexStats,
    Metadata,
    Project,
    UncheckedReference,
    UnknownMetadata,
)
from conflictlens.pipeline import find
from conflictlens.problem.notes import NoteKind
from conflictlens.question import Question
from conflictlens.render.text import render_text
from conflictlens.requirements.reading import read_requirements
from conflictlens.resolution.budget import Budget
from conflictlens.target import target_for
from tests.index.opening import opened
from tests.properties.universes import Case, cases
from tests.served_index import Fault, Release, Universe, Variant, served

UNIVERSE: Universe = {
    "oven": {"1.0": ["steel<2"], "2.0": ["steel>=2", "secret"]},
    "steel": {"1.0": [], "2.0": []},
    "secret": {"1.0": []},
    "kettle": {"1.0": ["steel<2", "secret"]},
}
CLASH = ("oven==1.0", "steel==2.0", "secret")
REFUSED = Fault(401, times=99)


def ask(*lines: str, fault: Fault = REFUSED, at: str = "/simple/secret/") -> Findings:
    with served(UNIVERSE, Variant(faults={at: [fault]})) as server, opened(server.url) as index:
        return answer(lines, index)


def answer(lines: Iterable[str], index: Index) -> Findings:
    question = Question(read_requirements([*lines]), target_for("3.11", "linux"))
    return find(question, index, Budget(deadline=None))


def cores(findings: Findings) -> list[list[str]]:
    return [[root.text for root in conflict.core] for conflict in findings.conflicts]


@pytest.mark.parametrize(
    "fault",
    [
        REFUSED,
        Fault(500, times=99),
        Fault(drop=True, times=99),
        Fault(200, times=99, content_type="text/html", body=b"<form><input type=password></form>"),
    ],
    ids=["refused", "broken", "dropped", "a login"],
)
def test_a_conflict_stands_without_the_project_that_can_not_be_read(fault: Fault) -> None:
    findings = ask(*CLASH, fault=fault)
    assert (findings.outcome, cores(findings)) == (
        Outcome.CONFLICT,
        [["oven==1.0", "steel==2.0"]],
    )
    assert findings.conflicts[0].minimal
    # What mends it can't be verified.
    assert (findings.fixes, findings.repair) == ((), None)
    [note] = [one.text for one in findings.notes if one.kind is NoteKind.INDEX]
    assert "/simple/secret/" in note
    assert "this conflict stands" in note
    assert "note: " in render_text(findings)
    assert not any(one.kind is NoteKind.UNKNOWN_METADATA for one in findings.notes)


@pytest.mark.parametrize(
    "lines", [("secret", "oven==1.0"), ("oven==2.0",), ("secret<1", "secret>2")]
)
def test_nothing_is_resolved_or_refuted_by_what_was_not_read(lines: tuple[str, ...]) -> None:
    findings = ask(*lines)
    assert (findings.outcome, findings.resolution) == (Outcome.UNDECIDED, None)
    assert "/simple/secret/" in str(findings.undecided)


def test_a_core_is_not_called_minimal_by_what_was_not_read() -> None:
    findings = ask("kettle", "steel==2.0")
    assert cores(findings) == [["kettle", "steel==2.0"]]
    [conflict] = findings.conflicts
    assert not conflict.minimal
    assert "/simple/secret/" in str(conflict.interrupted)


def test_metadata_that_can_not_be_read_adds_nothing_either() -> None:
    at = "/files/kettle-1.0"
    findings = ask("oven==1.0", "steel==2.0", "kettle", at=at)
    assert cores(findings) == [["oven==1.0", "steel==2.0"]]
    assert ask("kettle", "steel==2.0", at=at).outcome is Outcome.UNDECIDED


def test_what_was_not_read_could_pin_a_yanked_release() -> None:
    universe: Universe = {"oven": {"1.0": [], "2.0": Release(yanked="bad")}, "secret": {"1.0": []}}
    lines = ("oven>1", "secret")
    with served(universe) as server, opened(server.url) as index:
        assert answer(lines, index).outcome is Outcome.CONFLICT
    variant = Variant(faults={"/simple/secret/": [REFUSED]})
    with served(universe, variant) as server, opened(server.url) as index:
        assert answer(lines, index).outcome is Outcome.UNDECIDED


def test_another_index_could_add_versions_of_what_it_fails_for() -> None:
    more: Universe = {"oven": {"1.0": Release(["steel"])}, "steel": {"3.0": []}}
    for at, outcome in (("/simple/secret/", Outcome.CONFLICT), ("/simple/ste", Outcome.UNDECIDED)):
        variant = Variant(faults={at: [REFUSED]})
        with (
            served(UNIVERSE) as first,
            served(more, variant) as second,
            opened(first.url, second.url) as index,
        ):
            assert answer(CLASH, index).outcome is outcome


def test_an_index_that_gives_nothing_refutes_nothing() -> None:
    assert ask(*CLASH, at="/").outcome is Outcome.UNDECIDED


def test_who_blocks_a_wish_is_not_told_without_it() -> None:
    variant = Variant(faults={"/simple/secret/": [REFUSED]})
    with served(UNIVERSE, variant) as server, opened(server.url) as index:
        told = why_not("steel>=2", ["oven==1.0", "secret"], index=index, python="3.11").findings
    assert (told.outcome, told.blockers) == (Outcome.UNDECIDED, ())


class Failing:
    """An index that fails for one project."""

    def __init__(self, inner: MemoryIndex, name: NormalizedName) -> None:
        self._inner = inner
        self._name = name

    @property
    def stats(self) -> IndexStats:
        return self._inner.stats

    def project(self, name: NormalizedName) -> Project:
        if name == self._name:
            raise IndexUnreachable(f"https://index.example/{name}/", "no route")
        return self._inner.project(name)

    def metadata(self, distribution: Distribution) -> Metadata | UnknownMetadata:
        return self._inner.metadata(distribution)

    def reference(self, url: str) -> tuple[Distribution, Metadata] | UncheckedReference:
        return self._inner.reference(url)

    def prefetch(
        self, names: Iterable[NormalizedName] = (), distributions: Iterable[Distribution] = ()
    ) -> None:
        pass


@given(cases(withheld=True))
@settings(deadline=None)
def test_whatever_the_unread_project_says_a_conflict_stands(case: Case) -> None:
    whole = find(case.question, case.index, Budget())
    for name in map(canonicalize_name, case.universe):
        partial = find(case.question, Failing(case.index, name), Budget())
        match partial.outcome:
            case Outcome.CONFLICT:
                assert whole.outcome is Outcome.CONFLICT
                assert all(name not in (root.name for root in c.core) for c in partial.conflicts)
            case Outcome.RESOLVED:
                assert whole.outcome is Outcome.RESOLVED
                assert partial.resolution is not None
                assert name not in partial.resolution
