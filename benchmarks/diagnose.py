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
from collections.abc import Iterable, Iterator, Sequence
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


class Speed(NamedTuple):
    """How a large log is read: in seconds of the processor."""

    name: str
    size: float
    seconds: float
    memory: float


def repeated(folder: Path) -> Iterator[bytes]:
    """The logs of pip, over and over."""
    return itertools.cycle(_logs(folder, "*-pip-*.log"))


def stamped(folder: Path) -> Iterator[bytes]:
    """All logs, over and over, each line with a time of its own, so that none comes twice."""
    count = itertools.count()
    for log in itertools.cycle(_logs(folder, "*.log")):
        lines = log.removesuffix(b"\n").split(b"\n")
        yield b"".join(
            _stamp(number) + line + b"\n" for line, number in zip(lines, count, strict=False)
        )


def tagged(folder: Path) -> Iterator[bytes]:
    """As `stamped`, and each line ends in a word of its own."""
    count = itertools.count()
    for log in stamped(folder):
        lines = log.removesuffix(b"\n").split(b"\n")
        yield b"".join(
            b"%s %s\n" % (line, _word(number)) for line, number in zip(lines, count, strict=False)
        )


def _stamp(number: int) -> bytes:
    seconds, fraction = divmod(number, 1000)
    minutes, second = divmod(seconds, 60)
    return b"2024-05-01T%02d:%02d:%02d.%07dZ " % (
        minutes // 60 % 24,
        minutes % 60,
        second,
        fraction,
    )


def _word(number: int) -> bytes:
    return bytes(97 + number // 26**place % 26 for place in range(6))


MIXES = {
    "pip's logs repeated": repeated,
    "all logs, each line with a time of its own": stamped,
    "all logs, each line with a time and a word of its own": tagged,
}


def _logs(folder: Path, pattern: str) -> list[bytes]:
    """A file has one encoding: PowerShell's UTF-16 stays out."""
    logs = [path.read_bytes() for path in sorted(folder.glob(pattern))]
    return [log for log in logs if b"\0" not in log]


def speeds(folder: Path) -> list[Speed]:
    return [_speed(name, mix(folder)) for name, mix in MIXES.items()]


def _speed(name: str, logs: Iterator[bytes]) -> Speed:
    with tempfile.NamedTemporaryFile(suffix=".log") as file:
        while file.tell() < SIZE:
            file.write(next(logs))
        size = file.tell() / 1e6
        file.seek(0)
        start = time.process_time()
        diagnose(file)
        seconds = time.process_time() - start
    memory = megabytes(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    return Speed(name, size, seconds, memory)


def main(folder: Path) -> None:
    load = os.getloadavg()[0]
    write("diagnose.md", _report(judged(folder), speeds(folder), load))


def _report(logs: Sequence[Judged], fast: Sequence[Speed], load: float) -> Iterable[str]:
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
    yield ""
    yield "Large logs. The memory is the largest of the process so far."
    yield ""
    columns = ("log", "MB", "MB/s", "MB of memory")
    yield from table(columns, [_fast(one) for one in fast])
    yield ""
    yield "Layers that differ from the label:"
    yield ""
    wrong = (one for one in logs if not one.layer_right)
    yield from table(("log", "label", "found"), ((one.name, one.label, one.layer) for one in wrong))


def _fast(one: Speed) -> Sequence[object]:
    return one.name, f"{one.size:.0f}", f"{one.size / one.seconds:.1f}", f"{one.memory:.0f}"


def _row(label: str, logs: Sequence[Judged]) -> Sequence[object]:
    layers, lines = sum(one.layer_right for one in logs), sum(one.line_right for one in logs)
    share = f" ({lines / len(logs):.1%})" if label == "all" else ""
    whole = f" ({layers / len(logs):.1%})" if label == "all" else ""
    return label, len(logs), f"{layers}{whole}", f"{lines}{share}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Right and fast on labelled logs?")
    parser.add_argument("folder", type=Path, nargs="?", default=LOGS)
    main(parser.parse_args().folder)
