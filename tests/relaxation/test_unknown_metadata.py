"""Fixes that rest on releases whose needs are not certain come after those that do not."""

from __future__ import annotations

import pytest
from packaging.utils import canonicalize_name
from packaging.version import Version

import conflictlens
from conflictlens.index.records import (
    Distribution,
    DistributionKind,
    Metadata,
    Provenance,
    UnknownMetadata,
)


def release(name: str, version: str, *needs: str) -> tuple[Distribution, Metadata]:
    file = Distribution(
        canonicalize_name(name),
        Version(version),
        f"{name}-{version}-py3-none-any.whl",
        f"https://index.example/{name}-{version}-py3-none-any.whl",
        DistributionKind.WHEEL,
    )
    return file, Metadata(name, version, needs)


def source(name: str, version: str) -> tuple[Distribution, UnknownMetadata]:
    """A source archive whose needs only a build could tell."""
    file = Distribution(
        canonicalize_name(name),
        Version(version),
        f"{name}-{version}.tar.gz",
        f"https://index.example/{name}-{version}.tar.gz",
        DistributionKind.SDIST,
    )
    return file, UnknownMetadata("its dependencies are dynamic")


def declaring(name: str, version: str, *needs: str) -> tuple[Distribution, Metadata]:
    """A source archive that says what it needs, though a build may say otherwise."""
    file, _ = source(name, version)
    return file, Metadata(name, version, needs, provenance=Provenance.DECLARED)


@pytest.mark.parametrize(
    "nearer",
    [
        [source("oven", "2.0")],
        [declaring("oven", "2.0", "kettle"), declaring("kettle", "1.0")],
    ],
    ids=["unknown", "declared"],
)
def test_a_known_release_comes_before_a_nearer_one_that_is_not_certain(
    nearer: list[tuple[Distribution, Metadata | UnknownMetadata]],
) -> None:
    index = conflictlens.MemoryIndex(
        [
            release("oven", "5.0", "steel"),
            release("oven", "4.0", "steel<2"),
            release("oven", "3.0", "steel<2"),
            release("steel", "2.0"),
            *nearer,
        ]
    )
    answer = conflictlens.explain(["oven==3.0", "steel==2.0"], index=index, python="3.11")
    texts = [change.replacement for fix in answer.fixes for change in fix.changes]
    assert texts.index("oven==5.0") < texts.index("oven==2.0")


def test_only_what_the_answer_rests_on_is_noted() -> None:
    """The way down is passed over: it is much further than the way up."""
    bad = [release("oven", f"1.{minor}", "coal") for minor in range(1, 9)]
    index = conflictlens.MemoryIndex([source("oven", "1.0"), *bad, release("oven", "2.0")])
    answer = conflictlens.explain(["oven==1.8"], index=index, python="3.11")
    texts = [change.replacement for fix in answer.fixes for change in fix.changes]
    assert texts == ["oven==2.0"]
    assert not [one for one in answer.findings.notes if "oven 1.0" in one.text]


def test_what_a_fix_rests_on_is_noted() -> None:
    index = conflictlens.MemoryIndex([source("oven", "1.0"), release("oven", "2.0", "coal")])
    answer = conflictlens.explain(["oven==2.0"], index=index, python="3.11")
    assert [fix.changes[0].replacement for fix in answer.fixes] == ["oven==1.0"]
    assert [one.text for one in answer.findings.notes if "oven 1.0 needs" in one.text]
