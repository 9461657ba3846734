"""The real cases, against the real index and a real uv. Run with ``pytest -m network``."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.network.cases import Case, ask, cases, check

pytestmark = pytest.mark.network

CASES = cases()


@pytest.mark.skipif(not CASES, reason="no cases; see CONFLICTLENS_CASES")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_uv_agrees(case: Case, tmp_path: Path) -> None:
    """The verdict is uv's; each core conflicts, is minimal; each fix resolves.

    As many conflicts share no line as are listed, and each of these shares a line with one told.
    """
    result = check(case, ask(case).findings, tmp_path)
    assert result.outcome == case.outcome
    assert [core for core in result.cores if not core.sound] == []
    assert [fix for fix in result.fixes if not fix.resolves] == []
    assert result.disjoint >= result.standing
    assert [core for core in result.listed if core.conflicts and not core.met] == []
