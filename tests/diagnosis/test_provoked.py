"""Real failures of the pip and the uv that the test group installs, provoked and diagnosed."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from conflictlens.diagnosis.choosing import diagnose
from tests.provoke import building, files, machine, network, resolving
from tests.provoke.running import Provocation, Tools, missing, root_line, run

QUICK = [
    "pip-two-parents",
    "pip-constraint",
    "pip-survived",
    "pip-no-name",
    "pip-new-python",
    "pip-foreign-wheel",
    "pip-retried",
    "pip-check",
    "pip-after",
    "pip-self-signed",
    "pip-401-password",
    "pip-closed-file",
    "pip-hash",
    "pip-truncated",
    "pip-line-merge",
    "pip-no-file",
    "pip-no-folder",
    "pip-no-arguments",
    "pip-option",
    "pip-not-there",
    "python-without-pip",
    "pip-no-git",
    "pip-then-import",
    "pip-then-command",
    "pip-again",
    "uv-two-parents",
    "uv-lock-group",
    "uv-no-name",
    "uv-only-windows",
    "uv-new-python",
    "uv-survived",
    "uv-check",
    "uv-self-signed",
    "uv-403",
    "uv-closed",
    "uv-hash",
    "uv-truncated",
    "uv-line-merge",
    "uv-no-file",
    "uv-option",
    "uv-no-environment",
    "uv-no-git",
    "uv-no-revision",
]
"""One of each kind; the others want minutes, the index or another tool."""

BY_TURNS = [one.id for number, one in enumerate(building.ALL) if (number + number // 2) % 2 == 0]
"""Each failing build by pip or by uv; the others want as long again."""

ALL = [
    one
    for one in (*resolving.ALL, *network.ALL, *files.ALL, *machine.ALL, *building.ALL)
    if not one.id.startswith("pip-old-")
]


def _marked(provocation: Provocation) -> ParameterSet:
    marks = () if provocation.id in (*QUICK, *BY_TURNS) else pytest.mark.network
    return pytest.param(provocation, id=provocation.id, marks=marks)


@pytest.mark.parametrize("provocation", [_marked(one) for one in ALL])
def test_a_provoked_log_is_diagnosed(provocation: Provocation, tmp_path: Path) -> None:
    if absent := missing(provocation):
        pytest.skip(f"there is no {absent}")
    log = run(provocation, Tools(), tmp_path)
    number = root_line(provocation, log)
    assert bool(number) == bool(provocation.line), log.decode()
    found = diagnose(io.BytesIO(log))
    assert (found.layer, found.line or 0) == (provocation.layer, number), log.decode()


def test_the_quick_ones_are_there() -> None:
    assert set(QUICK) <= {one.id for one in ALL}
