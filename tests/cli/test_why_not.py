"""``conflictlens why-not`` in real processes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Done, Run


@pytest.fixture
def why_not(run: Run, case: str, tmp_path: Path) -> Run:
    """The command on a file ``r.txt``, answered from the snapshot."""
    (tmp_path / "r.txt").write_text("kettle==1.0\nsteel==1.0\n")

    def why_not(*arguments: str, stdin: str = "") -> Done:
        return run("why-not", *arguments, "--index-snapshot", case, stdin=stdin)

    return why_not


BLOCKED = """\
✗ steel>=2 is blocked by 1 line (Python 3.11, linux)

  r.txt:1    kettle==1.0
  argument   steel>=2

  They clash over steel:
    kettle 1.0         needs      <2
    your requirement   asks for   >=2

  What blocks it:
    r.txt:1  kettle==1.0: no newer release allows it (kettle 1.0 needs steel<2)

  Upstream: kettle 1.0 would have to allow steel 2.0 (it says steel<2)

  Tried and works, change 2 lines:
    r.txt:1  remove kettle==1.0
    r.txt:2  steel==1.0  →  steel>=2
"""


def test_a_line_blocks_it(why_not: Run) -> None:
    done = why_not("steel>=2", "-r", "r.txt", "--python", "3.11", "--platform", "linux")
    assert (done.returncode, done.stdout, done.stderr) == (1, BLOCKED, "")


def test_nothing_blocks_it(why_not: Run) -> None:
    done = why_not("pan<1", "-r", "r.txt")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("✓ Nothing blocks pan<1 (")
    assert "pan 0.9 would be installed" in done.stdout


def test_a_file_may_stand_beside_what_is_wanted(why_not: Run) -> None:
    beside, named = why_not("steel>=2", "r.txt"), why_not("steel>=2", "-r", "r.txt")
    assert (beside.returncode, beside.stdout) == (1, named.stdout)


def test_the_question_of_a_snapshot(why_not: Run) -> None:
    done = why_not("steel>=2", "--format", "json")
    told = json.loads(done.stdout)
    assert done.returncode == 1
    assert [one["requirement"] for one in told["blockers"]] == ["kettle"]
    assert told["blockers"][0]["first_release"] is None


def test_standard_input(why_not: Run) -> None:
    done = why_not("steel>=2", "-r", "-", stdin="kettle\n")
    assert "<stdin>:1" in done.stdout
    assert done.returncode == 1


def test_markdown(why_not: Run) -> None:
    done = why_not("steel>=2", "-r", "r.txt", "--format", "markdown")
    assert "What blocks it:\n\n- `r.txt:1 kettle==1.0: no newer release allows it" in done.stdout
    assert "- `steel==1.0  →  steel>=2`\n" in done.stdout


def test_undecided(why_not: Run) -> None:
    done = why_not("lamp>=2", "-r", "r.txt")
    assert done.returncode == 3
    assert done.stdout.startswith("? Undecided: ")


def test_wrong_input(run: Run, why_not: Run) -> None:
    assert why_not("r.txt").stderr.startswith("error: nothing is wanted; try: conflictlens why-not")
    assert why_not("steel>", "-r", "r.txt").returncode == 2
    assert run("why-not").returncode == 2
    done = run("why-not", "steel>=2")
    assert done.returncode == 2
    assert "try: conflictlens why-not 'steel>=2' -r r.txt" in done.stderr or (
        "try: conflictlens why-not 'steel>=2' -r requirements.txt" in done.stderr
    )


def test_help_has_examples(run: Run) -> None:
    told = run("why-not", "--help").stdout
    assert "conflictlens why-not 'numpy>=2' -r requirements.txt" in told
    assert "0 nothing blocks it, 1 something does" in told
