"""Failures that are brought about by the real pip and uv, and what is said of them."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest

from conflictlens.diagnosis.choosing import diagnose
from tests.provoke.building import BUILDING
from tests.provoke.records import Provocation, provoke

BY_TURNS = [one for number, one in enumerate(BUILDING) if (number + number // 2) % 2 == 0]
"""Each failure by pip or by uv; ``python -m tests.provoke`` tries both, which takes longer."""


@pytest.mark.parametrize("one", BY_TURNS, ids=[one.name for one in BY_TURNS])
def test_a_failing_build_is_understood(one: Provocation, tmp_path: Path) -> None:
    if missing := one.missing():
        pytest.skip(f"{', '.join(missing)}: not here")
    log = provoke(one, tmp_path)
    found = diagnose(io.BytesIO(log))
    assert (found.layer, found.line is None) == (one.layer, one.line == ""), log.decode()
    assert re.search(one.line, found.text), log.decode()
