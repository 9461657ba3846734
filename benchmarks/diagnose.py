"""How often ``diagnose`` is right on labelled logs, and how fast and small it is on a large one.

A folder holds NAME.log and NAME.toml with `label`, `root_lineno` (0 for a success).
"""

from __future__ import annotations

import argparse
import itertools
import os
import resource
import tempfile
import time
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.measuring import megabytes
from benchmarks.tables import head, table, write
from conflictlens.diagnosis.choosing import diagnose
from conflictlens.diagnosis.records import Layer

LOGS = Path(os.environ.get("CONFLICTLENS_LOGS", "../shared/logs"))
SIZE = 200_000_000


class Judged(NamedTuple):
    """A log, what its label says, and whether the diagnosis agrees."""

    name: str
    label: str
    layer: str
    layer_right: bool
    line_right: bool


def judged(folder: Path) -> list[Judged]:
    return [_judge(path) for path in sorted(folder.glob("*.toml"))]


def _judge(path: Path) -> Judged:
    label = tomllib.loads(path.read_text("utf-8"))
    with path.with_suffix(".log").open("rb") as log:
        found = diagnose(log)
    right = found.layer.value == label["label"]
    line_right = (found.line or 0) == label["root_lineno"]
    return Judged(path.stem, label["label"], found.layer.value, right, line_right)


def speed(folder: Path) -> tuple[float, float]:
    """MB/s and the process's MB on a log that repeats the folder's until it is large."""
    with tempfile.NamedTemporaryFile(suffix=".log") as file:
        logs = [path.read_bytes() for path in sorted(folder.glob("*-pip-*.log"))]
        # A file has one encoding: PowerShell's UTF-16 stays out.
        for log in itertools.cycle([one for one in logs if b"\0" not in one]):
            file.write(log)
            if file.tell() > SIZE:
                break
        size = file.tell() / 1e6
        file.seek(0)
        start = time.perf_counter()
        diagnose(file)
        seconds = time.perf_counter() - start
    return size / seconds, megabytes(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def main(folder: Path) -> None:
    load = os.getloadavg()[0]
    write("diagnose.md", _report(judged(folder), speed(folder), load))


def _report(logs: Sequence[Judged], fast: tuple[float, float], load: float) -> Iterable[str]:
    about = f"{len(logs)} labelled logs, which the rules were written and mended by."
    yield from head("Diagnosis of logs", about, "python -m benchmarks.diagnose", (), load)
    by_label: dict[str, list[Judged]] = defaultdict(list)
    for one in logs:
        by_label[one.label].append(one)
    rows = [_row(label, ones) for label, ones in sorted(by_label.items())]
    yield from table(("label", "logs", "layer right", "line exact"), [*rows, _row("all", logs)])
    successes = by_label[Layer.NONE]
    yield ""
    yield f"Successes diagnosed as failures: {sum(not one.layer_right for one in successes)}."
    yield f"A log of {SIZE / 1e6:.0f} MB: {fast[0]:.0f} MB/s, {fast[1]:.0f} MB of memory."
    yield ""
    yield "Layers that differ from the label:"
    yield ""
    wrong = (one for one in logs if not one.layer_right)
    yield from table(("log", "label", "found"), ((one.name, one.label, one.layer) for one in wrong))


def _row(label: str, logs: Sequence[Judged]) -> Sequence[object]:
    layers, lines = sum(one.layer_right for one in logs), sum(one.line_right for one in logs)
    share = f" ({lines / len(logs):.1%})" if label == "all" else ""
    whole = f" ({layers / len(logs):.1%})" if label == "all" else ""
    return label, len(logs), f"{layers}{whole}", f"{lines}{share}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Right and fast on labelled logs?")
    parser.add_argument("folder", type=Path, nargs="?", default=LOGS)
    main(parser.parse_args().folder)
