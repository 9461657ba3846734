"""The notebooks show what happens: each is executed in a kernel, from recorded slices of an index.

To write their outputs anew: ``python -m tests.test_notebooks``.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbmake.nb_run import NotebookRun

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
ALONE = {
    "PIP_CONFIG_FILE": os.devnull,
    "PIP_INDEX_URL": "https://index.example/simple",
    "NO_COLOR": "1",
}
"""No index that answers."""
SECONDS = 60
LARGEST = 300_000

_HOST = re.compile(r"\bhttps?://([\w.-]+)")


def read(path: Path) -> NotebookNode:
    notebook: NotebookNode = nbformat.read(path, as_version=4)
    return notebook


def executed(path: Path) -> NotebookNode:
    """The notebook as it would be if all of its cells were run now."""
    result = NotebookRun(path, default_timeout=SECONDS).execute()
    assert result.error is None, result.error.trace
    notebook: NotebookNode = result.nb
    notebook.metadata = read(path).metadata
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if not is_erased(output)]
    return notebook


def is_erased(output: NotebookNode) -> bool:
    """Where progress was shown, which depends on how long an answer took."""
    return bool(output.output_type == "display_data" and output.data == {"text/plain": ""})


def test_there_are_notebooks() -> None:
    assert [path.stem for path in NOTEBOOKS] == [
        "colab",
        "large-file",
        "quickstart",
        "upgrade-blocked",
    ]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_shows_what_happens(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ALONE.items():
        monkeypatch.setenv(name, value)

    assert executed(path) == read(path)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_can_be_shown(path: Path) -> None:
    notebook = read(path)
    nbformat.validate(notebook)
    outputs = [one for cell in notebook.cells for one in cell.get("outputs", ())]
    kinds = {form for one in outputs if one.output_type == "execute_result" for form in one.data}

    assert {"text/plain", "text/html", "image/svg+xml"} <= kinds
    assert not {one.output_type for one in outputs} & {"error"}
    assert not [one for one in outputs if one.get("name") == "stderr"]
    assert set(_HOST.findall(path.read_text("utf-8"))) <= {"www.w3.org", "github.com"}
    assert path.stat().st_size < LARGEST


if __name__ == "__main__":
    os.environ.update(ALONE)
    for each in NOTEBOOKS:
        nbformat.write(executed(each), each)
