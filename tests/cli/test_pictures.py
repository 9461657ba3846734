"""``--format`` and ``-o`` with pictures: which format is meant, and what can't be drawn."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.cli.conftest import Run, environment
from tests.tools import program

BEGINNINGS = {
    "tree": "✗ The 2 requirements can't be installed together (Python 3.11, linux)\n\nrequirements",
    "mermaid": "%%{init: ",
    "dot": "digraph conflictlens {\n",
    "svg": '<svg xmlns="http://www.w3.org/2000/svg" ',
    "html": '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">',
    "github": "::error file=requirements.txt,line=",
    "sarif": '{\n  "$schema": "https://docs.oasis-open.org/sarif/',
}


@pytest.mark.parametrize("form", BEGINNINGS)
def test_formats(form: str, run: Run, case: str) -> None:
    done = run("explain", "--index-snapshot", case, "--format", form)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith(BEGINNINGS[form])


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("a.mmd", "mermaid"),
        ("a.dot", "dot"),
        ("a.GV", "dot"),
        ("a.svg", "svg"),
        ("a.html", "html"),
        ("a.htm", "html"),
        ("a.sarif", "sarif"),
    ],
)
def test_a_suffix_names_a_format(name: str, form: str, run: Run, case: str, tmp_path: Path) -> None:
    done = run("explain", "--index-snapshot", case, "-o", name)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")
    assert (tmp_path / name).read_text("utf-8").startswith(BEGINNINGS[form])


def test_a_png(run: Run, case: str, tmp_path: Path) -> None:
    program("dot")
    done = run("explain", "--index-snapshot", case, "-o", "a.png")
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG\r\n")


NO_GRAPHVIZ = (
    "error: a PNG can't be drawn: there is no Graphviz here; install Graphviz (its `dot` on PATH) "
    "or the extra viz, or ask for SVG, which needs neither\n"
)


def test_without_graphviz_there_is_no_png_and_nothing_is_asked(
    run: Run, case: str, tmp_path: Path
) -> None:
    Path(case).unlink()
    for options in (("-o", "a.png"), ("--format", "png")):
        done = run("explain", "--index-snapshot", case, *options, PATH=str(tmp_path))
        assert (done.returncode, done.stdout, done.stderr) == (2, "", NO_GRAPHVIZ)


def test_without_graphviz_there_is_an_svg(run: Run, case: str, tmp_path: Path) -> None:
    done = run("explain", "--index-snapshot", case, "--format", "svg", PATH=str(tmp_path))
    assert (done.returncode, done.stderr) == (1, "")
    ElementTree.fromstring(done.stdout)


def test_a_graphviz_that_fails_is_told_for_a_png_and_not_needed_for_an_svg(
    run: Run, case: str, tmp_path: Path
) -> None:
    broken = tmp_path / "dot"
    broken.write_text("#!/bin/sh\necho no fonts >&2\nexit 3\n", "utf-8")
    broken.chmod(0o755)
    asked = ("explain", "--index-snapshot", case, "--format")
    assert run(*asked, "svg", PATH=str(tmp_path)).stdout.startswith("<svg ")
    done = run(*asked, "png", PATH=str(tmp_path))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: a PNG can't be drawn: no fonts; install")


def test_a_png_is_not_written_to_a_terminal(case: str, tmp_path: Path) -> None:
    program("dot")
    outer, inner = pty.openpty()
    command = [sys.executable, "-m", "conflictlens", "explain", "--index-snapshot", case]
    done = subprocess.run(
        [*command, "--format", "png"],
        cwd=tmp_path,
        env=environment(),
        stdout=inner,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        timeout=60,
    )
    os.close(inner)
    os.close(outer)
    assert done.returncode == 2
    assert done.stderr == (
        "error: standard output: a terminal shows no PNG; write it with -o FILE\n"
    )


def test_a_wrong_suffix_names_the_right_ones(run: Run, case: str) -> None:
    done = run("explain", "--index-snapshot", case, "-o", "answer.jpeg")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "error: answer.jpeg: name it with one of .txt, .json, .md, .markdown, .mmd, .dot, .gv, "
        ".svg, .html, .htm, .png, .sarif, or give --format\n"
    )


@pytest.mark.parametrize(
    ("form", "cross"),
    [("svg", "&#10007; "), ("html", "&#10007; "), ("dot", "&#10007; "), ("mermaid", "#10007; ")],
)
def test_pictures_are_ascii_where_output_is(form: str, cross: str, run: Run, case: str) -> None:
    done = run("explain", "--index-snapshot", case, "--format", form, PYTHONIOENCODING="ascii")
    assert done.stdout.isascii()
    assert f"{cross}steel" in done.stdout


@pytest.mark.parametrize("form", ["svg", "html"])
def test_what_is_read_as_utf_8_is_written_so_that_it_can(
    form: str, run: Run, case: str, tmp_path: Path
) -> None:
    (tmp_path / "thé.txt").write_text("kettle\npan>=1\n", "utf-8")
    asked = ("explain", "thé.txt", "--index-snapshot", case, "--format", form)
    done = run(*asked, PYTHONIOENCODING="cp1252")
    assert done.returncode == 1
    assert done.stdout.isascii()
    assert "th&#233;.txt:2" in done.stdout


def test_a_tree_has_plain_guides_where_output_is_ascii(run: Run, case: str) -> None:
    done = run("explain", "--index-snapshot", case, "--format", "tree", PYTHONIOENCODING="ascii")
    assert "\n`-- kettle 1.0\n    `-- x steel   (required: <2)" in done.stdout


def test_why_not_has_a_picture(run: Run, case: str) -> None:
    done = run("why-not", "pan>=1", "--index-snapshot", case, "--format", "tree")
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("✗ pan>=1 is blocked by 1 line")
    assert "✗ steel   (required: >=2)" in done.stdout


DRAWING = {"rich", "networkx", "graphviz", "pygraphviz"}


@pytest.mark.parametrize(
    ("form", "needed"),
    [("text", set()), ("json", set()), ("markdown", set()), ("mermaid", set()), ("svg", set()),
     ("html", set()), ("tree", {"rich"}), ("dot", {"graphviz"})],
)  # fmt: skip
def test_what_draws_is_loaded_only_for_drawing(form: str, needed: set[str], case: str) -> None:
    script = (
        "import sys; from conflictlens.cli.main import main; "
        "main(sys.argv[1:]); print(*sys.modules, file=sys.stderr)"
    )
    command = [sys.executable, "-c", script, "explain", "--index-snapshot", case, "--format", form]
    done = subprocess.run(command, capture_output=True, text=True, env=environment(), timeout=60)
    modules = set(done.stderr.split())
    assert modules & DRAWING == needed
    own = {name.removeprefix("conflictlens.") for name in modules}
    assert ("graph.build" in own) == (form not in ("text", "json"))
    assert ("render.svg" in own) == (form in ("svg", "html"))
    assert ("render.html" in own) == (form == "html")
