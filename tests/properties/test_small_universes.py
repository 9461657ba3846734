"""The properties of `checks` on random small universes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given

from tests.properties import checks
from tests.properties.universes import Case, cases

PROPERTIES: tuple[Callable[[Case], None], ...] = (
    checks.verdict_is_true,
    checks.resolution_is_a_resolution,
    checks.order_does_not_matter,
    checks.cores_are_minimal,
    checks.cores_are_the_most_disjoint,
    checks.cores_conflict_under_pips_policy,
    checks.deletion_gives_a_core,
    checks.judge_and_walk_agree,
    checks.subsets_of_a_resolvable_set_resolve,
    checks.stories_are_entailed,
    checks.stories_are_complete,
    checks.stories_name_their_clash,
    checks.stories_blame_the_python,
)
STABLE = (*PROPERTIES, checks.python_is_blamed_where_it_counts)
"""With pre-releases, what is let in depends on what else is there, on any Python or on one."""


@pytest.mark.parametrize("check", STABLE, ids=lambda check: check.__name__)
def test_with_stable_releases(check: Callable[[Case], None]) -> None:
    @given(cases(withheld=False))
    def holds(case: Case) -> None:
        check(case)

    holds()


@pytest.mark.parametrize("check", PROPERTIES, ids=lambda check: check.__name__)
def test_with_pre_releases_and_yanked_ones(check: Callable[[Case], None]) -> None:
    @given(cases(withheld=True))
    def holds(case: Case) -> None:
        check(case)

    holds()
