import ssl
import subprocess
import sys
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest
import trustme
from packaging.utils import canonicalize_name
from packaging.version import Version

from conflictlens.errors import (
    BudgetSpent,
    IndexFailure,
    IndexMalformed,
    IndexTLSFailure,
    IndexUnauthorized,
    IndexUnreachable,
)
from conflictlens.index.configuration import IndexSources
from conflictlens.index.network import IN_FLIGHT
from conflictlens.index.records import (
    Distribution,
    DistributionKind,
    Index,
    Metadata,
    Project,
    Provenance,
    UnknownMetadata,
)
from conflictlens.index.remote import open_index
from tests.index.opening import metadata_of, only_file, opened
from tests.served_index import (
    Fault,
    MetadataFiles,
    Ranges,
    Release,
    SdistStyle,
    Universe,
    Variant,
    core_metadata,
    packed,
    served,
)

A, B = canonicalize_name("a"), canonicalize_name("b")
SDIST = DistributionKind.SDIST
LARGE = 6_000_000

EXTRAS = {"A": {"1.0": Release(requires=["b>=1"], extras={"x": ["c"]}, requires_python=">=3.8")}}
DEPENDENCIES = ("b>=1", 'c ; extra == "x"')


def test_a_project_and_its_metadata() -> None:
    universe = {"A": {"1.0": Release(["b>=1"], requires_python=">=3.8", yanked="bad")}, "b": {}}
    with served(universe) as server, opened(server.url) as index:
        [file] = index.project(A).distributions
        assert file == Distribution(
            project=A,
            version=Version("1.0"),
            filename="a-1.0-py3-none-any.whl",
            url=server.file_url("a-1.0-py3-none-any.whl"),
            kind=DistributionKind.WHEEL,
            requires_python=">=3.8",
            upload_time=datetime(2024, 1, 2, 3, 4, 5, 678_900, tzinfo=UTC),
            yanked="bad",
            has_metadata=True,
            sha256=server.projects[A][0].sha256,
            size=len(server.projects[A][0].content),
            metadata_sha256=file.metadata_sha256,
        )
        assert index.metadata(file) == Metadata(
            name="A",
            version="1.0",
            requires_dist=("b>=1",),
            requires_python=">=3.8",
            source=file.url + ".metadata",
        )
        assert index.project(B) == Project(B, (), found=True)
        missing = canonicalize_name("no-such")
        assert index.project(missing) == Project(missing, (), found=False)
        stats = index.stats
        assert (stats.requests, stats.projects, stats.metadata) == (4, 3, 1)
        assert stats.bytes == server.bytes_sent


@pytest.mark.parametrize("ranges", [Ranges.HONOURED, Ranges.NO_SUFFIX, Ranges.REFUSED_SUFFIX])
@pytest.mark.parametrize("metadata", MetadataFiles)
@pytest.mark.parametrize("json", [True, False])
def test_every_kind_of_index_gives_the_same_metadata(
    json: bool, metadata: MetadataFiles, ranges: Ranges
) -> None:
    variant = Variant(json=json, metadata=metadata, ranges=ranges, gzip=json, hashes=json)
    universe = {"A": {"1.0": Release(["b>=1"], extras={"x": ["c"]}, padding=LARGE)}}
    with served(universe, variant) as server, opened(server.url) as index:
        known = metadata_of(index, "a")
        assert isinstance(known, Metadata)
        assert (known.requires_dist, known.provides_extra) == (DEPENDENCIES, ("x",))
        assert server.bytes_sent < LARGE / 10 or ranges is not Ranges.HONOURED


@pytest.mark.parametrize("info_first", [False, True])
def test_of_a_wheel_with_many_files_only_the_last_entries_are_read(info_first: bool) -> None:
    release = Release(["b>=1"], modules=5_000, info_first=info_first)
    variant = Variant(metadata=MetadataFiles.ABSENT)
    with served({"a": {"1.0": release}}, variant) as server, opened(server.url) as index:
        known = metadata_of(index, "a")
        assert isinstance(known, Metadata)
        assert known.requires_dist == ("b>=1",)
        # The end and METADATA; where no entry of the end is METADATA's, all entries in between.
        assert server.count("/files/", ".whl") == (3 if info_first else 2)
        assert (index.stats.bytes < 80_000) is not info_first


def test_where_directories_are_long_less_is_asked_of_the_next_wheels() -> None:
    releases = {f"{number}.0": Release(["b>=1"], modules=5_000) for number in range(3)}
    releases["3.0"] = Release(["b>=1"])
    releases["4.0"] = Release(["b>=1"], padding=LARGE)
    variant = Variant(metadata=MetadataFiles.ABSENT)
    with served({"a": releases}, variant) as server, opened(server.url) as index:
        received = []
        for file in index.project(A).distributions:
            before = index.stats.bytes
            assert isinstance(index.metadata(file), Metadata)
            received.append(round((index.stats.bytes - before) / 1000))
        assert received == [66, 17, 17, 1, 66]


def test_a_folder_with_another_name_at_the_end_is_not_the_wheels_own() -> None:
    members = {"a-1.0.dist-info/METADATA": core_metadata("a", "1.0", Release(["b>=1"]))}
    members |= {f"a/some_module_{number}.py": b"" for number in range(5_000)}
    members["c-1.0.dist-info/METADATA"] = core_metadata("c", "1.0", Release(["d>=1"]))
    variant = Variant(metadata=MetadataFiles.ABSENT, hashes=False)
    with served({"a": {"1.0": []}}, variant) as server, opened(server.url) as index:
        server.projects[A][0] = replace(
            server.projects[A][0], content=packed(members, ".zip"), metadata=b""
        )
        known = metadata_of(index, "a")
        assert isinstance(known, Metadata)
        assert known.requires_dist == ("b>=1",)


def test_a_page_without_upload_times_tells_none() -> None:
    with (
        served({"a": {"1.0": []}}, Variant(upload_times=False)) as server,
        opened(server.url) as index,
    ):
        assert only_file(index, "a").upload_time is None


@pytest.mark.parametrize("ranges", [Ranges.IGNORED, Ranges.NONE])
def test_a_small_wheel_is_taken_whole_where_ranges_are_not_honoured(ranges: Ranges) -> None:
    variant = Variant(metadata=MetadataFiles.ABSENT, ranges=ranges)
    with served(EXTRAS, variant) as server, opened(server.url) as index:
        known = metadata_of(index, "a")
        assert isinstance(known, Metadata)
        assert known.requires_dist == DEPENDENCIES
        assert server.count("/files/", ".whl") == 1


@pytest.mark.parametrize("ranges", [Ranges.IGNORED, Ranges.NONE])
def test_a_large_wheel_is_never_downloaded(ranges: Ranges) -> None:
    size = 30_000_000
    universe = {"a": {v: Release(padding=size) for v in ("1.0", "2.0", "3.0")}}
    variant = Variant(metadata=MetadataFiles.ABSENT, ranges=ranges, hashes=False)
    with served(universe, variant) as server, opened(server.url) as index:
        for file in index.project(A).distributions:
            known = index.metadata(file)
            assert known == UnknownMetadata(
                "the server allows no range requests and the file is 30 MB", file.url
            )
        # Nothing was read; what the server wrote is what fits into the sockets' buffers.
        assert index.stats.bytes < 200_000
        assert server.bytes_sent < size


def test_a_host_without_unannounced_metadata_is_not_asked_for_it_again() -> None:
    universe = {"a": {f"{n}.0": [f"b>={n}"] for n in range(40)}}
    variant = Variant(json=False, metadata=MetadataFiles.ABSENT)
    with served(universe, variant) as server, opened(server.url) as index:
        files = index.project(A).distributions
        index.prefetch(distributions=files)
        found = [index.metadata(file) for file in files]
        assert [known.requires_dist for known in found if isinstance(known, Metadata)] == [
            (f"b>={n}",) for n in range(40)
        ]
        assert server.count("/files/", ".metadata") in (3, 4)
        assert server.count("/files/", ".whl") == 40


def test_a_host_that_has_some_unannounced_metadata_is_asked_for_all() -> None:
    universe: Universe = {"a": {f"{n}.0": [] for n in range(40)}}
    variant = Variant(json=False, metadata=MetadataFiles.UNANNOUNCED)
    with served(universe, variant) as server, opened(server.url) as index:
        files = index.project(A).distributions
        index.prefetch(distributions=files)
        assert all(isinstance(index.metadata(file), Metadata) for file in files)
        assert server.count("/files/", ".metadata") == 40
        assert server.count("/files/", ".whl") == 0


def test_where_files_beside_wheels_often_lack_a_part_of_the_wheel_is_asked_for_first() -> None:
    versions = [f"{n}.0" for n in range(1, 21)]
    lacking = {f"/files/a-{one}-": [Fault(404, times=99)] for one in versions[:19]}
    faults = {f"{start}py3-none-any.whl.metadata": fault for start, fault in lacking.items()}
    variant = Variant(json=False, metadata=MetadataFiles.UNANNOUNCED, faults=faults)
    universe: Universe = {"a": {one: ["b"] for one in versions}}
    with served(universe, variant) as server, opened(server.url) as index:
        files = sorted(index.project(A).distributions, key=lambda file: file.version, reverse=True)
        known = [index.metadata(file) for file in files]
        assert all(isinstance(one, Metadata) and one.requires_dist == ("b",) for one in known)
        assert server.count(end=".metadata") == 4


def test_announced_metadata_that_is_missing_is_read_from_the_wheel() -> None:
    faults = {"/files/a-1.0-py3-none-any.whl.metadata": [Fault(404, times=99)]}
    with served(EXTRAS, Variant(faults=faults)) as server, opened(server.url) as index:
        known = metadata_of(index, "a")
        assert isinstance(known, Metadata)
        assert known.requires_dist == DEPENDENCIES


def test_announced_metadata_with_another_hash_is_malformed() -> None:
    fault = Fault(200, body=b"Metadata-Version: 2.1\nName: a\nVersion: 1.0\n\n")
    variant = Variant(faults={"/files/": [fault]})
    with (
        served(EXTRAS, variant) as server,
        opened(server.url) as index,
        pytest.raises(IndexMalformed, match="SHA-256"),
    ):
        metadata_of(index, "a")


def test_a_wheel_that_is_listed_but_not_there_is_unknown() -> None:
    variant = Variant(faults={"/files/": [Fault(404, times=99)]})
    with served(EXTRAS, variant) as server, opened(server.url) as index:
        known = metadata_of(index, "a")
        assert known == UnknownMetadata("the file is not there (HTTP status 404)", known.source)


def test_a_wheel_that_is_no_zip_is_unknown() -> None:
    faults = {"/files/a-1.0-py3-none-any.whl": [Fault(404), Fault(200, body=b"not a zip" * 99)]}
    with served(EXTRAS, Variant(faults=faults)) as server, opened(server.url) as index:
        known = metadata_of(index, "a")
        assert isinstance(known, UnknownMetadata)
        assert known.reason == "the wheel can't be read: no end of central directory"


@pytest.mark.parametrize(
    ("style", "provenance"),
    [
        (SdistStyle.STATIC, Provenance.STATIC),
        (SdistStyle.EGG_INFO, Provenance.DECLARED),
        (SdistStyle.PYPROJECT, Provenance.DECLARED),
    ],
)
@pytest.mark.parametrize("suffix", [".tar.gz", ".zip", ".tar.bz2", ".tgz", ".tar.xz"])
def test_an_sdist_tells_its_dependencies(
    suffix: str, style: SdistStyle, provenance: Provenance
) -> None:
    release = Release(
        ["b>=1"], {"x": ["c"]}, sdist=True, wheel=False, sdist_style=style, sdist_suffix=suffix
    )
    with served({"A": {"1.0": release}}) as server, opened(server.url) as index:
        known = metadata_of(index, "a", SDIST)
        assert isinstance(known, Metadata)
        assert (known.name, known.version) == ("A", "1.0")
        assert (known.requires_dist, known.provides_extra) == (DEPENDENCIES, ("x",))
        assert known.provenance is provenance
        assert known.source == server.file_url(f"a-1.0{suffix}")


def test_a_streamed_sdist_ends_where_enough_is_known() -> None:
    universe = {"a": {"1.0": Release(sdist=True, wheel=False, padding=19_000_000)}}
    with served(universe) as server, opened(server.url) as index:
        members = metadata_of(index, "a", SDIST)
        assert isinstance(members, Metadata)
        # The padding comes first here, so all of it was needed.
        assert index.stats.bytes > 19_000_000
    early = {"a": {"1.0": Release(sdist=True, wheel=False, padding=LARGE, sdist_suffix=".zip")}}
    with served(early) as server, opened(server.url) as index:
        assert isinstance(metadata_of(index, "a", SDIST), Metadata)
        assert index.stats.bytes < 100_000


def test_a_streamed_sdist_ends_with_the_requirements_of_its_egg_info() -> None:
    members = {
        "a-1.0/PKG-INFO": core_metadata("a", "1.0", Release(), "1.2"),
        "a-1.0/a.egg-info/requires.txt": b"b>=1",
        "a-1.0/data.bin": Random(1).randbytes(25_000_000),
    }
    with served({"a": {"1.0": Release(sdist=True, wheel=False)}}) as server:
        [file] = server.projects[A]
        content = packed(members, ".tar.gz")
        server.projects[A] = [replace(file, content=content)]
        with opened(server.url) as index:
            known = metadata_of(index, "a", SDIST)
            assert isinstance(known, Metadata)
            assert (known.requires_dist, known.provenance) == (("b>=1",), Provenance.DECLARED)
            assert index.stats.bytes < LARGE


def test_an_sdist_beyond_the_limit_is_unknown() -> None:
    universe = {"a": {"1.0": Release(sdist=True, wheel=False, padding=25_000_000)}}
    with served(universe) as server, opened(server.url) as index:
        known = metadata_of(index, "a", SDIST)
        assert isinstance(known, UnknownMetadata)
        assert known.reason == "the source distribution is larger than 20 MB"
        assert index.stats.bytes < 21_000_000


def test_an_sdist_that_tells_nothing_is_unknown() -> None:
    universe = {"a": {"1.0": Release(sdist=True, wheel=False, sdist_style=SdistStyle.BARE)}}
    with served(universe) as server, opened(server.url) as index:
        known = metadata_of(index, "a", SDIST)
        assert isinstance(known, UnknownMetadata)
        assert known.reason == "its source distribution does not state its dependencies"


# --- several indexes -------------------------------------------------------------------------


def test_the_files_of_all_indexes_are_merged() -> None:
    with (
        served({"a": {"1.0": []}}) as first,
        served({"a": {"2.0": []}, "b": {"1.0": []}}) as second,
        opened(first.url, second.url) as index,
    ):
        found = index.project(A)
        assert [str(file.version) for file in found.distributions] == ["1.0", "2.0"]
        assert [index.metadata(file).source for file in found.distributions] == [
            first.file_url("a-1.0-py3-none-any.whl.metadata"),
            second.file_url("a-2.0-py3-none-any.whl.metadata"),
        ]
        assert index.project(B).found
        assert not index.project(canonicalize_name("c")).found


def test_an_index_that_fails_leaves_the_answer_open() -> None:
    failing = Variant(faults={"/": [Fault(403, times=99)]})
    with (
        served({"a": {"1.0": []}}) as good,
        served({"a": {"1.0": []}}, failing) as bad,
        opened(good.url, bad.url) as index,
        pytest.raises(IndexUnauthorized, match="403"),
    ):
        index.project(A)


# --- failures --------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504, 408])
def test_passing_troubles_are_sat_out(status: int) -> None:
    fault = Fault(status, times=2, headers={"Retry-After": "0"})
    with (
        served({"a": {"1.0": []}}, Variant(faults={"/simple/a/": [fault]})) as server,
        opened(server.url) as index,
    ):
        assert index.project(A).found
        assert (server.count(), index.stats.requests) == (3, 3)


def test_a_connection_that_breaks_is_tried_again() -> None:
    with (
        served({"a": {"1.0": []}}, Variant(faults={"/simple/a/": [Fault(drop=True)]})) as server,
        opened(server.url) as index,
    ):
        assert index.project(A).found


def test_retry_after_is_respected() -> None:
    fault = Fault(429, headers={"Retry-After": "1"})
    with (
        served({"a": {"1.0": []}}, Variant(faults={"/simple/a/": [fault]})) as server,
        opened(server.url) as index,
    ):
        started = time.monotonic()
        assert index.project(A).found
        assert time.monotonic() - started >= 1


def test_a_wish_for_a_long_wait_is_a_failure_at_once() -> None:
    fault = Fault(429, times=99, headers={"Retry-After": "3600"})
    with (
        served({"a": {"1.0": []}}, Variant(faults={"/": [fault]})) as server,
        opened(server.url) as index,
        pytest.raises(IndexUnreachable, match="429"),
    ):
        index.project(A)
    assert server.count() == 1


def test_troubles_that_stay_are_a_failure() -> None:
    with (
        served({"a": {}}, Variant(faults={"/": [Fault(503, times=99)]})) as server,
        opened(server.url) as index,
    ):
        with pytest.raises(IndexUnreachable, match=r"127\.0\.0\.1.*503"):
            index.project(A)
        assert server.count() == 4
        # The same question gets the same answer, without another attempt.
        with pytest.raises(IndexUnreachable):
            index.project(A)
        assert server.count() == 4


def test_nobody_listening_is_a_failure() -> None:
    with served({}) as server:
        url = server.url
    with opened(url) as index, pytest.raises(IndexUnreachable, match="can't be reached"):
        index.project(A)


@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_is_unauthorized(status: int) -> None:
    variant = Variant(faults={"/": [Fault(status, times=99)]})
    with (
        served({"a": {}}, variant) as server,
        opened(server.url) as index,
        pytest.raises(IndexUnauthorized, match=str(status)),
    ):
        index.project(A)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/vnd.pypi.simple.v1+json", b"{"),
        ("text/html", b"<html><form><input></form></html>"),
        ("image/png", b"\x89PNG"),
    ],
)
def test_an_answer_of_another_kind_is_malformed(content_type: str, body: bytes) -> None:
    fault = Fault(200, content_type=content_type, body=body)
    with (
        served({"a": {}}, Variant(faults={"/": [fault]})) as server,
        opened(server.url) as index,
        pytest.raises(IndexMalformed),
    ):
        index.project(A)


def test_broken_compression_is_malformed() -> None:
    fault = Fault(200, headers={"Content-Encoding": "gzip"}, body=b"no gzip")
    with (
        served({"a": {}}, Variant(faults={"/": [fault]})) as server,
        opened(server.url) as index,
        pytest.raises(IndexMalformed),
    ):
        index.project(A)


def test_redirects_are_followed_up_to_a_limit() -> None:
    moved = Fault(301, headers={"Location": "/simple/b/"})
    endless = Fault(302, times=999, headers={"Location": "/simple/c/"})
    variant = Variant(faults={"/simple/a/": [moved], "/simple/c/": [endless]})
    with served({"b": {"1.0": []}}, variant) as server, opened(server.url) as index:
        # Redirected to the page of another project: none of its files are this one's.
        assert index.project(A) == Project(A, (), found=True)
        with pytest.raises(IndexUnreachable, match="redirects"):
            index.project(canonicalize_name("c"))


def test_the_budget_ends_a_wait() -> None:
    with (
        served({"a": {}}, Variant(faults={"/": [Fault(hang=60)]})) as server,
        opened(server.url, deadline=time.monotonic() + 0.4) as index,
    ):
        started = time.monotonic()
        with pytest.raises(BudgetSpent, match=r"127\.0\.0\.1"):
            index.project(A)
        assert time.monotonic() - started < 2


def test_closing_does_not_wait_for_a_server_that_hangs() -> None:
    names = [canonicalize_name(f"p{n}") for n in range(100)]
    variant = Variant(faults={"/simple/p": [Fault(hang=60, times=999)]})
    with served({"a": {}}, variant) as server:
        index = opened(server.url)
        assert index.project(A).found
        index.prefetch(names)
        while server.count("/simple/p") < 10:
            time.sleep(0.01)
        started = time.monotonic()
        index.close()
        assert time.monotonic() - started < 2
        while any(thread.name == "conflictlens-index" for thread in threading.enumerate()):
            assert time.monotonic() - started < 10
            time.sleep(0.02)


def test_ctrl_c_ends_a_wait_cleanly_and_soon() -> None:
    script = """
import sys
from conflictlens.index.remote import open_index
from tests.index.opening import opened
with opened(sys.argv[1]) as index:
    print("waiting", flush=True)
    index.project("a")
"""
    with (
        served({}, Variant(faults={"/": [Fault(hang=60, times=99)]})) as server,
        subprocess.Popen(
            [sys.executable, "-c", script, server.url],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        ) as process,
    ):
        assert process.stdout is not None
        assert process.stdout.readline() == "waiting\n"
        while not server.requests:
            time.sleep(0.01)
        started = time.monotonic()
        process.send_signal(2)
        _, stderr = process.communicate(timeout=10)
        assert time.monotonic() - started < 3
        assert stderr.rstrip().endswith("KeyboardInterrupt")
        assert stderr.count("Traceback") == 1


# --- work ------------------------------------------------------------------------------------


def test_a_prefetch_is_joined_and_never_repeated() -> None:
    universe: Universe = {f"p{n}": {"1.0": []} for n in range(100)}
    names = [canonicalize_name(name) for name in universe]
    with served(universe, Variant(latency=0.02)) as server, opened(server.url) as index:
        index.prefetch(names)
        index.prefetch(names)
        files = [file for name in names for file in index.project(name).distributions]
        index.prefetch(distributions=files)
        index.prefetch(distributions=files)
        assert all(isinstance(index.metadata(file), Metadata) for file in files)
        index.prefetch(names, files)
        assert server.count("/simple/") == 100
        assert server.count("/files/") == 100
        # One that is awaited goes out of turn, and a server notes an end after the client does.
        assert 4 < server.most_at_once <= IN_FLIGHT + 8


def test_a_call_does_not_queue_behind_prefetches() -> None:
    universe: Universe = {f"p{n}": {"1.0": []} for n in range(300)}
    names = [canonicalize_name(name) for name in universe]
    with served(universe, Variant(latency=0.05)) as server, opened(server.url) as index:
        index.prefetch(names)
        assert index.project(names[-1]).found
        assert server.count() < len(names) / 2
        assert server.count("/simple/p299/") == 1


def test_a_failing_prefetch_says_nothing_until_it_is_asked_for() -> None:
    with (
        served({"a": {}}, Variant(faults={"/": [Fault(403, times=99)]})) as server,
        opened(server.url) as index,
    ):
        index.prefetch([A])
        with pytest.raises(IndexUnauthorized):
            index.project(A)
        assert server.count() == 1


def test_progress_is_told_what_is_awaited() -> None:
    told: list[str] = []
    with served({"a": {"1.0": []}}) as server, opened(server.url, progress=told.append) as index:
        metadata_of(index, "a")
        metadata_of(index, "a")
    assert told == [f"{server.url}/a/", "a-1.0-py3-none-any.whl"]


def test_importing_the_index_imports_nothing_that_only_fetching_needs() -> None:
    script = "import sys, conflictlens.index.remote; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    heavy = {
        "httpx",
        "httpcore",
        "asyncio",
        "ssl",
        "http.client",
        "h2",
        "platformdirs",
        "zipfile",
        "tomllib",
    }
    assert not heavy & set(run.stdout.split())


# --- access ----------------------------------------------------------------------------------


def test_credentials_from_the_url_go_to_pages_and_files() -> None:
    with served(EXTRAS, Variant(credentials=("me@x", "s:cret"))) as server:
        url = server.url.replace("://", "://me%40x:s%3Acret@")
        with opened(url) as index:
            known = metadata_of(index, "a")
            assert isinstance(known, Metadata)
            assert "cret" not in known.source
            assert "cret" not in only_file(index, "a").url


def test_credentials_from_netrc(tmp_path: Path) -> None:
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret\n")
    with served(EXTRAS, Variant(credentials=("me", "secret"))) as server:
        for environ in ({"HOME": str(tmp_path)}, {"NETRC": str(netrc), "HOME": "/nonexistent"}):
            with opened(server.url, environ=environ) as index:
                assert isinstance(metadata_of(index, "a"), Metadata)
        with opened(server.url) as index, pytest.raises(IndexUnauthorized):
            index.project(A)


def test_errors_do_not_tell_the_password() -> None:
    variant = Variant(credentials=("me", "other"))
    with served(EXTRAS, variant) as server:
        index = opened(server.url.replace("://", "://me:secret@"))
        with index, pytest.raises(IndexFailure) as raised:
            index.project(A)
        assert "secret" not in str(raised.value)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


def test_an_unknown_authority_is_a_tls_failure(tls: ssl.SSLContext) -> None:
    with (
        served(EXTRAS, Variant(tls=tls)) as server,
        opened(server.url) as index,
        pytest.raises(IndexTLSFailure, match="certificate"),
    ):
        index.project(A)
    assert server.count() == 0


def test_a_ca_bundle_is_trusted_wherever_it_is_named(
    authority: trustme.CA, tls: ssl.SSLContext, tmp_path: Path
) -> None:
    bundle = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(bundle))
    with served(EXTRAS, Variant(tls=tls)) as server:
        with opened(server.url, cert=str(bundle)) as index:
            assert index.project(A).found
        for variable in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
            with opened(server.url, environ={variable: str(bundle), "HOME": "/x"}) as index:
                assert index.project(A).found


def test_a_ca_bundle_that_is_missing_is_a_tls_failure(tls: ssl.SSLContext) -> None:
    with (
        served(EXTRAS, Variant(tls=tls)) as server,
        opened(server.url, cert="/no/such.pem") as index,
    ):
        index.prefetch([A])
        with pytest.raises(IndexTLSFailure, match=r"/no/such\.pem"):
            index.project(A)


def test_a_trusted_host_needs_no_certificate(tls: ssl.SSLContext) -> None:
    with served(EXTRAS, Variant(tls=tls)) as server:
        host = server.origin.removeprefix("https://")
        for trusted in (host, "127.0.0.1"):
            sources = IndexSources(index_urls=(server.url,), trusted_hosts=(trusted,))
            with open_index(sources, use_cache=False, environ={"HOME": "/x"}) as index:
                assert index.project(A).found


def test_a_remote_index_is_an_index() -> None:
    index: Index = opened()
    assert index.project(A) == Project(A, (), found=False)


def test_cookies_are_given_back() -> None:
    fault = Fault(503, headers={"Set-Cookie": "seen=1; Path=/", "Retry-After": "0"})
    with (
        served(EXTRAS, Variant(faults={"/simple/a/": [fault]})) as server,
        opened(server.url) as index,
    ):
        index.project(A)
        index.project(B)
    assert [one.headers.get("cookie") for one in server.requests] == [None, "seen=1", "seen=1"]
