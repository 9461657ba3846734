"""Writes ``results/cases.md``: each real case, what was found, and what uv says of it.

    python -m benchmarks.cases [NAME ...]

Needs the index that pip is configured with, uv, and the cases (see tests/network/cases.py).
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.tables import head, table, write
from conflictlens.explanation.records import Findings
from tests.network.cases import Case, CoreCheck, FixCheck, Result, ask, cases, check

COLUMNS = (
    *("case", "outcome", "uv", "cores (sound)", "fixes (resolve)"),
    *("words", "s", "requests", "remarks"),
)
AT_ONCE = 6
"""Processes of uv that run side by side; most of them wait for the index."""


def main(names: Sequence[str]) -> None:
    load = os.getloadavg()[0]
    chosen = [case for case in cases() if not names or case.name in names]
    if not chosen:
        raise SystemExit("there are no such cases; CONFLICTLENS_CASES names their folder")
    answers = [(case, _answered(case)) for case in chosen]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        results = []
        for result in pool.map(_checked, answers):
            print(*_row(result), sep=" | ", flush=True)
            results.append(result)
    if not names:
        write("cases.md", _table(results, load))


def _answered(case: Case) -> Findings:
    """The answer with a warm cache: asked twice, the second time counts."""
    ask(case)
    return ask(case).findings


def _checked(answer: tuple[Case, Findings]) -> Result:
    case, findings = answer
    with tempfile.TemporaryDirectory() as folder:
        return check(case, findings, Path(folder))


def _table(results: Sequence[Result], load: float) -> Iterable[str]:
    agreeing = sum(result.agrees for result in results)
    cores = [core for result in results for core in result.cores]
    fixes = [fix for result in results for fix in result.fixes]
    words = [count for result in results for count in result.words]
    seconds = [result.seconds for result in results if result.cores]
    about = "What conflictlens says of each, next to uv's verdict."
    yield from head(
        "Real cases, checked with uv", about, "python -m benchmarks.cases", ["uv"], load
    )
    yield f"- outcome agrees: {agreeing} of {len(results)}"
    yield f"- cores that conflict in uv and whose every deletion resolves: {_share(cores)}"
    resolving = sum(bool(fix.resolves) for fix in fixes)
    alone = sum(bool(fix.resolves and not fix.stated) for fix in fixes)
    yield (
        f"- fixes and repairs that resolve in uv: {resolving} of {len(fixes)}; in {alone} of them "
        "uv found out by itself what every release needs, in the others it could not build or read "
        "the releases named below, and a wheel stood in that says what they declare"
    )
    if words:
        yield (
            f"- words that explain one conflict: median {statistics.median(words):.0f}, "
            f"most {max(words)}"
        )
        yield (
            f"- seconds of a conflict's whole answer: median {statistics.median(seconds):.2f}, "
            f"most {max(seconds):.2f}"
        )
    yield ""
    yield from table(COLUMNS, map(_row, results))


def _share(cores: Sequence[CoreCheck]) -> str:
    return f"{sum(core.sound for core in cores)} of {len(cores)}"


def _row(result: Result) -> Sequence[object]:
    return (
        result.case.name,
        result.outcome,
        result.case.outcome,
        f"{len(result.cores)} ({sum(core.sound for core in result.cores)})",
        f"{len(result.fixes)} ({sum(bool(fix.resolves) for fix in result.fixes)})",
        ", ".join(map(str, result.words)),
        f"{result.seconds:.2f}",
        result.requests,
        "; ".join(_remarks(result)),
    )


def _checks(result: Result) -> Iterable[CoreCheck | FixCheck]:
    yield from result.cores
    yield from result.fixes


def _remarks(result: Result) -> Iterable[str]:
    if not result.agrees:
        yield f"uv: {result.case.judged_by}"
    for core in result.cores:
        if not core.sound:
            yield (
                f"core {list(core.lines)}: minimal {core.minimal}, conflicts {core.conflicts}, "
                f"without these it does not resolve {list(core.stuck)}"
            )
    for fix in result.fixes:
        if not fix.resolves:
            yield f"fix {list(fix.changes)}: resolves {fix.resolves}"
    stated = {release for each in _checks(result) for release in each.stated}
    if stated:
        yield f"stated to uv: {', '.join(sorted(stated))}"


if __name__ == "__main__":
    main(sys.argv[1:])
