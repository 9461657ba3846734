"""The line of every value in a TOML document."""

from __future__ import annotations

import tomllib

import pytest

from conflictlens.requirements.toml_lines import Path, value_lines


def _paths(value: object, path: Path = ()) -> list[Path]:
    match value:
        case dict():
            children = [_paths(item, (*path, key)) for key, item in value.items()]
        case list():
            children = [_paths(item, (*path, index)) for index, item in enumerate(value)]
        case _:
            return [path]
    return [leaf for child in children for leaf in child]


def test_every_value_has_a_line() -> None:
    document = """\
[project]
name = "p"
dependencies = [
  "a", "b",
  # "b"
  'b',
]
"""
    lines = value_lines(document)
    assert lines == {
        ("project",): 1,
        ("project", "name"): 2,
        ("project", "dependencies"): 3,
        ("project", "dependencies", 0): 4,
        ("project", "dependencies", 1): 4,
        ("project", "dependencies", 2): 6,
    }


@pytest.mark.parametrize(
    ("document", "path", "line"),
    [
        ("x = '''\n\"\n'''\ny = ['a']", ("y", 0), 4),
        ('x = """\n\\""" [ \n"""\ny = ["a"]', ("y", 0), 4),
        ('x = """a"""""\ny = ["a"]', ("y", 0), 2),
        ("x = '''a'''''\ny = ['a']", ("y", 0), 2),
        ('x = ""\n\'y\'."z\\u0061" = ["]", \n"a"]', ("y", "za", 1), 3),
        ("x = {y = {z = [\n'a']}}", ("x", "y", "z", 0), 2),
        ("x = 1979-05-27 07:32:00 # '\ny = 'a'", ("y",), 2),
        ("[[a]]\n[[a.b]]\nc='1'\n[[a]]\n[[a.b]]\n[[a.b]]\nc='2'", ("a", 1, "b", 1, "c"), 7),
        ("[[a]]\n[a.t]\nx=1\n[[a]]\n[a.t]\nx=2", ("a", 1, "t", "x"), 6),
        ("a.b.c = 1\r\n# x\r\na.b.d = [\r\n'x']\r\n", ("a", "b", "d", 0), 4),
        ("[ a . 'b' ]\nc = 1", ("a", "b", "c"), 2),
        ("a = [ 1,# ]\n 2 ,\n ]\nb = -inf", ("b",), 4),
        ("a = ['x',\n['y', [\n'z']]]", ("a", 1, 1, 0), 3),
    ],
)
def test_tricky_layouts(document: str, path: Path, line: int) -> None:
    lines = value_lines(document)
    assert lines[path] == line
    assert set(_paths(tomllib.loads(document))) <= set(lines)


def test_a_long_document_is_walked_in_one_go() -> None:
    document = "".join(f"[[packages]]\nname = 'p{n}'\nx = [{{a = 1}}]\n" for n in range(5000))
    assert value_lines(document)["packages", 4999, "x", 0, "a"] == 15_000
