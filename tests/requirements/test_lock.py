"""pylock.toml (PEP 751)."""

from __future__ import annotations

from pathlib import Path

import pytest

from conflictlens.errors import BadLine, RequirementsError
from conflictlens.requirements.reading import read_requirements
from conflictlens.requirements.records import RequirementSet
from tests.requirements.writing import texts, write

WHEEL = (
    "wheels = [{{name = '{0}', url = 'https://files.example/{0}', hashes = {{sha256 = '00'}}}}]\n"
)
LOCK = (
    """\
lock-version = "1.0"
created-by = "someone"
requires-python = ">=3.9"
extras = ["Plot"]
dependency-groups = ["dev"]
default-groups = ["base"]
[[packages]]
name = "a"
version = "1.0"
marker = "python_version >= '3.10'"
"""
    + WHEEL.format("a-1.0-py3-none-any.whl")
    + "[[packages]]  # second\nname = 'b'\n"
    + WHEEL.format("b-2.0-py3-none-any.whl")
    + """\
[[packages]]
name = "c"
version = "3"
marker = "'plot' in extras or ('dev' in dependency_groups and os_name == 'nt')"
sdist = {name = "c-3.tar.gz", url = "https://files.example/c-3.tar.gz", hashes = {sha256 = "00"}}
[[packages]]
name = "d"
marker = "'base' in dependency_groups"
[packages.vcs]
type = "git"
url = "https://git.example/d"
commit-id = "abc"
[[packages]]
name = "e"
marker = "'plot' in extras"
directory = {path = "./e", editable = true}
[[packages]]
name = "f"
archive = {path = "f.zip", hashes = {sha256 = "00"}}
"""
).replace('"Plot"', '"plot"')


def _read(
    directory: Path,
    text: str = LOCK,
    extras: tuple[str, ...] = (),
    groups: tuple[str, ...] = (),
) -> RequirementSet:
    cwd = write(directory, {"sub/pylock.dev.toml": text})
    return read_requirements(["sub/pylock.dev.toml"], extras=extras, groups=groups, cwd=cwd)


def test_packages_become_requirements(tmp_path: Path) -> None:
    read = _read(tmp_path)
    base = tmp_path.as_uri()
    path = "sub/pylock.dev.toml"
    assert texts(read) == [
        (f"{path}:7", 'a==1.0 ; python_version >= "3.10"'),
        (f"{path}:12", "b==2.0"),
        (
            f"{path}:15",
            'c==3 ; python_version < "0" or (python_version < "0" and os_name == "nt")',
        ),
        (f"{path}:20", "d @ git+https://git.example/d@abc"),
        (f"{path}:31", f"f @ {base}/sub/f.zip"),
    ]
    assert read.requires_python == ">=3.9"


def test_extras_and_groups_are_chosen(tmp_path: Path) -> None:
    read = _read(tmp_path, extras=("PLOT",), groups=("dev",))
    assert [text for _, text in texts(read)][2:] == [
        'c==3 ; python_version >= "0" or (python_version >= "0" and os_name == "nt")',
        f"e @ {tmp_path.as_uri()}/sub/e",
        f"f @ {tmp_path.as_uri()}/sub/f.zip",
    ]


def test_a_lock_file_can_be_a_constraint(tmp_path: Path) -> None:
    cwd = write(tmp_path, {"pylock.toml": LOCK.replace("1.0-py3", "1.0-py3")})
    read = read_requirements(["a"], constraint_files=["pylock.toml"], cwd=cwd)
    assert [root.text for root in read.roots] == ["a"]
    assert [root.name for root in read.constraints] == ["a", "b", "c", "d", "f"]


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        (
            'lock-version = "1.0"\ncreated-by = "x"\n[[packages]]\nname = "a"\nversion = 1\n',
            5,
            "is not a lock file that can be read (PEP 751): "
            "Unexpected type int (expected str) in 'packages[0].version'",
        ),
        (
            'created-by = "x"\n',
            None,
            "is not a lock file that can be read (PEP 751): "
            "Missing required value in 'lock-version'",
        ),
    ],
)
def test_what_is_no_lock_file(text: str, line: int | None, reason: str, tmp_path: Path) -> None:
    with pytest.raises(RequirementsError) as caught:
        _read(tmp_path, text)
    assert caught.value.lines == (BadLine("sub/pylock.dev.toml", line, "", reason),)


def test_unknown_choices(tmp_path: Path) -> None:
    with pytest.raises(RequirementsError) as caught:
        _read(tmp_path, extras=("x",), groups=("y",))
    assert [line.reason for line in caught.value.lines] == [
        "no extra 'x'; there are: plot",
        "no dependency group 'y'; there are: dev, base",
    ]
