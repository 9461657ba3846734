"""Requirements files: only the requirement changes, and its hashes go."""

from __future__ import annotations

import pytest

from conflictlens.edits.records import NewText, Uneditable
from conflictlens.edits.requirements_text import edited_requirements


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a==1", "a==2"),
        ("  a==1 # why\r\nb", "  a==2 # why\r\nb"),
        ("a==1#no-comment\n", None),
        # Continuations, in the requirement and around it.
        ("a\\\n==\\\n1\nb\n", "a==2\nb\n"),
        ("\\\r\n a==1 \\\r\n\r\n", "\\\r\n a==2 \\\r\n\r\n"),
        ("a==1 \\\n# why", "a==2 \\\n# why"),
        # Hashes go, other options and comments stay.
        ("a==1 --hash=sha256:0\n", "a==2\n"),
        ("a==1 \\\n  --hash=sha256:0 \\\n  --hash=sha256:1\n  # via b\n", "a==2\n  # via b\n"),
        ("a==1 --hash sha256:0 # --hash=sha256:1", "a==2 # --hash=sha256:1"),
        ("a==1 --has=sha256:0 -C x=y --hash='sha256:1'", "a==2 -C x=y"),
        ("a==1 --global-option \\\n x --hash=sha256:0", "a==2 --global-option \\\n x"),
        # A coding comment stays where it is.
        ("# coding: utf-8\na==1\n", None),
    ],
)  # fmt: skip
def test_replacing(before: str, after: str | None) -> None:
    new_texts = {(1, "a==1"): NewText("a==2")}
    if after is None:
        with pytest.raises(Uneditable, match="does not say a==1"):
            edited_requirements(before, {}, new_texts)
    else:
        assert edited_requirements(before, {}, new_texts) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a==1", ""),
        ("a==1 # why\r\nb", "b"),
        ("a \\\n  ==1 \\\n  --hash=sha256:0 # c\n# d\n", "# d\n"),
        ("a  ==1\x0cb\nc\n", "b\nc\n"),
    ],
)
def test_removing(before: str, after: str) -> None:
    places = {(1, "a==1"): None, (1, "a   ==1"): None, (1, "a  ==1"): None}
    asked = next(place for place in places if place[1] in before.replace("\\\n", ""))
    assert edited_requirements(before, {}, {asked: NewText(None)}) == after


def test_the_same_text_in_another_line_stays() -> None:
    text = "a==1\nb\na==1\n"
    assert edited_requirements(text, {}, {(3, "a==1"): NewText("a==2")}) == "a==1\nb\na==2\n"


def test_an_editable_is_removed() -> None:
    text = "--editable=./x\nb\n"
    assert edited_requirements(text, {}, {(1, "-e ./x"): NewText(None)}) == "b\n"


def test_what_environment_variables_say_is_not_edited() -> None:
    with pytest.raises(Uneditable, match="environment variables") as caught:
        edited_requirements("b\na==${V}\n", {"V": "1"}, {(2, "a==${V}"): NewText("a==2")})
    assert caught.value.line == 2


def test_a_variable_that_is_not_set_is_text() -> None:
    text = "a==1 ; os_name == '${V}'"
    new = text.replace("1", "2")
    assert edited_requirements(text, {}, {(1, text): NewText(new)}) == new


@pytest.mark.parametrize(
    ("before", "new", "after"),
    [
        ("a==1", "a==1", "a==1\nz"),
        ("a==1\n", "a==1", "a==1\nz\n"),
        ("a==1 # why\r\nb", "a==2", "a==2 # why\r\nz\r\nb"),
        ("a==1\r# b\n", "a==1", "a==1\rz\r# b\n"),
        ("a==1 \\\n  --hash=sha256:0\nb\n", "a==1", "a==1 \\\n  --hash=sha256:0\nz\nb\n"),
        ("a==1\x0cb\n", "a==1", "a==1\x0c\nz\nb\n"),
        ("a==1", None, "z"),
        ("a==1\n", None, "z\n"),
    ],
)
def test_a_line_is_added(before: str, new: str | None, after: str) -> None:
    assert edited_requirements(before, {}, {(1, "a==1"): NewText(new, ("z",))}) == after


def test_a_line_is_added_behind_one_with_variables() -> None:
    text = "a==${V}\n"
    new_texts = {(1, "a==${V}"): NewText("a==${V}", ("z",))}
    assert edited_requirements(text, {"V": "1"}, new_texts) == "a==${V}\nz\n"
