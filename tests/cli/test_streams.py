"""Standard streams that are closed: an answer or an error, never the exit code of a conflict."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX shell")


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    program = f"{sys.executable} -m conflictlens {command}"
    return subprocess.run(
        ["sh", "-c", program], cwd=folder, capture_output=True, text=True, check=False, timeout=60
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "links").mkdir()
    (tmp_path / "empty.txt").touch()
    return tmp_path


OFFLINE = "explain empty.txt --no-index -f links --no-cache"


def test_a_closed_standard_error_takes_nothing_from_the_answer(folder: Path) -> None:
    done = run(f"{OFFLINE} 2>&-", folder)
    assert (done.returncode, done.stdout) == (0, run(OFFLINE, folder).stdout)
    assert done.stdout


def test_a_closed_standard_output_is_an_error(folder: Path) -> None:
    done = run(f"{OFFLINE} >&-", folder)
    assert (done.returncode, done.stderr) == (2, "error: standard output is closed\n")


def test_a_closed_standard_input_is_an_error(folder: Path) -> None:
    done = run("explain - --no-index -f links --no-cache <&-", folder)
    assert done.returncode == 2
    assert "standard input is closed" in done.stderr


def test_an_endless_file_is_an_error(folder: Path) -> None:
    (folder / "zero.txt").write_text("-r /dev/zero\n")
    done = run("explain zero.txt --no-index -f links --no-cache", folder)
    assert done.returncode == 2
    assert "too large to be read" in done.stderr


def test_a_pipe_is_read_like_a_file(folder: Path) -> None:
    command = f"{sys.executable} -m conflictlens explain <(echo) --no-index -f links --no-cache"
    done = subprocess.run(["bash", "-c", command], cwd=folder, capture_output=True, check=False)
    assert done.returncode == 0


def test_an_index_folder_that_is_missing_is_undecided(folder: Path) -> None:
    done = run("explain a -i ./nowhere --no-cache", folder)
    assert done.returncode == 3
    assert "there is no such folder" in done.stdout + done.stderr
