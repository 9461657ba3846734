"""How much work an answer may take: counted, not timed, so that it is the same on every machine.

Each ``*.toml`` beside this file is a question and its limits. A question is a member of one of
`benchmarks.families`, or one of the examples with its recorded snapshot::

    family = "ladder"       # or: example = "kinde-pydantic"
    size = 100
    [limits]
    solves = 1              # questions to the engine
    rounds = 128            # reads that interrupted its search
    metadata = 128          # releases whose metadata was asked for
    requests = 180          # to a server, with an empty cache; with a warm one there are none

The limits are for the whole answer, cores and fixes too. Who makes an answer cheaper lowers them:
a limit of which not even half is needed fails as well.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

import conflictlens
from benchmarks.families import FAMILIES
from benchmarks.recorded import PLATFORM, Recorded, memory_index
from conflictlens.cli.main import main
from conflictlens.index.records import Index
from tests.index.opening import opened
from tests.served_index import Universe, Variant, served

HERE = Path(__file__).parent
EXAMPLES = HERE.parents[1] / "examples"
FRESH = Variant(etag=True, cache_control="max-age=600")

Work = Mapping[str, int]


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    solves: int
    rounds: int
    metadata: int
    requests: int | None = None


class Scenario(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A question and what its answer may take."""

    limits: Limits
    family: str | None = None
    example: str | None = None
    size: int = 0

    def member(self, times: int = 1) -> Recorded:
        """The universe of a family, or one that is so many times larger."""
        return FAMILIES[self.family or ""].make(self.size * times)


def work_on(recorded: Recorded, index: Index | None = None) -> Work:
    """What the whole answer took; in memory unless there is another index."""
    answer = conflictlens.explain(
        list(recorded.requirements),
        python=recorded.python,
        platform=PLATFORM,
        index=memory_index(recorded) if index is None else index,
    )
    stats: Any = answer.to_dict()["stats"]
    return {name: stats[name] for name in ("solves", "rounds", "metadata")}


def exceeded(work: Work, limits: Limits) -> list[str]:
    """What is over its limit, in words."""
    stated: dict[str, int | None] = msgspec.to_builtins(limits)
    return [
        f"{name}: {work[name]}, at most {most}"
        for name, most in stated.items()
        if most is not None and work[name] > most
    ]


def slack(work: Work, limits: Limits) -> list[str]:
    """What needs less than half of its limit, which then guards nothing; a few do not matter."""
    stated: dict[str, int | None] = msgspec.to_builtins(limits)
    return [
        f"{name}: {work[name]}, the limit can go down from {most}"
        for name, most in stated.items()
        if most is not None and 2 * work[name] + 2 < most
    ]


def requests_apart(limits: Limits) -> Limits:
    return msgspec.structs.replace(limits, requests=None)


SCENARIOS = {
    path.stem: msgspec.convert(tomllib.loads(path.read_text("utf-8")), Scenario)
    for path in sorted(HERE.glob("*.toml"))
}
IN_FAMILIES = {name: one for name, one in SCENARIOS.items() if one.family is not None}
OF_EXAMPLES = {name: one for name, one in SCENARIOS.items() if one.example is not None}
SERVED = {name: one for name, one in IN_FAMILIES.items() if one.limits.requests is not None}


def test_every_family_and_every_example_is_limited() -> None:
    assert {one.family for one in IN_FAMILIES.values()} == set(FAMILIES)
    folders = {path.parent.name for path in EXAMPLES.glob("*/snapshot.json.gz")}
    assert {one.example for one in OF_EXAMPLES.values()} == folders


@pytest.mark.parametrize("name", IN_FAMILIES)
def test_a_family_stays_within_its_limits(name: str) -> None:
    limits = requests_apart(SCENARIOS[name].limits)
    work = work_on(SCENARIOS[name].member())
    assert not exceeded(work, limits)
    assert not slack(work, limits)


@pytest.mark.parametrize("name", IN_FAMILIES)
def test_the_limits_bite(name: str) -> None:
    """A universe of twice the size is too much for them."""
    assert exceeded(
        work_on(SCENARIOS[name].member(times=2)), requests_apart(SCENARIOS[name].limits)
    )


@pytest.mark.parametrize("name", OF_EXAMPLES)
def test_an_example_stays_within_its_limits(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(EXAMPLES / (SCENARIOS[name].example or ""))
    main(["explain", "--index-snapshot", "snapshot.json.gz", "--format", "json"])
    work = json.loads(capsys.readouterr().out)["stats"]
    assert not exceeded(work, SCENARIOS[name].limits)
    assert not slack(work, SCENARIOS[name].limits)


@pytest.mark.parametrize("name", SERVED)
def test_requests_stay_within_their_limit(name: str, tmp_path: Path) -> None:
    member, limits = SCENARIOS[name].member(), SCENARIOS[name].limits
    universe: Universe = {
        project: {release.version: release.requires for release in releases}
        for project, releases in member.projects.items()
    }
    with served(universe, FRESH) as server:
        with opened(server.url, cache_dir=tmp_path) as index:
            work_on(member, index)
        cold = {**NOTHING, "requests": len(server.requests)}
        with opened(server.url, cache_dir=tmp_path) as index:
            work_on(member, index)
        assert len(server.requests) == cold["requests"]
    assert not exceeded(cold, limits)
    assert not slack(cold, msgspec.structs.replace(limits, solves=0, rounds=0, metadata=0))


NOTHING = {"solves": 0, "rounds": 0, "metadata": 0, "requests": 0}


def test_what_is_exceeded_and_what_is_slack_is_named() -> None:
    limits = Limits(solves=1, rounds=10, metadata=20)
    work = {"solves": 2, "rounds": 10, "metadata": 5, "requests": 7}
    assert exceeded(work, limits) == ["solves: 2, at most 1"]
    assert slack(work, limits) == ["metadata: 5, the limit can go down from 20"]
