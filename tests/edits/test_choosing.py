"""Which changes a choice means; fixes are numbered as the text numbers them."""

from __future__ import annotations

import re
import time

import pytest
from msgspec.structs import replace

from conflictlens.edits.checking import after_changes
from conflictlens.edits.choosing import ChoiceError, chosen, witness
from conflictlens.explanation.records import Findings
from conflictlens.index.memory import MemoryIndex
from conflictlens.library import ask
from conflictlens.pipeline import find
from conflictlens.render.changes import change_text
from conflictlens.render.style import Style
from conflictlens.render.text import render_text
from conflictlens.requirements.reading import read_requirements
from conflictlens.resolution.budget import Budget
from conflictlens.target import target_for

UNIVERSE: dict[str, dict[str, list[str]]] = {
    "kettle": {"1.0": ["steel<2"], "0.9": ["steel"]},
    "pan": {"1.0": ["steel>=2"], "0.9": ["steel"]},
    "steel": {"1.0": [], "2.0": []},
    "lamp": {"1.0": ["battery<2"], "0.9": ["battery"]},
    "torch": {"1.0": ["battery>=2"], "0.9": ["battery"]},
    "battery": {"1.0": [], "2.0": []},
}
ASKED = read_requirements(["kettle==1.0", "pan==1.0", "lamp==1.0", "torch==1.0"])
"""Two conflicts with two fixes each."""


@pytest.fixture(scope="module")
def findings() -> Findings:
    question = ask(ASKED, target_for("3.11", "linux"), None)
    return find(question, MemoryIndex.of(UNIVERSE), Budget(time.monotonic() + 60))


def texts(findings: Findings, *numbers: int) -> list[str]:
    return [change_text(change) for change in chosen(findings, numbers)]


def test_without_a_choice_it_is_the_cheapest_repair(findings: Findings) -> None:
    assert findings.repair is not None
    assert chosen(findings, ()) == findings.repair.changes


@pytest.mark.parametrize("numbers", [(1, 1), (1, 2), (2, 1), (2, 2)])
def test_numbers_are_those_of_the_text(findings: Findings, numbers: tuple[int, int]) -> None:
    menus = render_text(findings, Style(width=200)).split("\nConflict ")[1:]
    expected = [
        re.findall(rf"^ +{number}  (.+)$", menu, re.MULTILINE)[0]
        for number, menu in zip(numbers, menus, strict=True)
    ]
    assert texts(findings, *numbers) == [one.partition("   ")[0] for one in expected]


def test_the_rest_is_fixed_in_the_first_way(findings: Findings) -> None:
    assert texts(findings, 2) == texts(findings, 2, 1)


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ((3,), "there is no fix 3 of conflict 1: it has fixes 1 to 2"),
        ((1, 0), "there is no fix 0 of conflict 2: it has fixes 1 to 2"),
        ((1, 1, 1), "3 fixes are chosen, but conflicts: 2"),
    ],
)
def test_wrong_numbers(findings: Findings, numbers: tuple[int, ...], message: str) -> None:
    with pytest.raises(ChoiceError, match=message):
        chosen(findings, numbers)


def test_only_what_was_solved_has_a_witness(findings: Findings) -> None:
    solved = [
        witness(findings, after_changes(ASKED, chosen(findings, numbers))) is not None
        for numbers in [(), (1, 1), (1, 2), (2, 1), (2, 2)]
    ]
    assert solved == [True, True, True, True, False]
    assert witness(findings, ASKED) is None


def test_no_known_fix_is_no_change(findings: Findings) -> None:
    without = replace(findings, fixes=(), repair=None)
    assert chosen(without, ()) == chosen(without, (1,)) == ()
