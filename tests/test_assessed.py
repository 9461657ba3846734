"""What is kept of an assessed page answers like the page, and only as long as that is unchanged."""

import os
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from packaging.utils import canonicalize_name
from packaging.version import Version

from conflictlens.index.cache import SCHEMA, Cache
from conflictlens.index.records import Distribution, Project
from conflictlens.index.remote import RemoteIndex
from conflictlens.problem.admission import Admission, Assessor
from conflictlens.problem.assessed import decode, decode_files, encode, encode_files
from conflictlens.problem.catalogue import Catalogue
from conflictlens.problem.releases import Exclusion, Releases
from conflictlens.target import target_for
from tests.index.opening import warm
from tests.served_index import (
    Release,
    SdistStyle,
    ServedIndex,
    Universe,
    Variant,
    served,
    wheel_bytes,
)

A = canonicalize_name("a")
NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
BROKEN = "CAST(replace(content, '1.0', 'one') AS BLOB)"
UNIVERSE: Universe = {
    "a": {
        "1.0": Release(upload_time="2026-01-03T00:00:00Z"),
        "2.0": Release(requires_python="<3.9"),
        "3.0": Release(yanked="broken"),
        "4.0rc1": [],
    }
}


@pytest.fixture
def server() -> Iterator[ServedIndex]:
    with served(UNIVERSE) as running:
        yield running


def releases(
    cache: Path, *urls: str, policy: Admission | None = None, python: str = "3.11", **options: Any
) -> Releases:
    """The releases of `a`, asked of an index with a cache of its own."""
    with warm(cache, *urls, **options) as index:
        catalogue = Catalogue(index, target_for(python, "linux"), policy or Admission(), {})
        found = catalogue.releases(A)
        catalogue.keep()
        # Files are read when they are asked for, which is to be now.
        list(found.distributions), list(found.late)
        return found


def facts(of: Releases) -> list[object]:
    """All that there is to know, as plain values."""
    lists: list[object] = [list(of.versions), list(of.distributions), list(of.late)]
    return [of.name, of.found, of.excluded, of.withheld, *lists]


def _without_pages(cache: Path) -> None:
    """Makes each kept page unreadable, so that only what was derived can answer."""
    with sqlite3.connect(cache / f"index-v{SCHEMA}.sqlite3") as connection:
        connection.execute("UPDATE page SET content = x'00'")
    connection.close()


def test_a_warm_answer_reads_no_page(server: ServedIndex, tmp_path: Path) -> None:
    cold = releases(tmp_path, server.url)
    assert cold.excluded == {Exclusion.REQUIRES_PYTHON: cold.bits(Version("2.0"))}
    assert set(cold.withheld) == {Exclusion.YANKED, Exclusion.PRERELEASE}
    _without_pages(tmp_path)
    assert facts(releases(tmp_path, server.url)) == facts(cold)
    assert server.count() == 1


@pytest.mark.parametrize(
    "question",
    [
        {"python": "3.8"},
        {"policy": Admission(uploaded_before=NOON)},
        {"policy": Admission(no_binary=frozenset({":all:"}))},
    ],
    ids=["python", "cut-off", "forms"],
)
def test_another_question_is_assessed_anew(
    server: ServedIndex, tmp_path: Path, question: dict[str, Any]
) -> None:
    first = releases(tmp_path, server.url)
    other = releases(tmp_path, server.url, **question)
    assert facts(other) != facts(first)
    assert facts(other) == facts(releases(tmp_path / "another", server.url, **question))


def test_a_page_that_changed_is_assessed_anew(tmp_path: Path) -> None:
    with served(UNIVERSE, Variant(cache_control="max-age=0")) as server:
        assert len(releases(tmp_path, server.url).versions) == 4
        server.projects[A].pop()
        assert len(releases(tmp_path, server.url).versions) == 3


def test_what_is_damaged_is_worked_out_again(server: ServedIndex, tmp_path: Path) -> None:
    cold = releases(tmp_path, server.url)
    for damage in ("x'00'", "'text'", "replace(content, '1.0', 'one')", "NULL", BROKEN):
        with sqlite3.connect(tmp_path / f"index-v{SCHEMA}.sqlite3") as connection:
            connection.execute(f"UPDATE derived SET content = {damage}")
        connection.close()
        assert facts(releases(tmp_path, server.url)) == facts(cold)
    assert server.count() == 1


def test_files_of_find_links_count(server: ServedIndex, tmp_path: Path) -> None:
    links = tmp_path / "links"
    links.mkdir()
    for number in (5, 6):
        asked = releases(tmp_path, server.url, find_links=(str(links),))
        assert Version(f"{number}.0") not in asked.versions
        name = f"a-{number}.0-py3-none-any.whl"
        (links / name).write_bytes(wheel_bytes(f"a-{number}.0", b""))
        asked = releases(tmp_path, server.url, find_links=(str(links),))
        assert Version(f"{number}.0") in asked.versions
    assert Version("5.0") not in releases(tmp_path, server.url).versions


def test_a_local_index_that_changed_is_assessed_anew(server: ServedIndex, tmp_path: Path) -> None:
    page = tmp_path / "simple" / "a" / "index.html"
    page.parent.mkdir(parents=True)
    for number, text in enumerate(("7.0", "8.0", "9.0")):
        page.write_text(f'<a href="a-{text}-py3-none-any.whl">a</a>', encoding="utf-8")
        os.utime(page, ns=(number, number))
        asked = releases(tmp_path / "cache", server.url, (tmp_path / "simple").as_uri())
        assert asked.versions[-1] == Version(text)
    assert server.count() == 1


def test_the_oldest_are_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conflictlens.index.cache.DERIVED", 3)
    for key in (b"1", b"2", b"3", b"4"):
        cache = Cache(tmp_path, print)
        cache.keep_derived(key, "revision", b"content " + key)
        cache.close()
    cache = Cache(tmp_path, print)
    assert cache.derived(b"1", "revision") is None
    assert cache.derived(b"2", "revision") == b"content 2"
    assert cache.derived(b"2", "another") is None
    cache.close()


def _file(version: str, **fields: Any) -> Distribution:
    from conflictlens.index.memory import wheel

    return replace(wheel("a", version)[0], **fields)


def test_every_field_comes_back() -> None:
    early, late = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 3, 1, 2, 3, 4, tzinfo=UTC)
    files = (
        _file("1.0", upload_time=early, requires_python=">=3", has_metadata=True, size=3),
        _file("2!1.0.post1+local", upload_time=early, sha256="ab", metadata_sha256="cd"),
        _file("3.0", upload_time=early, yanked="", has_metadata=False),
        _file("4.0", local=True),
        _file("5.0", upload_time=late),
        _file("6.0"),
    )
    assessor = Assessor(target_for("3.11", "linux"), Admission(uploaded_before=NOON))
    plain = assessor.releases(Project(A, files))
    restored = _restored(plain)
    assert facts(restored) == facts(plain)
    assert [file.version for file in restored.late] == [Version("5.0"), Version("6.0")]
    assert restored.versions[-1] == plain.versions[-1]
    assert list(restored.versions[1:3]) == list(plain.versions[1:3])
    missing = Releases(A, (), (), found=False)
    assert facts(_restored(missing)) == facts(missing)


def _restored(releases: Releases) -> Releases:
    return decode(A, encode(releases), {}, lambda: decode_files(A, encode_files(releases)))


def test_files_that_were_forgotten_are_read_from_the_page(
    server: ServedIndex, tmp_path: Path
) -> None:
    cold = releases(tmp_path, server.url)
    with sqlite3.connect(tmp_path / f"index-v{SCHEMA}.sqlite3") as connection:
        connection.execute("DELETE FROM derived WHERE length(content) > 400")
        left = connection.execute("SELECT count(*) FROM derived").fetchone()
    connection.close()
    assert left == (1,)
    assert facts(releases(tmp_path, server.url)) == facts(cold)
    assert server.count() == 1


# -- what releases need


NEEDS: Universe = {
    "a": {
        "1.0": Release(requires=["b>=1,<3", 'c; python_version < "3"'], extras={"x": ["c>=2"]}),
        "2.0": Release(requires=["b>=1,<3", "b!=2"], extras={"x": ["c>=2", "b"]}),
        "3.0": Release(requires=["b>=1,<3"], sdist=True, wheel=False),
    },
    "b": {"1.0": [], "2.0": [], "4.0": []},
    "c": {"1.0": [], "2.0": []},
}


def test_a_warm_answer_reads_no_metadata_again(tmp_path: Path) -> None:
    answers = []
    with served(NEEDS) as server:
        for _ in range(3):
            with warm(tmp_path, server.url) as index:
                answers.append((_told(index), index.stats.metadata))
            _without_pages(tmp_path)
            _without_metadata(tmp_path)
        with warm(tmp_path / "other", server.url) as index:
            assert answers == [(_told(index), 3)] * 3


def _without_metadata(cache: Path) -> None:
    with sqlite3.connect(cache / f"index-v{SCHEMA}.sqlite3") as connection:
        connection.execute("DELETE FROM metadata")
    connection.close()


def _told(index: RemoteIndex) -> list[object]:
    """What each release of `a` needs, with and without its extra, and what that allows of `b`."""
    catalogue = Catalogue(index, target_for("3.11", "linux"), Admission(), {})
    facts = [catalogue.facts(A, bit, extra) for bit in (1, 2, 3) for extra in ("", "x")]
    b = catalogue.releases(canonicalize_name("b"))
    masks = [b.mask(one.specifier) for fact in facts for one in fact.dependencies]
    catalogue.keep()
    return [facts, masks]


def test_what_is_read_later_joins_what_is_kept(tmp_path: Path) -> None:
    with served(NEEDS) as server:
        for bit in (1, 2, 3, 2):
            with warm(tmp_path, server.url) as index:
                catalogue = Catalogue(index, target_for("3.11", "linux"), Admission(), {})
                assert catalogue.facts(A, bit, "").dependencies
                catalogue.keep()
        before = server.count()
        with warm(tmp_path, server.url) as index:
            catalogue = Catalogue(index, target_for("3.11", "linux"), Admission(), {})
            needs = [
                [one.text for one in catalogue.facts(A, bit, "").dependencies] for bit in (1, 2)
            ]
        assert needs == [["b<3,>=1"], ["b<3,>=1", "b!=2"]]
        assert server.count() == before


def test_what_can_not_be_known_is_asked_for_again(tmp_path: Path) -> None:
    bare = Release(wheel=False, sdist=True, sdist_style=SdistStyle.BARE)
    with served({"a": {"1.0": bare}}) as server:
        for _ in range(2):
            with warm(tmp_path, server.url) as index:
                catalogue = Catalogue(index, target_for("3.11", "linux"), Admission(), {})
                assert catalogue.facts(A, 1, "").unknown
                catalogue.keep()


def test_metadata_of_local_files_is_read_again(tmp_path: Path) -> None:
    links = tmp_path / "links"
    links.mkdir()
    for needs in (b"b>=1", b"c>=2"):
        content = b"Metadata-Version: 2.1\nName: a\nVersion: 1.0\nRequires-Dist: " + needs
        (links / "a-1.0-py3-none-any.whl").write_bytes(wheel_bytes("a-1.0", content + b"\n"))
        with warm(tmp_path / "cache", find_links=(str(links),)) as index:
            catalogue = Catalogue(index, target_for("3.11", "linux"), Admission(), {})
            [dependency] = catalogue.facts(A, 1, "").dependencies
            assert dependency.text == needs.decode()
            catalogue.keep()
