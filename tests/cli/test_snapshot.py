"""``conflictlens snapshot``: what was asked can be asked again, offline and elsewhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from conflictlens.index.snapshot import read_snapshot
from tests.cli.conftest import Run


def explained(run: Run, *arguments: str) -> Any:
    told = json.loads(run("explain", *arguments, "--format", "json").stdout)
    return {key: told[key] for key in told if key != "stats"}


def test_a_recorded_question_has_the_same_answer(run: Run, case: str, tmp_path: Path) -> None:
    (tmp_path / "limits.txt").write_text("steel<2\n", "utf-8")
    (tmp_path / "requirements.txt").write_text("# tools\nsteel\npan>=1\n", "utf-8")
    options = ("-r", "requirements.txt", "-c", "limits.txt", "--index-snapshot", case)
    target = ("--python", "3.9", "--platform", "windows", "--pre", "--only-binary", "pan")
    done = run("snapshot", *options, *target, "-o", "again.json.gz")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.startswith("again.json.gz: ✗ 1 of 2 requirements and 1 constraint can't be")
    assert done.stderr.count("\n") == 1
    again = explained(run, "--index-snapshot", "again.json.gz")
    assert again == explained(run, *options, *target)
    assert again["conflicts"][0]["core"][0]["origin"]["line"] == 3


def test_the_target_is_recorded_with_its_markers_and_tags(
    run: Run, case: str, tmp_path: Path
) -> None:
    run("snapshot", "steel", "--index-snapshot", case, "-o", "again.json")
    first = read_snapshot(case).question
    again = read_snapshot(tmp_path / "again.json").question
    assert again.environment["python_version"] == "3.11"
    assert again.tags
    assert (again.python, again.platform) == (first.python, first.platform)


def test_a_resolution_is_recorded_too(run: Run, case: str) -> None:
    done = run("snapshot", "pan", "--index-snapshot", case, "-o", "again.json")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "again.json: ✓ The requirement can be installed (Python 3.11, linux)\n"


def test_quiet_says_nothing(run: Run, case: str) -> None:
    done = run("snapshot", "pan", "--index-snapshot", case, "-o", "again.json", "-q")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_undecided_is_an_exit_code_of_its_own(run: Run, case: str, tmp_path: Path) -> None:
    done = run("snapshot", "lamp", "--index-snapshot", case, "-o", "again.json")
    assert done.returncode == 3
    assert (tmp_path / "again.json").exists()


def test_a_file_that_can_not_be_written(run: Run, case: str) -> None:
    done = run("snapshot", "pan", "--index-snapshot", case, "-o", "nowhere/again.json")
    assert done.returncode == 2
    assert done.stderr.startswith("error: nowhere/again.json: can't be written")


def test_the_layout_without_a_schema_is_answered_for_its_environment(
    run: Run, tmp_path: Path
) -> None:
    bare = {
        "requirements": ["lamp"],
        "python": "3.10",
        "env": {"python_version": "3.10", "python_full_version": "3.10.7"},
        "strings": ["bulb; python_full_version == '3.10.7'"],
        "deps": [[[0], []], [[], []]],
        "projects": {
            "lamp": {"v": [["1.0", "lamp-1.0-py3-none-any.whl", None, None, 0, 0]], "known": 1},
            "bulb": {"v": [["2.0", "bulb-2.0-py3-none-any.whl", None, None, 0, 1]], "known": 1},
        },
    }
    (tmp_path / "bare.json").write_text(json.dumps(bare), "utf-8")
    answer = explained(run, "--index-snapshot", "bare.json")
    assert answer["resolution"] == {"bulb": "2.0", "lamp": "1.0"}
    assert answer["target"]["python_full_version"] == "3.10.7"
