"""Poetry, pipenv, pdm and pip-compile, as far as they are installed; they ask the network, too."""

from __future__ import annotations

from conflictlens.diagnosis.records import Layer
from tests.provoke.resolving import CONFLICT, LAKE, NO_MATCH
from tests.provoke.running import Provocation
from tests.served_index import Variant


def _pond(requires: str, python: str = ">=3.8,<4") -> str:
    return f"""
[tool.poetry]
name = "pond"
version = "0.1.0"
description = ""
authors = ["Somebody <somebody@pond.example>"]
[tool.poetry.dependencies]
python = "{python}"
{requires}
[[tool.poetry.source]]
name = "lake"
url = "{{index}}"
"""


def _poetry(
    id: str,
    layer: Layer,
    requires: str,
    line: str = "^ *(?:So, )?[Bb]ecause ",
    command: str = "{poetry} lock -n",
    python: str = ">=3.8,<4",
) -> Provocation:
    return Provocation(
        id=f"poetry-{id}",
        layer=layer,
        line=line,
        command=command,
        universe=LAKE,
        seconds=120,
        files={"pyproject.toml": _pond(requires, python)},
        variant=Variant(json=False),
        network=True,
    )


POETRY = (
    _poetry("direct", CONFLICT, 'heron = "*"\nreed = ">=2"'),
    _poetry("two-parents", CONFLICT, 'heron = "^1.0"\notter = "^1.0"'),
    _poetry("chain", CONFLICT, 'swan = "~3.0"\notter = "*"'),
    _poetry("verbose", CONFLICT, 'heron = "^1.0"\notter = "^1.0"', command="{poetry} lock -n -vvv"),
    _poetry("no-version", NO_MATCH, 'reed = "^7.0"'),
    _poetry("no-name", NO_MATCH, 'reeed = "*"'),
    _poetry(
        "python",
        Layer.REQUIRES_PYTHON,
        'fossil = "3.0"',
        line="is not compatible with some of|Because",
    ),
    _poetry(
        "wrong-python",
        Layer.REQUIRES_PYTHON,
        'reed = "*"',
        python=">=3.98",
        line="is not (?:allowed|supported) by the project",
        command="{poetry} install -n",
    ),
    _poetry("add", CONFLICT, 'heron = "*"', command="{poetry} add -n --lock 'reed@>=2'"),
    _poetry(
        "add-name",
        NO_MATCH,
        'heron = "*"',
        line="Could not find a matching version",
        command="{poetry} add -n --lock reeed",
    ),
    _poetry("fine", Layer.NONE, 'heron = "*"', line=""),
)


def _other(id: str, layer: Layer, line: str, command: str, **files: str) -> Provocation:
    named = {name.replace("_", "."): text for name, text in files.items()}
    return Provocation(
        id=id,
        layer=layer,
        line=line,
        command=command,
        files=named,
        universe=LAKE,
        variant=Variant(json=False),
        seconds=120,
        network=True,
        environment={
            "PIPENV_PYPI_MIRROR": "{index}",
            "PIPENV_IGNORE_VIRTUALENVS": "1",
            "PIP_INDEX_URL": "{index}",
            "CI": "1",
        },
    )


MERGED = (
    "incompatible versions|Could not find a version that matches|Cannot install"
    "|ResolutionImpossible"
)
COMPILER = "{compile} --index-url {index} "
PDM = """
[project]
name = "pond"
version = "1"
requires-python = ">=3.9"
dependencies = [%s]
[[tool.pdm.source]]
name = "pypi"
url = "{index}"
verify_ssl = false
"""
OTHERS = (
    _other("compile-conflict", CONFLICT, MERGED, COMPILER + "in.in", in_in="heron\notter\n"),
    _other("compile-two", CONFLICT, MERGED, COMPILER + "in.in", in_in="reed==1.0\nreed==2.0\n"),
    _other(
        "compile-name", NO_MATCH, "Could not find a version", COMPILER + "in.in", in_in="heronn\n"
    ),
    _other("compile-fine", Layer.NONE, "", COMPILER + "in.in", in_in="heron\n"),
    _other(
        "pipenv-conflict",
        CONFLICT,
        MERGED,
        "{pipenv} lock",
        Pipfile="[packages]\nheron = '*'\notter = '*'\n",
    ),
    _other(
        "pipenv-name",
        NO_MATCH,
        "o matching distribution|ould not find a version",
        "{pipenv} lock",
        Pipfile="[packages]\nheronn = '*'\n",
    ),
    _other("pipenv-fine", Layer.NONE, "", "{pipenv} lock", Pipfile="[packages]\nheron = '*'\n"),
    _other(
        "pdm-conflict",
        CONFLICT,
        "^(?!.*raise).*(?:Unable to find a resolution|ResolutionImpossible)",
        "{pdm} lock",
        pyproject_toml=PDM % '"heron", "otter"',
    ),
    _other(
        "pdm-name",
        NO_MATCH,
        "Unable to find candidates",
        "{pdm} lock",
        pyproject_toml=PDM % '"heronn"',
    ),
    _other(
        "pdm-python",
        Layer.REQUIRES_PYTHON,
        "Unable to find a resolution|requires python|requires-python",
        "{pdm} lock",
        pyproject_toml=PDM % '"fossil>=3"',
    ),
    _other("pdm-fine", Layer.NONE, "", "{pdm} lock", pyproject_toml=PDM % '"heron"'),
)
ALL = (*POETRY, *OTHERS)
