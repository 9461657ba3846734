"""pyproject.toml: only strings in arrays of requirements change."""

from __future__ import annotations

import re
import tomllib

import pytest

from conflictlens.edits.records import NewText, Uneditable
from conflictlens.edits.toml_strings import rewritten
from conflictlens.edits.toml_text import edited_toml


@pytest.mark.parametrize(
    ("token", "after"),
    [
        ('"a==1"', '"a==2"'),
        ("'a==1'", "'a==2'"),
        ('" a==1\\t"', '" a==2\\t"'),
        ('"\\u0061==1"', '"\\u0061==2"'),
        ('"a\\u003D=1"', '"a\\u003D=2"'),
        ('"""\na==1\n"""', '"""\na==2\n"""'),
        ('"""\r\na=\\\r\n   =1"""', '"""\r\na=\\\r\n   =2"""'),
        ("'''a==1'''", "'''a==2'''"),
    ],
)
def test_a_string_keeps_quotes_and_escapes(token: str, after: str) -> None:
    assert rewritten(token, "a==1", "a==2") == after


def test_quotes_in_a_marker_stay_escaped() -> None:
    token = r'''"a>=1 ; os_name == \"nt\""'''
    old = 'a>=1 ; os_name == "nt"'
    assert rewritten(token, old, old.replace(">=1", ">=0.9,<1")) == token.replace(">=1", ">=0.9,<1")
    assert tomllib.loads(f"key = {rewritten(token, old, 'b')}") == {"key": "b"}


def test_what_is_new_is_escaped() -> None:
    new = 'a==1 ; os_name == "n\\t"'
    assert (
        tomllib.loads(f"key = {rewritten(chr(34) + 'a==1' + chr(34), 'a==1', new)}")["key"] == new
    )


def project(array: str) -> str:
    return f"[project]\ndependencies = {array}\nname = 'p'\n"


@pytest.mark.parametrize(
    ("array", "after"),
    [
        ('["a", "b"]', '["b"]'),
        ('["b", "a"]', '["b"]'),
        ('["a"]', "[]"),
        ('["a",]', "[]"),
        ('[ "b", "a" , "c" ]', '[ "b", "c" ]'),
        ('["b", # b\n "a"]', '["b", # b\n ]'),
        ('[\n  "a", # why\n  "b"\n]', '[\n  "b"\n]'),
        ('[\r\n  "b",\r\n  "a" # why\r\n]', '[\r\n  "b",\r\n]'),
        ('[ "b"\n, "a"\n]', '[ "b"\n]'),
        ('[ "a"\n, "b"\n]', '[ "b"\n]'),
        ('[\n  "a" # why\n  , "b"\n]', '[\n  # why\n   "b"\n]'),
        ('[\n  "b", "a",\n  "c"]', '[\n  "b",\n  "c"]'),
    ],
)  # fmt: skip
def test_an_element_goes_with_its_comma(array: str, after: str) -> None:
    text = project(array)
    [line] = [n for n, line in enumerate(text.split("\n"), 1) if '"a"' in line]
    assert edited_toml(text, {(line, "a"): NewText(None)}) == project(after)


def test_only_arrays_of_requirements_are_edited() -> None:
    text = 'project = {name = "a", keywords = ["a"], dependencies = ["b", "a"]}\nx = ["a"]\n'
    assert edited_toml(text, {(1, "a"): NewText("a<2")}) == text.replace('"b", "a"', '"b", "a<2"')
    with pytest.raises(Uneditable, match="a is not an element"):
        edited_toml(text, {(2, "a"): NewText("a<2")})


def test_several_at_once() -> None:
    text = """\
[project]
dependencies = ["a", "b>=1", "c"]
[project.optional-dependencies]
x = ["a", 'b']
[dependency-groups]
g = [
    {include-group = "h"},
    "a",
]
h = ["a"]
"""
    changed = {(2, "a"): None, (2, "b>=1"): "b", (2, "c"): None, (4, "b"): "b<3", (8, "a"): None}
    new_texts = {place: NewText(new) for place, new in changed.items()}
    expected = """\
[project]
dependencies = ["b"]
[project.optional-dependencies]
x = ["a", 'b<3']
[dependency-groups]
g = [
    {include-group = "h"},
]
h = ["a"]
"""
    assert edited_toml(text, new_texts) == expected


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('["a"]', '["a", "z"]'),
        ('["a", "b"]', '["a", "z", "b"]'),
        ("[ 'a' , 'b' ]", "[ 'a', 'z' , 'b' ]"),
        ('[\n  "a", # why\n  "b"\n]', '[\n  "a", # why\n  "z",\n  "b"\n]'),
        ('[\r\n  "b",\r\n  "a" # why\r\n]', '[\r\n  "b",\r\n  "a", # why\r\n  "z"\r\n]'),
        ('[\n  "a",\n]', '[\n  "a",\n  "z",\n]'),
        ('[\n  "a" # why\n  , "b"\n]', '[\n  "a", "z" # why\n  , "b"\n]'),
        ('["""a"""]', '["""a""", "z"]'),
    ],
)
def test_an_element_is_added(before: str, after: str) -> None:
    text = project(before)
    [line] = [n for n, line in enumerate(text.split("\n"), 1) if re.search("\\ba\\b", line)]
    assert edited_toml(text, {(line, "a"): NewText("a", ("z",))}) == project(after)
