"""The index that pip is configured with on the machine that runs the tests."""

import time
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from conflictlens.index.configuration import configured_sources
from conflictlens.index.records import DistributionKind, Metadata, Project, Provenance
from conflictlens.index.remote import open_index
from conflictlens.requirements.records import IndexOptions

pytestmark = pytest.mark.network


def test_projects_and_metadata_cold_and_warm(tmp_path: Path) -> None:
    sources = configured_sources(IndexOptions())
    names = [canonicalize_name(name) for name in ("requests", "flask", "numpy", "django")]
    answers = []
    for run in ("cold", "warm"):
        with open_index(sources, cache_dir=tmp_path, deadline=time.monotonic() + 120) as index:
            index.prefetch(names)
            projects = [index.project(name) for name in names]
            wheels = [
                file
                for project in projects
                for file in project.distributions
                if file.kind is DistributionKind.WHEEL
            ][::40]
            index.prefetch(distributions=wheels)
            known = [index.metadata(file) for file in wheels]
            assert all(isinstance(metadata, Metadata) for metadata in known)
            assert all(project.found and project.distributions for project in projects)
            assert run == "cold" or index.stats.requests == 0
            answers.append((projects, known))
    assert answers[0] == answers[1]


def test_upload_times_are_told() -> None:
    with open_index(configured_sources(IndexOptions()), use_cache=False) as index:
        files = index.project(canonicalize_name("six")).distributions
        assert sum(file.upload_time is not None for file in files) > 30


def test_an_old_sdist_and_a_project_that_does_not_exist() -> None:
    with open_index(configured_sources(IndexOptions()), use_cache=False) as index:
        sdists = {
            file.filename: file for file in index.project(canonicalize_name("docopt")).distributions
        }
        known = index.metadata(sdists["docopt-0.6.2.tar.gz"])
        assert isinstance(known, Metadata)
        assert (known.requires_dist, known.provenance) == ((), Provenance.DECLARED)
        missing = canonicalize_name("conflictlens-no-such-project")
        assert index.project(missing) == Project(missing, found=False)
