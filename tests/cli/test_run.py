"""``conflictlens run``: output, exit code and signals pass; what failed is diagnosed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.cli.test_diagnose import wheel

RUN = [sys.executable, "-m", "conflictlens", "run"]
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="signals and terminals of POSIX")


def run(
    *command: str, options: Sequence[str] = (), cwd: Path | None = None
) -> subprocess.CompletedProcess[bytes]:
    arguments = [*RUN, *options, "--", *command]
    environment = {**os.environ, "PIP_NO_INDEX": "1"}
    return subprocess.run(
        arguments, capture_output=True, cwd=cwd, env=environment, timeout=120, check=False
    )


def python(code: str) -> tuple[str, str, str]:
    return sys.executable, "-c", code


BOTH = "import os; os.write(1, b'out\\xff\\r\\0'); os.write(2, b'err'); raise SystemExit({})"


def test_a_command_that_says_nothing_is_not_told_to_pipe() -> None:
    done = run(*python("raise SystemExit(3)"))
    told = done.stderr.decode()
    assert done.returncode == 3
    assert "Nothing came" in told
    assert "the command printed nothing: ask it for more, with -v for example" in told
    assert "2>&1" not in told


def test_output_passes_unchanged_to_its_own_stream() -> None:
    done = run(*python(BOTH.format(0)))
    assert (done.returncode, done.stdout, done.stderr) == (0, b"out\xff\r\0", b"err")


def test_only_a_failure_is_spoken_of_after_the_output() -> None:
    done = run(*python(BOTH.format(7)))
    assert (done.returncode, done.stdout) == (7, b"out\xff\r\0")
    assert done.stderr.startswith(b"err\n? No line of this log")


NO_COMPILER = "print(\"unable to execute 'gcc': No such file or directory\"); raise SystemExit(1)"


def test_a_failure_is_diagnosed() -> None:
    done = run(*python(NO_COMPILER))
    assert done.returncode == 1
    assert b"missing-compiler" in done.stderr
    assert b"output:1   unable to execute 'gcc'" in done.stderr


def test_json_into_a_file(tmp_path: Path) -> None:
    done = run(*python(NO_COMPILER), options=("--format", "json", "-o", "why.json"), cwd=tmp_path)
    assert (done.returncode, done.stderr) == (1, b"")
    assert json.loads((tmp_path / "why.json").read_text())["layer"] == "missing-compiler"


def test_what_failed_is_no_success_whatever_it_printed() -> None:
    done = run(*python("print('Successfully installed six-1.16.0'); raise SystemExit(5)"))
    assert done.returncode == 5
    assert b"? No line of this log" in done.stderr


def test_standard_input_is_that_of_the_command() -> None:
    arguments = [*RUN, *python("import sys; print(sys.stdin.read()[::-1])")]
    done = subprocess.run(arguments, input=b"abc", capture_output=True, timeout=60, check=True)
    assert done.stdout == b"cba" + os.linesep.encode()


@pytest.mark.parametrize(
    ("command", "code"), [("no-such-command-here", 127), pytest.param("/", 126, marks=POSIX)]
)
def test_a_command_that_is_none(command: str, code: int) -> None:
    done = run(command)
    assert (done.returncode, done.stdout) == (code, b"")
    assert done.stderr.startswith(f"error: {command}: ".encode())
    assert done.stderr.count(b"\n") == 1


def test_no_command() -> None:
    assert run().returncode == 2


def test_output_comes_while_the_command_runs() -> None:
    code = "import os, sys; os.write(1, b'first'); sys.stdin.read()"
    with subprocess.Popen(
        [*RUN, *python(code)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.read(5) == b"first"
        assert process.poll() is None
        process.stdin.close()
        assert process.wait(60) == 0


def test_what_a_command_leaves_behind_is_not_waited_for() -> None:
    left = "[sys.executable, '-c', 'import time; time.sleep(20)']"
    code = f"import subprocess, sys; subprocess.Popen({left})"
    start = time.monotonic()
    assert run(*python(code)).returncode == 0
    assert time.monotonic() - start < 15


SLEEPER = "import time; print('ready', flush=True); time.sleep(60)"


@POSIX
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_reaches_the_command(number: signal.Signals) -> None:
    code = f"import signal; signal.signal({int(number)}, signal.SIG_DFL); {SLEEPER}"
    with subprocess.Popen(
        [*RUN, *python(code)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(number)
        assert process.wait(30) == 128 + number
        assert process.stderr is not None
        assert process.stderr.read() == b""


def on_a_terminal(command: Sequence[str], typed: bytes = b"") -> tuple[int, bytes]:
    """The exit code and what a terminal of 33 rows and 91 columns shows of a command."""
    import fcntl
    import pty
    import struct
    import termios

    child, terminal = pty.fork()
    if child == 0:
        os.execv(command[0], list(command))
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 33, 91, 0, 0))
    shown = b""
    try:
        while data := os.read(terminal, 1000):
            shown += data
            if typed and b"ready" in shown:
                os.write(terminal, typed)
                typed = b""
    except OSError:
        pass  # how a terminal ends
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), shown


@POSIX
def test_a_terminal_stays_one() -> None:
    code = (
        "import os, sys, time; time.sleep(1); "
        "print(sys.stdout.isatty(), sys.stderr.isatty(), os.get_terminal_size(1).columns)"
    )
    assert on_a_terminal([*RUN, *python(code)]) == (0, b"True True 91\r\n")


@POSIX
def test_ctrl_c_on_a_terminal() -> None:
    code = f"import signal; signal.signal(signal.SIGINT, signal.SIG_DFL); {SLEEPER}"
    ended, shown = on_a_terminal([*RUN, *python(code)], typed=b"\x03")
    assert ended == 130
    assert b"Traceback" not in shown
    assert b"No line of this log" not in shown


@pytest.fixture
def conflict(tmp_path: Path) -> Path:
    wheel(tmp_path, "a", "c==1")
    wheel(tmp_path, "b", "c==2")
    wheel(tmp_path, "c", "")
    (tmp_path / "wanted.txt").write_text("# what we want\na==1\nb==1\n")
    return tmp_path


INSTALLERS = {
    "pip": (sys.executable, "-m", "pip", "install", "--disable-pip-version-check"),
}


def test_a_conflict_is_explained_from_the_file_that_pip_was_given(conflict: Path) -> None:
    done = run(
        *INSTALLERS["pip"], "--no-index", "-f", ".", "-r", "wanted.txt",
        options=("--no-cache",), cwd=conflict,
    )  # fmt: skip
    told = done.stderr.decode()
    assert done.returncode == 1
    assert "dependency-conflict" in told
    assert "wanted.txt:3   b==1" in told
    assert "b 1 needs c==2" in told


def test_a_conflict_of_uv(conflict: Path) -> None:
    uv = Path(sys.executable).with_name("uv")
    done = run(
        str(uv), "pip", "install", "--python", sys.executable, "--no-index", "-f", ".", "-r",
        "wanted.txt", "--dry-run",
        options=("--no-cache",), cwd=conflict,
    )  # fmt: skip
    told = done.stderr.decode()
    assert done.returncode == 1
    assert "wanted.txt:3   b==1" in told


def test_no_explain(conflict: Path) -> None:
    done = run(
        *INSTALLERS["pip"], "--no-index", "-f", ".", "-r", "wanted.txt",
        options=("--no-explain",), cwd=conflict,
    )  # fmt: skip
    assert b"dependency-conflict" in done.stderr
    assert b"wanted.txt:3   b==1" not in done.stderr
