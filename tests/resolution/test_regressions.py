"""Questions that other resolvers get wrong or crash on, and indexes and budgets that give out."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace
from packaging.utils import NormalizedName
from packaging.version import Version
from resolvelib.resolvers import ResolutionTooDeep

from conflictlens.errors import IndexUnreachable
from conflictlens.explanation.records import Findings, Outcome
from conflictlens.index.memory import MemoryIndex, wheel
from conflictlens.index.records import Distribution, Metadata, Project, UnknownMetadata
from conflictlens.pipeline import find
from conflictlens.problem.admission import Admission
from conflictlens.problem.problem import pose
from conflictlens.problem.universe import Universe
from conflictlens.question import Question
from conflictlens.requirements.reading import read_requirements
from conflictlens.resolution.budget import Budget
from conflictlens.resolution.judge import Judge
from conflictlens.resolution.outcome import Conflict, Resolution
from conflictlens.resolution.walk import Stopped, walk
from tests.properties.universes import TARGET, requirement_set

Plain = Mapping[str, Mapping[str, Sequence[str]]]


def question(*roots: str, constraints: tuple[str, ...] = ()) -> Question:
    return Question(requirement_set(roots, constraints), TARGET)


def ask(universe: Plain, *roots: str, constraints: tuple[str, ...] = ()) -> Findings:
    return find(question(*roots, constraints=constraints), MemoryIndex.of(universe), Budget())


def universe_of(universe: Plain, *roots: str) -> Universe:
    index = MemoryIndex.of(universe)
    return Universe(pose(requirement_set(roots), TARGET, Admission(), index))


def picked(findings: Findings) -> dict[str, str]:
    assert findings.resolution is not None
    return {str(name): str(version) for name, version in findings.resolution.items()}


FALSE_CONFLICT: Plain = {
    "p0": {"2": ["p2==2"]},
    "p1": {"1": [], "2": ["p0==2"]},
    "p2": {"1": ["p1<3"], "2": ["p1==3"]},
}


def test_a_set_that_resolvelib_calls_impossible_resolves() -> None:
    """sarugaku/resolvelib#206."""
    assert walk(universe_of(FALSE_CONFLICT, "p2"), Budget()) == Stopped("ResolutionImpossible")
    assert picked(ask(FALSE_CONFLICT, "p2")) == {"p1": "1", "p2": "1"}


LENGTH = 1_500
SHORT = 200


def cycle(length: int) -> dict[str, dict[str, list[str]]]:
    """Each project needs the next one, the last one needs the first."""
    return {f"p{n}": {"1": [f"p{(n + 1) % length}"], "2": []} for n in range(length)}


def ladder(length: int) -> dict[str, dict[str, list[str]]]:
    """As a cycle, with both versions of every project tied to those of its neighbours."""
    return {
        f"p{n}": {
            version: [f"p{(n + 1) % length}=={version}", f"p{(n + 2) % length}=={version}"]
            for version in ("1", "2")
        }
        for n in range(length)
    }


def test_a_long_cycle_resolves() -> None:
    ones = {name: {"1": versions["1"]} for name, versions in cycle(LENGTH).items()}
    outcome = Judge(universe_of(ones, "p0"), Budget()).decide()
    assert isinstance(outcome, Resolution)
    assert len(outcome.picks) == LENGTH


def test_a_long_ladder_resolves() -> None:
    outcome = Judge(universe_of(ladder(LENGTH), "p0"), Budget()).decide()
    assert isinstance(outcome, Resolution)
    assert set(outcome.picks.values()) == {2}


def test_a_long_ladder_is_refuted() -> None:
    outcome = Judge(universe_of(ladder(LENGTH), "p0>=2", f"p{LENGTH // 2}<2"), Budget()).decide()
    assert isinstance(outcome, Conflict)
    assert outcome.roots == {0, 1}


def test_a_ladder_goes_through_all_stages() -> None:
    assert set(picked(ask(ladder(SHORT), "p0")).values()) == {"2"}
    [conflict] = ask(ladder(SHORT), "p0>=2", f"p{SHORT // 2}<2").conflicts
    assert [root.text for root in conflict.core] == ["p0>=2", f"p{SHORT // 2}<2"]
    assert conflict.minimal


def test_a_recursion_error_of_the_walk_does_not_surface(monkeypatch: pytest.MonkeyPatch) -> None:
    universe = universe_of(cycle(300), "p0")
    monkeypatch.setattr("conflictlens.resolution.walk.Resolver.resolve", _too_deep)
    assert walk(universe, Budget()) == Stopped("RecursionError")
    assert picked(ask(cycle(300), "p0==2")) == {"p0": "2"}


def _too_deep(*_: object, **__: object) -> None:
    raise RecursionError


def test_a_walk_that_goes_too_deep_leaves_it_to_the_judge(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conflictlens.resolution.walk.Resolver.resolve", _rounds_spent)
    assert walk(universe_of(FALSE_CONFLICT, "p2"), Budget()) == Stopped("ResolutionTooDeep")
    assert picked(ask(FALSE_CONFLICT, "p2")) == {"p1": "1", "p2": "1"}
    assert ask(FALSE_CONFLICT, "p2==2").outcome is Outcome.CONFLICT


def _rounds_spent(*_: object, **__: object) -> None:
    raise ResolutionTooDeep(1)


def test_nothing_recurses_with_the_size_of_the_problem() -> None:
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(400)
    try:
        universe = universe_of(ladder(LENGTH), "p0>=2", f"p{LENGTH - 1}<2")
        assert isinstance(Judge(universe, Budget()).decide(), Conflict)
    finally:
        sys.setrecursionlimit(limit)


# -- pre-releases and yanked versions


OPTED_IN: Plain = {"foo": {"0.5": ["baz==1"], "1.0a1": []}, "baz": {"1": [], "2": []}}


def test_a_root_opts_in_for_all() -> None:
    assert picked(ask(OPTED_IN, "foo>=0.4a1", "baz==2", "foo")) == {"baz": "2", "foo": "1.0a1"}
    assert ask(OPTED_IN, "baz==2", "foo").outcome is Outcome.CONFLICT


def test_what_a_root_opted_in_to_stays_when_the_core_is_looked_for() -> None:
    universe = {**OPTED_IN, "quux": {"1": ["foo<1"]}}
    [conflict] = ask(universe, "foo>=0.4a1", "baz==2", "foo", "quux").conflicts
    assert [root.text for root in conflict.core] == ["baz==2", "quux"]


def test_another_parent_names_the_pre_release() -> None:
    """parent 2 may not use foo 1a1, since foo 0.9 fits what it says; parent 1 names it."""
    universe = {
        "parent": {"2": ["foo"], "1": ["foo==1a1"]},
        "foo": {"0.9": ["missing"], "1a1": []},
    }
    assert picked(ask(universe, "parent")) == {"foo": "1a1", "parent": "1"}


def test_another_parent_leaves_only_the_pre_release() -> None:
    universe = {
        "parent": {"2": ["foo"], "1": ["foo", "foo!=1"]},
        "foo": {"1": ["missing"], "2a1": []},
    }
    assert picked(ask(universe, "parent", "foo<3")) == {"foo": "2a1", "parent": "1"}


def test_a_resolution_may_name_its_own_pre_release() -> None:
    """b 2a1 needs a, and a 1 names it; b 3a1 needs nothing, and nobody names it."""
    universe: Plain = {
        "a": {"1": ["b>=2a1"], "2": []},
        "b": {"1": ["missing"], "2a1": ["a"], "3a1": []},
    }
    assert picked(ask(universe, "b")) == {"a": "1", "b": "2a1"}


def test_a_yanked_release_is_in_the_way_of_a_pre_release() -> None:
    """pip looks for pre-releases before it looks for yanked versions, and finds nothing."""
    findings = _with_yanked({"foo": {"1": [], "2a1": []}}, ("foo", "1"), "foo")
    assert findings.outcome is Outcome.CONFLICT


def test_a_pin_on_a_public_version_admits_a_yanked_local_one() -> None:
    findings = _with_yanked({"foo": {"1+l": []}}, ("foo", "1+l"), "foo==1")
    assert findings.outcome is Outcome.RESOLVED


def test_a_second_conflict_that_a_pre_release_resolves_is_none() -> None:
    universe: Plain = {"a": {"1": []}, "b": {"1": [], "2a1": []}}
    [conflict] = ask(universe, "a==2", "b>1").conflicts
    assert [root.text for root in conflict.core] == ["a==2"]


def _with_yanked(universe: Plain, yanked: tuple[str, str], *roots: str) -> Findings:
    facts = []
    for name, versions in universe.items():
        for version, requires in versions.items():
            file, metadata = wheel(name, version, requires)
            facts.append(
                (replace(file, yanked="" if (name, version) == yanked else None), metadata)
            )
    return find(question(*roots), MemoryIndex(facts), Budget())


def test_each_version_of_a_root_with_an_extra_is_read_for_that_extra() -> None:
    """The extra was asked for once and for all; when a 2 was out, what a 1 needs was not read."""
    universe: Plain = {
        "a": {"2": ["b"], "1": ['d>=2; extra == "x"']},
        "b": {"1": ["c"]},
        "c": {"1": []},
        "d": {"1": []},
    }
    assert ask(universe, "a[x]", constraints=("c>=2",)).outcome is Outcome.CONFLICT


# -- budgets and indexes that give out


CLASH: Plain = {
    "a": {"1": ["c<2"]},
    "b": {"1": ["c>=2"]},
    "c": {"1": [], "2": []},
    "d": {"1": []},
}


def test_a_spent_budget_is_undecided() -> None:
    findings = find(question("a", "b"), MemoryIndex.of(CLASH), Budget.of(-1.0))
    assert findings.outcome is Outcome.UNDECIDED
    assert findings.conflicts == ()
    assert findings.undecided is not None
    assert "--timeout" in findings.undecided


class Failing:
    """An index that fails for some projects, once it was asked `after` questions about them."""

    def __init__(self, index: MemoryIndex, names: Iterable[str], after: int = 0) -> None:
        self._index = index
        self._names = set(names)
        self._left = after
        self.stats = index.stats

    def project(self, name: NormalizedName) -> Project:
        self._count(name)
        return self._index.project(name)

    def metadata(self, distribution: Distribution) -> Metadata | UnknownMetadata:
        self._count(distribution.project)
        return self._index.metadata(distribution)

    def reference(self, url: str) -> object:
        return self._index.reference(url)

    def prefetch(self, *_: object, **__: object) -> None:
        pass

    def _count(self, name: str) -> None:
        if name in self._names:
            self._left -= 1
            if self._left < 0:
                raise IndexUnreachable("https://index.example/", f"no answer about {name}")


def test_an_index_that_fails_is_undecided() -> None:
    index = Failing(MemoryIndex.of(CLASH), {"c"})
    findings = find(question("a", "b"), index, Budget())  # type: ignore[arg-type]
    assert findings.outcome is Outcome.UNDECIDED
    assert findings.undecided is not None
    assert "no answer about c" in findings.undecided
    assert findings.conflicts == ()


def test_what_is_not_needed_may_fail() -> None:
    """The clash of a and b is proved without the project that the index is silent about."""
    universe: Plain = {**CLASH, "a": {"1": ["c<2"], "0": ["silent"]}}
    index = Failing(MemoryIndex.of(universe), {"silent"})
    findings = find(question("a==1", "b"), index, Budget())  # type: ignore[arg-type]
    assert findings.outcome is Outcome.CONFLICT


def test_an_index_that_fails_while_the_core_is_shrunk_leaves_a_conflict() -> None:
    """To prove that both lines are needed, b must be tried without a, and d is then read."""
    universe: Plain = {
        "a": {"1": ["c<2"]},
        "b": {"1": ["c>=2"]},
        "c": {"1": [], "2": ["d"]},
        "d": {"1": []},
    }
    index = Failing(MemoryIndex.of(universe), {"d"})
    asked = pose(requirement_set(("a", "b")), TARGET, Admission(), index)  # type: ignore[arg-type]
    judge = Judge(Universe(asked), Budget())
    assert isinstance(judge.decide(), Conflict)
    findings = find(question("a", "b"), index, Budget())  # type: ignore[arg-type]
    assert findings.outcome is Outcome.CONFLICT
    [conflict] = findings.conflicts
    assert not conflict.minimal
    assert conflict.interrupted is not None
    assert "no answer about d" in conflict.interrupted
    assert [root.text for root in conflict.core] == ["a", "b"]


def test_the_judge_can_be_asked_again_after_a_failure() -> None:
    index = Failing(MemoryIndex.of(CLASH), {"c"})
    problem = pose(requirement_set(("a", "d")), TARGET, Admission(), index)  # type: ignore[arg-type]
    judge = Judge(Universe(problem), Budget())
    with pytest.raises(IndexUnreachable):
        judge.decide()
    assert isinstance(judge.decide({1}), Resolution)
    index._names.clear()
    outcome = judge.decide()
    assert isinstance(outcome, Resolution)
    universe = judge.universe
    assert {str(n): universe.releases(n).version(bit) for n, bit in outcome.picks.items()} == {
        "a": Version("1"),
        "c": Version("1"),
        "d": Version("1"),
    }


# --- withheld releases, and what is named by its URL ------------------------------------------


def yanked(name: str, version: str, *needs: str) -> tuple[Distribution, Metadata]:
    file, metadata = wheel(name, version, needs)
    return replace(file, yanked="broken"), metadata


def test_a_yanked_release_that_nobody_pins_is_refuted_soon() -> None:
    """Each release that could be picked beside it might pin it: none of all of them does."""
    facts = [yanked("oven", "1.0"), wheel("oven", "2.0")]
    for name in ("tea", "milk", "lemon"):
        facts += [wheel(name, f"{n}.0", [f"oven>0.{n}"]) for n in range(1, 60)]
    index = MemoryIndex(facts)
    findings = find(question("oven>=1,<2", "tea", "milk", "lemon"), index, Budget())
    assert findings.outcome is Outcome.CONFLICT
    assert [[root.text for root in conflict.core] for conflict in findings.conflicts] == [
        ["oven>=1,<2"]
    ]


def test_a_yanked_release_that_an_old_release_pins_is_found() -> None:
    facts = [yanked("oven", "1.0"), wheel("oven", "2.0"), wheel("tea", "1.0", ["oven==1.0"])]
    facts += [wheel("tea", f"{n}.0", ["oven"]) for n in range(2, 60)]
    findings = find(question("oven>=1,<2", "tea"), MemoryIndex(facts), Budget())
    assert picked(findings) == {"oven": "1.0", "tea": "1.0"}


def test_a_cut_off_leaves_what_is_named_by_its_url() -> None:
    file, metadata = wheel("tea", "1.0", ["milk<2"])
    before = Admission(uploaded_before=datetime(2024, 1, 1, tzinfo=UTC))
    index = MemoryIndex(
        [
            (replace(file, upload_time=datetime(2023, 1, 1, tzinfo=UTC)), metadata)
            for file, metadata in (wheel("milk", "1.0"), wheel("milk", "2.0"))
        ],
        references={file.url: (file, metadata)},
    )
    asked = Question(read_requirements([f"tea @ {file.url}", "milk"]), TARGET, before)
    assert picked(find(asked, index, Budget())) == {"milk": "1.0", "tea": "1.0"}
