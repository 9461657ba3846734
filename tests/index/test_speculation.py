"""What is read on suspicion is cheap: no source archive is fetched that nobody asked about."""

from __future__ import annotations

from pathlib import Path

import pytest

import conflictlens
from tests.served_index import Release, Universe, served

FITTING = 25


@pytest.mark.parametrize("wheel", [True, False])
def test_source_archives_are_read_one_by_one(
    wheel: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    numbers = range(1, 61)
    universe: Universe = {
        "client": {
            f"{n}.0": Release(requires=[f"core=={n}.0"], wheel=wheel, sdist=not wheel)
            for n in numbers
        },
        "core": {f"{n}.0": [] for n in numbers},
    }
    with served(universe) as server:
        found = conflictlens.explain(
            ["client", f"core=={FITTING}.0"],
            index_url=server.url,
            python="3.11",
            cache_dir=str(tmp_path / "cache"),
        )
        fetched = sum("client-" in request.path for request in server.requests)
    assert found.exit_code == 0
    needed = len(numbers) - FITTING + 1
    assert fetched == needed if not wheel else needed <= fetched <= 2 * needed
