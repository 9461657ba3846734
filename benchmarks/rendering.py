"""Writes ``results/rendering.md``: what each format adds to an answer.

    python -m benchmarks.rendering [--rounds N]

The recorded real cases of ``tests/cases``, and one that asks for eight conflicts at once. A process
for each figure: it answers from the recorded slice, and then renders for the first time, so that
what a format imports is counted with it. Wall time, since SVG and PNG wait for Graphviz; medians.
SVG and HTML are measured without Graphviz as well, where the project lays them out itself.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from benchmarks.families import recorded
from benchmarks.measuring import median, surroundings
from benchmarks.recorded import memory_index
from benchmarks.tables import figure, head, table, write
from conflictlens import Explanation, explain, read_snapshot
from conflictlens.cli.recorded import recorded_requirements, recorded_target
from conflictlens.pipeline import find
from conflictlens.problem.admission import Admission
from conflictlens.question import Question
from conflictlens.requirements.workspace import Workspace
from conflictlens.resolution.budget import Budget

ROUNDS = 5
CASES = Path(__file__).parents[1] / "tests" / "cases"
EIGHT = "eight conflicts"
FORMATS: Mapping[str, Callable[[Explanation], object]] = {
    "text": lambda answer: answer.to_text(),
    "json": lambda answer: answer.to_json(),
    "markdown": lambda answer: answer.to_markdown(),
    "tree": lambda answer: answer.to_tree(),
    "mermaid": lambda answer: answer.to_mermaid(),
    "dot": lambda answer: answer.to_dot(),
    "svg": lambda answer: answer.to_svg(),
    "svg alone": lambda answer: answer.to_svg(graphviz=False),
    "png": lambda answer: answer.to_png(),
    "html": lambda answer: answer.to_html(),
    "html alone": lambda answer: answer.to_html(graphviz=False),
}


def main(rounds: int) -> None:
    load = os.getloadavg()[0]
    rows = []
    for case in [*sorted(path.parent.name for path in CASES.glob("*/snapshot.json.gz")), EIGHT]:
        milliseconds = {form: median(_timed(case, form, rounds)) for form in FORMATS}
        print(case, milliseconds, flush=True)
        rows.append((case, milliseconds))
    write("rendering.md", _report(rows, rounds, load))


def _timed(case: str, form: str, rounds: int) -> Iterable[float]:
    command = [sys.executable, "-m", "benchmarks.rendering", "--one", case, form]
    for _ in range(rounds):
        done = subprocess.run(
            command, capture_output=True, text=True, check=True, env=surroundings()
        )
        yield float(done.stdout)


def _report(
    rows: Iterable[tuple[str, Mapping[str, float | None]]], rounds: int, load: float
) -> Iterable[str]:
    about = f"Milliseconds that a format adds to an answer, medians of {rounds} processes."
    yield from head("Rendering", about, "python -m benchmarks.rendering", (), load)
    rows = list(rows)
    cells = [(case, *(figure(told[form], ".0f") for form in FORMATS)) for case, told in rows]
    yield from table(("case", *FORMATS), cells)
    most = {form: max(told[form] or 0.0 for _, told in rows) for form in FORMATS}
    yield ""
    yield f"Most: {', '.join(f'{form} {most[form]:.0f}' for form in FORMATS)}."


def _one(case: str, form: str) -> None:
    answer = _eight() if case == EIGHT else _answer(CASES / case)
    started = time.perf_counter()
    FORMATS[form](answer)
    print(1000 * (time.perf_counter() - started))


def _answer(folder: Path) -> Explanation:
    snapshot = read_snapshot(folder / "snapshot.json.gz")
    asked = snapshot.question
    question = Question(
        recorded_requirements(asked, Workspace(str(folder), {})),
        recorded_target(asked, None, None),
        Admission(pre=asked.pre, uploaded_before=asked.exclude_newer),
    )
    return Explanation(find(question, snapshot.index, Budget()))


def _eight() -> Explanation:
    """Eight pairs of lines, each of which clash over a project behind them."""
    projects: dict[str, dict[str, list[str]]] = {}
    for number in range(8):
        projects[f"left{number}"] = {"1.0": [f"base{number}<2"], "2.0": [f"base{number}>=2"]}
        projects[f"right{number}"] = {"1.0": [f"base{number}>=2"]}
        projects[f"base{number}"] = {"1.0": [], "2.0": []}
    lines = [f"{side}{number}==1.0" for number in range(8) for side in ("left", "right")]
    index = memory_index(recorded(EIGHT, lines, projects))
    return explain(lines, index=index, python="3.11", platform="linux")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="What each format adds to an answer.")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--one", nargs=2, metavar=("CASE", "FORMAT"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        _one(*options.one)
    else:
        main(options.rounds)
