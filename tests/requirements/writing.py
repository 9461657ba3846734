"""Files for a test, and what was read of them in a short form."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from conflictlens.errors import BadLine, RequirementsError
from conflictlens.requirements.reading import read_requirements
from conflictlens.requirements.records import RequirementSet


def write(directory: Path, files: Mapping[str, str | bytes]) -> str:
    """Writes files, newlines as given, and returns the directory."""
    for name, content in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(directory)


def read_text(directory: Path, text: str | bytes, **environ: str) -> RequirementSet:
    """What a requirements.txt of this content says."""
    write(directory, {"requirements.txt": text})
    return read_requirements(["requirements.txt"], cwd=str(directory), environ=environ)


def texts(read: RequirementSet) -> list[tuple[str, str]]:
    """Each root's origin and text, constraints after requirements."""
    return [(str(root.origin), root.text) for root in (*read.roots, *read.constraints)]


def bad_lines(directory: Path, text: str | bytes) -> tuple[BadLine, ...]:
    with pytest.raises(RequirementsError) as caught:
        read_text(directory, text)
    return caught.value.lines


def reason(directory: Path, line: str) -> str:
    """Why a single line is refused."""
    (bad,) = bad_lines(directory, line)
    return bad.reason
