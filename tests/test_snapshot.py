"""Questions that are recorded, written, read and asked again."""

from __future__ import annotations

import gzip
import json
import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from packaging.utils import canonicalize_name

from conflictlens.errors import IndexFailure, IndexMalformed, OfflineMiss, SnapshotError
from conflictlens.index import snapshot as snapshot_module
from conflictlens.index.memory import FILES, MemoryIndex, wheel
from conflictlens.index.recording import RecordingIndex, written
from conflictlens.index.records import (
    Distribution,
    DistributionKind,
    Index,
    IndexStats,
    Metadata,
    Project,
    Provenance,
    UncheckedReference,
    UnknownMetadata,
)
from conflictlens.index.snapshot import Snapshot, read_snapshot, write_snapshot
from conflictlens.index.snapshot_format import SCHEMA, Question, Slice, WrittenRequirement
from conflictlens.requirements.records import Origin, OriginKind, UnnamedRoot

A, B, GONE = (canonicalize_name(name) for name in ("a", "b", "gone"))
NO_QUESTION = Question(requirements=())
QUESTION = Question(
    requirements=(
        WrittenRequirement("a>=1", Origin(OriginKind.REQUIREMENT, "requirements.txt", 3)),
        WrittenRequirement("b", Origin(OriginKind.ARGUMENT), hashes=("sha256:00",)),
    ),
    constraints=(WrittenRequirement("b<3", Origin(OriginKind.CONSTRAINT, "c.txt", 1)),),
    python="3.11",
    platform="linux",
    exclude_newer=datetime(2024, 5, 1, tzinfo=UTC),
    pre=True,
    only_binary=("b",),
    environment={"python_version": "3.11"},
    tags=("py3-none-any",),
)


def everything_told(name: str, version: str) -> tuple[Distribution, Metadata]:
    """A file and metadata with a value in every field that a snapshot keeps."""
    file, metadata = wheel(name, version, ["b>=2", "c; extra == 'x'"])
    told = replace(
        file,
        requires_python=">=3.8",
        upload_time=datetime(2024, 1, 2, 3, 4, 5, 600, tzinfo=UTC),
        yanked="broken",
        has_metadata=True,
        local=True,
    )
    return told, replace(
        metadata,
        name="A.Name",
        version=f"{version}.0",
        requires_python=">=3.9",
        source=f"{told.url}.metadata",
        provenance=Provenance.DECLARED,
    )


def replayed(index: RecordingIndex, tmp_path: Path, question: Question = NO_QUESTION) -> Index:
    path = tmp_path / "problem.json.gz"
    write_snapshot(index.snapshot(question), path)
    return read_snapshot(path).index


@pytest.mark.parametrize("name", ["problem.json", "problem.json.gz"])
def test_a_question_survives_a_file(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    write_snapshot(Snapshot(QUESTION, Slice()), path)
    assert read_snapshot(path).question == QUESTION
    assert path.read_bytes().startswith(b"\x1f\x8b") is name.endswith(".gz")
    assert os.listdir(tmp_path) == [name]


def test_a_replay_answers_what_was_answered(tmp_path: Path) -> None:
    files = [everything_told("a", "1"), wheel("a", "2"), wheel("a", "2", tag="cp311-cp311-any")]
    inner = MemoryIndex(files, empty=[B])
    recording = RecordingIndex(inner)
    projects = [recording.project(name) for name in (A, B, GONE)]
    facts = [recording.metadata(file) for file, _ in files]

    again = replayed(recording, tmp_path)

    assert [again.project(name) for name in (A, B, GONE)] == projects
    assert [again.metadata(file) for file in again.project(A).distributions] == facts
    assert again.stats == IndexStats(projects=3, metadata=3)


def test_a_replay_does_not_guess(tmp_path: Path) -> None:
    recording = RecordingIndex(MemoryIndex.of({"a": {"1": []}, "b": {"1": []}}))
    recording.project(A)
    again = replayed(recording, tmp_path)
    [file] = again.project(A).distributions
    with pytest.raises(OfflineMiss, match=r"https://index\.example/simple/b/"):
        again.project(B)
    with pytest.raises(OfflineMiss, match=r"https://index\.example/files/a-1-py3-none-any\.whl"):
        again.metadata(file)
    with pytest.raises(OfflineMiss, match=r"https://files\.example/c\.whl"):
        again.reference("https://files.example/c.whl")


def test_unknown_metadata_stays_unknown_for_the_same_reason(tmp_path: Path) -> None:
    file, _ = wheel("a", "1")
    reason = "https://secret.example:8080/simple/a.tar.gz has dynamic dependencies"
    recording = RecordingIndex(MemoryIndex([(file, UnknownMetadata(reason, file.url))]))
    recording.metadata(*recording.project(A).distributions)
    again = replayed(recording, tmp_path)
    assert again.metadata(*again.project(A).distributions) == UnknownMetadata(
        "https://index.example/simple/a.tar.gz has dynamic dependencies", file.url
    )


def test_two_indexes_may_have_files_of_one_name(tmp_path: Path) -> None:
    (first, needs_b), (second, _) = wheel("a", "1", ["b"]), wheel("a", "1")
    other = replace(second, url="https://other.example/a-1-py3-none-any.whl")
    recording = RecordingIndex(
        MemoryIndex([(first, needs_b), (other, UnknownMetadata("it can't be read"))])
    )
    for file in recording.project(A).distributions:
        recording.metadata(file)
    again = replayed(recording, tmp_path)
    answers = [again.metadata(file) for file in again.project(A).distributions]
    assert answers == [needs_b, UnknownMetadata("it can't be read", f"{first.url}#2")]


def test_hosts_and_passwords_are_not_recorded(tmp_path: Path) -> None:
    file, metadata = wheel("a", "1", ["b @ https://token@vcs.example/b.zip", "c"])
    private = replace(file, url="https://user:hunter2@private.example/a-1-py3-none-any.whl")
    told = replace(metadata, source=private.url)
    url = "https://user:hunter2@vcs.example/a.zip"
    direct = replace(file, url=url)
    recording = RecordingIndex(MemoryIndex([(private, told)], references={url: (direct, told)}))
    recording.metadata(*recording.project(A).distributions)
    recording.reference(url)
    root = UnnamedRoot(url, url, Origin(OriginKind.ARGUMENT))
    question = Question(requirements=(written(root),))

    path = tmp_path / "problem.json"
    write_snapshot(recording.snapshot(question), path)

    text = path.read_text()
    assert [word for word in ("hunter2", "token", "private.example") if word in text] == []
    again = read_snapshot(path)
    assert [d.url for d in again.index.project(A).distributions] == [file.url]
    found = again.index.reference(again.question.requirements[0].text)
    assert isinstance(found, tuple)
    assert found[1].requires_dist == ("b @ https://****@vcs.example/b.zip", "c")


def test_references_are_replayed(tmp_path: Path) -> None:
    file, metadata = wheel("a", "1", ["b"])
    there = replace(file, url="https://files.example/a.whl", kind=DistributionKind.SDIST)
    told = replace(metadata, source=there.url)
    recording = RecordingIndex(MemoryIndex(references={there.url: (there, told)}))
    recording.reference(there.url)
    recording.reference("https://files.example/b.whl")
    again = replayed(recording, tmp_path)
    assert again.reference(there.url) == (there, told)
    assert again.reference("https://files.example/b.whl") == UncheckedReference(
        "https://files.example/b.whl", "it is not in this index"
    )
    assert again.metadata(there) == told


@pytest.mark.parametrize(("question", "kept"), [(NO_QUESTION, None), (QUESTION, "ab")])
def test_hashes_are_kept_when_the_question_has_some(
    tmp_path: Path, question: Question, kept: str | None
) -> None:
    file, metadata = wheel("a", "1")
    recording = RecordingIndex(MemoryIndex([(replace(file, sha256="ab"), metadata)]))
    recording.project(A)
    again = replayed(recording, tmp_path, question)
    assert [d.sha256 for d in again.project(A).distributions] == [kept]


def test_recording_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    recording = RecordingIndex(MemoryIndex.of({"a": {"1": ["b"]}}))
    recording.metadata(*recording.project(A).distributions)
    paths = [tmp_path / "1.json.gz", tmp_path / "2.json.gz"]
    for path in paths:
        write_snapshot(recording.snapshot(QUESTION), path)
    assert paths[0].read_bytes() == paths[1].read_bytes()


WITHOUT_SCHEMA: dict[str, Any] = {
    "name": "a problem",
    "requirements": ["a", "b>=2"],
    "python": "3.11.7",
    "date": "2023-10-01T14:00:00Z",
    "env": {"python_version": "3.11"},
    "strings": ["b>=2", "x"],
    "deps": [[[0], [1]]],
    "projects": {
        "a-b": {
            "v": [
                ["2.0", "A_B-2.0-cp311-cp311-any.whl", "2023-08-17T17:29:10Z", ">=3.7", 0, 0],
                ["1.0", "a_b-1.0-py3-none-any.whl", "2014-04-28T11:24:09Z", None, 1, 0],
                ["0.1", "a_b-0.1-py3-none-any.whl", "2014-04-28T11:24:08Z", None, 0, 0],
            ],
            "known": 2,
        }
    },
}


def without_schema(tmp_path: Path) -> Snapshot:
    path = tmp_path / "bare.json.gz"
    path.write_bytes(gzip.compress(json.dumps(WITHOUT_SCHEMA).encode()))
    return read_snapshot(path)


def test_the_layout_without_a_schema_has_a_question(tmp_path: Path) -> None:
    question = without_schema(tmp_path).question
    assert [root.text for root in question.requirements] == ["a", "b>=2"]
    assert (question.python, question.environment) == ("3.11.7", {"python_version": "3.11"})
    assert question.exclude_newer == datetime(2023, 10, 1, 14, tzinfo=UTC)


def test_the_layout_without_a_schema_shows_source_only_versions_as_such(tmp_path: Path) -> None:
    index = without_schema(tmp_path).index
    newest, source_only, unread = index.project(canonicalize_name("a-b")).distributions
    assert (newest.filename, newest.kind) == ("A_B-2.0-cp311-cp311-any.whl", DistributionKind.WHEEL)
    assert (newest.requires_python, newest.upload_time) == (
        ">=3.7",
        datetime(2023, 8, 17, 17, 29, 10, tzinfo=UTC),
    )
    assert (source_only.filename, source_only.kind) == ("a_b-1.0.tar.gz", DistributionKind.SDIST)
    expected = Metadata("a-b", "1.0", ("b>=2",), ("x",), None, source_only.url)
    assert index.metadata(source_only) == replace(expected, provenance=Provenance.DECLARED)
    with pytest.raises(OfflineMiss):
        index.metadata(unread)


def test_the_layout_without_a_schema_knows_all_projects(tmp_path: Path) -> None:
    assert without_schema(tmp_path).index.project(GONE) == Project(GONE, found=False)


DOCUMENT: dict[str, Any] = {"schema": SCHEMA, "question": {"requirements": []}, "slice": {}}


def bad(**part: Any) -> bytes:
    return json.dumps({**DOCUMENT, "slice": part}).encode()


BAD = {
    "empty": (b"", "it is not JSON"),
    "other-text": (b"numpy>=2\n", "it is not JSON"),
    "not-utf-8": (b'{"schema": "\xff\xfe"}', "it is not JSON"),
    "a-list": (b"[]", "it is not a snapshot: Expected `object`, got `array`"),
    "other-json": (b"{}", "it is not a snapshot: Object missing required field"),
    "newer": (
        b'{"schema": "conflictlens.snapshot/2"}',
        "it has the schema 'conflictlens.snapshot/2', this version reads",
    ),
    "wrong-type": (bad(strings=3), "Expected `array`, got `int` - at `$.slice.strings`"),
    "missing-string": (bad(facts=[{"name": "a", "requires": [0]}]), "no string number 0"),
    "missing-facts": (bad(projects={"a": {"1": [{"file": "f", "metadata": 7}]}}), "number 7"),
    "negative": (bad(facts=[{"name": "a", "extras": [-1]}]), "Expected `int` >= 0"),
    "deep": (b'{"x": ' + b"[" * 100_000, "it is nested too deeply"),
    "cut-gzip": (gzip.compress(b"{}" * 1000)[:-12], "its gzip data ends too early"),
    "damaged-gzip": (gzip.compress(b"{}" * 1000)[:10] + b"\xff" * 30, "gzip data is damaged"),
}


@pytest.mark.parametrize(("content", "reason"), BAD.values(), ids=BAD)
def test_a_bad_file_is_told_with_its_path(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "problem.json.gz"
    path.write_bytes(content)
    with pytest.raises(SnapshotError) as caught:
        read_snapshot(path)
    assert caught.value.path == str(path)
    assert reason in caught.value.reason


def test_a_file_may_not_unpack_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot_module, "LARGEST", 1024 * 1024)
    path = tmp_path / "bomb.json.gz"
    path.write_bytes(gzip.compress(b" " * 2 * 1024 * 1024))
    with pytest.raises(SnapshotError, match="it holds more than 1 MiB"):
        read_snapshot(path)


def test_a_missing_file_and_a_missing_folder_are_told(tmp_path: Path) -> None:
    with pytest.raises(SnapshotError, match="can't be read: No such file"):
        read_snapshot(tmp_path / "none.json")
    with pytest.raises(SnapshotError, match="can't be written: No such file"):
        write_snapshot(Snapshot(NO_QUESTION, Slice()), tmp_path / "none" / "a.json")


def test_a_version_that_is_none_leaves_the_answer_open(tmp_path: Path) -> None:
    path = tmp_path / "problem.json"
    path.write_bytes(bad(projects={"a": {"one": [{"file": "a-one.tar.gz"}]}}))
    index = read_snapshot(path).index
    with pytest.raises(IndexMalformed, match=r"https://index\.example/simple/a/ \(.*one"):
        index.project(A)


def test_files_url_is_an_example_host() -> None:
    assert FILES == "https://index.example/files/"


def test_a_failed_write_leaves_nothing_behind(tmp_path: Path) -> None:
    folder = tmp_path / "problem.json"
    folder.mkdir()
    with pytest.raises(SnapshotError, match="can't be written"):
        write_snapshot(Snapshot(NO_QUESTION, Slice()), folder)
    assert os.listdir(tmp_path) == ["problem.json"]


@pytest.mark.parametrize("byte", b'"]},0-a\x00\xff')
def test_a_damaged_byte_is_an_error_of_ours_or_harmless(tmp_path: Path, byte: int) -> None:
    recording = RecordingIndex(MemoryIndex.of({"a": {"1": ["b"]}}))
    recording.metadata(*recording.project(A).distributions)
    path = tmp_path / "problem.json"
    write_snapshot(recording.snapshot(QUESTION), path)
    whole = path.read_bytes()
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([byte]) + whole[place + 1 :])
        with suppress(SnapshotError, IndexFailure):
            index = read_snapshot(path).index
            [index.metadata(file) for file in index.project(A).distributions]
