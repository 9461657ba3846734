import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from packaging.utils import canonicalize_name

from conflictlens.errors import OfflineMiss
from conflictlens.index.cache import SCHEMA
from conflictlens.index.records import DistributionKind, Metadata, Project, UnknownMetadata
from tests.index.opening import metadata_of, opened, warm
from tests.served_index import Release, SdistStyle, ServedIndex, Universe, Variant, served

A, MISSING = canonicalize_name("a"), canonicalize_name("no-such")
UNIVERSE: Universe = {"a": {f"{n}.0": [f"b>={n}"] for n in range(30)}, "b": {"1.0": []}}
ROOT = Path(__file__).parents[2]


@pytest.fixture
def server() -> Iterator[ServedIndex]:
    with served(UNIVERSE, Variant(etag=True)) as running:
        yield running


def answers(cache: Path, url: str, **options: Any) -> tuple[list[object], int, list[str]]:
    """Everything of the universe, the requests it took, and the notes."""
    with warm(cache, url, **options) as index:
        projects = [index.project(name) for name in (A, MISSING)]
        known = [index.metadata(file) for file in projects[0].distributions]
    return [*projects, *known], index.stats.requests, index.stats.notes


def test_a_warm_answer_is_the_same_without_a_request(server: ServedIndex, tmp_path: Path) -> None:
    cold, requests, _ = answers(tmp_path, server.url)
    assert requests == 32
    assert answers(tmp_path, server.url) == (cold, 0, [])
    assert cold[1] == Project(MISSING, (), found=False)
    assert cold[2] == Metadata("a", "0.0", ("b>=0",), source=_source(server, "0.0"))


def _source(server: ServedIndex, version: str) -> str:
    return server.file_url(f"a-{version}-py3-none-any.whl.metadata")


def test_a_warm_answer_imports_nothing_that_only_fetching_needs(
    server: ServedIndex, tmp_path: Path
) -> None:
    answers(tmp_path, server.url)
    script = """
import sys
from pathlib import Path
from tests.index.opening import warm
with warm(Path(sys.argv[1]), sys.argv[2]) as index:
    files = index.project("a").distributions
    index.prefetch(["a", "no-such"], files)
    assert len([index.metadata(file) for file in files]) == 30
print(*sys.modules)
"""
    modules = _run(script, tmp_path, server.url).split()
    heavy = {"httpx", "httpcore", "asyncio", "ssl", "http.client", "tomllib", "zipfile"}
    assert not heavy & set(modules)


def _run(script: str, *arguments: object) -> str:
    command = [sys.executable, "-c", script, *map(str, arguments)]
    run = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=60)
    assert run.returncode == 0, run.stderr
    return run.stdout


@pytest.mark.parametrize("control", ["max-age=0", "no-cache", "no-store, max-age=600"])
def test_a_stale_page_is_asked_for_again_and_may_be_unchanged(tmp_path: Path, control: str) -> None:
    with served(UNIVERSE, Variant(etag=True, cache_control=control)) as server:
        cold, _, _ = answers(tmp_path, server.url)
        sent = server.bytes_sent
        assert answers(tmp_path, server.url) == (cold, 1, [])
        assert server.requests[-1].headers["if-none-match"].startswith('"')
        assert server.bytes_sent == sent


def test_a_stale_page_that_changed_is_taken_anew(tmp_path: Path) -> None:
    with served(UNIVERSE, Variant(etag=True, cache_control="max-age=0")) as server:
        answers(tmp_path, server.url)
        server.projects[A].pop()
        with warm(tmp_path, server.url) as index:
            assert len(index.project(A).distributions) == 29


def test_a_fresh_page_is_believed(tmp_path: Path) -> None:
    with served(UNIVERSE, Variant(cache_control="public, max-age=3600")) as server:
        answers(tmp_path, server.url)
        server.projects[A].pop()
        assert answers(tmp_path, server.url)[1] == 0


def test_offline_answers_however_old_the_page_is(tmp_path: Path) -> None:
    with served(UNIVERSE, Variant(cache_control="max-age=0")) as server:
        cold, _, _ = answers(tmp_path, server.url)
    assert answers(tmp_path, server.url, offline=True) == (cold, 0, [])


def test_offline_says_what_the_cache_lacks(server: ServedIndex, tmp_path: Path) -> None:
    with warm(tmp_path, server.url) as index:
        files = index.project(A).distributions
    with warm(tmp_path, server.url, offline=True) as index:
        index.prefetch([A, canonicalize_name("b")], files)
        assert index.project(A).distributions == files
        with pytest.raises(OfflineMiss, match="/simple/b/"):
            index.project(canonicalize_name("b"))
        with pytest.raises(OfflineMiss, match=r"a-0\.0-py3-none-any\.whl"):
            index.metadata(files[0])
    assert server.count() == 1


def test_what_can_not_be_known_is_remembered_too(tmp_path: Path) -> None:
    bare = Release(wheel=False, sdist=True, sdist_style=SdistStyle.BARE)
    with served({"a": {"1.0": bare}}) as server:
        for requests in (2, 0):
            with warm(tmp_path, server.url) as index:
                known = metadata_of(index, "a", DistributionKind.SDIST)
                assert isinstance(known, UnknownMetadata)
                assert index.stats.requests == requests


def test_two_indexes_do_not_share_what_they_claim(tmp_path: Path) -> None:
    with served({"a": {"1.0": ["b"]}}) as first, served({"a": {"1.0": ["b"]}}) as second:
        for server in (first, second):
            with warm(tmp_path, server.url) as index:
                metadata_of(index, "a")
                assert index.stats.requests == 2


def test_no_password_is_written(server: ServedIndex, tmp_path: Path) -> None:
    answers(tmp_path, server.url.replace("://", "://me:s3cretpassword@"))
    assert all(b"s3cretpassword" not in file.read_bytes() for file in tmp_path.iterdir())


def test_without_a_cache_nothing_is_written(server: ServedIndex, tmp_path: Path) -> None:
    with opened(server.url, cache_dir=tmp_path, use_cache=False) as index:
        assert index.project(A).found
    assert list(tmp_path.iterdir()) == []


# --- trouble with the file -------------------------------------------------------------------


def test_two_processes_at_once(server: ServedIndex, tmp_path: Path) -> None:
    script = """
import sys
from pathlib import Path
from tests.index.opening import warm
for round in range(5):
    with warm(Path(sys.argv[1]), sys.argv[2] + "/" * round) as index:
        files = index.project("a").distributions
        index.prefetch(["a", "b"], files)
        assert len([index.metadata(file).requires_dist for file in files]) == 30
        index.project("b")
    assert index.stats.notes == [], index.stats.notes
"""
    command = [sys.executable, "-c", script, str(tmp_path), server.url]
    runs = [subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE) for _ in range(3)]
    assert [run.communicate(timeout=60)[1] for run in runs] == [b"", b"", b""]
    assert answers(tmp_path, server.url)[1] <= 1


@pytest.mark.parametrize(
    "damage", [b"this is not a database" * 500, b"", b"SQLite format 3\0" * 99]
)
def test_a_file_that_is_no_database_is_replaced(
    server: ServedIndex, tmp_path: Path, damage: bytes
) -> None:
    file = tmp_path / f"index-v{SCHEMA}.sqlite3"
    file.write_bytes(damage)
    cold, requests, notes = answers(tmp_path, server.url)
    assert (requests, notes) == (32, [])
    assert answers(tmp_path, server.url) == (cold, 0, [])


def test_damage_within_the_file_costs_a_fetch(server: ServedIndex, tmp_path: Path) -> None:
    cold, _, _ = answers(tmp_path, server.url)
    file = tmp_path / f"index-v{SCHEMA}.sqlite3"
    content = bytearray(file.read_bytes())
    content[4096:] = b"\xa5" * (len(content) - 4096)
    file.write_bytes(content)
    assert answers(tmp_path, server.url)[0] == cold
    assert answers(tmp_path, server.url)[0] == cold
    assert answers(tmp_path, server.url)[1] == 0


def test_rows_that_can_not_be_decoded_are_fetched_again(
    server: ServedIndex, tmp_path: Path
) -> None:
    cold, _, _ = answers(tmp_path, server.url)
    with sqlite3.connect(tmp_path / f"index-v{SCHEMA}.sqlite3") as connection:
        connection.execute("UPDATE page SET content = x'00'")
        connection.execute("UPDATE metadata SET content = x'93010203'")
    connection.close()
    assert answers(tmp_path, server.url)[:2] == (cold, 32)
    assert answers(tmp_path, server.url)[:2] == (cold, 0)


def test_a_folder_that_can_not_be_made(server: ServedIndex, tmp_path: Path) -> None:
    blocker = tmp_path / "file"
    blocker.touch()
    cold, _, _ = answers(tmp_path / "good", server.url)
    found, requests, [note] = answers(blocker / "cache", server.url)
    assert (found, requests) == (cold, 32)
    assert "can't be used" in note


READ_ONLY = """
import certifi, os, sys
from pathlib import Path
from tests.index.test_cache import answers
# Root may write everywhere, but nobody may not import from root's folders: all of it once before.
warming = Path(sys.argv[1]).parent / "warming"
answers(warming, sys.argv[2])
bundle = warming / "ca.pem"
bundle.write_bytes(Path(certifi.where()).read_bytes())
warming.chmod(0o755)
os.environ["SSL_CERT_FILE"] = str(bundle)
if os.getuid() == 0:
    os.setuid(65534)
found, requests, notes = answers(Path(sys.argv[1]), sys.argv[2])
assert len(found) == 32, found
print(requests, *notes)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs Unix permissions")
def test_a_folder_that_can_only_be_read(server: ServedIndex) -> None:
    # Not below pytest's own folder, which only its user may enter.
    folder = Path(_run("import tempfile; print(tempfile.mkdtemp())").strip())
    try:
        folder.chmod(0o755)
        empty = folder / "empty"
        empty.mkdir(mode=0o555)
        requests, _, note = _run(READ_ONLY, empty, server.url).partition(" ")
        assert requests == "32"
        assert "can't be used" in note
        full = folder / "full"
        answers(full, server.url)
        for file in full.iterdir():
            file.chmod(0o444)
        full.chmod(0o555)
        assert _run(READ_ONLY, full, server.url).startswith("0 ")
    finally:
        for path in folder.iterdir():
            path.chmod(0o755)
            for file in path.iterdir():
                file.unlink()
            path.rmdir()
        folder.rmdir()


FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from tests.index.test_cache import answers
# The size of any file that this process writes ends at that many bytes, as on a full disk.
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), int(sys.argv[3])))
found, requests, notes = answers(Path(sys.argv[1]), sys.argv[2])
assert len(found) == 32, found
print(requests, *notes)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs resource limits")
@pytest.mark.parametrize("room", [0, 5_000, 9_000])
def test_a_full_disk(server: ServedIndex, tmp_path: Path, room: int) -> None:
    requests, _, note = _run(FULL_DISK, tmp_path, server.url, room).partition(" ")
    assert requests == "32"
    assert "can't be used" in note
    assert answers(tmp_path, server.url)[2] == []


def test_the_default_folder_is_the_user_s(tmp_path: Path) -> None:
    script = "from conflictlens.index.remote import _user_cache_folder as f; print(f())"
    environ = {**os.environ, "XDG_CACHE_HOME": str(tmp_path), "LOCALAPPDATA": str(tmp_path)}
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=environ, check=True
    )
    assert "conflictlens" in run.stdout


def test_damage_that_reads_well_is_noticed(server: ServedIndex, tmp_path: Path) -> None:
    cold, _, _ = answers(tmp_path, server.url)
    with sqlite3.connect(tmp_path / f"index-v{SCHEMA}.sqlite3") as connection:
        rows = connection.execute("SELECT file, content FROM metadata").fetchall()
        for file, content in rows:
            changed = content.replace(b"b>=", b"c<=")
            assert changed != content
            connection.execute("UPDATE metadata SET content = ? WHERE file = ?", (changed, file))
    connection.close()
    assert answers(tmp_path, server.url)[:2] == (cold, 30)
