"""Fixes that let in pre-releases, given to pip and uv as they are printed, from a real server."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from conflictlens.explanation.records import ChangeAction, Fix
from conflictlens.library import explain
from tests.cli.conftest import environment
from tests.index.opening import opened
from tests.served_index import served

UV = str(Path(sys.executable).with_name("uv"))
BREAD: dict[str, list[str]] = {"1": [], "2": []}


@dataclass(frozen=True)
class Asked:
    """Lines that conflict as long as a pre-release is withheld, and the fix that lets it in."""

    requirements: tuple[str, ...]
    universe: dict[str, dict[str, list[str]]]
    action: ChangeAction
    text: str
    constraints: tuple[str, ...] = ()


CASES = {
    "the release that is awaited": Asked(
        ("oven>=2",), {"oven": {"1.9": [], "2.0rc1": []}}, ChangeAction.REPLACE, "oven>=2.0rc1"
    ),
    "a pin of it": Asked(
        ("oven == 2.0",),
        {"oven": {"1.9": [], "2.0rc1": []}},
        ChangeAction.REPLACE,
        "oven == 2.0rc1",
    ),
    "a line that allows it": Asked(
        ("bread==2", "oven==2.*"),
        {"oven": {"2.0": ["bread==1"], "2.1b1": []}, "bread": BREAD},
        ChangeAction.REPLACE,
        "oven>=2.1b1,==2.*",
    ),
    "a line without a specifier": Asked(
        ("bread==2", "oven[grill] ; python_version>'3'"),
        {"oven": {"1.0": ["bread==1"], "2.0.dev3": []}, "bread": BREAD},
        ChangeAction.REPLACE,
        "oven[grill]>=2.0.dev3 ; python_version>'3'",
    ),
    "a project that somebody else needs": Asked(
        ("bread==2", "kitchen"),
        {"kitchen": {"1": ["oven"]}, "oven": {"1.0": ["bread==1"], "2.0a1": []}, "bread": BREAD},
        ChangeAction.ADD,
        "oven>=2.0a1",
    ),
    "a project that is constrained": Asked(
        ("bread==2", "kitchen"),
        {"kitchen": {"1": ["oven"]}, "oven": {"1.0": ["bread==1"], "2.0a1": []}, "bread": BREAD},
        ChangeAction.REPLACE,
        "oven>=2.0a1,<3",
        ("oven<3",),
    ),
    "a project far down": Asked(
        ("house",),
        {
            "house": {"1": ["kitchen", "bread==2"]},
            "kitchen": {"1": ["oven<3,>=1"]},
            "oven": {"1.0": ["bread==1"], "2.0a1": [], "2.0a2": ["bread==1"]},
            "bread": BREAD,
        },
        ChangeAction.ADD,
        "oven>=2.0a1",
    ),
}


@pytest.mark.parametrize("asked", CASES.values(), ids=CASES)
def test_both_resolve_what_is_printed(asked: Asked, tmp_path: Path) -> None:
    with served(asked.universe) as server:
        with opened(server.url) as index:
            answer = explain(
                asked.requirements,
                constraints=asked.constraints,
                index=index,
                python=f"{sys.version_info.major}.{sys.version_info.minor}",
            )
        [fix] = [fix for fix in answer.fixes if is_opt_in(fix, asked)]
        # uv may fall back to pre-releases by itself, pip does not.
        assert pip(server.url, tmp_path, asked.requirements, asked.constraints).returncode != 0
        for command in (pip, uv):
            after = command(server.url, tmp_path, fix.requirements, fix.constraints)
            assert after.returncode == 0, after.stderr


def is_opt_in(fix: Fix, asked: Asked) -> bool:
    told = [(change.action, change.replacement) for change in fix.changes]
    return told == [(asked.action, asked.text)]


def pip(
    url: str, at: Path, requirements: Sequence[str], constraints: Sequence[str]
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed"]
    return _run([*command, "-q", "-i", url, *_files(at, requirements, constraints)])


def uv(
    url: str, at: Path, requirements: Sequence[str], constraints: Sequence[str]
) -> subprocess.CompletedProcess[str]:
    lines, *limits = _files(at, requirements, constraints)[1:]
    command = [UV, "pip", "compile", "-q", "--no-cache", "--python", sys.executable, "-i", url]
    return _run([*command, lines, *limits])


def _files(at: Path, requirements: Sequence[str], constraints: Sequence[str]) -> list[str]:
    listed, limits = at / "r.txt", at / "c.txt"
    listed.write_text("\n".join(requirements))
    limits.write_text("\n".join(constraints))
    return ["-r", str(listed), "-c", str(limits)]


def _run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    settings = environment(UV_NO_CONFIG="1", HOME=os.devnull)
    settings = {name: text for name, text in settings.items() if not name.startswith("UV_IND")}
    return subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=120, env=settings
    )
