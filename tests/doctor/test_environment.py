"""What an install would change, and whether it could: real environments, folders, limits."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from conflictlens.doctor.environment import (
    Refused,
    Written,
    in_container,
    judge_environment,
    judge_target,
    probe_target,
    written,
)
from conflictlens.doctor.inside import Inside
from conflictlens.doctor.memory import Left, Limit, judge_memory, linux, probe_memory
from conflictlens.doctor.records import State
from conflictlens.doctor.storage import (
    FULL,
    LOW,
    NoRoom,
    Room,
    judge_disk,
    judge_temp,
    pip_cache,
    probe_disk,
    probe_temp,
)
from conflictlens.index.pip_config import PipSettings
from tests.doctor.pythons import asked, environment, own_python, python_in, site_packages

PIP = PipSettings()


@pytest.fixture(scope="module")
def virtual(tmp_path_factory: pytest.TempPathFactory) -> Inside:
    folder = tmp_path_factory.mktemp("venv") / "venv"
    return asked(python_in(environment(folder)))


@pytest.fixture
def system(tmp_path: Path) -> Path:
    """The folder of a Python that is nobody's environment."""
    own_python(tmp_path / "own")
    return tmp_path / "own"


def of(folder: Path) -> Inside:
    return asked(str(next((folder / "bin").iterdir())))


def test_an_environment(virtual: Inside) -> None:
    assert judge_environment(virtual, PIP, container=False).state is State.VIRTUAL


def test_a_system(system: Path) -> None:
    inside = of(system)
    assert judge_environment(inside, PIP, container=False).state is State.SYSTEM
    assert judge_environment(inside, PIP, container=True).state is State.CONTAINER
    required = PipSettings(require_virtualenv=True)
    assert judge_environment(inside, required, container=True).state is State.VIRTUAL_REQUIRED


def test_an_externally_managed_system(system: Path) -> None:
    library = site_packages(system).parent
    (library / "EXTERNALLY-MANAGED").write_text("[externally-managed]\nError=no\n")
    inside = of(system)
    assert judge_environment(inside, PIP, container=True).state is State.EXTERNALLY_MANAGED
    allowed = PipSettings(break_system_packages=True)
    assert judge_environment(inside, allowed, container=False).state is State.SYSTEM


def test_an_environment_above_a_managed_system(system: Path, tmp_path: Path) -> None:
    (site_packages(system).parent / "EXTERNALLY-MANAGED").touch()
    program = of(system).executable
    subprocess.run([program, "-m", "venv", "--without-pip", str(tmp_path / "v")], check=True)
    inside = asked(python_in(tmp_path / "v"))
    assert not inside.externally_managed
    assert judge_environment(inside, PIP, container=False).state is State.VIRTUAL


def test_conda(system: Path) -> None:
    (system / "conda-meta").mkdir()
    assert judge_environment(of(system), PIP, container=False).state is State.CONDA
    (system / "condabin").mkdir()
    assert judge_environment(of(system), PIP, container=False).state is State.CONDA_BASE


def test_a_container_is_told_by_its_marks(tmp_path: Path) -> None:
    mark = tmp_path / ".dockerenv"
    assert not in_container([str(mark)])
    mark.touch()
    assert in_container([str(mark)])


def test_a_target_that_takes_files(virtual: Inside) -> None:
    before = sorted(os.listdir(virtual.purelib))
    check = judge_target(probe_target(virtual, {}))
    assert (check.state, check.facts["path"]) == (State.TARGET_WRITABLE, virtual.purelib)
    assert sorted(os.listdir(virtual.purelib)) == before


def test_a_target_that_is_not_there_yet(tmp_path: Path) -> None:
    assert written(str(tmp_path / "a" / "b")) == Written(str(tmp_path / "a" / "b"))
    assert not (tmp_path / "a").exists()


def test_a_target_that_takes_none(virtual: Inside, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    barred = replace(virtual, purelib=str(tmp_path / "file"))
    check = judge_target(probe_target(barred, {}))
    assert check.state is State.TARGET_DENIED
    assert check.facts == {"path": str(tmp_path / "file"), "reason": "Not a directory"}


def test_a_system_falls_back_to_the_user(system: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    user = str(tmp_path / "user" / "site-packages")
    barred = replace(of(system), purelib=str(tmp_path / "file"), user_site=user)
    check = judge_target(probe_target(barred, {}))
    assert (check.state, check.facts["user"]) == (State.TARGET_OF_USER, user)
    without = probe_target(barred, {"PYTHONNOUSERSITE": "1"})
    assert judge_target(without).state is State.TARGET_DENIED


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 300 kB, which can be made read-only."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=300k,nr_inodes=100", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("this user may not mount a file system")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_read_only_target(virtual: Inside, small_disk: Path) -> None:
    remount = ["mount", "-o", "remount,ro", str(small_disk)]
    subprocess.run(remount, check=True, capture_output=True)
    check = judge_target(probe_target(replace(virtual, scripts=str(small_disk)), {}))
    assert check.facts == {"path": str(small_disk), "reason": "Read-only file system"}


def test_a_full_disk(virtual: Inside, small_disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(small_disk))
    check = judge_temp(probe_temp())
    assert check.state is State.TEMP_DENIED
    assert check.facts["reason"] == "No space left on device"
    rooms = probe_disk(virtual, {"HOME": "/nonexistent"})
    full = judge_disk(rooms)
    assert (full.state, full.facts["what"]) == (State.DISK_FILES, "temporary files")
    many = [replace(room, files=None) for room in rooms if isinstance(room, Room)]
    assert judge_disk(many).state is State.DISK_FULL
    assert judge_disk(many).facts["path"] == str(small_disk)


def test_disks(virtual: Inside, tmp_path: Path) -> None:
    rooms = probe_disk(virtual, {"PIP_CACHE_DIR": str(tmp_path / "cache")})
    assert [room.path for room in rooms][:2] == [virtual.purelib, str(tmp_path / "cache")]
    assert all(isinstance(room, Room) and room.free > 0 for room in rooms)


@pytest.mark.parametrize(
    ("free", "state"),
    [
        (LOW, State.DISK_ENOUGH),
        (LOW - 1, State.DISK_LOW),
        (FULL, State.DISK_LOW),
        (FULL - 1, State.DISK_FULL),
    ],
)
def test_the_place_with_the_least_room_counts(free: int, state: State) -> None:
    check = judge_disk([Room("a", "/a", 10 * LOW), Room("b", "/b", free), NoRoom("c", "/c", "?")])
    assert (check.state, check.facts["path"]) == (state, "/b")


def test_a_disk_that_can_not_be_asked() -> None:
    assert judge_disk([NoRoom("a", "/a", "no")]).state is State.DISK_UNKNOWN


def test_the_cache_of_pip(tmp_path: Path) -> None:
    assert pip_cache({"PIP_CACHE_DIR": "~/c"}) == os.path.expanduser("~/c")
    assert pip_cache({}).endswith("pip") or "pip" in pip_cache({})


def test_temporary_files() -> None:
    assert isinstance(probe_temp(), Written)
    assert judge_temp(Refused("/t", "no")).state is State.TEMP_DENIED


def test_memory_of_this_machine() -> None:
    left = probe_memory()
    assert left is not None
    assert left.free > 0


def cgroup(root: Path, group: str, **files: str) -> None:
    folder = root / "sys/fs/cgroup" / group
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)


def proc(root: Path, groups: str) -> None:
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/self/cgroup").write_text(groups)
    (root / "proc/meminfo").write_text(
        "MemTotal:  8000000 kB\nMemAvailable:  4000000 kB\nSwapFree:  0 kB\n"
    )


def test_a_container_limits_memory(tmp_path: Path) -> None:
    proc(tmp_path, "0::/outer/inner\n")
    cgroup(tmp_path, "outer/inner", memory__max="max\n", memory__current="5000000\n")
    cgroup(
        tmp_path,
        "outer",
        memory__max="900000000\n",
        memory__current="500000000\n",
        memory__stat="anon 1\ninactive_file 100000000\n",
    )
    assert list(linux(tmp_path)) == [
        Left(4_096_000_000, Limit.MACHINE),
        Left(500_000_000, Limit.CONTAINER),
    ]


def test_a_container_of_the_first_kind(tmp_path: Path) -> None:
    proc(tmp_path, "3:cpu,cpuacct:/x\n2:memory:/x\n")
    cgroup(
        tmp_path,
        "memory/x",
        memory__limit_in_bytes="200000000\n",
        memory__usage_in_bytes="150000000\n",
    )
    cgroup(
        tmp_path,
        "memory",
        memory__limit_in_bytes="9223372036854771712\n",
        memory__usage_in_bytes="1\n",
    )
    assert list(linux(tmp_path))[1:] == [Left(50_000_000, Limit.CONTAINER)]


def test_a_system_without_proc(tmp_path: Path) -> None:
    assert list(linux(tmp_path)) == []
    assert judge_memory(None).state is State.MEMORY_UNKNOWN


@pytest.mark.parametrize(
    ("megabytes", "state"),
    [(4_000, State.MEMORY_ENOUGH), (500, State.MEMORY_LOW), (100, State.MEMORY_OUT)],
)
def test_little_memory(megabytes: int, state: State) -> None:
    assert judge_memory(Left(megabytes * 1_000_000, Limit.MACHINE)).state is state


def test_a_limit_of_the_process_counts() -> None:
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            "import resource; from conflictlens.doctor.memory import probe_memory; "
            "resource.setrlimit(resource.RLIMIT_AS, (500_000_000, -1)); print(probe_memory())",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "free=500000000, limit=<Limit.PROCESS" in told.stdout
