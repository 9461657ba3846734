"""Looser specifiers: the version is let in, the user's style stays, the line parses to it."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from conflictlens.relaxation.specifiers import moved, opted_in, recapped, rewritten, uncapped
from conflictlens.requirements.records import Origin, OriginKind, RootRequirement
from tests.relaxation.conflicts import EXAMPLES


def root(text: str) -> RootRequirement:
    """The line as if read from a requirements file."""
    parsed = Requirement(text)
    return RootRequirement(
        text,
        canonicalize_name(parsed.name),
        Origin(OriginKind.REQUIREMENT, "requirements.txt", 1),
        str(parsed.specifier),
        frozenset(map(canonicalize_name, parsed.extras)),
        parsed.marker,
    )


MOVES = {
    "pin": ("==1.0", "2.0", "==2.0"),
    "pin, to a pre-release": ("==1.0", "2.0rc1", "==2.0rc1"),
    "pin, to a local version": ("==1.0", "2.0+cpu", "==2.0+cpu"),
    "pin of a local version, to the public one": ("==1.0+cpu", "1.0", "==1.0"),
    "pin in a redundant range": ("==1.0,>=0.5,<2", "3.0", "==3.0"),
    "pin and exclusion of the version": ("==1.0,!=2.0", "2.0", "==2.0"),
    "arbitrary equality": ("===1.0", "2.0", "===2.0"),
    "arbitrary equality with no version": ("===nightly", "2.0", "===2.0"),
    "arbitrary equality that looks like a wildcard": ("===1.*", "2.0", "===2.0"),
    "wildcard": ("==1.*", "2.3.1", "==2.*"),
    "wildcard of two numbers": ("==1.2.*", "2.3.1", "==2.3.*"),
    "wildcard longer than the version": ("==1.2.3.*", "2", "==2.0.0.*"),
    "wildcard, to another epoch": ("==1.2.*", "1!2.3", "==1!2.3.*"),
    "wildcard, to a pre-release": ("==1.2.*", "2.3rc1", "==2.3rc1"),
    "wildcard and a floor that still holds": ("==1.*,>=1.0", "2.5", ">=1.0,==2.*"),
    "compatible": ("~=1.2", "3.4.5", "~=3.4"),
    "compatible, three numbers": ("~=1.2.3", "3.4.5", "~=3.4.5"),
    "compatible, to a short version": ("~=1.2", "3", "~=3.0"),
    "compatible with a post-release": ("~=1.2.post1", "3.4", "~=3.4"),
    "compatible, to a pre-release": ("~=1.2", "3.4.5rc1", "~=3.4.5rc1"),
    "compatible, to a short pre-release": ("~=1.2", "2rc1", "~=2.0rc1"),
    "compatible, to a short pre-release of an epoch": ("~=1.2", "1!2.dev3", "~=1!2.0.dev3"),
    "compatible in an epoch": ("~=1!1.2", "1!3.4", "~=1!3.4"),
    "floor": (">=2", "1.5.3", ">=1.5,<2"),
    "strict floor": (">2", "1.5.3", ">=1.5,<2"),
    "strict floor, to a post-release of it": (">2", "2.0.post1", ">=2.0"),
    "strict floor, to a local version of it": (">1.0", "1.0+cpu", ">=1.0"),
    "floor, to a pre-release of it": (">=2", "2.0rc1", ">=2.0rc1"),
    "floor, to a pre-release far below": (">=2", "0.9rc1", ">=0.9rc1,<2"),
    "floor, to an older epoch": (">=1!2", "5.0", ">=5.0,<1!2"),
    "floor below a cap": (">=2,<3", "1.5", ">=1.5,<2"),
    "two floors": (">=3,>=2,<5", "1.0", ">=1.0,<2"),
    "cap": ("<2", "3.1", "<4"),
    "cap with two numbers": ("<1.24,>=1.20", "1.26.4", ">=1.20,<1.27"),
    "cap with zeros": ("<2.0.0", "3.1.4", "<4"),
    "inclusive cap": ("<=1.24.3", "1.26.4", "<1.26.5"),
    "cap at nothing": ("<0", "0.1", "<1"),
    "cap, to another epoch": ("<2", "1!0.5", "<1!1"),
    "cap, to a pre-release of it": ("<2", "2.0rc1", "<3"),
    "cap, to a local version": ("<2", "2.1+cpu", "<3"),
    "cap at a post-release": ("<1.0.post2", "1.0.post3", "<2"),
    "two caps": ("<2,<=3", "4.5", "<5"),
    "exclusion": ("!=1.5", "1.5", ""),
    "exclusion in a range": (">=1,!=1.5", "1.5", ">=1"),
    "exclusion of a series": ("!=1.*,>=2", "1.5", ">=1.5,<2"),
    "exclusion of something else": ("!=1.7,<1", "1.5", "!=1.7,<2"),
    "nothing to move": (">=1,<3", "2", ">=1,<3"),
}


@pytest.mark.parametrize(("written", "version", "expected"), MOVES.values(), ids=MOVES)
def test_the_style_stays(written: str, version: str, expected: str) -> None:
    specifier = moved(SpecifierSet(written), Version(version))
    assert rewritten(root(f"a{written}"), specifier) == f"a{expected}"


OPT_INS = {
    ">=2": ">=2.0rc1",
    ">=1.0": ">=2.0rc1",
    ">1.0,<3": ">=2.0rc1,<3",
    "<3": ">=2.0rc1,<3",
    "<2": ">=2.0rc1,<3",
    "==2.*": ">=2.0rc1,==2.*",
    "==2.0": "==2.0rc1",
    "~=1.4": "~=2.0rc1",
    "!=1.5": "!=1.5,>=2.0rc1",
    ">=1.0a1": ">=1.0a1",
    "": ">=2.0rc1",
}


@pytest.mark.parametrize("written", OPT_INS)
def test_a_line_that_lets_in_a_pre_release(written: str) -> None:
    expected = SpecifierSet(OPT_INS[written])
    assert opted_in(SpecifierSet(written), Version("2.0rc1")) == expected


CAPS = {
    "<1.24,>=1.22": (">=1.22", ">=1.22,<2.1"),
    "<=1": ("", "<3"),
    "<2": ("", "<3"),
    "~=1.4": (">=1.4", ">=1.4,<3"),
    "~=1.4.2": (">=1.4.2", ">=1.4.2,<2.1"),
    "==1.4.2": (">=1.4.2", ">=1.4.2,<2.0.4"),
    "==1.4.*": (">=1.4", ">=1.4,<2.1"),
    "===1.4": (">=1.4", ">=1.4,<2.1"),
    "==1.4+local": (">=1.4", ">=1.4,<2.1"),
    "<1.24,!=1.22,>1": (">1,!=1.22", ">1,!=1.22,<2.1"),
    ">=1": (">=1", ">=1"),
    "<4": ("", "<4"),
}


@pytest.mark.parametrize("written", CAPS)
def test_a_cap_moves_behind_a_newer_version(written: str) -> None:
    floors, capped = CAPS[written]
    assert uncapped(SpecifierSet(written)) == SpecifierSet(floors)
    assert recapped(SpecifierSet(written), Version("2.0.3")) == SpecifierSet(capped)


LINES = {
    "a": "a>=1,<4",
    "a ; python_version < '4'": "a>=1,<4 ; python_version < '4'",
    "a>=2": "a>=1,<4",
    "a >=2": "a >=1,<4",
    "a >= 2": "a >= 1,< 4",
    "a >= 2, < 3": "a >= 1, < 4",
    "a (>=2)": "a (>=1,<4)",
    "a(>=2)": "a(>=1,<4)",
    "a[x]>=2": "a[x]>=1,<4",
    "a [x, y]  >=2": "a [x, y]  >=1,<4",
    "a>=2 ; python_version < '4'": "a>=1,<4 ; python_version < '4'",
    "a>=2;python_version<'4'": "a>=1,<4;python_version<'4'",
    "a (>=2); sys_platform == 'b;c'": "a (>=1,<4); sys_platform == 'b;c'",
    "A_b.C-d==2": "A_b.C-d>=1,<4",
    "a===nightly": "a>=1,<4",
}


@pytest.mark.parametrize("text", LINES)
def test_the_rest_of_the_line_stays(text: str) -> None:
    assert rewritten(root(text), SpecifierSet(">=1,<4")) == LINES[text]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a!=2", "a"),
        ("a != 2", "a"),
        ("a (!=2)", "a"),
        ("a [x] (!=2) ; python_version < '4'", "a [x] ; python_version < '4'"),
    ],
)
def test_no_specifier_leaves_no_blanks_and_parentheses(text: str, expected: str) -> None:
    assert rewritten(root(text), SpecifierSet()) == expected


NUMBERS = st.integers(0, 4)
PUBLIC = st.builds(
    lambda epoch, release, pre, post, dev: epoch + ".".join(map(str, release)) + pre + post + dev,
    st.sampled_from(("",) * 5 + ("1!",)),
    st.lists(NUMBERS, min_size=1, max_size=4),
    st.sampled_from(("",) * 4 + ("a1", "rc2")),
    st.sampled_from(("",) * 4 + (".post1",)),
    st.sampled_from(("",) * 4 + (".dev3",)),
)
VERSIONS = st.builds(str.__add__, PUBLIC, st.sampled_from(("",) * 4 + ("+l.1",)))
RELEASES = st.lists(NUMBERS, min_size=1, max_size=4).map(lambda some: ".".join(map(str, some)))
COMPARISONS = st.one_of(
    st.builds(str.__add__, st.sampled_from(("<", "<=", ">", ">=")), PUBLIC),
    st.builds(str.__add__, st.sampled_from(("==", "!=")), VERSIONS),
    st.builds("{}{}.*".format, st.sampled_from(("==", "!=")), RELEASES),
    PUBLIC.filter(lambda text: len(Version(text).release) > 1).map("~={}".format),
)
ARBITRARY = st.builds(str.__add__, st.just("==="), st.one_of(VERSIONS, st.just("nightly")))
"""PEP 440's arbitrary equality takes the comma behind it for its own, so it stands alone."""
LISTS = st.one_of(st.lists(COMPARISONS, min_size=1, max_size=4), st.tuples(ARBITRARY))
SPECIFIERS = LISTS.map(",".join).map(SpecifierSet)


@EXAMPLES
@given(SPECIFIERS, VERSIONS.map(Version))
@example(SpecifierSet("==1.2.*"), Version("2.3rc1"))
@example(SpecifierSet("~=1.2"), Version("2rc1"))
def test_the_version_is_let_in(written: SpecifierSet, version: Version) -> None:
    assert moved(written, version).contains(version, prereleases=True)


@EXAMPLES
@given(SPECIFIERS, VERSIONS.map(Version).filter(lambda version: version.is_prerelease))
def test_the_pre_release_is_let_in_and_named(written: SpecifierSet, version: Version) -> None:
    specifier = opted_in(written, version)
    assert specifier.contains(version, prereleases=True)
    assert specifier.prereleases


@EXAMPLES
@given(SPECIFIERS, VERSIONS.map(Version), VERSIONS.map(Version))
def test_a_cap_that_moves_lets_in_more(
    written: SpecifierSet, version: Version, other: Version
) -> None:
    """What upstream allows now is allowed then; and the new version, unless it is too old."""
    stable = not other.is_prerelease and not other.local
    if stable and written.contains(other) and not written.contains(version):
        assert uncapped(written).contains(other)
        if version > other and uncapped(written).contains(version, prereleases=True):
            specifier = recapped(written, version)
            assert specifier.contains(other)
            assert specifier.contains(version, prereleases=True)


@EXAMPLES
@given(SPECIFIERS, VERSIONS.map(Version))
def test_what_lets_the_version_in_stays(written: SpecifierSet, version: Version) -> None:
    specifier = moved(written, version)
    fitting = [part for part in written if part.contains(version, prereleases=True)]
    if len(fitting) == len(written):
        assert set(specifier) <= set(written)
    operators = {part.operator for part in specifier if part not in fitting}
    allowed = {"==", "===", "~=", ">=", "<"}
    assert operators <= allowed


@EXAMPLES
@given(SPECIFIERS, VERSIONS.map(Version))
def test_there_is_one_cap_and_one_floor(written: SpecifierSet, version: Version) -> None:
    for operator in "<>":
        parts = [part for part in moved(written, version) if part.operator.startswith(operator)]
        assert len(parts) <= 1


@EXAMPLES
@given(SPECIFIERS, VERSIONS.map(Version))
def test_a_move_is_made_once(written: SpecifierSet, version: Version) -> None:
    once = moved(written, version)
    assert moved(once, version) == once


@st.composite
def lines(draw: st.DrawFn) -> str:
    """Requirement lines with blanks, parentheses, extras and markers in the ways PEP 508 allows."""
    blank = st.sampled_from(("", "", " ", "  "))
    parts = draw(st.one_of(st.just([]), LISTS))
    comma = draw(blank) + "," + draw(blank)
    specifier = comma.join(parts)
    if parts and draw(st.booleans()):
        specifier = f"({draw(blank)}{specifier}{draw(blank)})"
    extras = draw(st.sampled_from(("", "", "[x]", "[x,Y_z]", "[ x , y ]", "[]")))
    gap, before = draw(blank), draw(blank) + ("" if not parts or specifier[-1] == ")" else " ")
    marker = draw(
        st.sampled_from(
            ("", "", "; python_version < '4'", ";sys_platform=='b;c'", "; 'x (>=1)' != os_name")
        )
    )
    return f"{draw(st.sampled_from(('a', 'A_b.c', 'a-1')))}{gap}{extras}{gap}{specifier}" + (
        before + marker if marker else ""
    )


@EXAMPLES
@given(lines(), SPECIFIERS)
def test_the_new_line_parses_to_the_specifier(text: str, specifier: SpecifierSet) -> None:
    old, new = Requirement(text), Requirement(rewritten(root(text), specifier))
    assert new.specifier == specifier
    assert (new.name, new.extras, new.marker) == (old.name, old.extras, old.marker)


@EXAMPLES
@given(lines())
def test_a_line_without_specifier_parses(text: str) -> None:
    old, new = Requirement(text), Requirement(rewritten(root(text), SpecifierSet()))
    assert not new.specifier
    assert (new.name, new.extras, new.marker) == (old.name, old.extras, old.marker)
