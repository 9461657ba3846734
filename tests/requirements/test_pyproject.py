"""pyproject.toml: PEP 621 dependencies and extras, PEP 735 groups."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest
from packaging.dependency_groups import resolve_dependency_groups
from packaging.markers import Marker

from conflictlens.errors import BadLine, RequirementsError
from conflictlens.requirements.reading import read_requirements
from conflictlens.requirements.records import RequirementSet
from tests.requirements.writing import texts, write

PROJECT = """\
[project]
name = "My.App"
version = "1"
requires-python = ">=3.9"
dependencies = [
    "numpy>=2",   # "numpy>=2"
    "a", 'a ; python_version < "3.10"',
    "tool @ https://files.example/tool-1.tar.gz",
]

[project.optional-dependencies]
Test_All = ["my-app[docs, plot]; os_name == 'posix'", "pytest"]
docs = ["sphinx; python_version >= '3.11'"]
plot = [
    "matplotlib",
    "my_app[test-all]",
]

[dependency-groups]
lint = ["ruff", {include-group = "Types"}]
types = [
    "mypy",
]
dev = [{ include-group = "lint" }, {include-group = "types"}, "tox"]
"""


def _read(
    directory: Path,
    text: str,
    files: Mapping[str, str] | None = None,
    extras: tuple[str, ...] = (),
    groups: tuple[str, ...] = (),
) -> RequirementSet:
    cwd = write(directory, {"pyproject.toml": text, **(files or {})})
    return read_requirements(["pyproject.toml"], extras=extras, groups=groups, cwd=cwd)


def _bad(
    directory: Path, text: str, extras: tuple[str, ...] = (), groups: tuple[str, ...] = ()
) -> tuple[BadLine, ...]:
    with pytest.raises(RequirementsError) as caught:
        _read(directory, text, extras=extras, groups=groups)
    return caught.value.lines


BASE = [
    ("pyproject.toml:6", "numpy>=2"),
    ("pyproject.toml:7", "a"),
    ("pyproject.toml:7", 'a ; python_version < "3.10"'),
    ("pyproject.toml:8", "tool @ https://files.example/tool-1.tar.gz"),
]


def test_dependencies(tmp_path: Path) -> None:
    read = _read(tmp_path, PROJECT)
    assert texts(read) == BASE
    assert read.requires_python == ">=3.9"
    assert [root.url for root in read.roots][3] == "https://files.example/tool-1.tar.gz"


def test_an_extra_that_names_others_stands_for_theirs(tmp_path: Path) -> None:
    read = _read(tmp_path, PROJECT, extras=("test-all",))
    assert texts(read) == [
        *BASE,
        ("pyproject.toml:13", "sphinx; python_version >= '3.11'"),
        ("pyproject.toml:15", "matplotlib"),
        ("pyproject.toml:12", "pytest"),
    ]
    assert [root.marker for root in read.roots[4:]] == [
        Marker("os_name == 'posix' and python_version >= '3.11'"),
        Marker("os_name == 'posix'"),
        None,
    ]


def test_groups(tmp_path: Path) -> None:
    read = _read(tmp_path, PROJECT, groups=("dev", "TYPES"))
    assert texts(read)[4:] == [
        ("pyproject.toml:20", "ruff"),
        ("pyproject.toml:22", "mypy"),
        ("pyproject.toml:24", "tox"),
    ]


def test_groups_agree_with_packaging(tmp_path: Path) -> None:
    groups = tomllib.loads(PROJECT)["dependency-groups"]
    for name in groups:
        ours = [text for _, text in texts(_read(tmp_path, PROJECT, groups=(name,)))[4:]]
        assert ours == list(dict.fromkeys(resolve_dependency_groups(groups, name)))


def test_groups_need_no_project(tmp_path: Path) -> None:
    text = "[dependency-groups]\ndev = ['a']\n"
    assert texts(_read(tmp_path, text, groups=("dev",))) == [("pyproject.toml:2", "a")]
    assert _bad(tmp_path, text) == (
        BadLine(
            "pyproject.toml",
            1,
            "",
            "has no [project] table (PEP 621), so it names no dependencies; "
            "it has dependency groups to choose: dev",
        ),
    )


def test_unknown_choices_list_what_there_is(tmp_path: Path) -> None:
    assert _bad(tmp_path, PROJECT, extras=("nope",), groups=("nix",)) == (
        BadLine("pyproject.toml", 11, "", "no extra 'nope'; there are: Test_All, docs, plot"),
        BadLine("pyproject.toml", 19, "", "no group 'nix'; there are: lint, types, dev"),
    )
    assert _bad(tmp_path, "[project]\nname = 'x'", extras=("nope",)) == (
        BadLine("pyproject.toml", 1, "", "no extra 'nope'; it has no extras"),
    )


def test_all_faults_are_told_at_their_lines(tmp_path: Path) -> None:
    text = """\
[project]
requires-python = "3"
dependencies = [
  "ok",
  "numpy=>1",
  "./local",
  7,
]
[dependency-groups]
a = [{include-group = "b"}]
b = [{include-group = "a"}, {other = "x"}]
c = "x"
"""
    assert _bad(tmp_path, text, groups=("a", "c")) == (
        BadLine("pyproject.toml", 2, "3", "is not a version specifier (PEP 440)"),
        BadLine("pyproject.toml", 5, "numpy=>1", "`=>` is not an operator; did you mean `>=`?"),
        BadLine(
            "pyproject.toml",
            6,
            "./local",
            "is not a requirement (PEP 508): "
            "expected package name at the start of dependency specifier",
        ),
        BadLine("pyproject.toml", 7, "7", "is not a requirement"),
        BadLine("pyproject.toml", 10, "", "the group includes itself: a → b → a"),
        BadLine("pyproject.toml", 11, "{'other': 'x'}", "is not a requirement"),
        BadLine("pyproject.toml", 12, "", "has to be an array of requirements"),
    )


def test_dynamic_dependencies_of_setuptools(tmp_path: Path) -> None:
    text = """\
[project]
name = "p"
dynamic = ["version", "dependencies", "optional-dependencies"]
[tool.setuptools.dynamic]
dependencies = {file = ["req/base.txt", "more.txt"]}
optional-dependencies.dev = {file = "dev.txt"}
"""
    cwd = write(
        tmp_path,
        {"p/pyproject.toml": text, "p/req/base.txt": "a", "p/more.txt": "\nb", "p/dev.txt": "c"},
    )
    read = read_requirements(["p/"], extras=["dev"], cwd=cwd)
    assert texts(read) == [("p/req/base.txt:1", "a"), ("p/more.txt:2", "b"), ("p/dev.txt:1", "c")]


def test_other_dynamic_dependencies_are_not_known(tmp_path: Path) -> None:
    text = "[project]\nname = 'p'\ndynamic = [\n'dependencies']\n"
    (bad,) = _bad(tmp_path, text)
    assert (bad.line, bad.reason) == (
        3,
        "dependencies are dynamic: the build backend computes them, they don't stand in this "
        "file. Give the file that they come from, or one that `pip-compile` or `uv pip compile` "
        "made",
    )


def test_poetrys_tables_are_named(tmp_path: Path) -> None:
    text = "[tool.poetry]\nname = 'p'\n[tool.poetry.dependencies]\nnumpy = '^1'\n"
    (bad,) = _bad(tmp_path, text)
    assert (bad.line, bad.reason) == (
        3,
        "has only Poetry's own tables; conflictlens reads [project] (PEP 621). Move the "
        "dependencies there, or run `poetry export -o requirements.txt` and give that file",
    )


def test_tables_of_uv_are_noted(tmp_path: Path) -> None:
    text = "[project]\nname = 'p'\n[tool.uv]\noverride-dependencies = ['a']\n"
    assert _read(tmp_path, text).notes == (
        "pyproject.toml:4: [tool.uv] override-dependencies is not taken into account",
    )


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        (b"[project]\nx = \n", 2, "is not valid TOML: invalid value"),
        (b"[project", None, None),
        (b"\n\xff = 1", 2, "is not UTF-8, which TOML has to be"),
        (b"x = " + b"[" * 5000, None, "is not TOML that can be read: nested too deeply"),
        (b"", None, "has no [project] table (PEP 621), so it names no dependencies"),
    ],
)
def test_what_is_no_toml(
    content: bytes, line: int | None, reason: str | None, tmp_path: Path
) -> None:
    cwd = write(tmp_path, {"pyproject.toml": content})
    with pytest.raises(RequirementsError) as caught:
        read_requirements(["pyproject.toml"], cwd=cwd)
    (bad,) = caught.value.lines
    assert reason is None or (bad.line, bad.reason) == (line, reason)


def test_a_byte_order_mark_is_forgiven(tmp_path: Path) -> None:
    cwd = write(tmp_path, {"pyproject.toml": b"\xef\xbb\xbf[project]\r\ndependencies=[\r\n'a']"})
    assert texts(read_requirements(["."], cwd=cwd)) == [("./pyproject.toml:3", "a")]
