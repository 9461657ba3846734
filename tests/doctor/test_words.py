"""Every state is one that some judge comes to, and its facts are all that its words ask for."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from datetime import date

import pytest
from msgspec.structs import replace

from conflictlens.doctor.environment import (
    Refused,
    Target,
    Written,
    judge_environment,
    judge_target,
)
from conflictlens.doctor.installed import Installed, Unlisted, Unmet, judge_installed
from conflictlens.doctor.interpreter import (
    Answer,
    Broken,
    Candidate,
    Chosen,
    NotFound,
    Silent,
    judge,
)
from conflictlens.doctor.memory import Left, Limit, judge_memory
from conflictlens.doctor.network import (
    Authorities,
    Connected,
    Unconnected,
    Unusable,
    judge_certificates,
    judge_clock,
    judge_indexes,
    judge_proxies,
)
from conflictlens.doctor.pips import (
    Absent,
    Failing,
    OnPath,
    Orphaned,
    Owned,
    Started,
    Unclear,
    judge_path,
    judge_pip,
)
from conflictlens.doctor.programs import OutOfTime
from conflictlens.doctor.records import Check, CheckId, Examination, Place, State
from conflictlens.doctor.requirements import (
    Build,
    judge_builds,
    judge_project,
    judge_requirements,
)
from conflictlens.doctor.storage import NoRoom, Room, judge_disk, judge_temp
from conflictlens.doctor.toolchain import (
    Demand,
    Demands,
    Lacking,
    Toolchain,
    Works,
    judge_toolchain,
)
from conflictlens.errors import (
    BudgetSpent,
    IndexFailure,
    IndexMalformed,
    IndexTLSFailure,
    IndexUnreachable,
)
from conflictlens.explanation.records import Findings, Outcome
from conflictlens.index.build_needs import BuildNeeds, Unread
from conflictlens.index.configuration import IndexSources
from conflictlens.index.pip_config import PipSettings
from conflictlens.index.reached import NoWay, Reach, Reached, Unreached
from conflictlens.render.doctor_facts import fixed, said
from conflictlens.requirements.records import RequirementSet
from conflictlens.target import target_for
from tests.doctor.pythons import asked

URL = "http://127.0.0.1:1/simple"
INSIDE = asked(sys.executable)
SYSTEM = replace(INSIDE, prefix=INSIDE.base_prefix)


def of_interpreters() -> Iterator[Check]:
    one = Candidate("/p", Chosen.ASKED)
    markers = {**INSIDE.markers, "python_version": "4.0"}
    for inside, day in (
        (INSIDE, date(2020, 1, 1)),
        (INSIDE, date(2090, 1, 1)),
        (replace(INSIDE, release_level="beta"), date(2020, 1, 1)),
        (replace(INSIDE, markers=markers), date(2020, 1, 1)),
    ):
        yield judge(Answer(one, inside), day)
    for found in (NotFound("3.9"), Silent(one, 1.0), Broken(one, "why")):
        yield judge(found, date(2020, 1, 1))
    yield judge(Broken(replace(one, environment="/e"), "why"), date(2020, 1, 1))


def of_pips() -> Iterator[Check]:
    for pip in (
        Started("26.0"),
        Started("9.0"),
        Failing("why"),
        OutOfTime(1.0),
        Absent(True, "/uv"),
        Absent(True, None),
        Absent(False, None),
    ):
        yield judge_pip(pip)
    own, other = Owned("/p", INSIDE.prefix, "3.9"), Owned("/q", "/else", "3.9")
    bare = replace(INSIDE, has_pip=False)
    for pip_there, python in (
        (own, own),
        (other, own),
        (other, other),
        (other, None),
        (None, None),
        (Orphaned("/p", "/gone"), None),
        (Unclear("/p"), None),
    ):
        yield judge_path(OnPath(pip_there, python), replace(INSIDE, has_pip=True))
        yield judge_path(OnPath(pip_there, python), bare)


def of_environments() -> Iterator[Check]:
    managed = replace(SYSTEM, externally_managed=True)
    conda = replace(SYSTEM, conda=True, externally_managed=False)
    plain = replace(SYSTEM, externally_managed=False, conda=False)
    for inside in (INSIDE, managed, conda, replace(conda, conda_base=True), plain):
        yield judge_environment(inside, PipSettings(), container=False)
        yield judge_environment(inside, PipSettings(), container=True)
        yield judge_environment(inside, PipSettings(require_virtualenv=True), container=True)
    refused, taken = Refused("/r", "why"), Written("/w")
    for target in (Target((taken,)), Target((refused,)), Target((refused,), taken)):
        yield judge_target(target)
    gap = Unmet("a", "1", "b>=2", "b", "1")
    for installed in (
        Installed(1),
        Installed(1, (gap,), ("~x",)),
        Installed(1, (), ("~x",)),
        Unlisted("/l", "why"),
    ):
        yield judge_installed(installed)
        yield judge_installed(installed, managed=True)


def of_the_machine() -> Iterator[Check]:
    yield judge_temp(Written("/t"))
    yield judge_temp(Refused("/t", "why"))
    for rooms in (
        [Room("a", "/a", 10**12, 10**9)],
        [Room("a", "/a", 5 * 10**8)],
        [Room("a", "/a", 10**6)],
        [Room("a", "/a", 10**12, 3)],
        [NoRoom("a", "/a", "why")],
    ):
        yield judge_disk(rooms)
    for limit in Limit:
        for free in (10**10, 3 * 10**8, 10**6):
            yield judge_memory(Left(free, limit))
    yield judge_memory(None)
    for state in (State.LONG_PATHS_ON, State.LONG_PATHS_OFF):
        # What only Windows finds out.
        yield Check(CheckId.LONG_PATHS, state)


def of_the_network() -> Iterator[Check]:
    for authorities in (
        Authorities("", 9, 0),
        Authorities("x", 9, 9),
        Authorities("x", 0, 0),
        Authorities("x", 0, 0, folder=True),
        Unusable("x", "why"),
    ):
        yield judge_certificates(authorities, "")
        yield judge_certificates(authorities, "no ssl")
    yield judge_proxies([NoWay(URL, "why")], [])
    for connections in ([], [Connected("p")], [Unconnected("p", "why")]):
        yield judge_proxies([], connections)
    for ahead in (0.0, 1_000.0, -1_000_000.0, None):
        yield judge_clock([Reached(URL, 200, 0.1, 1, ahead)])
    for reach in reaches():
        yield from judge_indexes(IndexSources((URL,)), [reach], "pip")
    folders = IndexSources(("/", "/nowhere"), ("/nowhere",))
    yield from judge_indexes(folders, [], "pip")
    yield from judge_indexes(IndexSources((), no_index=True), [], "pip")


def reaches() -> Iterator[Reach]:
    yield NoWay(URL, "why")
    for status, seconds, files in (
        (200, 0.1, 3),
        (200, 100.0, 3),
        (200, 0.1, 0),
        (404, 0.1, None),
        (401, 0.1, None),
        (403, 0.1, None),
        (407, 0.1, None),
    ):
        yield Reached(URL, status, seconds, files)
    failures: tuple[IndexFailure, ...] = (
        IndexTLSFailure("https://index.example", "why"),
        IndexTLSFailure("/ca.pem", "why"),
        IndexMalformed(URL, "why"),
        IndexUnreachable(URL, "why"),
    )
    for failure in failures:
        yield Unreached(URL, failure)
    yield Unreached(URL, IndexUnreachable(URL, "why"), "http://proxy.example")


def of_requirements() -> Iterator[Check]:
    target = target_for("3.11", "linux")
    for outcome in Outcome:
        yield judge_requirements(Findings(outcome, target, ()))
    for needed in (">=3", ">=4"):
        check = judge_project(RequirementSet((), requires_python=needed), target)
        assert check is not None
        yield check
    compiled, plain = Build("a 1", BuildNeeds(True, True)), Build("b 1", BuildNeeds(False, False))
    for builds in (None, (), (compiled, plain), (plain,), (Build("c 1", Unread("why")),)):
        yield judge_builds(builds)
    here = Toolchain(*[Works("tool")] * 4)
    absent = Toolchain(*[Lacking("tool", "why")] * 4)
    for demand in Demand:
        yield from judge_toolchain(here, Demands(demand, demand, demand))
        yield from judge_toolchain(absent, Demands(demand, demand, demand))


def of_nothing() -> Iterator[Check]:
    """What needs no facts, and what only a server tells that is silent at the right moment."""
    for state in (State.OFFLINE, State.FROM_SNAPSHOT, State.NO_INTERPRETER):
        yield Check(CheckId.INDEX, state)
    yield Check(CheckId.REQUIREMENTS, State.REQUIREMENTS_NONE)
    yield Check(CheckId.PIP, State.PROBE_SILENT, {"limit_seconds": 60.0})
    facts = {"url": URL, "reason": "why"}
    yield Check(CheckId.INDEX, State.INDEX_NO_NAME, facts)
    yield Check(CheckId.INDEX, State.INDEX_SILENT, facts)


JUDGED = [
    *of_interpreters(),
    *of_pips(),
    *of_environments(),
    *of_the_machine(),
    *of_the_network(),
    *of_requirements(),
    *of_nothing(),
]


def test_every_state_is_come_to() -> None:
    assert {check.state for check in JUDGED} == set(State)


@pytest.mark.parametrize("check", JUDGED, ids=lambda check: check.state.value)
def test_no_word_is_missing(check: Check) -> None:
    findings = Findings(Outcome.RESOLVED, target_for("3.11", "linux"), ())
    examination = Examination((check,), Place.DEBIAN, findings=findings)
    for text in (said(check, examination), *fixed(check, examination)):
        assert "{" not in text
    assert said(check, examination)


@pytest.mark.parametrize("check", JUDGED, ids=lambda check: check.state.value)
def test_facts_are_one_word_of_a_command_each(check: Check) -> None:
    """A shell would take the `>=3.13` of a project for a file to write, without quotation marks."""
    facts = {
        name: "a>b" if isinstance(value, str) else value for name, value in check.facts.items()
    }
    findings = Findings(Outcome.RESOLVED, target_for("3.11", "linux"), ())
    examination = Examination((check,), Place.DEBIAN, findings=findings)
    _, command = fixed(replace(check, facts=facts), examination)
    assert ">" not in list(shlex.shlex(command, posix=True, punctuation_chars=True))


def test_what_is_behind_a_silence_is_told() -> None:
    late = Unreached(URL, BudgetSpent(URL, "while waiting"))
    [check] = judge_indexes(IndexSources((URL,)), [late], "pip")
    assert check.facts["reason"] == "Connection refused"
