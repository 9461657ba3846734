"""Hypothesis for these tests: the same examples on every run of CI, no limit per example.

`CONFLICTLENS_EXAMPLES` asks for a campaign of that many examples per property.
"""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile(
    "relaxation",
    max_examples=int(os.environ.get("CONFLICTLENS_EXAMPLES", "60")),
    derandomize=bool(os.environ.get("CI")),
    deadline=None,
)
settings.load_profile("relaxation")
