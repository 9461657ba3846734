"""Result files: a head that says what was run where, then plain Markdown tables."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

RESULTS = Path(__file__).with_name("results")


def head(title: str, about: str, command: str, tools: Sequence[str], load: float) -> Iterable[str]:
    """Title and circumstances; `load` is the load average before the first run."""
    versions = ", ".join(f"{tool} {version(tool)}" for tool in ("conflictlens", *tools))
    yield f"# {title}"
    yield ""
    yield (
        f"{about} {datetime.now(UTC):%Y-%m-%d}, {versions}, Python {platform.python_version()}, "
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} CPUs, load average "
        f"{load:.1f} before the first run; made by `{command}`."
    )
    yield ""


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterable[str]:
    yield f"| {' | '.join(columns)} |"
    yield "|" + "---|" * len(columns)
    for row in rows:
        yield f"| {' | '.join(str(cell).replace('|', chr(92) + '|') for cell in row)} |"


def write(name: str, lines: Iterable[str]) -> None:
    """One result file, as a whole."""
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


def figure(value: float | None, form: str) -> str:
    """A number in its column's form, empty where there is none."""
    return "" if value is None else format(value, form)


def ratio(ours: float | None, theirs: float | None) -> str:
    return "unknown" if ours is None or not theirs else f"{ours / theirs:.2f}"
