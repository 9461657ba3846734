"""What an argument is, and everything read together."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from conflictlens.errors import BadLine, RequirementsError
from conflictlens.requirements.reading import read_requirements
from conflictlens.requirements.records import Origin, OriginKind, RequirementSet, RootRequirement
from tests.requirements.writing import texts, write


def test_arguments_are_requirements(tmp_path: Path) -> None:
    (tmp_path / "numpy").mkdir()
    assert read_requirements([" numpy>=2 "], cwd=str(tmp_path)) == RequirementSet(
        roots=(
            RootRequirement(
                text="numpy>=2",
                name=canonicalize_name("numpy"),
                origin=Origin(OriginKind.ARGUMENT),
                versions=">=2",
            ),
        )
    )
    # A directory counts as one only when it is written as one.
    assert texts(read_requirements(["numpy"], cwd=str(tmp_path))) == [("argument", "numpy")]


@pytest.mark.parametrize(
    "text",
    [
        "a @ https://files.example/requirements.txt",
        "a; sys_platform == 'x/y.txt'",
        "git+https://git.example/x.git#egg=x",
        "https://files.example/a-1-py3-none-any.whl",
        "./a-1-py3-none-any.whl",
    ],
)
def test_what_resembles_a_file_and_is_none(text: str, tmp_path: Path) -> None:
    assert texts(read_requirements([text], cwd=str(tmp_path))) == [("argument", text)]


def test_files_by_what_they_are(tmp_path: Path) -> None:
    cwd = write(
        tmp_path,
        {
            "deps": "a",
            "other.toml": "[project]\ndependencies = ['b']",
            "proj/pyproject.toml": "[project]\ndependencies = ['c']",
            "x-1-py3-none-any.whl": b"PK",
            "@/r.txt": "d",
        },
    )
    arguments = ["deps", "other.toml", "./proj", "x-1-py3-none-any.whl", "@/r.txt"]
    read = read_requirements(arguments, cwd=cwd)
    assert texts(read) == [
        ("deps:1", "a"),
        ("other.toml:2", "b"),
        ("./proj/pyproject.toml:2", "c"),
        ("argument", "x-1-py3-none-any.whl"),
        ("@/r.txt:1", "d"),
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("nope.txt", "no such file"),
        ("nope.in", "no such file"),
        ("pylock.toml", "no such file"),
        ("sub/nope", "no such file"),
        ("sub", None),
        ("./sub", "is a directory without a pyproject.toml"),
        (
            "https://files.example/requirements.txt",
            "files are not fetched from the network; download it first",
        ),
        (
            "poetry.lock",
            "is not a file that conflictlens reads; "
            "give requirements instead: `poetry export -o requirements.txt`",
        ),
    ],
)
def test_arguments_that_name_no_file(text: str, reason: str | None, tmp_path: Path) -> None:
    cwd = write(tmp_path, {"poetry.lock": "", "sub/x": ""})
    if reason is None:
        assert texts(read_requirements([text], cwd=cwd)) == [("argument", text)]
        return
    with pytest.raises(RequirementsError) as caught:
        read_requirements([text], cwd=cwd)
    assert caught.value.lines == (BadLine(text, None, "", reason),)


@pytest.mark.parametrize(
    "stdin",
    [io.StringIO("a\n-r b.txt"), io.BytesIO(b"\xef\xbb\xbfa\n-r b.txt"),
     io.TextIOWrapper(io.BytesIO(b"\xef\xbb\xbfa\n-r b.txt"), encoding="ascii")],
)  # fmt: skip
def test_standard_input(stdin: io.StringIO, tmp_path: Path) -> None:
    cwd = write(tmp_path, {"b.txt": "b"})
    read = read_requirements(["-"], stdin=stdin, cwd=cwd)
    assert texts(read) == [("<stdin>:1", "a"), ("b.txt:1", "b")]


def test_the_order_is_that_of_the_command_line(tmp_path: Path) -> None:
    cwd = write(tmp_path, {"r.txt": "r", "c.txt": "c<1", "a.txt": "a"})
    read = read_requirements(
        ["z", "a.txt"], requirement_files=["r.txt"], constraint_files=["c.txt"], cwd=cwd
    )
    assert texts(read) == [
        ("argument", "z"),
        ("a.txt:1", "a"),
        ("r.txt:1", "r"),
        ("c.txt:1", "c<1"),
    ]
    assert read.constraints[0].origin == Origin(OriginKind.CONSTRAINT, "c.txt", 1)


def test_extras_without_a_project_are_an_error() -> None:
    with pytest.raises(RequirementsError) as caught:
        read_requirements(["a"], extras=["x"], groups=["y"])
    assert str(caught.value) == (
        "extras and groups: x, y chosen, but no pyproject.toml or pylock.toml is read"
    )


def test_the_current_directory_is_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {"r.txt": "${NAME}"})
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NAME", "a")
    (root,) = read_requirements(["r.txt"]).roots
    assert isinstance(root, RootRequirement)
    assert (root.name, root.text) == ("a", "${NAME}")
