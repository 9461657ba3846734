"""The properties of `checks` on random small universes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version

from tests.brute_force import Facts
from tests.properties.universes import Case, cases
from tests.relaxation import checks, upstream_checks
from tests.relaxation.conflicts import EXAMPLES, awaited, crowded

ANY: tuple[Callable[[Case], None], ...] = (
    checks.fixes_resolve,
    checks.fixes_differ,
    checks.texts_are_the_changes,
    checks.answers_repeat,
    checks.every_conflict_is_mended,
)
STABLE: tuple[Callable[[Case], None], ...] = (
    *ANY,
    checks.first_fixes_are_cheapest,
    checks.only_is_proved,
    checks.cores_are_all_there,
    checks.dead_ends_are_dead,
)
"""These speak of subsets of the lines: where each of them admits what the others do."""
UNRELEASED: tuple[Callable[[Case], None], ...] = (
    *ANY,
    checks.pre_releases_help,
    checks.pre_releases_come_last,
    checks.no_opt_in_is_idle,
    checks.only_is_proved_of_opt_ins,
)
"""These speak of letting in pre-releases."""


@pytest.mark.parametrize("check", STABLE, ids=lambda check: check.__name__)
def test_with_stable_releases(check: Callable[[Case], None]) -> None:
    @EXAMPLES
    @given(st.one_of(crowded(), cases(withheld=False)))
    def holds(case: Case) -> None:
        check(case)

    holds()


@pytest.mark.parametrize("check", ANY, ids=lambda check: check.__name__)
def test_with_pre_releases_and_yanked_ones(check: Callable[[Case], None]) -> None:
    @EXAMPLES
    @given(cases(withheld=True))
    def holds(case: Case) -> None:
        check(case)

    holds()


@pytest.mark.parametrize("check", UNRELEASED, ids=lambda check: check.__name__)
def test_with_pre_releases_that_nobody_asked_for(check: Callable[[Case], None]) -> None:
    @EXAMPLES
    @given(awaited())
    def holds(case: Case) -> None:
        check(case)

    holds()


def test_two_ways_to_one_edit_are_one_fix() -> None:
    """A line that lets in pre-releases is found for itself and for the door that it opens."""
    checks.fixes_differ(
        Case(
            roots=("a!=3", "a>=1.1,<3"),
            constraints=("a==1.1",),
            universe={
                "a": {
                    Version("3rc1"): Facts(()),
                    Version("1"): Facts(("a==1.1",)),
                    Version("1.1"): Facts(("a==1",)),
                    Version("2a1"): Facts(("a==1",)),
                },
                "b": {Version("1"): Facts(()), Version("1.1"): Facts(())},
            },
            hidden=False,
        )
    )


UPSTREAM: tuple[Callable[[Case], None], ...] = (
    upstream_checks.witnesses_are_resolutions,
    upstream_checks.one_requirement_is_loosened,
    upstream_checks.newest_releases_object,
    upstream_checks.nothing_is_missed,
)


@pytest.mark.parametrize("check", UPSTREAM, ids=lambda check: check.__name__)
def test_what_upstream_would_have_to_change(check: Callable[[Case], None]) -> None:
    @EXAMPLES
    @given(st.one_of(crowded(), cases(withheld=False)))
    def holds(case: Case) -> None:
        check(case)

    holds()


@pytest.mark.parametrize("check", UPSTREAM[:2], ids=lambda check: check.__name__)
def test_what_upstream_would_have_to_change_before_releases(check: Callable[[Case], None]) -> None:
    @EXAMPLES
    @given(st.one_of(awaited(), cases(withheld=True)))
    def holds(case: Case) -> None:
        check(case)

    holds()


@EXAMPLES
@given(crowded(), st.sets(st.integers(0, 6)))
def test_lines_that_are_to_be_kept(case: Case, keep: set[int]) -> None:
    checks.kept_lines_stay(case, keep)
