"""The tools that are measured as whole processes, and how each is asked the same question.

For Python 3.11 on Linux, wheels alone where the tool can build, one index and nothing else of the
machine's configuration. pip and nab ask for the Python that runs them, so that is what the
benchmarks run on.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.families import recorded
from benchmarks.measuring import Run, measured, program, surroundings
from benchmarks.recorded import PLATFORM, Recorded
from benchmarks.served import serving

SECONDS = 30.0

OUTCOMES = (0, 1)
"""Exit codes of all these tools: resolved, and not."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question in a folder of its own, as files that the tools read."""

    requirements: Path
    python: str
    url: str

    @property
    def folder(self) -> Path:
        return self.requirements.parent


def written(recorded: Recorded, folder: Path, url: str) -> Asked:
    """Write a question's requirements file, and the project file that nab wants."""
    folder.mkdir(exist_ok=True)
    requirements = folder / "requirements.in"
    requirements.write_text("\n".join(recorded.requirements) + "\n", encoding="utf-8")
    project = (
        '[project]\nname = "asked"\nversion = "1"\nrequires-python = ">=3.11"\n'
        f"dependencies = {json.dumps(list(recorded.requirements))}\n"
        f'[tool.nab]\nindexes = [{{name = "served", url = {json.dumps(url)}}}]\n'
    )
    (folder / "pyproject.toml").write_text(project, encoding="utf-8")
    return Asked(requirements, recorded.python, url)


def _conflictlens(asked: Asked, cache: Path) -> Sequence[str]:
    command = [program("conflictlens"), "explain", "-r", str(asked.requirements)]
    command += ["--python", asked.python, "--platform", PLATFORM, "--index-url", asked.url]
    output = str(asked.folder / "answer.json")
    return [*command, "--cache-dir", str(cache), "--quiet", "--format", "json", "-o", output]


def _uv(asked: Asked, cache: Path) -> Sequence[str]:
    command = [program("uv"), "pip", "compile", str(asked.requirements), "--no-config", "--quiet"]
    command += ["--python-version", asked.python, "--python-platform", PLATFORM]
    command += ["--python", sys.executable, "--no-python-downloads", "--no-build"]
    return [*command, "--default-index", asked.url, "--cache-dir", str(cache)]


def _nab(asked: Asked, cache: Path) -> Sequence[str]:
    command = [program("nab"), "--quiet", "lock", str(asked.folder / "pyproject.toml")]
    command += ["--format", "requirements-without-hashes", "--output", "-"]
    return [*command, "--cache-dir", str(cache)]


def _pip(asked: Asked, cache: Path) -> Sequence[str]:
    command = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--quiet"]
    command += ["--target", str(asked.folder / "nowhere"), "--only-binary", ":all:"]
    command += ["--disable-pip-version-check", "--index-url", asked.url]
    return [*command, "--cache-dir", str(cache), "-r", str(asked.requirements)]


COMMANDS: Mapping[str, Callable[[Asked, Path], Sequence[str]]] = {
    "conflictlens": _conflictlens,
    "uv": _uv,
    "nab": _nab,
    "pip": _pip,
}


def run(tool: str, asked: Asked, cache: Path, seconds: float) -> Run:
    """One process of a tool; it must resolve or refuse, or be ended by the clock."""
    environment = {
        name: text for name, text in surroundings().items() if not name.startswith(("PIP_", "UV_"))
    }
    environment["PIP_CONFIG_FILE"] = os.devnull
    command = COMMANDS[tool](asked, cache)
    return measured(command, asked.folder, OUTCOMES, seconds, environment)


def start_once(tools: Iterable[str], scratch: Path) -> None:
    """Run each tool on next to nothing, with an empty cache and a full one.

    So that what is measured later finds compiled bytecode, as it does on a user's machine.
    """
    trivial = recorded("trivial", ["alone"], {"alone": {"1.0": []}})
    with serving(trivial, scratch) as server:
        asked = written(trivial, scratch / "trivial", server.url)
        for tool in tools:
            for _ in ("cold", "warm"):
                run(tool, asked, asked.folder / f"cache-{tool}", SECONDS)
