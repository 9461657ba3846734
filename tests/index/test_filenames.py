import pytest
from packaging.utils import NormalizedName, canonicalize_name, parse_wheel_filename
from packaging.version import Version

from conflictlens.index.filenames import FilenameReader, ParsedName, parse_filename
from conflictlens.index.records import DistributionKind

WHEEL, SDIST = DistributionKind.WHEEL, DistributionKind.SDIST


@pytest.mark.parametrize(
    ("project", "filename", "expected"),
    [
        ("a", "a-1.0-py3-none-any.whl", ("1.0", WHEEL)),
        ("a-b", "A.B-1.0-py3-none-any.whl", ("1.0", WHEEL)),
        ("a", "a-1.0-2-py3-none-any.whl", ("1.0", WHEEL)),
        ("torch", "torch-2.1.0+cpu-cp311-cp311-linux_x86_64.whl", ("2.1.0+cpu", WHEEL)),
        ("a", "a-1.0_1-py3-none-any.whl", ("1.0.post1", WHEEL)),
        ("a", "a-1.0.tar.gz", ("1.0", SDIST)),
        ("a", "a-1.0.tar.bz2", ("1.0", SDIST)),
        ("a", "a-1.0.zip", ("1.0", SDIST)),
        ("a", "a-1.0.tgz", ("1.0", SDIST)),
        ("a-b", "a-b-1.0.tar.gz", ("1.0", SDIST)),
        ("a-b", "A_B-1.0-2.tar.gz", ("1.0.post2", SDIST)),
        ("foo-2", "foo-2-1.0.tar.gz", ("1.0", SDIST)),
        ("a", "a-1.0-x-py3-none-any.whl", None),
        ("a", "a-1.0-none-any.whl", None),
        ("a", "a-one-py3-none-any.whl", None),
        ("a", "b-1.0-py3-none-any.whl", None),
        ("a", "a-1.0.linux-x86_64.tar.gz", None),
        ("a", "a-1.0-py2.7.egg", None),
        ("a", "a-1.0.win32.exe", None),
        ("a", "a-1.0.tar.gz.asc", None),
        ("a", "a-1.0.macosx10_5.zip", None),
        ("a", "a-.tar.gz", None),
        ("a", "", None),
    ],
)
def test_a_file_of_a_project(
    project: NormalizedName, filename: str, expected: tuple[str, DistributionKind] | None
) -> None:
    wanted = None if expected is None else (Version(expected[0]), expected[1])
    assert FilenameReader(project).read(filename) == wanted


@pytest.mark.parametrize(
    ("filename", "project", "version"),
    [
        ("a_b-1.0-py3-none-any.whl", "a-b", "1.0"),
        ("a-b-1.0-2.tar.gz", "a-b", "1.0.post2"),
        ("foo-2-1.0.zip", "foo-2", "1.0"),
    ],
)
def test_a_lone_file(filename: str, project: str, version: str) -> None:
    kind = WHEEL if filename.endswith(".whl") else SDIST
    assert parse_filename(filename) == ParsedName(
        canonicalize_name(project), Version(version), kind
    )


@pytest.mark.parametrize("filename", ["readme.txt", "a.tar.gz", "a-b.tar.gz", ".whl", "-1.tar.gz"])
def test_a_lone_file_that_is_no_distribution(filename: str) -> None:
    assert parse_filename(filename) is None


def test_a_page_of_4400_wheels_is_read_as_packaging_reads_it() -> None:
    names = [
        f"numpy-{major}.{minor}.{micro}-cp3{python}-cp3{python}-manylinux_2_{glibc}_x86_64.whl"
        for major in (1, 2)
        for minor in range(11)
        for micro in range(5)
        for python in range(8)
        for glibc in range(5)
    ]
    reader = FilenameReader(canonicalize_name("numpy"))
    read = [reader.read(name) for name in names]
    assert read == [(parse_wheel_filename(name)[1], WHEEL) for name in names]
