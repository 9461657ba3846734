"""The index that is made of plain facts."""

from __future__ import annotations

import doctest

import pytest
from packaging.utils import canonicalize_name
from packaging.version import Version

from conflictlens.errors import OfflineMiss
from conflictlens.index import memory
from conflictlens.index.memory import FILES, MemoryIndex, wheel
from conflictlens.index.records import (
    Distribution,
    DistributionKind,
    Index,
    Metadata,
    Project,
    UncheckedReference,
    UnknownMetadata,
)

A = canonicalize_name("a")
B = canonicalize_name("b")


def test_the_documented_example() -> None:
    assert doctest.testmod(memory).failed == 0


def test_it_is_an_index() -> None:
    index: Index = MemoryIndex()
    index.prefetch([A], [])
    assert index.project(A) == Project(A, found=False)


def test_of_makes_one_pure_wheel_of_each_version() -> None:
    index = MemoryIndex.of({"My.Project": {"1.0": ["b>=2", "c; extra == 'x'"]}})
    project = index.project(canonicalize_name("my-project"))
    file = Distribution(
        project=canonicalize_name("my-project"),
        version=Version("1.0"),
        filename="my_project-1.0-py3-none-any.whl",
        url=FILES + "my_project-1.0-py3-none-any.whl",
        kind=DistributionKind.WHEEL,
    )
    assert project == Project(canonicalize_name("my-project"), (file,))
    assert index.metadata(file) == Metadata(
        name="My.Project",
        version="1.0",
        requires_dist=("b>=2", "c; extra == 'x'"),
        provides_extra=("x",),
        source=file.url,
    )


def test_a_project_without_files_exists() -> None:
    assert MemoryIndex.of({"a": {}}).project(A) == Project(A, (), found=True)


def test_metadata_can_be_unknown() -> None:
    file, _ = wheel("a", "1")
    unknown = UnknownMetadata("its dependencies are dynamic")
    assert MemoryIndex([(file, unknown)]).metadata(file) == unknown


def test_metadata_of_another_index_is_not_invented() -> None:
    file, _ = wheel("a", "1")
    with pytest.raises(OfflineMiss, match=r"index\.example/files/a-1-py3-none-any\.whl"):
        MemoryIndex().metadata(file)


def test_references_are_answered_when_given() -> None:
    file, metadata = wheel("a", "1", ["b"])
    index = MemoryIndex(references={"https://files.example/a.whl": (file, metadata)})
    assert index.reference("https://files.example/a.whl") == (file, metadata)
    assert index.metadata(file) == metadata
    assert index.project(A).found is False
    other = "https://files.example/b.whl"
    assert index.reference(other) == UncheckedReference(other, "it is not in this index")


def test_stats_count_what_was_asked_for_once() -> None:
    index = MemoryIndex.of({"a": {"1": [], "2": []}})
    for file in index.project(A).distributions * 2:
        index.metadata(file)
    index.project(A)
    index.project(B)
    assert (index.stats.projects, index.stats.metadata) == (2, 2)
    assert (index.stats.requests, index.stats.bytes) == (0, 0)
