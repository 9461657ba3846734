"""Did you mean: projects and versions that exist beside what does not, from the index alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.utils import NormalizedName, canonicalize_name, is_normalized_name

import conflictlens
from conflictlens import Explanation, MemoryIndex
from conflictlens.errors import BudgetSpent, IndexUnreachable, OfflineMiss
from conflictlens.explanation.records import Unmatched
from conflictlens.explanation.similar import ASKED
from conflictlens.explanation.spellings import distance, respelled
from conflictlens.index.records import Index, Project
from tests.index.opening import opened
from tests.served_index import Fault, ServedIndex, Variant, served

Universe = Mapping[str, Mapping[str, Sequence[str]]]


def asked(*lines: str, index: Index) -> Explanation:
    return conflictlens.explain(lines, python="3.11", platform="linux", index=index)


def told(answer: Explanation) -> list[tuple[str, str, str]]:
    similar = answer.findings.similar
    return [(one.missing, one.project, str(one.newest)) for one in similar]


def similar(universe: Universe, *lines: str) -> list[tuple[str, str, str]]:
    return told(asked(*lines, index=MemoryIndex.of(universe)))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("beautiful-soup4", "beautifulsoup4"),
        ("python-dateutils", "python-dateutil"),
        ("dateutil", "python-dateutil"),
        ("yaml", "pyyaml"),
        ("pytorch", "torch"),
        ("opencv", "opencv-python"),
        ("reqeusts", "requests"),
        ("requestss", "requests"),
        ("request", "requests"),
        ("pilow", "pillow"),
        ("sphynx-sub", "sub-sphynx"),
    ],
)
def test_what_was_meant_is_found(written: str, meant: str) -> None:
    assert similar({meant: {"1.0": [], "2.0": []}}, written) == [(written, meant, "2.0")]


def test_a_project_of_the_question_may_be_further_off() -> None:
    universe: Universe = {"tensorflow": {"2.0": []}, "tensorboards": {"1.0": []}}
    assert similar(universe, "tensorfow", "tensorflow") == [("tensorfow", "tensorflow", "2.0")]
    assert similar(universe, "tensorfow") == []


def test_a_project_of_the_question_may_be_another_spelling() -> None:
    universe: Universe = {"python-yaml": {"1.0": []}}
    assert similar(universe, "yaml", "python-yaml") == [("yaml", "python-yaml", "1.0")]


def test_only_releases_that_fit_count() -> None:
    universe: Universe = {"pillow": {"1.0": [], "2.0": [], "3.0rc1": []}}
    assert similar(universe, "pilow<2") == [("pilow", "pillow", "1.0")]
    assert similar(universe, "pilow>=2") == [("pilow", "pillow", "2.0")]
    assert similar(universe, "pilow>=3") == []


def test_all_lines_about_the_missing_project_count() -> None:
    universe: Universe = {"pillow": {"1.0": [], "2.0": []}, "frame": {"1.0": ["pilow"]}}
    assert similar(universe, "frame", "pilow<2") == [("pilow", "pillow", "1.0")]


def test_a_dependency_may_be_missing() -> None:
    universe: Universe = {"pillow": {"1.0": []}, "frame": {"1.0": ["pilow"]}}
    answer = asked("frame", index=MemoryIndex.of(universe))
    assert told(answer) == [("pilow", "pillow", "1.0")]
    sentence = 'there is a project named "pillow" (1.0); check whether that is what was meant'
    assert sentence in answer.to_text(width=100)
    assert "pillow" in answer.to_markdown()
    assert answer.to_dict()["similar"] == [
        {"missing": "pilow", "project": "pillow", "newest": "1.0"}
    ]


def test_it_is_never_a_fix() -> None:
    answer = asked("pilow", index=MemoryIndex.of({"pillow": {"1.0": []}}))
    texts = [change.replacement for fix in answer.fixes for change in fix.changes]
    assert texts == [None]
    assert told(answer) == [("pilow", "pillow", "1.0")]


def test_at_most_three_are_told_those_with_more_releases_first() -> None:
    releases = {"python-yaml": 1, "pyyaml": 3, "yaml-python": 1, "yamls": 2}
    universe: Universe = {
        name: {f"{n}.0": [] for n in range(1, count + 1)} for name, count in releases.items()
    }
    answer = asked("yaml", index=MemoryIndex.of(universe))
    assert [name for _, name, _ in told(answer)] == ["pyyaml", "yamls", "python-yaml"]
    named = 'there are projects named "pyyaml" (3.0), "yamls" (2.0) and "python-yaml" (1.0)'
    assert named in answer.to_text(width=200)


def test_far_fetched_spellings_are_told_where_nothing_else_exists() -> None:
    universe = {name: {"1.0": list[str]()} for name in ("openncv", "opncv", "opencv-python")}
    assert similar(universe, "opencv") == [("opencv", "opencv-python", "1.0")]
    del universe["opencv-python"]
    assert similar(universe, "opencv") == [("opencv", "openncv", "1.0")]


class Failing(MemoryIndex):
    """It fails for whatever no line names."""

    asked = 0

    def project(self, name: NormalizedName) -> Project:
        if name != "pilow":
            type(self).asked += 1
            raise IndexUnreachable(f"https://index.example/simple/{name}/", "no route")
        return super().project(name)


class Offline(MemoryIndex):
    """It has some pages in a cache and can't fetch the others."""

    def project(self, name: NormalizedName) -> Project:
        if name not in ("pilow", "pillow"):
            raise OfflineMiss(f"https://index.example/simple/{name}/", "not in the cache")
        return super().project(name)


class Slow(MemoryIndex):
    def project(self, name: NormalizedName) -> Project:
        if name != "pilow":
            raise BudgetSpent(f"https://index.example/simple/{name}/", "while waiting")
        return super().project(name)


@pytest.mark.parametrize("kind", [Failing, Slow])
def test_a_failure_is_no_failure_of_the_answer(kind: type[MemoryIndex]) -> None:
    answer = asked("pilow", index=kind.of({"pillow": {"1.0": []}}))
    assert answer.exit_code == 1
    assert answer.fixes
    assert told(answer) == []


def test_what_was_found_before_a_failure_is_told() -> None:
    universe: Universe = {"python-lid": {"1.0": []}, "pillow": {"1.0": []}}

    class Half(MemoryIndex):
        def project(self, name: NormalizedName) -> Project:
            if name == "pillow":
                raise IndexUnreachable(f"https://index.example/simple/{name}/", "no route")
            return super().project(name)

    answer = asked("lid", "pilow", index=Half.of(universe))
    assert (answer.exit_code, told(answer)) == (1, [("lid", "python-lid", "1.0")])


def test_an_index_that_fails_is_not_asked_again_and_again() -> None:
    Failing.asked = 0
    asked("pilow", index=Failing.of({"pillow": {"1.0": []}}))
    assert Failing.asked == 1


def test_offline_the_cache_answers() -> None:
    answer = asked("pilow", index=Offline.of({"pillow": {"1.0": []}}))
    assert told(answer) == [("pilow", "pillow", "1.0")]


# -- from a server

SERVED: Universe = {"pillow": {"1.0": []}, "frame": {"1.0": []}}


def pages(server: ServedIndex) -> list[str]:
    return [one.path for one in server.requests if one.path.startswith("/simple/")]


def test_requests_are_few_and_each_is_made_once(tmp_path: Path) -> None:
    lines = ("missing-library", "frame", "pilow")
    with served(SERVED) as server:
        with opened(server.url, cache_dir=tmp_path) as index:
            assert told(asked(*lines, index=index)) == [("pilow", "pillow", "1.0")]
        first = pages(server)
        assert len(first) == len(set(first)) == 3 + ASKED
        with opened(server.url, cache_dir=tmp_path) as index:
            assert told(asked(*lines, index=index)) == [("pilow", "pillow", "1.0")]
        assert pages(server) == first


def test_nothing_is_asked_where_nothing_is_missing() -> None:
    with served(SERVED) as server, opened(server.url) as index:
        assert asked("frame>=2", index=index).exit_code == 1
        assert pages(server) == ["/simple/frame/"]


def test_offline_nothing_is_asked(tmp_path: Path) -> None:
    with served(SERVED) as server:
        with opened(server.url, cache_dir=tmp_path) as index:
            index.project(canonicalize_name("pilow"))
        with opened(server.url, cache_dir=tmp_path, offline=True) as index:
            answer = asked("pilow", index=index)
        assert (answer.exit_code, told(answer)) == (1, [])
        assert pages(server) == ["/simple/pilow/"]


def test_a_server_that_fails_for_other_spellings() -> None:
    variant = Variant(faults={"/simple/pillow/": [Fault(status=403, times=9)]})
    with served(SERVED, variant) as server, opened(server.url) as index:
        answer = asked("pilow", index=index)
    assert (answer.exit_code, told(answer)) == (1, [])


# -- versions


VERSIONS: Universe = {"kettle": {v: [] for v in ("2.2", "2.3.0", "2.3.1", "2.30", "2.32", "3.0")}}


def nearest(line: str) -> list[str]:
    answer = asked(line, index=MemoryIndex.of(VERSIONS))
    [fact] = answer.conflicts[0].facts
    assert isinstance(fact, Unmatched)
    return list(map(str, fact.nearest))


def test_versions_that_look_alike_and_neighbours_are_nearest() -> None:
    assert nearest("kettle==2.31") == ["2.3.1", "2.30", "2.32"]
    assert nearest("kettle==2.33") == ["2.30", "2.32", "3.0"]
    assert nearest("kettle==4") == ["3.0"]


@pytest.mark.parametrize("line", ["kettle>=4", "kettle==4.*", "kettle==2.31,>1", "kettle~=4.0"])
def test_only_a_pin_has_nearest_versions(line: str) -> None:
    assert nearest(line) == []


def test_the_nearest_versions_are_told_beside_the_fixes() -> None:
    text = asked("kettle==2.31", index=MemoryIndex.of(VERSIONS)).to_text(width=100)
    assert "matches ==2.31 (nearest: 2.3.1, 2.30 and 2.32; newest: 3.0)" in text
    assert "kettle==2.31  →  kettle==2.30" in text


def test_a_pin_that_is_no_version() -> None:
    answer = asked("kettle===nightly", index=MemoryIndex.of(VERSIONS))
    assert "no version of kettle matches ===nightly (newest: 3.0)" in answer.to_text()


# -- spellings


def test_spellings_begin_with_separators_and_affixes() -> None:
    spellings = [one for _, one in respelled(canonicalize_name("py-foo-bar"))]
    assert spellings[:3] == ["pyfoobar", "pyfoo-bar", "py-foobar"]
    assert "foo-bar" in spellings[:6]


@given(st.from_regex(r"[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?", fullmatch=True))
def test_spellings_are_other_names(text: str) -> None:
    name = canonicalize_name(text)
    found = list(respelled(name))
    spellings = [one for _, one in found]
    assert [far for far, _ in found] == sorted(far for far, _ in found)
    assert all(map(is_normalized_name, spellings))
    assert name not in spellings
    assert len(set(spellings)) == len(spellings)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("", "abc", 3),
        ("abc", "abc", 0),
        ("abc", "acb", 1),
        ("kettle", "ketle", 1),
        ("kettle", "kattle", 1),
        ("ca", "abc", 3),
        ("2.31", "2.3.1", 1),
    ],
)
def test_distances(one: str, other: str, expected: int) -> None:
    assert distance(one, other) == distance(other, one) == expected
