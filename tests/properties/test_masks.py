"""Specifiers as bit masks, and sets of versions as text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import InvalidSpecifier, Specifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from conflictlens.explanation.versions import version_set
from conflictlens.index.memory import wheel
from conflictlens.problem import releases as masks
from conflictlens.problem.releases import Releases

_NUMBERS = st.integers(0, 3).map(str)
_RELEASES = st.lists(_NUMBERS, min_size=1, max_size=3).map(".".join)
_EPOCHS = st.sampled_from(("", "", "", "1!"))
_PRE = st.sampled_from(("", "", "", "a0", "a1", "b1", "rc1"))
_POST = st.sampled_from(("", "", "", ".post0", ".post1"))
_DEV = st.sampled_from(("", "", "", ".dev0", ".dev1"))
_LOCAL = st.sampled_from(("", "", "", "+1", "+local", "+local.1"))

texts = st.tuples(_EPOCHS, _RELEASES, _PRE, _POST, _DEV, _LOCAL).map("".join)
version_lists = st.lists(texts.map(Version), max_size=25, unique=True).map(
    lambda versions: tuple(sorted(versions))
)


@st.composite
def specifiers(draw: st.DrawFn) -> Specifier:
    operator = draw(st.sampled_from(("==", "!=", ">=", "<=", ">", "<", "~=", "===")))
    wildcard = draw(st.booleans()) and operator in ("==", "!=")
    text = draw(texts)
    if wildcard:
        text = f"{draw(_EPOCHS)}{draw(_RELEASES)}.*"
    try:
        return Specifier(operator + text)
    except InvalidSpecifier:
        # Only ==, != and === take a local version; ~= needs two numbers.
        return Specifier(operator + text.partition("+")[0] if operator != "~=" else "~=1.1")


def check(part: Specifier, versions: tuple[Version, ...]) -> None:
    """The mask holds exactly the versions that packaging lets through, one by one."""
    expected = sum(
        2 << index
        for index, version in enumerate(versions)
        if part.contains(version, prereleases=True)
    )
    assert masks.specifier_mask(str(part), versions) == expected


@given(specifiers(), version_lists)
def test_a_mask_is_what_packaging_says_of_each_version(
    part: Specifier, versions: tuple[Version, ...]
) -> None:
    check(part, versions)


@given(st.lists(specifiers(), max_size=3), version_lists)
def test_masks_intersect(parts: list[Specifier], versions: tuple[Version, ...]) -> None:
    combined = SpecifierSet(",".join(map(str, parts)))
    mask = releases_of(versions).mask(combined)
    assert [version for bit, version in enumerate(versions, 1) if mask >> bit & 1] == [
        version for version in versions if combined.contains(version, prereleases=True)
    ]


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("==1.0", "1.0 1.0+local"),
        ("==1.0+local", "1.0+local"),
        ("===1.0", "1.0"),
        ("!=1.0", "1.0.dev0 1.0a1 1.0.post1 1!0.1"),
        (">1.0", "1!0.1"),
        (">=1.0", "1.0 1.0+local 1.0.post1 1!0.1"),
        ("<1.0", ""),
        ("<=1.0", "1.0.dev0 1.0a1 1.0 1.0+local"),
        ("==1.*", "1.0.dev0 1.0a1 1.0 1.0+local 1.0.post1"),
        ("~=1.0", "1.0 1.0+local 1.0.post1"),
        ("==1!0.*", "1!0.1"),
        ("===whatever", ""),
    ],
)
def test_masks_of_every_operator(text: str, allowed: str) -> None:
    known = "1.0.dev0 1.0a1 1.0 1.0+local 1.0.post1 1!0.1"
    versions = tuple(map(Version, known.split()))
    mask = masks.specifier_mask(text, versions)
    assert [str(v) for bit, v in enumerate(versions, 1) if mask >> bit & 1] == allowed.split()


@given(st.integers(0, 12), st.data())
def test_runs_cover_exactly_what_they_say(count: int, data: st.DataObject) -> None:
    releases = releases_of(tuple(Version(str(number)) for number in range(count)))
    mask = data.draw(st.integers(0, releases.every)) & ~1
    usable = data.draw(st.integers(0, releases.every)) & ~1
    told = version_set(releases, mask, usable)
    covered = {
        number
        for number in range(count)
        if any(first <= Version(str(number)) <= last for first, last in told.runs)
    }
    chosen = {number for number in range(count) if mask >> (number + 1) & 1}
    others = {number for number in range(count) if usable >> (number + 1) & 1} - chosen
    assert chosen <= covered
    assert not covered & others
    assert told.count == len(chosen)
    assert told.every is (not others)


@pytest.mark.parametrize(
    ("chosen", "usable", "text"),
    [
        ("", "1 2 3", ""),
        ("1 2 3", "1 2 3", "1 to 3"),
        ("1 3", "1 2 3", "1, 3"),
        ("1 3", "1 3", "1 to 3"),
        ("1 2 4", "1 2 3 4", "1 to 2, 4"),
        ("2", "", "2"),
        ("1 2", "3 4", "1 to 2"),
    ],
)
def test_ranges_as_text(chosen: str, usable: str, text: str) -> None:
    releases = releases_of(tuple(map(Version, "1234")))
    told = version_set(releases, _mask(releases, chosen), _mask(releases, usable))
    assert str(told) == text


def _mask(releases: Releases, texts: str) -> int:
    return sum(releases.bits(Version(text)) for text in texts.split())


def releases_of(versions: tuple[Version, ...]) -> Releases:
    """Releases that nothing is wrong with."""
    files = tuple(wheel("a", str(version))[0] for version in versions)
    return Releases(canonicalize_name("a"), versions, files)
