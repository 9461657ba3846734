"""Records the examples anew, from the index that pip is configured with.

    python examples/record.py [FOLDER ...]

Each folder holds what was asked (``requirements.txt``, perhaps ``constraints.txt``). Next to it
come ``snapshot.json.gz``, as ``conflictlens snapshot`` writes it but without the files that no
answer for its target would use, and ``answer.txt``, what ``conflictlens explain`` says of it.
Both the whole snapshot and the trimmed one must give the answer that the index gave.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec
from msgspec.structs import replace
from packaging.utils import canonicalize_name

from conflictlens.cli.recorded import recorded_target
from conflictlens.index.snapshot import Snapshot, read_snapshot, write_snapshot
from conflictlens.index.snapshot_format import Releases
from conflictlens.problem.admission import Admission, Assessor

FOLDERS = {
    "kinde-pydantic": ("--exclude-newer", "2023-08-11"),
    "several-conflicts": ("-c", "constraints.txt", "--exclude-newer", "2024-10-15"),
    "tensorflow-numpy": (),
}
TARGET = ("--python", "3.11", "--platform", "linux")


def main(chosen: Sequence[str]) -> None:
    for name, options in FOLDERS.items():
        if not chosen or name in chosen:
            record(Path(__file__).with_name(name), options)


def record(folder: Path, options: Iterable[str]) -> None:
    asked = ("-r", "requirements.txt", *options, *TARGET)
    with tempfile.TemporaryDirectory() as scratch:
        whole = Path(scratch) / "whole.json.gz"
        conflictlens(folder, "snapshot", *asked, "-o", str(whole))
        write_snapshot(trimmed(read_snapshot(whole)), folder / "snapshot.json.gz")
        live = answer(folder, *asked)
        for path in (str(whole), "snapshot.json.gz"):
            replayed = answer(folder, "--index-snapshot", path)
            if replayed != live:
                raise SystemExit(f"{folder.name}: {path} answers otherwise than the index")
    text = conflictlens(folder, "explain", "--index-snapshot", "snapshot.json.gz")
    (folder / "answer.txt").write_text(text, encoding="utf-8")
    print(folder.name, (folder / "snapshot.json.gz").stat().st_size, "bytes")


def answer(folder: Path, *asked: str) -> dict[str, object]:
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
    return replace(snapshot, slice=msgspec.structs.replace(snapshot.slice, projects=projects))


if __name__ == "__main__":
    main(sys.argv[1:])
