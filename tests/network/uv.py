"""uv's verdict on requirement lines, for a target and a date.

uv reads a source archive by building it, and for some old ones that fails, whatever the rest of
the requirements: the archive does not unpack, or its build needs a tool of another year. Others
it refuses by their file name (``.tar.bz2``), which pip reads. A wheel that says what such a
release needs then stands in for it: what conflictlens takes it to need, which is what the archive
declares, or nothing where only a build could tell. A verdict names these releases.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import canonicalize_name
from packaging.version import Version

from conflictlens.index.configuration import configured_sources
from conflictlens.index.records import DistributionKind, Metadata
from conflictlens.index.remote import open_index
from conflictlens.problem.dependency_reader import lenient
from conflictlens.requirements.records import IndexOptions

UV = str(Path(sys.executable).with_name("uv"))
STATED = 12
"""Releases whose needs are stated to uv at most, for one verdict."""

_UNREADABLE = (
    re.compile(r"Failed to (?:download and )?build `([^`=]+)==([^`]+)`"),
    re.compile(r"Because (\S+)==(\S+) has a non-PEP 625-compliant source distribution filename"),
)


@dataclass(frozen=True, slots=True)
class UvSays:
    """uv's verdict: True resolves, False does not, None where it failed for another reason.

    `stated` are the releases whose needs uv could not find out and was told.
    """

    resolves: bool | None
    text: str
    stated: tuple[str, ...] = ()


def verdict(
    requirements: Sequence[str], constraints: Sequence[str], options: Sequence[str], at: Path
) -> UvSays:
    """What uv says of these lines; `at` is a folder to write into."""
    listed, limits, wheels = at / "requirements.in", at / "constraints.txt", at / "stated"
    listed.write_text("\n".join(requirements) + "\n", encoding="utf-8")
    limits.write_text("\n".join(constraints) + "\n", encoding="utf-8")
    shutil.rmtree(wheels, ignore_errors=True)
    wheels.mkdir()
    command = [
        *(UV, "pip", "compile", "--quiet", str(listed), "-c", str(limits)),
        *("--no-python-downloads", "--python", sys.executable, "--find-links", str(wheels)),
        *options,
    ]
    stated: list[str] = []
    while True:
        said, unreadable = _ask(command)
        if unreadable is None or unreadable in stated or len(stated) == STATED:
            return UvSays(said.resolves, said.text, tuple(stated))
        stated.append(unreadable)
        _stand_in(unreadable, wheels)


def _ask(command: Sequence[str]) -> tuple[UvSays, str | None]:
    """The verdict, and the release that kept uv from one."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=180)
    except subprocess.TimeoutExpired:
        return UvSays(None, "no answer in time"), None
    if done.returncode == 0:
        return UvSays(True, ""), None
    for pattern in _UNREADABLE:
        if found := pattern.search(done.stderr):
            return UvSays(None, done.stderr), f"{found[1]}=={found[2]}"
    return UvSays(False if "No solution found" in done.stderr else None, done.stderr), None


def _stand_in(release: str, folder: Path) -> None:
    """Write an empty wheel that says what the release needs."""
    name, _, version = release.partition("==")
    stem = f"{canonicalize_name(name).replace('-', '_')}-{version}"
    metadata = [
        "Metadata-Version: 2.1",
        f"Name: {name}",
        f"Version: {version}",
        *(f"Requires-Dist: {text}" for text in _declared(name, Version(version))),
    ]
    wheel = "Wheel-Version: 1.0\nGenerator: stated\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    with zipfile.ZipFile(folder / f"{stem}-py3-none-any.whl", "w") as archive:
        archive.writestr(f"{stem}.dist-info/METADATA", "\n".join(metadata) + "\n\n")
        archive.writestr(f"{stem}.dist-info/WHEEL", wheel)
        archive.writestr(f"{stem}.dist-info/RECORD", "")


def _declared(name: str, version: Version) -> Iterable[str]:
    with open_index(configured_sources(IndexOptions())) as index:
        for file in index.project(canonicalize_name(name)).distributions:
            if file.version == version and file.kind is DistributionKind.SDIST:
                metadata = index.metadata(file)
                if isinstance(metadata, Metadata):
                    return [lenient(text) for text in metadata.requires_dist]
    return []
