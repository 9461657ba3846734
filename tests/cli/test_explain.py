"""``conflictlens explain`` as a process: its exit codes, and what goes where."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Run, environment

COMMAND = (sys.executable, "-m", "conflictlens", "explain")
CONFLICT = """\
✗ The 2 requirements can't be installed together (Python 3.11, linux)

  requirements.txt:1   kettle
  requirements.txt:3   pan>=1

  They clash over steel:
    kettle 1.0   needs   <2
    pan 1.0      needs   >=2
"""


def test_a_conflict(run: Run, case: str) -> None:
    done = run("explain", "--index-snapshot", case)
    assert done.stdout.startswith(CONFLICT)
    assert (done.returncode, done.stderr) == (1, "")


def test_a_dash_is_standard_output(run: Run, case: str, tmp_path: Path) -> None:
    before = sorted(tmp_path.iterdir())
    done = run("explain", "--index-snapshot", case, "-o", "-")
    assert done.stdout.startswith(CONFLICT)
    assert sorted(tmp_path.iterdir()) == before


UPSTREAM = "  Upstream: kettle 1.0 would have to allow steel 2.0 (it says steel<2)\n"


def test_what_upstream_would_have_to_change(run: Run, case: str) -> None:
    """Unasked only where no fix keeps all lines; the issue is printed if it is asked for."""
    assert "pstream" not in run("explain", "--index-snapshot", case).stdout
    both = ("explain", "kettle==1.0", "pan==1.0", "--python", "3.11", "--index-snapshot", case)
    assert "pstream" not in run(*both).stdout
    done = run(*both, "--upstream")
    assert (done.returncode, done.stderr) == (1, "")
    assert f"\n{UPSTREAM}" in done.stdout
    answer, _, issue = done.stdout.partition("\nIssue for kettle\n\n")
    assert "Issue" not in answer
    assert issue.startswith("Allow steel 2.0 (1.0 requires steel<2)\n\nThe metadata of kettle 1.0")
    assert "- `Requires-Dist: steel<3`\n" in issue
    assert issue.endswith("Whether kettle 1.0 works with steel 2.0\nwas not tried.\n")


def test_nothing_that_upstream_could_change(run: Run, case: str) -> None:
    asked = ("explain", "steel>=9", "--python", "3.11", "--index-snapshot", case, "--upstream")
    done = run(*asked)
    assert done.stderr == (
        "no project was found that could resolve it by loosening one requirement\n"
    )
    assert run(*asked, "-q").stderr == ""


@pytest.mark.parametrize("form", ["markdown", "json"])
def test_issues_in_other_formats(run: Run, case: str, form: str) -> None:
    asked = ("kettle==1.0", "pan==1.0", "--python", "3.11", "--index-snapshot", case)
    told = run("explain", *asked, "--upstream", "--format", form).stdout
    if form == "json":
        [change] = json.loads(told)["upstream"]
        assert change["allows"] == {"steel": "2.0"}
        assert change["issue"]["title"] == "Allow steel 2.0 (1.0 requires steel<2)"
    else:
        assert "### Issue for kettle\n\n**Allow steel 2.0 (1.0 requires steel\\<2)**\n" in told


def test_a_resolution(run: Run, case: str) -> None:
    done = run("explain", "pan", "--index-snapshot", case, "--python", "3.11")
    assert done.stdout == (
        "✓ The requirement can be installed (Python 3.11, linux)\n"
        "\n"
        "  pan 1.0 and 1 more (-v lists them)\n"
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_undecided(run: Run, case: str) -> None:
    done = run("explain", "lamp", "--index-snapshot", case)
    assert done.stdout.startswith("? Undecided: https://index.example/simple/lamp/ can't be had")
    assert (done.returncode, done.stderr) == (3, "")


def test_an_index_that_is_not_there(run: Run) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/simple"
        done = run("explain", "kettle", "-i", url, "--no-cache", "--timeout", "5")
    assert done.returncode == 3
    assert "? Undecided: " in done.stdout
    assert "Traceback" not in done.stderr


def test_wrong_lines_are_all_told_with_their_place(run: Run, tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("kettle\npan >>1\nsteel\nlamp=1\n", "utf-8")
    done = run("explain", "requirements.txt")
    assert (done.returncode, done.stdout) == (2, "")
    errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert [error.split(": ")[1] for error in errors] == [
        "requirements.txt:2",
        "requirements.txt:4",
    ]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "COMMAND"),
        (("explian",), "invalid choice: 'explian'"),
        (("explain", "a", "--format", "pdf"), "'pdf' (choose from"),
        (("explain", "a", "--timeout", "0"), "'0' is not a number of seconds above 0"),
        (("explain", "a", "--timeout", "nan"), "'nan' is not a number of seconds"),
        (("explain", "a", "--pyth", "3.11"), "unrecognized arguments: --pyth"),
        (("explain", "a", "--python", "three"), "error: --python 'three' is not understood"),
        (("explain", "a", "--platform", "amiga"), "error: --platform 'amiga' is not understood"),
        (("explain", "a", "--exclude-newer", "soon"), "error: --exclude-newer 'soon'"),
        (("explain", "a", "-o", "answer.pdf"), "error: answer.pdf: name it with one of"),
        (("explain", "a", "-o", ""), "-o/--output: is not the name of a file"),
        (("snapshot", "a", "-o", "out/"), "-o/--output: is not the name of a file"),
        (("explain", "--index-snapshot", "none.json"), "error: none.json: can't be read"),
        (("explain", "none.txt"), "none.txt: no such file"),
        (("snapshot", "a"), "required: -o/--output"),
    ],
)  # fmt: skip
def test_wrong_usage(run: Run, arguments: tuple[str, ...], told: str) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_nothing_asked_names_the_files_that_are_there(run: Run, tmp_path: Path) -> None:
    done = run("explain")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "error: no requirements were given; try: conflictlens explain -r requirements.txt\n"
    )
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "pylock.toml").touch()
    assert run("explain").stderr == (
        "error: no requirements were given (here: pyproject.toml, pylock.toml); "
        "try: conflictlens explain -r pyproject.toml\n"
    )


def test_standard_input(run: Run, case: str) -> None:
    lines = "kettle\n\npan>=1 # heavy\n"
    done = run("explain", "-", "--index-snapshot", case, stdin=lines)
    assert done.returncode == 1
    assert "  <stdin>:3   pan>=1\n" in done.stdout


def test_constraints(run: Run, case: str, tmp_path: Path) -> None:
    (tmp_path / "limits.txt").write_text("steel<2\n", "utf-8")
    done = run("explain", "pan>=1", "-c", "limits.txt", "--index-snapshot", case)
    assert "  limits.txt:1   steel<2 (constraint)\n" in done.stdout
    assert done.returncode == 1


def test_options_beside_a_snapshot_win(run: Run, case: str) -> None:
    told = json.loads(
        run("explain", "--index-snapshot", case, "--python", "3.12", "--platform", "macos",
            "--no-binary", ":all:", "--format", "json").stdout
    )  # fmt: skip
    assert told["target"]["python"] == "3.12"
    assert told["target"]["platform"] == "macos"
    assert told["conflicts"][0]["facts"][0]["reason"] == "binary-only"


def test_only_binary_and_no_binary_count_in_the_order_given(run: Run, case: str) -> None:
    def outcome(*options: str) -> int:
        return run("explain", "steel", "--index-snapshot", case, *options).returncode

    assert outcome("--no-binary", ":all:") == 1
    assert outcome("--no-binary", ":all:", "--only-binary", ":all:") == 0
    assert outcome("--only-binary", ":all:", "--no-binary", "Steel,pan") == 1
    assert outcome("--no-binary", "steel", "--no-binary", ":none:") == 0


def test_pre_releases(run: Run, case: str) -> None:
    done = run("explain", "steel", "--index-snapshot", case, "--pre")
    assert "  steel 3.0a1\n" in done.stdout


def test_json_and_markdown_on_standard_output(run: Run, case: str) -> None:
    told = json.loads(run("explain", "--index-snapshot", case, "--format", "json").stdout)
    assert (told["schema"], told["outcome"]) == ("conflictlens.explanation/1", "conflict")
    assert told["conflicts"][0]["core"][1]["origin"] == {
        "path": "requirements.txt",
        "line": 3,
        "kind": "requirement",
    }
    markdown = run("explain", "--index-snapshot", case, "--format", "markdown").stdout
    assert markdown.startswith("### ✗ The 2 requirements")


@pytest.mark.parametrize(
    ("name", "beginning"),
    [("a.json", "{"), ("a.md", "### ✗"), ("a.MARKDOWN", "### ✗"), ("a.txt", "✗ The 2")],
)
def test_output_in_a_file(run: Run, case: str, tmp_path: Path, name: str, beginning: str) -> None:
    (tmp_path / name).write_text("old", "utf-8")
    before = set(tmp_path.iterdir())
    done = run("explain", "--index-snapshot", case, "-o", name)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")
    assert (tmp_path / name).read_text("utf-8").startswith(beginning)
    assert set(tmp_path.iterdir()) == before


def test_the_format_that_is_asked_for_beats_the_file_name(
    run: Run, case: str, tmp_path: Path
) -> None:
    run("explain", "--index-snapshot", case, "-o", "answer.html", "--format", "json")
    assert json.loads((tmp_path / "answer.html").read_text("utf-8"))["outcome"] == "conflict"


def test_a_file_that_can_not_be_written(run: Run, case: str) -> None:
    done = run("explain", "--index-snapshot", case, "-o", "nowhere/answer.json")
    assert (done.returncode, done.stdout) == (2, "")
    assert (
        done.stderr == "error: nowhere/answer.json: can't be written: No such file or directory\n"
    )


def test_colour(run: Run, case: str) -> None:
    def coloured(*options: str, **variables: str) -> bool:
        return "\x1b[" in run("explain", "--index-snapshot", case, *options, **variables).stdout

    assert not coloured()
    assert coloured("--color", "always", NO_COLOR="1")
    assert coloured(FORCE_COLOR="1")
    assert not coloured("--color", "never", FORCE_COLOR="1")
    assert not coloured(FORCE_COLOR="1", NO_COLOR="1")


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-16"])
def test_an_encoding_that_can_not_show_all(case: str, tmp_path: Path, encoding: str) -> None:
    def output(form: str) -> str:
        done = subprocess.run(
            [*COMMAND, "--index-snapshot", case, "--format", form],
            cwd=tmp_path,
            env=environment(PYTHONIOENCODING=encoding),
            capture_output=True,
        )
        assert (done.returncode, done.stderr) == (1, b"")
        return done.stdout.decode(encoding)

    assert output("text")[0] == ("✗" if encoding == "utf-16" else "x")
    assert json.loads(output("json"))["outcome"] == "conflict"


def test_hostile_words_are_harmless_on_both_streams(run: Run, case: str) -> None:
    done = run("explain", "a\x1b[2J>>1")
    assert done.returncode == 2
    assert "\x1b" not in done.stderr
    done = run(
        "explain", "kettle; python_version > '3' and 'x\x1b[2J' != 'y'", "--index-snapshot", case
    )
    assert "\x1b" not in done.stdout + done.stderr


def test_a_reader_that_leaves_is_no_error(case: str, tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as pipe:
        done = subprocess.run(
            [*COMMAND, "--index-snapshot", case],
            cwd=tmp_path,
            env=environment(),
            stdout=pipe,
            stderr=subprocess.PIPE,
        )
    assert (done.returncode, done.stderr) == (1, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
def test_a_full_disk_is_told(case: str, tmp_path: Path) -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [*COMMAND, "--index-snapshot", case],
            cwd=tmp_path,
            env=environment(),
            stdout=full,
            stderr=subprocess.PIPE,
        )
    assert done.returncode == 2
    assert done.stderr.decode() == (
        "error: standard output: can't be written: No space left on device\n"
    )


@pytest.fixture
def silent_server() -> Iterator[socket.socket]:
    """Takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(30)
        yield server


@pytest.mark.skipif(sys.platform == "win32", reason="signals differ")
def test_an_interrupt_ends_with_one_line(silent_server: socket.socket, tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{silent_server.getsockname()[1]}/simple"
    process = subprocess.Popen(
        [*COMMAND, "kettle", "-i", url, "--no-cache"],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    connection, _ = silent_server.accept()
    with connection:
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=30)
    assert (process.returncode, stdout, stderr) == (130, b"", b"interrupted\n")


def test_the_budget_ends_undecided(run: Run, silent_server: socket.socket) -> None:
    url = f"http://127.0.0.1:{silent_server.getsockname()[1]}/simple"
    done = run("explain", "kettle", "-i", url, "--no-cache", "--timeout", "0.5")
    assert done.returncode == 3
    assert "the time budget ended" in done.stdout


def test_a_python_that_the_project_excludes_is_warned_of(
    run: Run, case: str, tmp_path: Path
) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "kitchen"\nversion = "1"\nrequires-python = ">=3.12"\n'
        'dependencies = ["steel"]\n',
        "utf-8",
    )
    arguments = ("explain", "pyproject.toml", "--index-snapshot", case, "--python", "3.11")
    done = run(*arguments)
    assert done.returncode == 0
    assert done.stderr == "warning: the project requires Python >=3.12, the answer is for 3.11\n"
    assert run(*arguments, "-q").stderr == ""
    assert run(*arguments[:-1], "3.12").stderr == ""


def test_version_and_help(run: Run) -> None:
    assert run("--version").stdout.startswith("conflictlens ")
    told = run("explain", "--help").stdout
    assert "--exclude-newer" in told
    assert "examples:" in told
    assert "exit codes:" in told


def test_verbose_leaves_nothing_out(run: Run, case: str) -> None:
    done = run("explain", "pan", "--index-snapshot", case, "-v")
    assert "  pan     1.0\n  steel   2.0\n" in done.stdout
    assert " s, 0 requests, " in done.stdout
