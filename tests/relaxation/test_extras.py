"""Lines that ask for fewer extras: after other versions, before the line is left out."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

import conflictlens
from conflictlens.explanation.records import Fix
from conflictlens.index.records import Distribution, Metadata
from tests.relaxation.test_unknown_metadata import release

KETTLE = [
    "steel<2; extra == 'Cast.iron'",
    "tin<2; extra == 'tin'",
    "glass; extra == 'glass'",
]
SHELF = [
    release("kettle", "1.0", *KETTLE),
    release("kettle", "2.0", *KETTLE),
    *(release(name, "2.0") for name in ("steel", "tin", "glass")),
]


def fixes(*lines: str, more: Iterable[tuple[Distribution, Metadata]] = ()) -> list[Fix]:
    index = conflictlens.MemoryIndex([*SHELF, *more])
    return list(conflictlens.explain(lines, index=index, python="3.11", platform="linux").fixes)


@pytest.mark.parametrize(
    ("line", "replacement"),
    [
        ("kettle[cast-iron]==1.0", "kettle==1.0"),
        ("kettle[cast-iron,glass]==1.0", "kettle[glass]==1.0"),
        ("kettle [Cast_Iron, glass] <3, >=1", "kettle [glass] <3, >=1"),
        ("kettle [ Cast.Iron ] (>=1)", "kettle (>=1)"),
        ("kettle[cast-iron]", "kettle"),
        ("kettle[glass,cast-iron] ; python_version > '3'", "kettle[glass] ; python_version > '3'"),
    ],
)
def test_the_extra_that_conflicts_is_left_out(line: str, replacement: str) -> None:
    [fix] = fixes(line)
    assert [change.replacement for change in fix.changes] == [replacement]
    assert fix.requirements[0] == replacement
    assert not fix.only


def test_another_version_with_all_extras_comes_first() -> None:
    more = [release("kettle", "0.9", "steel; extra == 'cast-iron'")]
    lines = ["kettle[cast-iron]==1.0", "steel>=2"]
    texts = [fix.requirements[0] for fix in fixes(*lines, more=more)]
    assert texts[0] == "kettle[cast-iron]==0.9"
    assert "kettle==1.0" not in texts


def test_extras_that_clash_with_each_other() -> None:
    """Either can be left out, and what is called the only fix is not one of them."""
    more = [
        release("pot", "1.0", "glaze<2; extra == 'a'", "glaze>=2; extra == 'b'"),
        release("glaze", "1.0"),
        release("glaze", "2.0"),
    ]
    found = fixes("pot[a,b,c]==1.0", more=more)
    assert sorted(fix.requirements for fix in found) == [("pot[a,c]==1.0",), ("pot[b,c]==1.0",)]
    assert not any(fix.only for fix in found)
