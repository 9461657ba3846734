"""Stories about pre-releases that one line asks for and another one meets."""

from __future__ import annotations

from packaging.version import Version

from conflictlens.explanation.records import Excluded
from conflictlens.problem.releases import Exclusion
from tests.brute_force import Facts
from tests.properties.answers import answer
from tests.properties.universes import Case


def test_a_pre_release_that_another_line_lets_in_is_told() -> None:
    case = Case(
        roots=("c!=1.*", "c>=3a1"),
        constraints=(),
        universe={
            "a": {Version("1"): Facts(())},
            "c": {
                Version("1"): Facts(()),
                Version("2"): Facts(("a!=1.*",)),
                Version("3a1"): Facts((), "<3.11"),
            },
        },
    )
    story = answer(case).stories[0]
    assert [root.text for root in story.lines] == ["c!=1.*"]
    [excluded] = [fact for fact in story.facts if isinstance(fact, Excluded)]
    assert (excluded.project, excluded.reason) == ("c", Exclusion.REQUIRES_PYTHON)
