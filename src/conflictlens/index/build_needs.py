"""What the sources of a release say about their build: whether it compiles, and what.

Only the two files are read from which builds begin, pyproject.toml and setup.py; nothing is run.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Protocol, runtime_checkable

import msgspec

from conflictlens.index.records import Distribution
from conflictlens.index.sdists import Contents

_FILES = ("pyproject.toml", "setup.py")
_SETUPTOOLS = re.compile(r"setuptools|distutils", re.IGNORECASE)
_RUST = re.compile(r"maturin|setuptools[-_.]rust|\bRustExtension\b|\bpuccinialin\b", re.IGNORECASE)
_COMPILES = re.compile(
    r"\b(?:cython|cffi|pybind11|nanobind|meson[-_.]?py(?:thon)?|scikit[-_.]build(?:[-_.]core)?"
    r"|cmake|mypyc)\b",
    re.IGNORECASE,
)
"""Names among the requirements and backends of builds."""
_EXTENSIONS = re.compile(r"\b(?:ext_modules|Extension|cythonize|cffi_modules|CMakeExtension)\b")
"""What a setup.py does that has something to compile."""


class BuildNeeds(msgspec.Struct, frozen=True):
    """Rust links with a C compiler, so that who needs it `compiles` too."""

    compiles: bool
    rust: bool


class Unread(msgspec.Struct, frozen=True):
    """The sources could not be looked into; `reason` is a clause."""

    reason: str


@runtime_checkable
class SourceReader(Protocol):
    """What an index is as well if it can look into sources."""

    def build_needs(self, distribution: Distribution) -> BuildNeeds | Unread:
        """What the build of an sdist, or of a folder of sources, needs."""
        ...


class BuildFiles(Contents):
    """Collects the files from which a build begins."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    @property
    def enough(self) -> bool:
        """Whether no further file counts: a backend other than setuptools runs no setup.py."""
        if "pyproject.toml" not in self._texts:
            return False
        backend = _build_system(self._texts["pyproject.toml"])
        return "setup.py" in self._texts or not (not backend or _SETUPTOOLS.search(backend))

    def wants(self, name: str) -> bool:
        parts = [part for part in name.split("/") if part not in ("", ".")]
        return len(parts) == 2 and parts[1] in _FILES

    def take(self, name: str, content: bytes) -> None:
        self._texts[name.rpartition("/")[2]] = content.decode("utf-8", "replace")

    def needs(self) -> BuildNeeds | Unread:
        if not self._texts:
            return Unread("neither a pyproject.toml nor a setup.py is in it")
        pyproject, setup = (self._texts.get(name, "") for name in _FILES)
        system = _build_system(pyproject)
        rust = bool(_RUST.search(system) or _RUST.search(setup))
        compiles = bool(_COMPILES.search(system) or _EXTENSIONS.search(setup))
        return BuildNeeds(compiles or rust or _has_ext_modules(pyproject), rust)


def _build_system(pyproject: str) -> str:
    """The backend and what it requires, in one line."""
    table = _tables(pyproject).get("build-system")
    if not isinstance(table, dict):
        return ""
    requires = table.get("requires")
    named = requires if isinstance(requires, list) else []
    return " ".join(map(str, (table.get("build-backend", ""), *named)))


def _has_ext_modules(pyproject: str) -> bool:
    tool = _tables(pyproject).get("tool")
    setuptools = tool.get("setuptools") if isinstance(tool, dict) else None
    return isinstance(setuptools, dict) and "ext-modules" in setuptools


def _tables(pyproject: str) -> dict[str, object]:
    try:
        return tomllib.loads(pyproject)
    except tomllib.TOMLDecodeError:
        return {}


def read_folder_needs(folder: Path) -> BuildNeeds | Unread:
    """What a folder of sources on this machine says."""
    files = BuildFiles()
    for name in _FILES:
        try:
            files.take(name, (folder / name).read_bytes())
        except OSError:
            continue
    return files.needs()
