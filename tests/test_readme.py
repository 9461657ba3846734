"""What the documents show is what happens: their commands and their Python are run.

A ``console`` block holds commands of conflictlens, each after ``$``, and what it prints on
standard output. A ``pycon`` block holds Python as at its prompt; those of one document share
their names. To write the documents' outputs anew: ``python -m tests.test_readme``.
"""

from __future__ import annotations

import contextlib
import doctest
import io
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from conflictlens.cli.arguments import parser

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
DOCUMENTS = [README, *sorted((ROOT / "docs").glob("*.md"))]

_BLOCK = re.compile(r"^```(?P<kind>console|pycon)\n(?P<shown>.*?)^```$", re.DOTALL | re.MULTILINE)
_COMMANDS = ("explain", "fix", "snapshot", "why-not")
_TABLE_OPTION = re.compile(r"`(--?[a-z][a-z-]*)`")


def executed(document: str) -> str:
    """The document as it would be if all of its blocks were written now."""
    names: dict[str, object] = {}

    def block(found: re.Match[str]) -> str:
        kind, shown = found["kind"], found["shown"]
        lines = _console(shown) if kind == "console" else _session(shown, names)
        return f"```{kind}\n{''.join(lines)}```"

    return _BLOCK.sub(block, document)


def _console(shown: str) -> Iterator[str]:
    for line in shown.splitlines(keepends=True):
        if line.startswith("$ "):
            yield line
            yield _printed(shlex.split(line[2:]))


def _printed(command: list[str]) -> str:
    program, *arguments = command
    assert program == "conflictlens", f"a command that is not run: {command}"
    done = subprocess.run(
        [sys.executable, "-m", "conflictlens", *arguments],
        cwd=ROOT,
        env=os.environ | {"PYTHONUTF8": "1", "NO_COLOR": "1"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    return done.stdout or done.stderr


def _session(shown: str, names: dict[str, object]) -> Iterator[str]:
    for example in doctest.DocTestParser().get_examples(shown):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(example.source, "<document>", "single"), names)
        first, *more = example.source.splitlines(keepends=True)
        yield f">>> {first}"
        yield from (f"... {line}" for line in more)
        yield printed.getvalue()


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_documents_show_what_happens(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    document = path.read_text(encoding="utf-8")

    assert document == executed(document)


def test_the_readme_tells_all_options() -> None:
    told = set(_TABLE_OPTION.findall(_option_table()))
    known = {name for command in _COMMANDS for name in _options(command)}

    assert told == known - {"-h", "--help"}


def _options(command: str) -> Iterator[str]:
    commands = next(one for one in parser(command)._actions if one.dest == "command").choices
    assert isinstance(commands, dict)
    for option in commands[command]._actions:
        yield from option.option_strings


def _option_table() -> str:
    text = README.read_text(encoding="utf-8")
    return text[text.index("| option |") : text.index("| exit code |")]


def test_links_lead_somewhere() -> None:
    for path in DOCUMENTS:
        for target in re.findall(r"\]\(([^)#:]+)\)", path.read_text(encoding="utf-8")):
            assert (path.parent / target).exists(), f"{path.name}: {target}"


if __name__ == "__main__":
    os.chdir(ROOT)
    for document in DOCUMENTS:
        document.write_text(executed(document.read_text(encoding="utf-8")), encoding="utf-8")
