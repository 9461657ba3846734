"""Other people's text at its worst, for every renderer."""

from __future__ import annotations

from pathlib import Path

import pytest

from conflictlens.explanation.records import Findings
from tests.render.hostile import hostile_findings


@pytest.fixture
def hostile(tmp_path: Path) -> Findings:
    """A conflict in which every text that comes from outside is evil."""
    return hostile_findings(tmp_path)
