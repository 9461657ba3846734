"""Records the examples and the cases anew, from the index that pip is configured with.

    python -m tests.record [NAME ...]

Each folder holds what was asked (``requirements.txt``, perhaps ``constraints.txt``). Next to it
come ``snapshot.json.gz``, as ``conflictlens snapshot`` writes it but without the files that no
answer for its target would use, and ``answer.txt``, what ``conflictlens explain`` says of it.
Of a case there is less in the snapshot: see `slimmed`. Both the whole snapshot and the one that
is kept must give the answer that the index gave.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

import msgspec
from msgspec.structs import replace
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from conflictlens.cli.recorded import recorded_target
from conflictlens.index.snapshot import Snapshot, read_snapshot, write_snapshot
from conflictlens.index.snapshot_format import File, Releases
from conflictlens.problem.admission import Admission, Assessor

Told = dict[str, object]

ROOT = Path(__file__).parents[1]
LINUX = ("--platform", "linux")
EXAMPLES = {
    "kinde-pydantic": ("--python", "3.11", "--exclude-newer", "2023-08-11"),
    "several-conflicts": (
        *("-c", "constraints.txt"),
        *("--python", "3.11", "--exclude-newer", "2024-10-15"),
    ),
    "tensorflow-numpy": ("--python", "3.11"),
}


class Case(msgspec.Struct, frozen=True):
    """A real question: the kind of its conflict, its Python, and until when uploads count."""

    kind: str
    python: str
    until: str
    constraints: bool = False

    @property
    def options(self) -> tuple[str, ...]:
        limits = ("-c", "constraints.txt") if self.constraints else ()
        return (*limits, "--python", self.python, "--exclude-newer", self.until)


CASES = {
    "flask-click": Case("direct pin clash", "3.11", "2024-05-21"),
    "oumi-azure": Case("deep in chains", "3.11", "2025-02-07"),
    "awswrangler-packaging": Case("constraint file", "3.12", "2025-06-24", constraints=True),
    "paper-reviewer": Case("several conflicts", "3.11", "2024-11-05"),
    "numpy-python38": Case("needs another Python", "3.8", "2026-05-30"),
    "py2neo": Case("missing version", "3.8", "2024-01-01"),
    "click-python39": Case(
        "another Python, and a constraint", "3.9", "2025-06-10", constraints=True
    ),
    "aiobotocore-boto3": Case("ladder of releases", "3.11", "2024-12-25"),
    "databricks-pandas": Case("yanked", "3.12", "2025-06-09"),
    "metagpt": Case("no wheel", "3.12", "2025-05-11T06:38:41Z"),
    "airflow-dbt-snowflake": Case("extras", "3.8", "2021-02-24"),
    "ecommerce-api": Case("many lines", "3.8", "2023-08-09"),
    "torch-torchvision": Case("lines that tie each other", "3.8", "2022-11-29"),
    "scipy-python310": Case("upper bound of Requires-Python", "3.10", "2021-08-24"),
    "colab-datasets": Case("beside what is installed", "3.11", "2025-01-20"),
    "celery-redis": Case("asked for with and without an extra", "3.12", "2026-05-12"),
}


def main(chosen: Sequence[str]) -> None:
    for name, options in EXAMPLES.items():
        if not chosen or name in chosen:
            record(ROOT / "examples" / name, options)
    for name, case in CASES.items():
        if not chosen or name in chosen:
            record(ROOT / "tests" / "cases" / name, case.options, slim=True)


def record(folder: Path, options: Iterable[str], *, slim: bool = False) -> None:
    asked = ("-r", "requirements.txt", *options, *LINUX)
    with tempfile.TemporaryDirectory() as scratch:
        whole = Path(scratch) / "whole.json.gz"
        conflictlens(folder, "snapshot", *asked, "-o", str(whole))
        live = answer(folder, *asked)
        kept = trimmed(read_snapshot(whole))
        if slim:
            kept = slimmed(kept, set(told_projects(live)))
        write_snapshot(kept, folder / "snapshot.json.gz")
        for path in (str(whole), "snapshot.json.gz"):
            replayed = answer(folder, "--index-snapshot", path)
            if replayed != live:
                raise SystemExit(f"{folder.name}: {path} answers otherwise than the index")
    text = conflictlens(folder, "explain", "--index-snapshot", "snapshot.json.gz")
    (folder / "answer.txt").write_text(text, encoding="utf-8")
    print(folder.name, (folder / "snapshot.json.gz").stat().st_size, "bytes")


def answer(folder: Path, *asked: str) -> Told:
    """The answer without what differs from run to run and from index to index."""
    told = json.loads(conflictlens(folder, "explain", *asked, "--format", "json"))
    del told["stats"]
    for conflict in told["conflicts"]:
        for fact in conflict["facts"]:
            del fact["source"]
    return dict(told)


def conflictlens(folder: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "conflictlens", *arguments, "--quiet"]
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, encoding="utf-8")
    if done.returncode not in (0, 1):
        raise SystemExit(f"{folder.name}: exit code {done.returncode}")
    return done.stdout


def trimmed(snapshot: Snapshot) -> Snapshot:
    """The snapshot with the files that were read, and those that its target would use."""
    question = snapshot.question
    admission = Admission(
        pre=question.pre,
        uploaded_before=question.exclude_newer,
        only_binary=frozenset(question.only_binary),
        no_binary=frozenset(question.no_binary),
    )
    assessor = Assessor(recorded_target(question, None, None), admission)
    index = snapshot.index
    projects: dict[str, Releases | None] = {}
    for name, releases in snapshot.slice.projects.items():
        chosen = assessor.releases(index.project(canonicalize_name(name)))
        used = {file.filename for file in (*chosen.distributions, *chosen.late)}
        projects[name] = releases and {
            version: tuple(f for f in files if f.file in used or f.metadata is not None)
            for version, files in releases.items()
        }
    return replace(snapshot, slice=replace(snapshot.slice, projects=projects))


def told_projects(live: Told) -> Iterator[str]:
    """The projects that an answer says something about: versions, counts, neighbours."""
    for text in _strings(live["conflicts"], ("requirement", "name", "project", "clash")):
        if not text.startswith("Python "):
            yield canonicalize_name(Requirement(text).name)


def _strings(value: object, keys: Collection[str]) -> Iterator[str]:
    match value:
        case dict():
            for key, inner in value.items():
                if key in keys and isinstance(inner, str):
                    yield inner
                yield from _strings(inner, keys)
        case list():
            for inner in value:
                yield from _strings(inner, keys)


def slimmed(snapshot: Snapshot, told: Collection[str]) -> Snapshot:
    """The snapshot without what its own answer does not rest on.

    Of projects outside of `told` the files that were not read go. Upload times are told to
    the day, but for those of the last day that counts and later ones.
    """
    until = snapshot.question.exclude_newer

    def rounded(file: File) -> File:
        if file.time is None or (until and file.time.date() >= until.date()):
            return file
        return replace(file, time=file.time.replace(hour=0, minute=0, second=0, microsecond=0))

    def kept(releases: Releases, whole: bool) -> Releases:
        chosen = {
            version: tuple(rounded(file) for file in files if whole or file.metadata is not None)
            for version, files in releases.items()
        }
        return {version: files for version, files in chosen.items() if files}

    projects = {
        name: releases and kept(releases, name in told)
        for name, releases in snapshot.slice.projects.items()
    }
    return replace(snapshot, slice=replace(snapshot.slice, projects=projects))


if __name__ == "__main__":
    main(sys.argv[1:])
