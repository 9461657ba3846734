"""Slices: written and read, served and recorded again."""

from __future__ import annotations

import gzip
import http.client
import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from benchmarks import record
from benchmarks.recorded import Recorded, Release, load, memory_index, names, read, write
from benchmarks.served import HTML_TYPE, JSON_TYPE, Server, serving
from benchmarks.variants import conflicting
from benchmarks.with_conflictlens import asked
from conflictlens.index.records import Index
from tests.benchmarks.slices import SLICE
from tests.index.opening import opened

LATE = Release("9.0", "app-9.0-py3-none-any.whl", "2024-07-01T00:00:00Z")
OTHER_PYTHON = Release("8.0", "app-8.0-cp27-none-any.whl", "2024-01-01T00:00:00Z")
UNRELATED = {"unrelated": [Release("1", "unrelated-1-py3-none-any.whl")]}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The slice among files that do not belong to it."""
    projects = dict(SLICE.projects)
    projects["app"] = [LATE, OTHER_PYTHON, *projects["app"]]
    whole = replace(SLICE, projects={**projects, **UNRELATED})
    with serving(whole, tmp_path_factory.mktemp("served")) as running:
        yield running


def recorded_from(index: Index, newest: int | None = None) -> Recorded:
    return record.record(SLICE.name, asked(SLICE), SLICE.target, SLICE.date, index, newest)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    write(SLICE, tmp_path / "small.json.gz")
    assert read(tmp_path / "small.json.gz") == SLICE


def test_rows_whose_dependencies_were_not_recorded_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "small.json.gz"
    row = ["1.0", "a-1.0-py3-none-any.whl", None, None, 0]
    layout: dict[str, Any] = {
        "name": "x",
        "date": None,
        "python": "3.11",
        "env": {},
        "requirements": ["a"],
    }
    layout |= {"strings": ["b"], "deps": [[[0], []]]}
    layout |= {"projects": {"a": {"v": [[*row, 0], ["0.9", *row[1:], None]], "known": 1}}}
    path.write_bytes(gzip.compress(json.dumps(layout).encode()))
    [only] = read(path).projects["a"]
    assert (only.version, only.requires) == ("1.0", ("b",))


def test_a_recording_of_the_served_slice_is_the_slice(server: Server) -> None:
    with opened(server.url) as index:
        assert recorded_from(index) == SLICE


def test_only_the_newest_versions_are_recorded_on_request() -> None:
    recorded = recorded_from(memory_index(SLICE), newest=1)
    assert {name: len(rows) for name, rows in recorded.projects.items()} == {
        "accelerator": 1,
        "app": 1,
        "base": 1,
        "util": 1,
    }


def test_the_command_records(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    output = tmp_path / "small.json.gz"
    options = ["--exclude-newer", SLICE.date or "", "--index-url", server.url]
    record.main([*SLICE.requirements, "-o", str(output), *options])
    assert read(output) == SLICE


class TestServer:
    def get(
        self, server: Server, path: str, headers: dict[str, str] | None = None
    ) -> tuple[http.client.HTTPResponse, bytes]:
        connection = http.client.HTTPConnection(urlsplit(server.origin).netloc)
        with closing(connection):
            connection.request("GET", path, headers=headers or {})
            answer = connection.getresponse()
            return answer, answer.read()

    def test_serves_json_or_html(self, server: Server) -> None:
        answer, body = self.get(
            server, "/simple/util/", {"accept": f"{JSON_TYPE}, text/html;q=0.1"}
        )
        [file] = json.loads(body)["files"]
        assert (answer.getheader("Content-Type"), file["filename"]) == (
            JSON_TYPE,
            "util-1.0-py3-none-any.whl",
        )
        answer, body = self.get(server, "/simple/util/", {"Accept": "text/html"})
        assert answer.getheader("Content-Type") == HTML_TYPE
        assert b"util-1.0-py3-none-any.whl" in body

    def test_says_that_a_page_is_unchanged(self, server: Server) -> None:
        answer, body = self.get(server, "/simple/util/")
        assert answer.getheader("Cache-Control") == "max-age=600, public"
        answer, body = self.get(
            server, "/simple/util/", {"If-None-Match": answer.getheader("ETag") or ""}
        )
        assert (answer.status, body) == (304, b"")

    def test_knows_what_is_missing_and_counts_requests(self, server: Server) -> None:
        server.log()
        assert self.get(server, "/simple/nothing/")[0].status == 404
        self.get(server, "/files/util-1.0-py3-none-any.whl.metadata", {"Accept-Encoding": "gzip"})
        assert server.log() == [
            "/simple/nothing/",
            "/files/util-1.0-py3-none-any.whl.metadata",
        ]

    def test_packs_pages_on_request(self, server: Server) -> None:
        answer, body = self.get(server, "/simple/util/", {"Accept-Encoding": "deflate, gzip"})
        assert answer.getheader("Content-Encoding") == "gzip"
        assert body.startswith(b"\x1f\x8b")


def test_the_variant_conflicts_and_is_the_same_every_time() -> None:
    free = replace(SLICE, requirements=("util",))
    variant = conflicting(replace(SLICE, requirements=("app==2.0", "accelerator")))
    assert variant is not None
    assert variant.requirements == ("app==2.0", "accelerator", "base==1.0")
    assert conflicting(free) is None


@pytest.mark.parametrize("name", names()[:1])
def test_a_recorded_slice_is_read(name: str) -> None:
    recorded = load(name)
    assert recorded.requirements
    assert all(
        release.filename.endswith(".whl") for rows in recorded.projects.values() for release in rows
    )
