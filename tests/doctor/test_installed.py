"""Whether what is installed has what it needs, next to what ``pip check`` says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from conflictlens.doctor.installed import (
    Installed,
    Unlisted,
    Unmet,
    judge_installed,
    probe_installed,
)
from conflictlens.doctor.records import State
from tests.doctor.pythons import UV, asked, environment, metadata, python_in, site_packages
from tests.served_index import Release, core_metadata, wheel_bytes


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return environment(tmp_path / "venv")


def installed(folder: Path) -> Installed:
    found = probe_installed(asked(python_in(folder)))
    assert isinstance(found, Installed)
    return found


def install(folder: Path, name: str, version: str, *requires: str) -> None:
    """Really installs a wheel, without what it needs."""
    release = Release(requires=requires)
    wheel = folder.parent / f"{name}-{version}-py3-none-any.whl"
    wheel.write_bytes(wheel_bytes(f"{name}-{version}", core_metadata(name, version, release)))
    command = [UV, "pip", "install", "-q", "--offline", "--no-cache", "--no-deps", "--no-index"]
    subprocess.run([*command, "--python", python_in(folder), str(wheel)], check=True)


def pip_check(folder: Path) -> list[str]:
    command = [sys.executable, "-m", "pip", "--python", python_in(folder), "check"]
    told = subprocess.run(command, capture_output=True, text=True)
    return sorted(told.stdout.splitlines())


def test_nothing_is_installed(folder: Path) -> None:
    assert installed(folder) == Installed(0)
    assert judge_installed(Installed(0)).state is State.INSTALLED_CONSISTENT


def test_a_broken_environment(folder: Path) -> None:
    install(folder, "kettle", "1.0", "steel>=2", "lid; python_version<'3'", "handle[wood]~=1.0")
    install(folder, "steel", "1.5")
    found = installed(folder)
    assert found == Installed(
        2,
        (
            Unmet("kettle", "1.0", "steel>=2", "steel", "1.5"),
            Unmet("kettle", "1.0", "handle[wood]~=1.0", "handle"),
        ),
    )
    assert pip_check(folder) == [
        "kettle 1.0 has requirement steel>=2, but you have steel 1.5.",
        "kettle 1.0 requires handle, which is not installed.",
    ]
    check = judge_installed(found)
    assert check.state is State.INSTALLED_BROKEN
    assert check.facts["requirements"] == ("kettle",)
    assert judge_installed(found, managed=True).state is State.INSTALLED_OF_SYSTEM


def test_a_consistent_environment(folder: Path) -> None:
    install(folder, "kettle", "1.0", "steel>=2", "Not_Here; extra == 'all'")
    install(folder, "steel", "2.1rc1")
    assert installed(folder).unmet == ()
    assert pip_check(folder) == ["No broken requirements found."]


def test_the_first_on_the_path_is_the_one(folder: Path, tmp_path: Path) -> None:
    inside = asked(python_in(folder))
    (tmp_path / "first").mkdir()
    (tmp_path / "second").mkdir()
    metadata(tmp_path / "first", "steel", "1.0")
    metadata(tmp_path / "second", "steel", "2.0")
    metadata(tmp_path / "second", "kettle", "1.0", "steel>=2")
    path = (str(tmp_path / "first"), str(tmp_path / "second"), str(tmp_path / "third.zip"))
    found = probe_installed(replace(inside, path=path))
    assert isinstance(found, Installed)
    assert [gap.found for gap in found.unmet] == ["1.0"]
    assert found.count == 2


def test_the_folder_of_the_user_counts_outside_of_environments(
    folder: Path, tmp_path: Path
) -> None:
    inside = replace(asked(python_in(folder)), user_site=str(tmp_path), path=())
    metadata(tmp_path, "kettle", "1.0")
    assert probe_installed(inside) == Installed(0)
    outside = replace(inside, base_prefix=inside.prefix)
    assert probe_installed(outside) == Installed(1)


def test_old_forms_of_metadata(folder: Path) -> None:
    place = site_packages(folder)
    (place / "old.egg-info").write_text("Metadata-Version: 1.0\nName: old\nVersion: 1\n")
    (place / "egg.egg-info").mkdir()
    (place / "egg.egg-info" / "PKG-INFO").write_text(
        "Metadata-Version: 1.2\nName: egg\nVersion: 2\n"
    )
    (place / "egg.egg-info" / "requires.txt").write_text("old>=2\n\n[more]\nnothing\n")
    assert installed(folder) == Installed(2, (Unmet("egg", "2", "old>=2", "old", "1"),))


def test_remains_and_damage(folder: Path) -> None:
    place = site_packages(folder)
    (place / "~ip").mkdir()
    (place / "gone-1.0.dist-info").mkdir()
    metadata(place, "odd", "1.0", "not a requirement!!", "missing>=1")
    found = installed(folder)
    assert found.damaged == ("gone-1.0.dist-info", "~ip", "odd 1.0 (not a requirement!!)")
    assert [gap.needed for gap in found.unmet] == ["missing"]
    assert judge_installed(replace(found, unmet=())).state is State.INSTALLED_DAMAGED


@pytest.mark.parametrize("name", ["a; rm -rf ~", "\x1b]0;owned\x07", "-r", "a\u202eb"])
def test_a_name_that_is_none_is_damage(folder: Path, name: str) -> None:
    info = site_packages(folder) / "odd-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Name: {name}\nVersion: 1\nRequires-Dist: no\n", "utf-8")
    assert installed(folder) == Installed(0, damaged=("odd-1.dist-info",))


def test_a_version_that_is_none_fits_nothing(folder: Path) -> None:
    metadata(site_packages(folder), "odd", "its-own")
    metadata(site_packages(folder), "kettle", "1.0", "odd>=1")
    metadata(site_packages(folder), "pan", "1.0", "odd")
    assert [gap.project for gap in installed(folder).unmet] == ["kettle"]


def test_huge_metadata_is_read_in_part(folder: Path) -> None:
    metadata(site_packages(folder), "huge", "1.0")
    with (site_packages(folder) / "huge-1.0.dist-info" / "METADATA").open("ab") as file:
        file.truncate(2_000_000_000)
    assert installed(folder).count == 1


def test_what_can_not_be_listed() -> None:
    """Not to be provoked here: a folder bars nobody who may do everything, as tests may."""
    check = judge_installed(Unlisted("/barred", "Permission denied"))
    assert check.state is State.INSTALLED_UNREADABLE
