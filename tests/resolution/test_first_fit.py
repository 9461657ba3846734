"""What fits first: it is right where it is found, and nothing is claimed where it is not."""

from __future__ import annotations

from random import Random

import pytest
from packaging.utils import canonicalize_name

from conflictlens.index.memory import MemoryIndex
from conflictlens.problem.admission import Admission
from conflictlens.problem.problem import pose
from conflictlens.problem.universe import Universe
from conflictlens.resolution import first_fit
from conflictlens.resolution.budget import Budget
from conflictlens.resolution.check import violation
from conflictlens.resolution.first_fit import FirstFit
from conflictlens.resolution.judge import Judge
from conflictlens.resolution.outcome import Conflict, Resolution, SearchStats
from conflictlens.resolution.scout import Scout
from tests.properties.universes import TARGET, requirement_set
from tests.resolution.test_regressions import Plain


def posed(facts: Plain, *roots: str, constraints: tuple[str, ...] = ()) -> Universe:
    requirements = requirement_set(roots, constraints)
    return Universe(pose(requirements, TARGET, Admission(), MemoryIndex.of(facts)))


def attempt(universe: Universe) -> tuple[FirstFit, Resolution | None]:
    scout = Scout(universe, Budget())
    scout.run()
    search = FirstFit(universe, Budget(), scout.order(), SearchStats())
    return search, search.find()


def versions(universe: Universe, found: Resolution | None) -> dict[str, str]:
    assert found is not None
    assert violation(universe, found) is None
    return {str(name): str(version) for name, version in universe.versions(found.picks).items()}


def test_a_version_that_does_not_fit_gives_way_to_an_older_one() -> None:
    facts: Plain = {
        "app": {"1": ["lib<2", "tool"]},
        "tool": {"2": ["lib>=2"], "1": ["lib"]},
        "lib": {"2": [], "1": []},
    }
    universe = posed(facts, "app")
    search, found = attempt(universe)
    assert versions(universe, found) == {"app": "1", "tool": "1", "lib": "1"}
    assert search.failed == 0


STUBBORN: Plain = {
    "first": {"2": ["shared>=2"], "1": ["shared"]},
    "second": {"2": ["shared<2"], "1": ["shared<2"]},
    "shared": {"2": [], "1": []},
    "leader": {"2": ["second"], "1": ["second"]},
}


def test_a_project_that_nothing_was_left_of_goes_first_in_the_next_attempt() -> None:
    universe = posed(STUBBORN, "first", "leader")
    search = FirstFit(universe, Budget(), {}, SearchStats())
    assert versions(universe, search.find())["first"] == "1"
    assert search.failed == 1


def test_a_constraint_limits_and_asks_for_nothing() -> None:
    facts: Plain = {"app": {"1": ["lib"]}, "lib": {"2": [], "1": []}, "other": {"1": []}}
    universe = posed(facts, "app", constraints=("lib<2", "other"))
    assert versions(universe, attempt(universe)[1]) == {"app": "1", "lib": "1"}


def test_an_extra_of_a_project_that_is_picked_already_counts() -> None:
    facts: Plain = {
        "app": {"1": ["zoo", "aid"]},
        "zoo": {"2": ["aid[fast]"], "1": ["aid[fast]"]},
        "aid": {"2": ["lib>=2; extra == 'fast'"], "1": ["lib<2; extra == 'fast'"]},
        "lib": {"1": []},
    }
    universe = posed(facts, "app")
    order = {canonicalize_name(name): place for place, name in enumerate(("app", "aid", "zoo"))}
    search = FirstFit(universe, Budget(), order, SearchStats())
    assert versions(universe, search.find()) == {"app": "1", "zoo": "2", "aid": "1", "lib": "1"}
    assert search.failed == 1


def test_nothing_is_found_where_there_is_nothing() -> None:
    universe = posed({"a": {"1": ["b<2"]}, "b": {"2": [], "1": []}}, "a", "b>=2")
    _, found = attempt(universe)
    assert found is None
    assert isinstance(Judge(universe, Budget()).decide(), Conflict)


def test_more_versions_than_are_worth_it_are_left_to_the_judge(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    facts: Plain = {
        "client": {f"{n}": [f"core=={n}"] for n in range(30, 0, -1)},
        "core": {f"{n}": [] for n in range(30, 0, -1)},
    }
    universe = posed(facts, "client", "core<2")
    monkeypatch.setattr(first_fit, "UNREAD", 10)
    assert attempt(universe)[1] is None
    assert isinstance(Judge(universe, Budget()).decide(), Resolution)


def loose(seed: int) -> Universe:
    """20 projects of 6 versions that need later ones, mostly within reach of each other."""
    random = Random(seed)

    def needs(number: int, version: int) -> list[str]:
        later = random.sample(range(number + 1, 20), min(2, 19 - number))
        return [f"p{one}>={max(1, version - 2)},<={random.randint(version, 6)}" for one in later]

    facts = {f"p{n}": {f"{v}": needs(n, v) for v in range(6, 0, -1)} for n in range(20)}
    return posed(facts, "p0", "p1", f"p{random.randint(2, 19)}<{random.randint(2, 5)}")


@pytest.mark.parametrize("seed", range(40))
def test_what_is_found_holds(seed: int) -> None:
    universe = loose(seed)
    _, found = attempt(universe)
    resolves = isinstance(Judge(universe, Budget()).decide(), Resolution)
    assert found is None or (resolves and violation(universe, found) is None)


def test_something_is_found_in_most_universes_that_resolve() -> None:
    universes = [loose(seed) for seed in range(40)]
    resolvable = [u for u in universes if isinstance(Judge(u, Budget()).decide(), Resolution)]
    found = [universe for universe in resolvable if attempt(universe)[1] is not None]
    assert 20 <= len(resolvable) <= 2 * len(found)
