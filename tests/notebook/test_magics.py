"""``%explain`` as IPython runs it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from conflictlens.answer import Explanation
from conflictlens.explanation.records import Outcome
from conflictlens.notebook import magics
from conflictlens.notebook.arguments import words
from tests.cli.conftest import case as case  # A snapshot that answers.

PASTED = """\
# What the kitchen needs
kettle
pan>=1  # of steel
"""


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[InteractiveShell]:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    # Another environment that is active is none of the shell's business.
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    monkeypatch.chdir(tmp_path)
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    shell = InteractiveShell.instance(config=config)
    hook = sys.displayhook
    assert shell.run_cell("%load_ext conflictlens").success
    yield shell
    sys.displayhook = hook
    InteractiveShell.clear_instance()


def answer(shell: InteractiveShell, cell: str) -> Explanation:
    result = shell.run_cell(cell)
    assert result.success
    assert isinstance(result.result, Explanation)
    return result.result


def texts(explanation: Explanation) -> list[str]:
    [conflict] = explanation.conflicts
    return [f"{root.origin} {root.text}" for root in conflict.core]


def test_requirements_need_no_quotation_marks(shell: InteractiveShell, case: str) -> None:
    told = answer(shell, f"%explain pan>=1 kettle --python 3.11 --index-snapshot {case}")
    assert told.outcome is Outcome.CONFLICT
    assert texts(told) == ["argument pan>=1", "argument kettle"]
    assert told.findings.target.python == "3.11"
    assert not Path("=1").exists()


def test_markers_stand_in_quotation_marks(shell: InteractiveShell, case: str) -> None:
    line = f"""%explain 'pan>=1; python_version < "3"' kettle --index-snapshot {case}"""
    assert answer(shell, line).outcome is Outcome.RESOLVED


def test_the_answer_can_be_kept(shell: InteractiveShell, case: str) -> None:
    assert shell.run_cell(f"kept = %explain kettle --index-snapshot {case}").success
    assert shell.user_ns["kept"].outcome is Outcome.RESOLVED


def test_variables_are_filled_in(shell: InteractiveShell, case: str) -> None:
    line = f"least = 1\n%explain kettle pan>={{least}} --index-snapshot {case}"
    assert texts(answer(shell, line)) == ["argument kettle", "argument pan>=1"]


def test_pasted_lines_have_the_numbers_of_the_cell(shell: InteractiveShell, case: str) -> None:
    told = answer(shell, f"%%explain --python 3.11 --index-snapshot {case}\n{PASTED}")
    assert texts(told) == ["<cell>:3 kettle", "<cell>:4 pan>=1"]
    assert "conflictlens fix" not in told.to_text()


def test_pasted_lines_stand_beside_files(shell: InteractiveShell, case: str) -> None:
    Path("limits.txt").write_text("pan>=1\n", "utf-8")
    told = answer(shell, f"%%explain pan -c limits.txt --index-snapshot {case}\nkettle\n")
    assert texts(told) == ["argument pan", "<cell>:2 kettle", "limits.txt:1 pan>=1"]


def test_an_empty_cell_is_none(shell: InteractiveShell, case: str) -> None:
    told = answer(shell, f"%%explain --index-snapshot {case}\n\n")
    assert texts(told) == ["requirements.txt:1 kettle", "requirements.txt:3 pan>=1"]


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("%explain", "error: no requirements were given; try: %explain -r requirements.txt"),
        ("%explain --fast", "error: unrecognized arguments: --fast; see %explain --help"),
        (
            "%explain --timeout no",
            "error: argument --timeout: 'no' is not a number of seconds above 0; "
            "see %explain --help",
        ),
        ("%explain 'kettle", "error: a quotation mark is not closed: 'kettle"),
        (
            "%explain -",
            "error: there is no standard input here; paste requirements below %%explain",
        ),
        ("%explain -r gone.txt", "error: gone.txt: no such file"),
        (
            "%explain \x1b2J>>1",
            "error: argument: is not a requirement (PEP 508): expected package name at the start "
            "of dependency specifier\n    \\x1b2J>>1",
        ),
        (
            "%%explain\nkettle\n>=2\n",
            "error: <cell>:3: is not a requirement (PEP 508): expected package name at the start "
            "of dependency specifier\n    >=2",
        ),
        (
            "%explain x --index-snapshot gone.gz",
            "error: gone.gz: can't be read: No such file or directory",
        ),
    ],
)
def test_what_is_wrong_is_said_without_a_traceback(
    shell: InteractiveShell, cell: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    result = shell.run_cell(cell)
    assert isinstance(result.error_in_exec, magics.Stopped)
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == (f"{said}\n", "")


def test_help_ends_nothing(shell: InteractiveShell, capsys: pytest.CaptureFixture[str]) -> None:
    result = shell.run_cell("%explain --help")
    assert (result.success, result.result) == (True, None)
    assert capsys.readouterr().out.startswith("usage: %explain [-h] [-r FILE]")


def test_an_interrupt_ends_the_cell(
    shell: InteractiveShell,
    case: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(magics, "find", interrupted)
    result = shell.run_cell(f"%explain kettle --index-snapshot {case}")
    assert isinstance(result.error_in_exec, KeyboardInterrupt)
    assert capsys.readouterr().out == "interrupted\n"


def test_warnings_are_told_unless_it_is_quiet(
    shell: InteractiveShell, case: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = '[project]\nname = "x"\nrequires-python = ">=3.12"\ndependencies = ["kettle"]\n'
    Path("pyproject.toml").write_text(text, "utf-8")
    line = f"%explain pyproject.toml --python 3.11 --index-snapshot {case}"
    answer(shell, line)
    assert "warning: the project requires Python >=3.12" in capsys.readouterr().err
    answer(shell, f"{line} -q")
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("numpy>=2  tensorflow==2.12.0", ["numpy>=2", "tensorflow==2.12.0"]),
        ("a!=1 b~=2 c<3 # d", ["a!=1", "b~=2", "c<3", "#", "d"]),
        (r"-r C:\work\x.txt", ["-r", r"C:\work\x.txt"]),
        ("""'a >= 1' "b; python_version<'3'" """, ["a >= 1", "b; python_version<'3'"]),
        ("", []),
    ],
)
def test_words(line: str, found: list[str]) -> None:
    assert words(line) == found
