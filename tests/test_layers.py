"""Which way the data flows, and who may use what: read off the imports of the source."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import conflictlens

SOURCE = Path(conflictlens.__file__).parent

STAGES = (
    ("digest", "errors", "files", "names"),
    # A log is text: what it says is found without knowing any index.
    ("diagnosis",),
    ("requirements", "running", "platforms", "target", "cutoff"),
    ("index",),
    ("problem",),
    ("remedies",),
    ("resolution",),
    ("core",),
    ("explanation", "relaxation"),
    ("question",),
    ("refuted", "edits"),
    ("pipeline",),
    ("whatif", "doctor"),
    ("graph",),
    ("render",),
    ("answer",),
    ("library",),
    ("cli",),
    ("notebook",),
    ("__main__",),
)
"""A stage imports only from itself and from its left."""

PLACE = {name: place for place, stage in enumerate(STAGES) for name in stage}

OWNERS = {
    "httpcore": "index",
    "httpx": "index",
    "resolvelib": "resolution",
    "graphviz": "render",
    "networkx": "render",
    "pygraphviz": "render",
    "rich": "render",
    "IPython": "notebook",
}
"""Who alone may import a package."""

MODULES = sorted(path.relative_to(SOURCE) for path in SOURCE.rglob("*.py"))
INNER = [path for path in MODULES if path != Path("__init__.py")]


def stage(path: Path) -> str:
    return path.parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[str]:
    """The full names of all modules that a file imports, wherever in the file."""
    for node in ast.walk(ast.parse((SOURCE / path).read_text("utf-8"))):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=str(module), names=names, level=0):
                # `from conflictlens.index import snapshot_format` names a module too.
                yield from (f"{module}.{alias.name}" for alias in names)


def own_stages(path: Path) -> set[str]:
    """The stages of conflictlens that a file imports from."""
    parts = (name.split(".") for name in imports(path))
    return {part[1] for part in parts if part[0] == "conflictlens" and part[1] in PLACE}


def test_every_module_belongs_to_a_stage() -> None:
    assert {stage(path) for path in INNER} <= set(PLACE)


@pytest.mark.parametrize("path", INNER, ids=str)
def test_a_stage_imports_only_from_its_left(path: Path) -> None:
    place = PLACE[stage(path)]
    assert {name for name in own_stages(path) if PLACE[name] > place} == set()


@pytest.mark.parametrize(("package", "owner"), OWNERS.items())
def test_a_package_is_imported_by_its_owner_alone(package: str, owner: str) -> None:
    users = {stage(path) for path in MODULES if package in {n.split(".")[0] for n in imports(path)}}
    assert users <= {owner}


def test_only_the_command_line_prints() -> None:
    assert {stage(path) for path in MODULES if prints(path)} <= {"cli"}


def prints(path: Path) -> bool:
    tree = ast.parse((SOURCE / path).read_text("utf-8"))
    return any(isinstance(node, ast.Name) and node.id == "print" for node in ast.walk(tree)) or any(
        isinstance(node, ast.Attribute)
        and node.attr in ("stdout", "stderr")
        and isinstance(node.value, ast.Name)
        and node.value.id == "sys"
        for node in ast.walk(tree)
    )


def loaded(*arguments: str) -> set[str]:
    """The modules that a Python process imports."""
    command = [sys.executable, "-X", "importtime", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    lines = (line for line in done.stderr.splitlines() if line.startswith("import time:"))
    return {line.rpartition("|")[2].strip() for line in lines}


def top_level(modules: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in modules}


HEAVY = {"packaging", "httpx", "httpcore", "asyncio", "msgspec"}
HEAVY |= {"rich", "networkx", "graphviz", "sqlite3"}


def test_importing_the_package_loads_nothing_else() -> None:
    new = loaded("-c", "import conflictlens") - loaded("-c", "pass")
    assert new - {"types", "__future__"} == {"conflictlens"}


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_loads_only_what_arguments_need(option: str) -> None:
    modules = loaded("-m", "conflictlens", option)
    assert top_level(modules) & (HEAVY | {"resolvelib"}) == set()
    assert {name for name in modules if name.startswith("conflictlens.")} == {
        "conflictlens.cli",
        "conflictlens.cli.arguments",
        "conflictlens.cli.examples",
        "conflictlens.cli.lean",
        "conflictlens.cli.main",
    }


def test_only_the_extension_needs_ipython() -> None:
    show = (
        "import conflictlens as c; index = c.MemoryIndex.of({'a': {'1': []}}); "
        "print(sorted(c.explain(['a'], index=index, python='3.11')._repr_mimebundle_()))"
    )
    assert top_level(loaded("-c", show)) & {"IPython", "traitlets", "httpx", "networkx"} == set()
    assert callable(conflictlens.load_ipython_extension)


PUBLIC = [name for name in conflictlens.__all__ if name != "__version__"]


@pytest.mark.parametrize("name", PUBLIC)
def test_public_names_are_what_they_say(name: str) -> None:
    assert getattr(conflictlens, name).__name__ == name
