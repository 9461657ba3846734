"""Other people's text in an answer: it is shown, and it never acts."""

from __future__ import annotations

import json
import re

import pytest
from msgspec.structs import replace

from conflictlens.explanation.records import Findings, Outcome
from conflictlens.render.escaping import code_span, encodable, markdown, visible
from conflictlens.render.issue import issues, markdown_issues, render_issues
from conflictlens.render.json import render_json
from conflictlens.render.markdown import render_markdown
from conflictlens.render.style import Style
from conflictlens.render.text import render_text
from tests.render.hostile import EVIL


@pytest.mark.parametrize("width", [20, 80])
@pytest.mark.parametrize("verbose", [False, True])
def test_text_holds_only_printable_characters(hostile: Findings, width: int, verbose: bool) -> None:
    text = render_text(hostile, Style(width=width, verbose=verbose))
    assert "\\x1b[2J" in text
    assert "there is a project named" in " ".join(text.split())
    assert [line for line in text.split("\n") if not line.isprintable()] == []
    text.encode("utf-8")


def test_undecided_text_holds_only_printable_characters(hostile: Findings) -> None:
    undecided = replace(hostile, outcome=Outcome.UNDECIDED, undecided=EVIL, conflicts=())
    text = render_text(undecided)
    assert all(line.isprintable() for line in text.split("\n"))


def test_colour_adds_no_sequence_but_its_own(hostile: Findings) -> None:
    text = render_text(hostile, Style(colour=True))
    assert "\x1b" not in re.sub(r"\x1b\[[\d;]+m", "", text)


def test_markdown_holds_no_markup(hostile: Findings) -> None:
    text = render_markdown(hostile)
    assert all(line.isprintable() for line in text.split("\n"))
    outside = without_code(re.sub(r"^```mermaid\n[^`]*\n```$", "", text, flags=re.MULTILINE))
    assert not re.search(r"(?<!\\)[<>|\[\]*]", outside)
    assert not re.search(r"@\w|#\d", outside)


def test_issues_hold_no_markup(hostile: Findings) -> None:
    [issue] = issues(hostile)
    for text in (issue.body, markdown_issues(hostile)):
        outside = re.sub(r"^### |^\*\*|\*\*$", "", without_code(text), flags=re.MULTILINE)
        assert not re.search(r"(?<!\\)[<>|\[\]*]", outside)
        assert not re.search(r"@\w|#\d", outside)
    for text in (issue.title, render_issues(hostile), markdown_issues(hostile)):
        assert all(line.isprintable() for line in text.split("\n"))


def without_code(text: str) -> str:
    """Markdown without its code spans: a run of backticks up to a run of the same length."""
    spans = re.compile(r"(?<![`\\])(`+)(?!`).*?(?<!`)\1(?!`)")
    return spans.sub("", text)


def test_json_gives_every_text_back_as_it_was(hostile: Findings) -> None:
    text = render_json(hostile)
    told = json.loads(text)
    assert told["conflicts"][0]["core"][0]["requirement"] == EVIL
    assert told["notes"][0]["text"] == EVIL
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u202a-\u202e\u2066-\u2069]", text)
    text.encode("utf-8")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain é 漢", "plain é 漢"),
        ("\x1b[31m", "\\x1b[31m"),
        ("a\nb\tc", "a\\nb\\tc"),
        ("\u202e\ufeff\udc80", "\\u202e\\ufeff\\udc80"),
        ("\U000e0041", "\\U000e0041"),
    ],
)
def test_visible(text: str, shown: str) -> None:
    assert visible(text) == shown


@pytest.mark.parametrize(
    ("text", "span"),
    [("a", "`a`"), ("a`b", "``a`b``"), ("`", "`` ` ``"), ("a``", "``` a`` ```"), ("x\n", "`x\\n`")],
)
def test_code_span(text: str, span: str) -> None:
    assert code_span(text) == span


def test_markdown_text_is_escaped() -> None:
    assert markdown("a_b<c> @you #12 [x](y)") == r"a\_b\<c\> `@`you `#`12 \[x\](y)"


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [
        ("utf-8", "✗ a → é…漢"),
        ("latin-1", "x a -> é...\\u6f22"),
        ("ascii", "x a -> \\xe9...\\u6f22"),
    ],
)
def test_encodable(encoding: str, shown: str) -> None:
    assert encodable("✗ a → é…漢", encoding) == shown
