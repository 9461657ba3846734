"""The front door: everything that is looked at, as much at once as does not depend on each other.

Probes run in threads that the process does not wait for at its end; whatever they start has a time
limit, and `Programs.stop` ends it where somebody does not want to wait for that.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from datetime import date
from functools import partial
from threading import Thread
from typing import TypeVar

import msgspec

from conflictlens.doctor.environment import (
    in_container,
    judge_environment,
    judge_target,
    probe_target,
)
from conflictlens.doctor.inside import Inside
from conflictlens.doctor.installed import judge_installed, probe_installed
from conflictlens.doctor.interpreter import Answer, Found, Interpreters, judge
from conflictlens.doctor.machine import judge_long_paths
from conflictlens.doctor.memory import judge_memory, probe_memory
from conflictlens.doctor.network import (
    SECONDS,
    connect,
    judge_certificates,
    judge_clock,
    judge_indexes,
    judge_proxies,
    probe_certificates,
)
from conflictlens.doctor.pips import judge_path, judge_pip, probe_path, probe_pip
from conflictlens.doctor.records import Check, CheckId, State
from conflictlens.doctor.requirements import (
    demands,
    judge_builds,
    judge_project,
    judge_requirements,
    probe_builds,
)
from conflictlens.doctor.storage import judge_disk, judge_temp, probe_disk, probe_temp
from conflictlens.doctor.toolchain import Demands, Toolchain, judge_toolchain, probe_toolchain
from conflictlens.explanation.records import Findings, Outcome
from conflictlens.index.configuration import IndexSources
from conflictlens.index.pip_config import read_pip_settings
from conflictlens.index.reached import NoWay, Reach
from conflictlens.index.records import Index
from conflictlens.question import Question

T = TypeVar("T")

PROJECT = "pip"
"""What every index of Python packages that serves more than its own house has."""
_LIMIT = 60.0
"""Seconds after which a probe that has not ended is given up; those of programs end before."""

_TICK = 0.2
_OF_INTERPRETER = (
    CheckId.PIP,
    CheckId.PIP_ON_PATH,
    CheckId.ENVIRONMENT,
    CheckId.TARGET,
    CheckId.INSTALLED,
    CheckId.DISK,
    CheckId.COMPILER,
    CheckId.HEADERS,
    CheckId.RUST,
    CheckId.GIT,
)
_OF_NETWORK = (CheckId.PROXY, CheckId.INDEX, CheckId.CLOCK)


class Subject(msgspec.Struct, frozen=True):
    """What is examined. `silenced` is why the network is left alone, None where it is not.

    `seconds` is how long the indexes may take to answer.
    """

    found: Found
    sources: IndexSources
    environ: Mapping[str, str]
    today: date
    silenced: State | None = None
    seconds: float = SECONDS

    @property
    def inside(self) -> Inside | None:
        return self.found.inside if isinstance(self.found, Answer) else None


class Probe:
    """One probe, running."""

    def __init__(self, ids: Sequence[CheckId], work: Callable[[], Sequence[Check]]) -> None:
        self.ids = ids
        self._work = work
        self._future: Future[Sequence[Check]] = Future()
        Thread(target=self._run, daemon=True).start()

    @property
    def is_done(self) -> bool:
        return self._future.done()

    def checks(self, deadline: float) -> Sequence[Check]:
        """What it found; unknown, where it has not ended by the deadline (monotonic)."""
        while time.monotonic() < deadline:
            try:
                # In slices, because Windows delivers Ctrl-C only between them.
                return self._future.result(_TICK)
            except TimeoutError:
                continue
        facts = {"limit_seconds": _LIMIT}
        return [Check(check, State.PROBE_SILENT, facts) for check in self.ids]

    def _run(self) -> None:
        try:
            self._future.set_result(self._work())
        except BaseException as error:  # noqa: BLE001
            # Raised again in the thread that waits for it.
            self._future.set_exception(error)


class Machine:
    """All that does not depend on requirements; `begin` starts it, `checks` waits for it."""

    def __init__(self, subject: Subject, interpreters: Interpreters) -> None:
        self._subject = subject
        self._interpreters = interpreters
        self._programs = interpreters.programs
        self._tools: Toolchain | None = None
        self._deadline = time.monotonic() + _LIMIT
        self._probes: list[Probe] = []

    def begin(self) -> None:
        subject, inside = self._subject, self._subject.inside
        start = self._start
        start([CheckId.TEMP], lambda: [judge_temp(probe_temp())])
        start([CheckId.MEMORY], lambda: [judge_memory(probe_memory())])
        if subject.silenced is None:
            start([CheckId.CERTIFICATES, *_OF_NETWORK], partial(_network, subject, inside))
        if inside is None:
            return
        programs, environ = self._programs, subject.environ
        start([CheckId.PIP], lambda: [judge_pip(probe_pip(inside, programs))])
        start(
            [CheckId.PIP_ON_PATH],
            lambda: [judge_path(probe_path(self._interpreters, environ), inside)],
        )
        start([CheckId.TARGET], lambda: [judge_target(probe_target(inside, environ))])
        managed = inside.externally_managed
        start(
            [CheckId.INSTALLED],
            lambda: [judge_installed(probe_installed(inside), managed=managed)],
        )
        start([CheckId.DISK], lambda: [judge_disk(probe_disk(inside, environ))])
        start([], partial(self._look_for_tools, inside))

    def _start(self, ids: Sequence[CheckId], work: Callable[[], Sequence[Check]]) -> None:
        self._probes.append(Probe(ids, work))

    def _look_for_tools(self, inside: Inside) -> Sequence[Check]:
        # What they mean depends on what has to be built, which is found out meanwhile.
        self._tools = probe_toolchain(inside, self._programs)
        return []

    def waiting(self) -> list[CheckId]:
        """What has not been found out yet."""
        return [probe.ids[0] for probe in self._probes if probe.ids and not probe.is_done]

    def checks(self, demanded: Demands) -> Iterator[Check]:
        """All checks, once all probes have ended."""
        subject, inside = self._subject, self._subject.inside
        yield judge(subject.found, subject.today)
        for probe in self._probes:
            yield from probe.checks(self._deadline)
        if inside is None:
            yield from (Check(check, State.NO_INTERPRETER) for check in _OF_INTERPRETER)
        else:
            settings = read_pip_settings(subject.environ)
            yield judge_environment(inside, settings, container=in_container())
            yield from self._tool_checks(demanded)
        if subject.silenced is not None:
            yield _certificates(subject, inside)
            yield from (Check(check, subject.silenced) for check in _OF_NETWORK)
        long_paths = judge_long_paths()
        if long_paths is not None:
            yield long_paths

    def _tool_checks(self, demanded: Demands) -> Sequence[Check]:
        if self._tools is not None:
            return judge_toolchain(self._tools, demanded)
        ids = (CheckId.COMPILER, CheckId.HEADERS, CheckId.RUST, CheckId.GIT)
        return [Check(check, State.PROBE_SILENT, {"limit_seconds": _LIMIT}) for check in ids]


def _network(subject: Subject, inside: Inside | None) -> Sequence[Check]:
    # What fetching needs takes half of the start, and is not needed offline.
    from conflictlens.index.reaching import reach

    sources = subject.sources
    reaches = reach(sources, PROJECT, subject.environ, subject.seconds)
    proxies = [connect(proxy) for proxy in dict.fromkeys(_proxies(reaches))]
    return [
        _certificates(subject, inside),
        judge_proxies(reaches, proxies),
        *judge_indexes(sources, reaches, PROJECT, subject.seconds),
        judge_clock(reaches),
    ]


def _certificates(subject: Subject, inside: Inside | None) -> Check:
    problem = "" if inside is None else inside.ssl_problem
    return judge_certificates(probe_certificates(subject.sources, subject.environ), problem)


def _proxies(reaches: Sequence[Reach]) -> Iterator[str]:
    for one in reaches:
        if not isinstance(one, NoWay) and one.proxy is not None:
            yield one.proxy


def requirement_checks(
    question: Question, findings: Findings, index: Index
) -> tuple[tuple[Check, ...], Demands]:
    """What an answer about the requirements means here, and which tools it asks for."""
    requirements, target = question.requirements, question.target
    # What can't be read may be known to be built all the same, as a repository is.
    resolved = findings.outcome is Outcome.RESOLVED or findings.partial is not None
    builds = probe_builds(findings, index) if resolved else None
    project = judge_project(requirements, target)
    checks = (judge_requirements(findings), judge_builds(builds))
    demanded = demands(requirements, target, builds)
    return (checks if project is None else (project, *checks)), demanded


def unasked() -> tuple[tuple[Check, ...], Demands]:
    """There are requirements, but no Python for which to ask about them."""
    return (Check(CheckId.REQUIREMENTS, State.NO_INTERPRETER),), Demands()


def without_requirements() -> tuple[tuple[Check, ...], Demands]:
    return (Check(CheckId.REQUIREMENTS, State.REQUIREMENTS_NONE),), Demands()
