"""Requirement sets from public issues, where they are at hand."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import pytest

from conflictlens.requirements.reading import read_requirements

CASES = Path(os.environ.get("CONFLICTLENS_CASES", "/nonexistent"))


def _stripped(lines: list[str]) -> list[str]:
    return [line.strip() for line in lines]


@pytest.mark.skipif(not CASES.is_dir(), reason="CONFLICTLENS_CASES names no directory")
def test_all_are_read(tmp_path: Path) -> None:
    for case in sorted(CASES.glob("*.toml")):
        data = tomllib.loads(case.read_text())
        files = {name: data.get(name, []) for name in ("requirements", "constraints")}
        for name, lines in files.items():
            (tmp_path / f"{name}.txt").write_text("\n".join(lines))
        read = read_requirements(
            ["requirements.txt"], constraint_files=["constraints.txt"], cwd=str(tmp_path)
        )
        assert [root.text for root in read.roots] == _stripped(files["requirements"]), case.name
        assert [root.text for root in read.constraints] == _stripped(files["constraints"]), (
            case.name
        )
