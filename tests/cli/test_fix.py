"""``conflictlens fix`` in real processes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from conflictlens.cli import fix as command
from conflictlens.cli.main import main
from conflictlens.explanation.records import Findings
from conflictlens.index.memory import MemoryIndex
from conflictlens.index.recording import RecordingIndex
from conflictlens.index.snapshot import write_snapshot
from conflictlens.index.snapshot_format import Question
from conflictlens.pipeline import find
from tests.cli.conftest import Done, Run

UNIVERSE: dict[str, dict[str, list[str]]] = {
    "kettle": {"1.0": ["steel<2"]},
    "pan": {"1.0": ["steel>=2"], "0.9": ["steel"]},
    "steel": {"1.0": [], "2.0": []},
    "lamp": {"1.0": ["battery<2"], "0.9": ["battery"], "0.8": ["battery"]},
    "torch": {"1.0": ["battery>=2"], "0.9": ["battery", "gas<2"]},
    "cup": {"1.0": ["clay<2"], "0.9": ["clay"]},
    "mug": {"1.0": ["clay>=2"], "0.9": ["clay", "gas>=2"]},
    "clay": {"1.0": [], "2.0": []},
    "gas": {"1.0": [], "2.0": []},
    "battery": {"1.0": [], "2.0": []},
    "kitchen": {"1.0": ["oven"]},
    "oven": {"1.0": ["clay<2"], "2.0rc1": []},
    "stove": {"1.0": ["clay<1; extra == 'coal'", "wood; extra == 'wood'"]},
    "wood": {"1.0": []},
}
FILES = {
    "requirements.txt": b"# tools\r\nkettle==1.0\r\npan==1.0 # why\r\n-r more.txt",
    "more.txt": b"\xef\xbb\xbflamp==1.0\ntorch==1.0\n",
}
HEAD = "✗ The 2 requirements can't be installed together (Python 3.11, linux)\n"
TWO = "✗ 2 conflicts: 4 of 4 requirements can't be installed together (Python 3.11, linux)\n"
DIFF = """\
--- r.txt
+++ r.txt
@@ -1,2 +1,2 @@
 kettle==1.0
-pan==1.0 # why
+pan==0.9 # why
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two files with a conflict each, one file with one, and an index that answers."""
    index = RecordingIndex(MemoryIndex.of(UNIVERSE))
    for name in UNIVERSE:
        for file in index.project(name).distributions:  # type: ignore[arg-type]
            index.metadata(file)
    question = Question((), python="3.11", platform="linux")
    write_snapshot(index.snapshot(question), tmp_path / "case.json.gz")
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "r.txt").write_text("kettle==1.0\npan==1.0 # why\n")
    return tmp_path


@pytest.fixture
def fix(run: Run, folder: Path) -> Run:
    def fix(*arguments: str, stdin: str = "") -> Done:
        return run("fix", *arguments, "--index-snapshot", "case.json.gz", stdin=stdin)

    return fix


def contents(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in FILES}


def test_a_diff_is_shown(fix: Run, folder: Path) -> None:
    done = fix("r.txt")
    assert (done.returncode, done.stdout) == (0, DIFF)
    assert done.stderr == (
        f"{HEAD}r.txt:2: pan==1.0  →  pan==0.9\nnothing was written; --write applies it\n"
    )
    assert (folder / "r.txt").read_text() == "kettle==1.0\npan==1.0 # why\n"


def test_it_is_written(fix: Run, folder: Path) -> None:
    done = fix("r.txt", "--write")
    assert (done.returncode, done.stdout) == (0, DIFF)
    assert done.stderr == f"{HEAD}r.txt:2: pan==1.0  →  pan==0.9\n1 file written: r.txt\n"
    assert (folder / "r.txt").read_text() == "kettle==1.0\npan==0.9 # why\n"


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("x.txt", "stove[coal,wood]==1.0 # warm\n", "stove[wood]==1.0 # warm\n"),
        (
            "pyproject.toml",
            '[project]\nname = "x"\ndependencies = [\n  "stove[Wood, coal]",\n]\n',
            '[project]\nname = "x"\ndependencies = [\n  "stove[Wood]",\n]\n',
        ),
    ],
)
def test_an_extra_is_left_out(fix: Run, folder: Path, name: str, before: str, after: str) -> None:
    (folder / name).write_text(before)
    done = fix(name, "--write")
    assert (done.returncode, (folder / name).read_text()) == (0, after), done.stderr


def test_there_is_nothing_left_to_fix(fix: Run, folder: Path) -> None:
    fix("requirements.txt", "--write")
    done = fix("requirements.txt", "--write")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == (
        "✓ All 4 requirements can be installed together (Python 3.11, linux)\n"
        "nothing has to be changed\n"
    )


def test_several_files(fix: Run, folder: Path) -> None:
    done = fix("-r", "requirements.txt", "-q", "--write")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("--- ") == 2
    assert contents(folder) == {
        "requirements.txt": FILES["requirements.txt"].replace(b"pan==1.0", b"pan==0.9"),
        "more.txt": FILES["more.txt"].replace(b"lamp==1.0", b"lamp==0.9"),
    }


@pytest.mark.parametrize(
    ("choice", "more"),
    [
        (["--choose", "1"], b"lamp==0.9\ntorch==1.0\n"),
        (["--choose", "1", "--choose", "2"], b"lamp==1.0\ntorch==0.9\n"),
    ],
)
def test_another_fix(fix: Run, folder: Path, choice: list[str], more: bytes) -> None:
    assert fix("requirements.txt", *choice, "--write").returncode == 0
    assert contents(folder)["more.txt"].removeprefix(b"\xef\xbb\xbf") == more


def test_fixes_that_were_not_tried_together_are_tried(fix: Run) -> None:
    texts = ["kettle", "pan==1.0", "lamp==1.0", "torch==1.0"]
    done = fix("lamp==1.0", "torch==1.0", "pan==1.0", "kettle==1.0", "--choose", "2")
    assert done.returncode == 0
    assert done.stdout == "lamp==1.0\ntorch==0.9\npan==0.9\nkettle==1.0\n"
    assert fix(*texts, "--choose", "9").returncode == 2


def test_a_wrong_choice(fix: Run) -> None:
    done = fix("r.txt", "--choose", "2")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: there is no fix 2 of conflict 1: it has only fix 1\n"


def test_arguments_are_printed(fix: Run) -> None:
    done = fix("kettle==1.0", "pan>=1.0")
    assert (done.returncode, done.stdout) == (0, "kettle==1.0\npan>=0.9,<1.0\n")
    assert done.stderr == f"{HEAD}argument: pan>=1.0  →  pan>=0.9,<1.0, installs pan 0.9\n"


def test_arguments_beside_a_file_are_told(fix: Run, folder: Path) -> None:
    done = fix("pan>=1.0", "kettle", "-r", "more.txt")
    assert done.returncode == 0
    assert done.stdout.startswith("--- more.txt\n")
    assert "argument: pan>=1.0  →  pan>=0.9,<1.0" in done.stderr


def test_standard_input_is_printed(fix: Run) -> None:
    text = "# x\nkettle==1.0\npan==1.0 # why"
    done = fix("-", stdin=text)
    assert (done.returncode, done.stdout) == (0, text.replace("pan==1.0", "pan==0.9"))
    assert fix("-", stdin="pan # x\n").stdout == "pan # x\n"


def test_standard_input_beside_a_file(fix: Run, folder: Path) -> None:
    (folder / "c.txt").write_text("pan==1.0\n")
    done = fix("-", "-r", "more.txt", "-c", "c.txt", stdin="kettle==1.0\npan==1.0\n")
    assert done.returncode == 0
    assert done.stdout.startswith("kettle==1.0\npan==")
    assert "\n--- more.txt\n+++ more.txt\n" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["-"], "standard input"),
        (["kettle==1.0", "pan==1.0"], "what does not stand in a file"),
        (["-r", "more.txt", "kettle==1.0", "pan==1.0"], "a requirement that is given as an arg"),
    ],
)
def test_what_can_not_be_written(fix: Run, folder: Path, arguments: list[str], what: str) -> None:
    done = fix("--write", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"error: {what}")
    assert contents(folder) == FILES


def test_fixes_that_do_not_work_together(fix: Run) -> None:
    requirements = ["cup==1.0", "mug==1.0", "lamp==1.0", "torch==1.0"]
    assert fix(*requirements, "--choose", "2").returncode == 0
    assert fix(*requirements, "--choose", "1", "--choose", "2").returncode == 0
    done = fix(*requirements, "--choose", "2", "--choose", "2")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: the chosen fixes do not work together; choose others\n"


def test_no_fix_is_known(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A search that was cut short found none."""

    def cut_short(*arguments: Any) -> Findings:
        return replace(find(*arguments), fixes=(), repair=None)

    monkeypatch.chdir(folder)
    monkeypatch.setattr(command, "find", cut_short)
    assert main(["fix", "r.txt", "--write", "--index-snapshot", "case.json.gz"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err == f"{HEAD}no fix is known; `conflictlens explain` says why they conflict\n"


def test_a_file_that_changed_meanwhile(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def slow(*arguments: Any) -> Findings:
        (folder / "more.txt").write_text("# mine\n")
        return find(*arguments)

    monkeypatch.chdir(folder)
    monkeypatch.setattr(command, "find", slow)
    asked = ["fix", "requirements.txt", "--write", "--index-snapshot", "case.json.gz"]
    assert main(asked) == 2
    assert capsys.readouterr().err.endswith(
        "error: more.txt: was changed while the question was being answered; ask again; "
        "nothing was written\n"
    )
    assert contents(folder) == {**FILES, "more.txt": b"# mine\n"}


def test_an_index_that_does_not_answer(fix: Run, folder: Path) -> None:
    (folder / "r.txt").write_text("never-recorded\n")
    done = fix("r.txt", "--write")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("? Undecided: ")


def test_hashes_that_go_are_told(fix: Run, folder: Path) -> None:
    (folder / "r.txt").write_text(
        "kettle==1.0 --hash=sha256:0\npan==1.0 \\\n    --hash=sha256:1\n    # via x\n"
    )
    done = fix("r.txt", "--write")
    assert (folder / "r.txt").read_text() == (
        "kettle==1.0 --hash=sha256:0\npan==0.9\n    # via x\n"
    )
    assert (
        "warning: r.txt:2: the hashes of pan were those of other files and are removed; "
        "they must be renewed\n"
    ) in done.stderr


def test_a_line_with_variables_is_refused(run: Run, folder: Path) -> None:
    (folder / "r.txt").write_text("kettle==1.0\npan==${V}\n")
    done = run("fix", "r.txt", "--write", "--index-snapshot", "case.json.gz", V="1.0")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "error: r.txt:2: pan==${V} takes its value from environment variables, so change it by "
        "hand; nothing was written\n"
    )


def test_a_read_only_file(fix: Run, folder: Path) -> None:
    (folder / "more.txt").chmod(0o444)
    done = fix("requirements.txt", "--write")
    assert done.returncode == 2
    assert done.stderr.endswith("error: more.txt: is read-only; nothing was written\n")
    assert contents(folder) == FILES


def test_a_pyproject(fix: Run, folder: Path) -> None:
    text = """\
[project]
name = "p"
dependencies = [
    "kettle==1.0",  # boils
    'pan==1.0',
]
[project.optional-dependencies]
light = ["lamp==1.0", "torch==1.0"]
"""
    (folder / "pyproject.toml").write_text(text)
    assert fix("pyproject.toml", "--extra", "light", "--write").returncode == 0
    assert (folder / "pyproject.toml").read_text() == text.replace("pan==1.0", "pan==0.9").replace(
        "lamp==1.0", "lamp==0.9"
    )


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("r.txt", b"# food\r\nclay==2\r\nkitchen # why", b"\r\noven>=2.0rc1"),
        ("r.txt", b"clay==2\nkitchen\n", b"oven>=2.0rc1\n"),
        ("r.txt", b"\xff\xfea\x00".replace(b"a\x00", "clay==2\nkitchen".encode("utf-16-le")),
         "\noven>=2.0rc1".encode("utf-16-le")),
    ],
)  # fmt: skip
def test_a_line_is_added(fix: Run, folder: Path, name: str, before: bytes, after: bytes) -> None:
    (folder / name).write_bytes(before)
    done = fix(name, "--choose", "2", "--write")
    assert done.returncode == 0
    assert f"{name}: add oven>=2.0rc1, installs oven 2.0rc1, a pre-release\n" in done.stderr
    assert (folder / name).read_bytes() == before + after
    assert fix(name).stderr.endswith("nothing has to be changed\n")


def test_an_element_is_added(fix: Run, folder: Path) -> None:
    text = """\
[project]
name = "p"
dependencies = [
    "clay==2",
    'kitchen' # cooks
]
"""
    (folder / "pyproject.toml").write_text(text)
    assert fix("pyproject.toml", "--choose", "2", "--write").returncode == 0
    assert (folder / "pyproject.toml").read_text() == text.replace(
        "'kitchen' # cooks\n", "'kitchen', # cooks\n    'oven>=2.0rc1'\n"
    )


def test_an_added_argument_is_printed(fix: Run) -> None:
    done = fix("clay==2", "kitchen", "--choose", "2")
    assert (done.returncode, done.stdout) == (0, "clay==2\nkitchen\noven>=2.0rc1\n")


def test_what_only_a_snapshot_asks_is_not_edited(run: Run, case: str) -> None:
    done = run("fix", "--index-snapshot", case)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: requirements.txt:")


def test_colours_are_for_terminals(fix: Run, folder: Path) -> None:
    (folder / "r.txt").write_text("kettle==1.0\r\npan==1.0 # \x1b[2J\r\n", newline="")
    assert "-pan==1.0 # \x1b[2J\n" in fix("r.txt").stdout
    shown = fix("r.txt", "--color", "always").stdout
    assert "\x1b[1;31m-pan==1.0 # \\x1b[2J\x1b[0m\n" in shown
    assert "\r" not in shown
