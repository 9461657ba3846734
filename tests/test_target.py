"""Targets, compared with packaging's and pip's own tags and with what uv documents."""

from __future__ import annotations

import sys
import time
from typing import Any

import pytest
from msgspec.structs import replace
from packaging.markers import Marker, default_environment
from packaging.tags import Tag, sys_tags

from conflictlens.errors import UnknownTarget
from conflictlens.target import Target, running_target, target_for

X86 = "cp311-cp311-manylinux_{}_x86_64"


def _fits(target: Target, tag: str) -> bool:
    return Tag(*tag.split("-")) in target.tags


def test_the_running_target_is_the_running_interpreter() -> None:
    target = running_target()
    assert target.tags == tuple(sys_tags())
    assert dict(target.markers) == dict(default_environment())
    assert target.python_version == ".".join(map(str, sys.version_info[:2]))
    assert not target.patch_assumed


def test_nothing_given_or_the_running_python_is_the_running_target() -> None:
    running = running_target()
    for python in (None, running.python_version, running.markers["python_full_version"]):
        assert replace(target_for(python), python_given=False) == running
        assert target_for(python).python_given is (python is not None)


def test_another_python_keeps_the_running_platform() -> None:
    target = target_for("3.9")
    running = running_target()
    platforms = {tag.platform for tag in running.tags}
    assert {tag.platform for tag in target.tags} == platforms
    assert target.tags[0] == Tag("cp39", "cp39", running.tags[0].platform)
    assert target.platform == running.platform
    changed = {key: value for key, value in target.markers.items() if value != running.markers[key]}
    assert changed == {
        "implementation_version": "3.9.0",
        "python_full_version": "3.9.0",
        "python_version": "3.9",
    }
    assert target.patch_assumed


def test_a_described_target_has_all_markers() -> None:
    target = target_for("3.12.4", "windows")
    assert dict(target.markers) == {
        "implementation_name": "cpython",
        "implementation_version": "3.12.4",
        "os_name": "nt",
        "platform_machine": "AMD64",
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_system": "Windows",
        "platform_version": "",
        "python_full_version": "3.12.4",
        "python_version": "3.12",
        "sys_platform": "win32",
    }
    assert set(target.markers) == set(default_environment())
    assert target.summary() == {
        "python": "3.12.4",
        "python_full_version": "3.12.4",
        "implementation": "cpython",
        "platform": "windows",
        "machine": "AMD64",
    }
    assert not target.patch_assumed


def test_unknown_releases_can_be_compared() -> None:
    markers: Any = target_for("3.11", "linux").markers
    assert not Marker('platform_release >= "6"').evaluate(dict(markers))
    assert not Marker("'tegra' in platform_release").evaluate(dict(markers))


@pytest.mark.parametrize(
    ("given", "python", "full", "assumed"),
    [
        ("3.9", "3.9", "3.9.0", True),
        ("3.9.2", "3.9.2", "3.9.2", False),
        ("py39", "3.9", "3.9.0", True),
        ("cp311", "3.11", "3.11.0", True),
        ("311", "3.11", "3.11.0", True),
        ("python3.8", "3.8", "3.8.0", True),
        ("3.14.0rc1", "3.14.0rc1", "3.14.0rc1", False),
        ("3.14rc1", "3.14rc1", "3.14.0rc1", False),
        ("3.13t", "3.13t", "3.13.0", True),
        ("2.7.18", "2.7.18", "2.7.18", False),
    ],
)
def test_versions(given: str, python: str, full: str, assumed: bool) -> None:
    target = target_for(given, "linux")
    shown = (target.python, target.python_full_version, target.patch_assumed)
    assert shown == (python, full, assumed)
    assert target.markers["python_full_version"] == full


@pytest.mark.parametrize(
    "given", ["", "3", "x", ">=3.9", "3.9.x", "4.0", "3.9.1.2", "3.111", "-3.9"]
)
def test_wrong_versions(given: str) -> None:
    with pytest.raises(UnknownTarget) as caught:
        target_for(given, "linux")
    assert str(caught.value) == (
        f"--python {given!r} is not understood; give a version such as 3.11, 3.11.4 or 3.14.0rc1"
    )
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("python", "platform", "abi"),
    [
        ("3.7", "linux", "cp37-cp37m-manylinux_2_28_x86_64"),
        ("3.8", "linux", "cp38-cp38-manylinux_2_28_x86_64"),
        ("2.7", "linux", "cp27-cp27mu-manylinux1_x86_64"),
        ("2.7", "windows", "cp27-cp27m-win_amd64"),
        ("3.13t", "macos", "cp313-cp313t-macosx_11_0_arm64"),
    ],
)
def test_abis(python: str, platform: str, abi: str) -> None:
    target = target_for(python, platform)
    assert _fits(target, abi)
    assert {tag.abi for tag in target.tags if tag.interpreter == abi.split("-")[0]} <= {
        abi.split("-")[1],
        "abi3",
        "abi3t",
        "none",
    }


# For each platform: some tags that fit and some that don't, as uv 0.13 decides.
PLATFORMS = [
    (
        "linux",
        "manylinux_2_28_x86_64 manylinux_2_17_x86_64 manylinux2014_x86_64 manylinux2010_x86_64 "
        "manylinux1_x86_64 manylinux_2_5_x86_64 linux_x86_64 any",
        "manylinux_2_29_x86_64 manylinux_2_4_x86_64 manylinux_2_28_aarch64 musllinux_1_1_x86_64",
        "x86_64",
    ),
    ("aarch64-unknown-linux-gnu", "manylinux_2_28_aarch64 manylinux2014_aarch64",
     "manylinux2010_aarch64 manylinux_2_16_aarch64 linux_x86_64", "aarch64"),
    ("x86_64-unknown-linux-musl", "musllinux_1_2_x86_64 musllinux_1_0_x86_64 linux_x86_64",
     "musllinux_1_3_x86_64 manylinux1_x86_64", "x86_64"),
    ("x86_64-manylinux2014", "manylinux_2_17_x86_64 manylinux2014_x86_64 manylinux1_x86_64",
     "manylinux_2_18_x86_64", "x86_64"),
    ("x86_64-manylinux_2_31", "manylinux_2_31_x86_64 manylinux_2_28_x86_64",
     "manylinux_2_32_x86_64", "x86_64"),
    ("manylinux2014_x86_64", "manylinux_2_17_x86_64 manylinux2010_x86_64 linux_x86_64",
     "manylinux_2_18_x86_64", "x86_64"),
    ("manylinux_2_35_ppc64le", "manylinux_2_17_ppc64le", "manylinux_2_36_ppc64le", "ppc64le"),
    ("musllinux_1_1_aarch64", "musllinux_1_1_aarch64", "musllinux_1_2_aarch64", "aarch64"),
    ("linux_x86_64", "linux_x86_64 any", "manylinux1_x86_64", "x86_64"),
    ("macos", "macosx_13_0_arm64 macosx_11_0_arm64 macosx_13_0_universal2 macosx_10_9_universal2",
     "macosx_14_0_arm64 macosx_11_0_x86_64 macosx_10_9_x86_64", "arm64"),
    ("x86_64-apple-darwin", "macosx_13_0_x86_64 macosx_10_9_x86_64 macosx_10_9_universal2",
     "macosx_14_0_x86_64 macosx_11_0_arm64", "x86_64"),
    ("macosx_11_0_arm64", "macosx_11_0_arm64", "macosx_12_0_arm64", "arm64"),
    ("macosx_10_9_x86_64", "macosx_10_9_x86_64 macosx_10_6_intel", "macosx_10_10_x86_64", "x86_64"),
    ("windows", "win_amd64", "win32 win_arm64", "AMD64"),
    ("Win_ARM64", "win_arm64", "win_amd64", "ARM64"),
    ("aarch64-pc-windows-msvc", "win_arm64", "win_amd64", "ARM64"),
    ("i686-pc-windows-msvc", "win32", "win_amd64", "x86"),
    ("win32", "win32", "win_amd64", "x86"),
]  # fmt: skip


@pytest.mark.parametrize(("platform", "fitting", "others", "machine"), PLATFORMS)
def test_platforms(platform: str, fitting: str, others: str, machine: str) -> None:
    target = target_for("3.11", platform)
    assert [tag for tag in fitting.split() if not _fits(target, f"py3-none-{tag}")] == []
    assert [tag for tag in others.split() if _fits(target, f"py3-none-{tag}")] == []
    assert target.markers["platform_machine"] == machine
    assert target.platform == platform


def test_any_keeps_the_running_markers() -> None:
    target = target_for("3.11", "any")
    assert {tag.platform for tag in target.tags} == {"any"}
    assert target.markers["sys_platform"] == sys.platform


def test_a_platform_alone_keeps_the_running_python() -> None:
    target = target_for(platform="linux")
    assert target.python_full_version == running_target().python_full_version
    assert target.python == running_target().python


@pytest.mark.parametrize(
    "platform",
    ["", "beos", "linux-x86", "manylinux_3_1_x86_64", "x86_64", "manylinux2014", "macosx_11_0",
     "sparc-pc-windows-msvc", "aarch64-manylinux_2_x", "-unknown-linux-gnu", "macosx_11_0_sparc"],
)  # fmt: skip
def test_wrong_platforms(platform: str) -> None:
    with pytest.raises(UnknownTarget) as caught:
        target_for("3.11", platform)
    assert str(caught.value) == (
        f"--platform {platform!r} is not understood; give linux, macos or windows, a triple such "
        "as x86_64-unknown-linux-gnu, x86_64-unknown-linux-musl, aarch64-manylinux_2_28, "
        "aarch64-apple-darwin or x86_64-pc-windows-msvc, or the platform tag of wheels, such as "
        "manylinux2014_x86_64, musllinux_1_2_x86_64, macosx_11_0_arm64, win_amd64 or any"
    )


@pytest.mark.parametrize(
    "platform",
    ["win_amd64", "win32", "macosx_11_0_arm64", "macosx_10_9_x86_64", "linux_x86_64", "any"],
)
@pytest.mark.parametrize("python", ["3.9", "3.12"])
def test_the_tags_are_pips(python: str, platform: str) -> None:
    compatibility_tags = pytest.importorskip("pip._internal.utils.compatibility_tags")
    pips = compatibility_tags.get_supported(python.replace(".", ""), [platform], "cp")
    ours = target_for(python, platform).tags
    assert [str(tag) for tag in ours] == [str(tag) for tag in pips]


def test_pips_manylinux_tags_are_among_ours_in_the_same_order() -> None:
    compatibility_tags = pytest.importorskip("pip._internal.utils.compatibility_tags")
    pips = [
        str(tag) for tag in compatibility_tags.get_supported("311", ["manylinux2014_x86_64"], "cp")
    ]
    ours = [str(tag) for tag in target_for("3.11", "manylinux2014_x86_64").tags]
    assert [tag for tag in ours if tag in set(pips)] == pips


def test_ranks_are_the_order_of_preference() -> None:
    target = target_for("3.11", "linux")
    best = [
        "cp311-cp311-linux_x86_64",
        X86.format("2_28"),
        X86.format("2_17"),
        "cp311-cp311-manylinux2014_x86_64",
        "cp311-abi3-manylinux_2_28_x86_64",
        "cp310-abi3-manylinux_2_28_x86_64",
        "py3-none-manylinux_2_28_x86_64",
        "py3-none-any",
    ]
    ranks = [target.tags.index(Tag(*tag.split("-"))) for tag in best]
    assert ranks == sorted(ranks)
    assert ranks[0] == 0
    assert len(target.tags) == len(set(target.tags))


def test_a_target_is_made_quickly() -> None:
    target_for("3.11", "linux")
    times = []
    for _ in range(5):
        start = time.perf_counter()
        target_for("3.14", "linux")
        times.append(time.perf_counter() - start)
    assert min(times) < 0.02


def test_a_build_between_two_tags(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.python_version", lambda: "3.11.9+")
    assert running_target().python_full_version == "3.11.9+local"
    assert target_for(None, "linux").python_full_version == "3.11.9"
