import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from conflictlens.index.core_metadata import CoreMetadata, metadata_member, parse_core_metadata
from conflictlens.index.pyproject import NotStatic, StaticProject, parse_static_project
from conflictlens.index.requires_txt import Declared, parse_requires_txt


def test_the_headers_that_matter() -> None:
    content = b"""Metadata-Version: 2.1
Name: A.B
VERSION: 1.0
Summary: x
  Requires-Dist: folded, so part of the summary
Requires-Dist: b>=1
Requires-Dist: c ;
    extra == "x"
Requires-Dist: b>=1
Provides-Extra: x
Requires-Python: >=3.8

Requires-Dist: part of the description
"""
    assert parse_core_metadata(content) == CoreMetadata(
        "2.1", "A.B", "1.0", ("b>=1", 'c ; extra == "x"'), ("x",), ">=3.8"
    )


@pytest.mark.parametrize("content", [b"", b"<html>Not Found</html>", b"Name: a\n", b"\xff\xfe\0"])
def test_what_has_no_name_and_version_is_something_else(content: bytes) -> None:
    assert parse_core_metadata(content) is None


def test_line_ends_marks_and_encodings_of_old_files() -> None:
    content = b"\xef\xbb\xbfName: a\r\nVersion: 1\r\nAuthor: Andr\xe9\r\nRequires-Dist: b\r\n\r\nx"
    core = parse_core_metadata(content)
    assert core == CoreMetadata("1.0", "a", "1", ("b",))


def test_unknown_is_how_old_tools_wrote_an_empty_field() -> None:
    core = parse_core_metadata(
        b"Name: a\nVersion: 1\nRequires-Python: UNKNOWN\nRequires-Dist: UNKNOWN"
    )
    assert core == CoreMetadata("1.0", "a", "1")


@pytest.mark.parametrize(
    ("version", "dynamic", "static"),
    [
        ("2.1", "", False),
        ("2.2", "", True),
        ("2.10", "", True),
        ("3.0", "", True),
        ("2.4", "Dynamic: license", True),
        ("2.4", "Dynamic: Requires-Dist", False),
        ("2.4", "Dynamic: requires-python", False),
        ("2.4", "Dynamic: provides-extra", False),
        ("two", "", False),
    ],
)
def test_static_dependencies_are_those_of_pep_643(version: str, dynamic: str, static: bool) -> None:
    core = parse_core_metadata(
        f"Metadata-Version: {version}\nName: a\nVersion: 1\n{dynamic}".encode()
    )
    assert core is not None
    assert core.dependencies_are_static is static


def test_metadata_is_that_of_the_wheel_s_own_folder() -> None:
    a = canonicalize_name("a.b")
    own, other = "A_B-1.0.dist-info/METADATA", "c-1.0.dist-info/METADATA"
    assert metadata_member(["x/y.dist-info/METADATA", other, own], a) == own
    assert metadata_member(["x.py", other], a) == other
    assert metadata_member([other, "d-1.dist-info/METADATA"], a) is None
    assert metadata_member([], a) is None


def test_requires_txt_becomes_requirements_with_markers() -> None:
    text = """
six
b >= 1 ; python_version < "3"

[:python_version < "3.4" or os_name == "nt"]
enum34
[test]
pytest
[Docs:sys_platform == "win32"]
colorama
e @ https://index.example/e.zip ; os_name == "nt"
[empty]
"""
    declared = parse_requires_txt(text)
    assert declared == Declared(
        (
            "six",
            'b >= 1 ; python_version < "3"',
            'enum34 ; python_version < "3.4" or os_name == "nt"',
            'pytest ; extra == "test"',
            'colorama ; sys_platform == "win32" and extra == "docs"',
            'e @ https://index.example/e.zip ; os_name == "nt" and sys_platform == "win32"'
            ' and extra == "docs"',
        ),
        ("test", "docs", "empty"),
    )
    assert all(Requirement(requirement).name for requirement in declared.requires_dist)


def test_an_extra_that_is_named_like_a_marker_is_published_as_setuptools_does() -> None:
    declared = parse_requires_txt('six\n[python_version<"2.7"]\nargparse\n')
    condition = 'extra == "python_version_2.7_"'
    assert declared == Declared(("six", f"argparse ; {condition}"), ("python_version_2.7_",))
    assert all(Requirement(requirement).name for requirement in declared.requires_dist)


def test_a_static_project_table() -> None:
    content = b"""
[build-system]
requires = []
[project]
name = "A"
version = "1.0"
requires-python = ">=3.8"
dependencies = ["b>=1; python_version < '3' or os_name == 'nt'"]
dynamic = ["readme"]
[project.optional-dependencies]
x = ["c"]
none = []
[tool.whatever]
x = 1
"""
    assert parse_static_project(content) == StaticProject(
        "A",
        "1.0",
        Declared(
            ("b>=1; python_version < '3' or os_name == 'nt'", 'c ; extra == "x"'), ("x", "none")
        ),
        ">=3.8",
    )


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"[tool.poetry]", "no [project] table"),
        (b"[project", "can't be read"),
        (b"\xff", "can't be read"),
        (b"[project]\nname = 1", "can't be read"),
        (b'[project]\nname = "a"\ndynamic = ["dependencies"]', "dependencies are dynamic"),
        (
            b'[project]\nname = "a"\ndynamic = ["optional-dependencies"]',
            "optional-dependencies are dynamic",
        ),
    ],
)
def test_what_a_pyproject_does_not_tell(content: bytes, reason: str) -> None:
    result = parse_static_project(content)
    assert isinstance(result, NotStatic)
    assert reason in result.reason
