"""Cheaper ways: what an index has wheels of, for the target of a log."""

from __future__ import annotations

import io

import pytest
from msgspec.structs import replace
from packaging.utils import canonicalize_name
from packaging.version import Version

from conflictlens.diagnosis.choosing import diagnose
from conflictlens.diagnosis.records import About, Diagnosis, Layer, LogOutcome, Remedy
from conflictlens.diagnosis.told import Files
from conflictlens.index.memory import MemoryIndex
from conflictlens.index.records import Distribution, DistributionKind, Metadata
from conflictlens.remedies import HasWheel, Way, WheelsFor, applies, cheaper_ways
from conflictlens.render.cheaper import with_ways


def index_of(*filenames: str) -> MemoryIndex:
    facts = []
    for filename in filenames:
        wheel = filename.endswith(".whl")
        name, version = filename.removesuffix(".tar.gz").split("-")[:2]
        kind = DistributionKind.WHEEL if wheel else DistributionKind.SDIST
        url = f"https://index.example/{filename}"
        facts.append(
            (
                Distribution(canonicalize_name(name), Version(version), filename, url, kind),
                Metadata(name, version),
            )
        )
    return MemoryIndex(facts)


WHEELS = index_of(
    "sandals-1.5.tar.gz",
    *(f"sandals-1.5-cp3{minor}-cp3{minor}-manylinux2014_x86_64.whl" for minor in (8, 9, 10, 11)),
    "sandals-2.2-cp313-cp313-manylinux2014_x86_64.whl",
    "sandals-2.2-cp312-cp312-manylinux2014_x86_64.whl",
    "sandals-2.3rc1-cp313-cp313-manylinux2014_x86_64.whl",
    "sandals-2.2.tar.gz",
    "sandals-3.0.tar.gz",
    "sandals_binary-4.1-cp313-cp313-manylinux2014_x86_64.whl",
)


MUSL = index_of(
    "boots-1.0-cp312-cp312-musllinux_1_2_x86_64.whl",
    "boots-1.1-cp312-cp312-musllinux_1_2_aarch64.whl",
    "socks-1.0-cp312-cp312-musllinux_1_2_x86_64.whl",
    "socks-1.0-cp312-cp312-musllinux_1_2_aarch64.whl",
    "hats-1.0-cp312-cp312-manylinux2014_aarch64.whl",
    "hats-1.1-cp312-cp312-macosx_11_0_x86_64.whl",
    "hats-1.2-cp312-cp312-win_arm64.whl",
)


def failed(
    python: str | None,
    version: str | None,
    platform: str | None = "linux",
    machine: str | None = None,
    package: str = "Sandals",
) -> Diagnosis:
    return Diagnosis(
        LogOutcome.FAILURE, Layer.MISSING_COMPILER, package=package, platform=platform,
        python=python, version=version, machine=machine,
    )  # fmt: skip


NEWER = HasWheel("sandals", Version("2.2"), Version("1.5"))
OLDER_PYTHONS = WheelsFor("sandals", Version("1.5"), ("3.8", "3.9", "3.10", "3.11"))

CASES: dict[str, tuple[Diagnosis, tuple[Way, ...]]] = {
    "a newer release, or an older Python": (failed("3.13", "1.5"), (NEWER, OLDER_PYTHONS)),
    "a wheel after all": (failed("3.9", "1.5"), (HasWheel("sandals", Version("1.5")),)),
    "an older release": (
        failed("3.12", "3.0"),
        (HasWheel("sandals", Version("2.2"), Version("3.0")),),
    ),
    "no version told": (failed("3.13", None), (HasWheel("sandals", Version("2.2")),)),
    "no wheel for this Python": (failed("3.14", "1.5"), (OLDER_PYTHONS,)),
    "no wheel for this platform": (failed("3.13", "1.5", "windows"), ()),
    "no wheel of manylinux for musl": (failed("3.13", "1.5", "alpine"), ()),
}


@pytest.mark.parametrize(("diagnosis", "ways"), CASES.values(), ids=CASES)
def test_ways(diagnosis: Diagnosis, ways: tuple[Way, ...]) -> None:
    assert cheaper_ways(diagnosis, WHEELS, {}).ways == ways


def test_a_substitute_comes_first() -> None:
    ways = cheaper_ways(failed("3.13", None), WHEELS, {"sandals": "sandals-binary"}).ways
    assert ways[0] == HasWheel("sandals-binary", Version("4.1"))


def test_words() -> None:
    diagnosis = failed("3.13", "1.5")
    told = with_ways(diagnosis, cheaper_ways(diagnosis, WHEELS, {})).remedies
    assert [(one.text, one.command, one.confirmed) for one in told] == [
        (
            "sandals 2.2 (newer) has a wheel for CPython 3.13 on linux (supposing x86_64)",
            "pip install sandals==2.2",
            True,
        ),
        (
            "for sandals 1.5 there are wheels for Python 3.8 to 3.11 only, on linux "
            "(supposing x86_64): use one of them",
            "uv venv --python 3.11",
            True,
        ),
    ]


@pytest.mark.parametrize(
    ("package", "platform", "machine", "version"),
    [
        ("boots", "alpine", "x86_64", "1.0"),
        ("boots", "alpine", "aarch64", "1.1"),
        ("boots", "alpine", "s390x", None),
        ("boots", "alpine", None, None),
        ("socks", "alpine", None, "1.0"),
        ("hats", "linux", "aarch64", "1.0"),
        ("hats", "linux", None, None),
        ("hats", "macos", "x86_64", "1.1"),
        ("hats", "windows", "aarch64", "1.2"),
    ],
)
def test_the_machine_is_that_of_the_log(
    package: str, platform: str, machine: str | None, version: str | None
) -> None:
    diagnosis = failed("3.12", None, platform, machine, package)
    ways = cheaper_ways(diagnosis, MUSL, {})
    expected = () if version is None else (HasWheel(package, Version(version)),)
    assert ways.ways == expected
    if version is not None:
        [told] = with_ways(diagnosis, ways).remedies
        assert f" on {platform}{f' {machine}' if machine else ''}" in told.text.replace(
            "arm64", "aarch64"
        ).replace("ARM64", "aarch64")


@pytest.mark.parametrize(
    ("line", "platform", "machine"),
    [
        ("copying x -> build/lib.linux-aarch64-cpython-312/x", "linux", "aarch64"),
        (
            "  Downloading six-1-cp312-cp312-musllinux_1_2_aarch64.whl\n/usr/lib",
            "alpine",
            "aarch64",
        ),
        ("gcc: x86_64-alpine-linux-musl /usr/bin", "alpine", "x86_64"),
        ("creating build/temp.macosx-11.0-arm64-cpython-312 /Users/me", "macos", "aarch64"),
        ("creating build\\lib.win-amd64-cpython-312 C:\\x", "windows", "x86_64"),
        ("apk add build-base /usr/bin", "alpine", None),
    ],
)
def test_a_log_tells_its_machine(line: str, platform: str, machine: str | None) -> None:
    found = diagnose(io.BytesIO(f"{line}\nunable to execute 'gcc': No such file\n".encode()))
    assert (found.platform, found.machine) == (platform, machine)


GENERAL = (
    Remedy("take another release", "pip install -U sandals", about=About.RELEASE),
    Remedy("leave it open", "pip install sandals", about=About.OPEN),
    Remedy("use another Python", "uv venv", about=About.PYTHON),
)
INSTEAD = Remedy("cheaper: clogs", about=About.INSTEAD)
COMPILER = Remedy("install a compiler", "apk add gcc")


@pytest.mark.parametrize(
    ("python", "version", "kept"),
    [
        # The newest, and a wheel: nothing has to be guessed.
        ("3.13", "1.5", [COMPILER]),
        # Wheels for other Pythons alone.
        ("3.14", "1.5", [INSTEAD, COMPILER]),
        # Nothing is known that would do.
        ("3.14", None, [*GENERAL, INSTEAD, COMPILER]),
    ],
)
def test_what_is_confirmed_takes_the_place_of_the_general_advice(
    python: str, version: str | None, kept: list[Remedy]
) -> None:
    diagnosis = replace(failed(python, version), remedies=(*GENERAL, INSTEAD, COMPILER))
    told = with_ways(diagnosis, cheaper_ways(diagnosis, WHEELS, {})).remedies
    assert [one for one in told if not one.confirmed] == kept


def test_what_the_log_does_not_name_is_said() -> None:
    diagnosis = failed(None, None)
    ways = cheaper_ways(diagnosis, MemoryIndex.of({"sandals": {"1.0": []}}), {})
    [told] = with_ways(diagnosis, ways).remedies
    assert "the log does not name the Python; this is what runs here" in told.text


@pytest.mark.parametrize("layer", [Layer.NETWORK, Layer.DEPENDENCY_CONFLICT])
def test_only_builds_are_asked_about(layer: Layer) -> None:
    assert not applies(Diagnosis(LogOutcome.FAILURE, layer, package="a", fetched=True))
    assert applies(Diagnosis(LogOutcome.FAILURE, Layer.MISSING_RUST, package="a", fetched=True))


def test_a_word_that_may_be_no_project_is_not_asked_about() -> None:
    log = "  Installing rust into a temporary directory\n      error: can't find Rust compiler\n"
    assert not applies(diagnose(io.BytesIO(log.encode())))


LOG = """Collecting sandals==1.5
  Downloading Sandals-1.5.tar.gz (3.1 MB)
  creating build/lib.linux-x86_64-cpython-313/sandals
  unable to execute 'gcc': No such file or directory
"""


def test_a_log_tells_version_and_python() -> None:
    found = diagnose(io.BytesIO(LOG.encode()))
    told = (found.package, found.version, found.python, found.platform)
    assert told == ("sandals", "1.5", "3.13", "linux")


VERSIONS = {
    "an archive": "Using cached my_sandals-1.5rc1.tar.gz (3 kB)",
    "uv": "  × Failed to build `my.sandals==1.5rc1`",
    "Poetry": "  - Installing my-sandals (1.5rc1): Failed",
    "asked for": "Collecting My-Sandals[strap]==1.5rc1 (from -r requirements.txt (line 1))",
}


@pytest.mark.parametrize("line", VERSIONS.values(), ids=VERSIONS)
def test_versions(line: str) -> None:
    files = Files()
    files.keep(b"Collecting other-my-sandals==3")
    files.keep(line.encode())
    files.keep(b"Collecting sandals==4")
    assert files.version("my-sandals") == "1.5rc1"
    assert files.version("my") is None
