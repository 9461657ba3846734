"""A package's name comes from a form that names one, never from a word that stands nearby."""

from __future__ import annotations

import io

import pytest

from conflictlens.diagnosis.choosing import diagnose
from conflictlens.diagnosis.naming import package_of, wheel_in

NAMED = {
    "Collecting heron": "heron",
    "Collecting heron[wet]>=1.0,<2 (from -r lake.txt (line 3))": "heron",
    "      Collecting reed_tools==1.0": "reed_tools",
    "Downloading/unpacking heron (from otter)": "heron",
    "  Building wheel for heron (pyproject.toml): started": "heron",
    "  × Building wheel for heron (setup.py) did not run successfully.": "heron",
    "  ERROR: Failed building wheel for heron": "heron",
    "Failed to build heron": "heron",
    "ERROR: Failed to build 'heron' when getting requirements to build wheel": "heron",
    "  × Failed to build `heron==1.0`": "heron",
    "  × Failed to download and build `heron==1.0`": "heron",
    "  cause: Failed to prepare `heron==1.0`": "heron",
    "ERROR: Could not build wheels for heron, which is required to install": "heron",
    "    Running setup.py install for heron: started": "heron",
    "  Running setup.py (path:/tmp/b/heron/setup.py) egg_info for package heron": "heron",
    "  - Installing heron (1.0): Failed": "heron",
    "   Building heron @ file:///lake/heron": "heron",
    "Installing collected packages: heron": "heron",
    "    Attempting uninstall: heron": "heron",
    "Could not fetch URL https://index.example/simple/heron/: timed out": "heron",
    "Processing heron-3.1.1.tar.gz": "heron",
    "Processing reed-tools-2.0.zip": "reed-tools",
    "Processing ./wheels/reed_tools-2.0-py3-none-any.whl": "reed_tools",
    "Processing heron-1.0-py3.8-linux-x86_64.egg": "heron",
    "[some.InstallError]:   ERROR: Failed building wheel for heron": "heron",
}
UNNAMED = [
    "  Installing rust to /home/someone/.cache",
    "      Building without Cython.",
    "      Building against libxml2 2.9.14 and libxslt 1.1.35",
    "  Building wheels for collected packages: heron, otter",
    "error: Failed to download any of the following: ['https://lake.example/a.tar.gz']",
    "error: Failed to download https://lake.example/a.tar.gz",
    "Collecting package metadata (repodata.json): ...working... done",
    "Building graph of deps:   0%|          | 0/4",
    "Building dependency tree...",
    "(15/15) Installing python3-dev (3.8.3-r0)",
    "Processing triggers for libc-bin (2.31-0) ...",
    "  Installing build dependencies: started",
    "× Failed to build installable wheels for some pyproject.toml based projects",
    "Failed to build wheel",
    "Failed to build heron otter",
    "Downloading the heron",
]


@pytest.mark.parametrize(("line", "name"), NAMED.items())
def test_a_form_names_a_package(line: str, name: str) -> None:
    assert package_of(line) == name


@pytest.mark.parametrize("line", UNNAMED)
def test_a_word_is_no_name(line: str) -> None:
    assert package_of(line) is None


@pytest.mark.parametrize("line", ["Processing ./demo", "Collecting git+https://lake.example/reed"])
def test_what_has_no_name_is_not_the_one_before(line: str) -> None:
    assert package_of(line) == ""


def test_a_wheel_names_its_project() -> None:
    assert wheel_in("in use: 'C:\\tmp\\reed_tools-2.1.0-cp310-cp310-win_amd64.whl'") == "reed_tools"
    assert wheel_in("not-a-wheel.whl") is None


def package(log: str) -> str | None:
    return diagnose(io.BytesIO(log.encode())).package


RUST = "      Rust not found, installing into a temporary directory\n"


def test_without_a_name_no_command_installs_one() -> None:
    found = diagnose(io.BytesIO(f"  Installing rust to /tmp/x\n{RUST}".encode()))
    assert (found.package, found.layer) == (None, "missing-rust")
    assert "the package" in found.why
    assert not any("--only-binary" in (one.command or "") for one in found.remedies)


def test_what_follows_a_build_names_it() -> None:
    assert package(f"{RUST}  ERROR: Failed building wheel for heron\n") == "heron"


def test_a_run_that_succeeded_leaves_no_name() -> None:
    log = f"Collecting otter\n{RUST}Successfully installed otter-1.0\n{RUST}"
    assert package(log) is None


def test_a_conflict_is_about_what_is_wanted_twice() -> None:
    log = """Collecting pike (from heron==1.0)
ERROR: Cannot install heron==1.0 and reed==2.0 because these package versions have conflicting dependencies.

The conflict is caused by:
    The user requested reed==2.0
    heron 1.0 depends on reed<2
"""  # noqa: E501
    assert package(log) == "reed"


def test_a_hint_is_about_what_it_explains() -> None:
    log = """ERROR: Ignored the following versions that require a different python version: 2.0 Requires-Python >=3.9
ERROR: Could not find a version that satisfies the requirement reed==2.0 (from versions: 1.0)
ERROR: No matching distribution found for reed==2.0
"""  # noqa: E501
    assert package(log) == "reed"
    assert diagnose(io.BytesIO(log.encode())).rule == "pip-ignored-python"


def test_an_environment_that_refuses_all_is_about_no_package() -> None:
    log = "Collecting heron\nerror: externally-managed-environment\n"
    assert package(log) is None
