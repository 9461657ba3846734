from pathlib import Path

import pytest
from packaging.utils import canonicalize_name
from packaging.version import Version

from conflictlens.errors import IndexUnreachable
from conflictlens.index.configuration import IndexSources
from conflictlens.index.records import (
    Distribution,
    DistributionKind,
    Metadata,
    Project,
    Provenance,
    UncheckedReference,
    UnknownMetadata,
)
from conflictlens.index.remote import RemoteIndex, open_index
from tests.index.opening import opened
from tests.served_index import (
    Release,
    SdistStyle,
    Variant,
    core_metadata,
    packed,
    sdist_bytes,
    served,
    wheel_bytes,
)

ENVIRON = {"HOME": "/nonexistent"}
A, B = canonicalize_name("a"), canonicalize_name("b")
PLAIN = Release(["b>=1"], {"x": ["c"]})
DEPENDENCIES = ("b>=1", 'c ; extra == "x"')
WHEEL = "a-1.0-py3-none-any.whl"


def local(index_url: str = "", find_links: str = "", *, offline: bool = False) -> RemoteIndex:
    sources = IndexSources(
        index_urls=(index_url,) if index_url else (),
        find_links=(find_links,) if find_links else (),
    )
    return open_index(sources, use_cache=False, environ=ENVIRON, offline=offline)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a wheel and an sdist of a, and what is neither."""
    (tmp_path / WHEEL).write_bytes(wheel_bytes("a-1.0", core_metadata("a", "1.0", PLAIN)))
    (tmp_path / "a-2.0.tar.gz").write_bytes(sdist_bytes("a", "2.0", PLAIN))
    (tmp_path / "readme.txt").write_text("nothing")
    return tmp_path


@pytest.mark.parametrize("offline", [False, True])
def test_a_find_links_folder(folder: Path, offline: bool) -> None:
    for location in (str(folder), folder.as_uri()):
        with local(find_links=location, offline=offline) as index:
            found = index.project(A)
            assert found.distributions[0] == Distribution(
                A,
                Version("1.0"),
                WHEEL,
                (folder / WHEEL).as_uri(),
                DistributionKind.WHEEL,
                size=(folder / WHEEL).stat().st_size,
                local=True,
            )
            for file in found.distributions:
                known = index.metadata(file)
                assert isinstance(known, Metadata)
                assert known.requires_dist == DEPENDENCIES
            assert index.project(B) == Project(B, found=False)
            assert index.stats.requests == 0


def test_a_find_links_folder_that_is_missing_is_noted(tmp_path: Path) -> None:
    with local(find_links=str(tmp_path / "no")) as index:
        with pytest.raises(IndexUnreachable, match="there is no such folder"):
            index.project(A)
        assert index.stats.notes == [f"the find-links location {tmp_path / 'no'} does not exist"]


def test_a_find_links_page_on_disk(folder: Path) -> None:
    page = folder / "links.html"
    page.write_text(f'<a href="{WHEEL}#sha256=abc">a</a><a href="b-1.0.zip">b</a>')
    with local(find_links=str(page)) as index:
        [file] = index.project(A).distributions
        assert (file.url, file.sha256, file.local) == ((folder / WHEEL).as_uri(), "abc", True)
        assert index.project(B).found


def test_a_find_links_page_on_the_network_is_fetched_once() -> None:
    with served({"a": {"1.0": ["b"]}}, Variant(json=False)) as server:
        links = (f"{server.url}/a/", server.file_url(WHEEL))
        index = opened(find_links=links)
        with index:
            [file] = index.project(A).distributions
            assert isinstance(index.metadata(file), Metadata)
            assert not index.project(B).found
        assert server.count("/simple/") == 1


def test_a_local_index(folder: Path) -> None:
    page = folder / "simple" / "a"
    page.mkdir(parents=True)
    (page / "index.html").write_text(f'<html><a href="../../{WHEEL}">a</a></html>')
    (folder / "simple" / "b").mkdir()
    with local(index_url=(folder / "simple").as_uri()) as index:
        [file] = index.project(A).distributions
        assert (file.url, file.local) == ((folder / WHEEL).as_uri(), False)
        assert isinstance(index.metadata(file), Metadata)
        assert not index.project(B).found
    with (
        local(index_url=(folder / "missing").as_uri()) as index,
        pytest.raises(IndexUnreachable, match="there is no such folder"),
    ):
        index.project(A)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        (WHEEL, b"not a zip", "the wheel can't be read"),
        (WHEEL, packed({"a.py": b""}, ".zip"), "the wheel holds no METADATA"),
        ("a-1.0.tar.gz", b"not an archive at all" * 99, "the source distribution can't be read"),
        ("a-1.0.tar.gz", b"", "does not state its dependencies"),
        ("a-1.0.zip", b"PK\3\4" + b"x" * 999, "the source distribution can't be read"),
    ],
)
def test_damaged_files_are_unknown(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    (tmp_path / name).write_bytes(content)
    with local(find_links=str(tmp_path)) as index:
        [file] = index.project(A).distributions
        known = index.metadata(file)
        assert isinstance(known, UnknownMetadata)
        assert reason in known.reason


# --- direct references -----------------------------------------------------------------------


def test_a_wheel_by_path_and_url(folder: Path) -> None:
    path = folder / WHEEL
    with local() as index:
        for reference in (str(path), path.as_uri(), path.as_uri() + "#sha256=abc"):
            found = index.reference(reference)
            assert isinstance(found, tuple)
            distribution, metadata = found
            assert (distribution.url, distribution.project) == (reference, A)
            assert distribution.local
            assert metadata.requires_dist == DEPENDENCIES


def test_remote_references_are_read_once(tmp_path: Path) -> None:
    universe = {"a": {"1.0": Release(["b>=1"], {"x": ["c"]}, sdist=True, padding=3_000_000)}}
    with served(universe) as server:
        urls = [server.file_url(WHEEL), server.file_url("a-1.0.tar.gz")]
        for requests in (2, 0):
            with opened(cache_dir=tmp_path) as index:
                found = [index.reference(url) for url in urls]
                assert found == [index.reference(url) for url in urls]
                for reference, url in zip(found, urls, strict=True):
                    assert isinstance(reference, tuple)
                    assert reference[0].url == url
                    assert reference[1].requires_dist == DEPENDENCIES
                assert index.stats.requests == requests


def test_an_archive_whose_name_tells_nothing(tmp_path: Path) -> None:
    release = Release(["b>=1"], sdist_style=SdistStyle.PYPROJECT)
    for suffix in (".zip", ".tar.gz"):
        (tmp_path / f"main{suffix}").write_bytes(
            sdist_bytes("A", "1.0", release) if suffix != ".zip" else packed_project("repo-main")
        )
        with local() as index:
            found = index.reference(str(tmp_path / f"main{suffix}"))
            assert isinstance(found, tuple)
            assert (found[0].project, found[0].version) == (A, Version("1.0"))
            assert found[1].provenance is Provenance.DECLARED


def packed_project(root: str, suffix: str = ".zip") -> bytes:
    table = b'[project]\nname = "a"\nversion = "1.0"\ndependencies = ["b"]\n'
    return packed({f"{root}/x": b"", f"{root}/pyproject.toml": table}, suffix)


def test_a_subdirectory_of_an_archive(tmp_path: Path) -> None:
    (tmp_path / "main.tar.gz").write_bytes(packed_project("repo-main/packages/a", ".tar.gz"))
    url = (tmp_path / "main.tar.gz").as_uri()
    with local() as index:
        assert isinstance(index.reference(url), UncheckedReference)
        found = index.reference(f"{url}#egg=a&subdirectory=packages/a")
        assert isinstance(found, tuple)
        assert found[1].requires_dist == ("b",)


def test_a_folder_with_a_static_project_table(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "A"\nversion = "1.0"\ndependencies = ["b"]\nrequires-python = ">=3.8"\n'
    )
    with local() as index:
        for reference in (str(tmp_path), tmp_path.as_uri()):
            assert index.reference(reference) == (
                Distribution(
                    A,
                    Version("1.0"),
                    tmp_path.name,
                    reference,
                    DistributionKind.SDIST,
                    requires_python=">=3.8",
                    local=True,
                ),
                Metadata(
                    "A",
                    "1.0",
                    ("b",),
                    requires_python=">=3.8",
                    source=tmp_path.as_uri(),
                    provenance=Provenance.DECLARED,
                ),
            )


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ('[project]\nname = "a"\ndynamic = ["version"]', "its version is dynamic"),
        ('[project]\nname = "a"\nversion = "1"\ndynamic = ["dependencies"]', "dependencies are"),
        ('[project]\nname = "a"\nversion = "one"', "one is no valid version"),
        ("", "known only once its setup.py has run"),
    ],
)
def test_a_folder_that_only_a_build_can_tell_of(tmp_path: Path, table: str, reason: str) -> None:
    (tmp_path / "pyproject.toml").write_text(table)
    (tmp_path / "setup.py").write_text("raise SystemExit('never run')")
    with local() as index:
        found = index.reference(str(tmp_path))
        assert isinstance(found, UncheckedReference)
        assert found.reference == str(tmp_path)
        assert reason in found.reason


@pytest.mark.parametrize(
    ("reference", "reason"),
    [
        ("git+https://index.example/a.git@main#egg=a", "known only to a git checkout"),
        ("hg+ssh://index.example/a", "known only to a hg checkout"),
        ("ftp://index.example/a-1.0.tar.gz", "ftp is no way"),
        ("https://index.example/a.exe", "neither a wheel nor an archive"),
        ("https://index.example/a.whl", "file name is not valid"),
        ("/no/such/path", "there is no such file or directory"),
    ],
)
def test_references_that_are_not_checked(reference: str, reason: str) -> None:
    with local() as index:
        found = index.reference(reference)
        assert isinstance(found, UncheckedReference)
        assert reason in found.reason
