"""A small slice with what recorded ones have: extras, markers, a window of Pythons, dates."""

from __future__ import annotations

from benchmarks.recorded import Recorded, Release
from conflictlens.target import target_for

PYTHON = "3.11.7"


def _wheel(name: str, version: str, *requires: str, python: str | None = None) -> Release:
    extras = ("fast",) if any("extra" in text for text in requires) else ()
    return Release(
        version=version,
        filename=f"{name}-{version}-py3-none-any.whl",
        uploaded="2024-01-02T03:04:05.678900Z",
        requires_python=python,
        requires=requires,
        extras=extras,
    )


SLICE = Recorded(
    name="small",
    requirements=("app[fast]>=1", "util"),
    projects={
        "accelerator": [_wheel("accelerator", "3.0"), _wheel("accelerator", "2.0")],
        "app": [
            _wheel("app", "2.0", "base>=2", "accelerator>=3; extra == 'fast'"),
            _wheel("app", "1.0", "base>=1", "accelerator; extra == 'fast'", python=">=3.8"),
        ],
        "base": [_wheel("base", "2.0", "missing; python_version < '3'"), _wheel("base", "1.0")],
        "util": [_wheel("util", "1.0", "base<2", "gone-for-good; os_name == 'nt'")],
    },
    python=PYTHON,
    date="2024-06-01T00:00:00Z",
    environment=dict(target_for(PYTHON, "x86_64-unknown-linux-gnu").markers),
)
