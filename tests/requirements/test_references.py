"""Direct references: URLs, repositories and local paths."""

from __future__ import annotations

from pathlib import Path

import pytest
from packaging.markers import Marker
from packaging.utils import canonicalize_name

from conflictlens.requirements.pep508 import Asked, Refused
from conflictlens.requirements.records import Origin, OriginKind, UnnamedRoot
from conflictlens.requirements.references import file_url, parse_editable, parse_requirement
from conflictlens.requirements.workspace import Workspace
from tests.requirements.writing import read_text

HOST = "https://files.example"
GIT = "git+https://git.example/a/b.git@main"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg" / "pyproject.toml").touch()
    (tmp_path / "empty").mkdir()
    (tmp_path / "some-1.0.tar.gz").touch()
    return Workspace(str(tmp_path), {})


def _short(asked: Asked) -> tuple[str | None, str, list[str], str | None]:
    return asked.name, str(asked.versions), sorted(asked.extras), asked.url


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"a @ {HOST}/x.zip", ("a", "", [], f"{HOST}/x.zip")),
        (f"A.b[c] @ {GIT}", ("a-b", "", ["c"], GIT)),
        (f"a@{HOST}/x.zip", ("a", "", [], f"{HOST}/x.zip")),
        (f"{GIT}#egg=A_b[C,d]", ("a-b", "", ["c", "d"], f"{GIT}#egg=A_b[C,d]")),
        (f"{GIT}#subdirectory=s&egg=a", ("a", "", [], f"{GIT}#subdirectory=s&egg=a")),
        (GIT, (None, "", [], GIT)),
        (
            f"{HOST}/w/my_pkg-1.0%2Bcu12-py3-none-any.whl#sha256=00",
            (
                "my-pkg",
                "==1.0+cu12",
                [],
                f"{HOST}/w/my_pkg-1.0%2Bcu12-py3-none-any.whl#sha256=00",
            ),
        ),
        (
            f"{HOST}/my_pkg-1.0-py3-none-any.whl[x]",
            ("my-pkg", "==1.0", ["x"], f"{HOST}/my_pkg-1.0-py3-none-any.whl"),
        ),
        (f"{HOST}/my-pkg-1.0.tar.gz", ("my-pkg", "", [], f"{HOST}/my-pkg-1.0.tar.gz")),
        # A forge names an archive for the revision.
        (f"{HOST}/a/b/archive/v-1.0.zip", (None, "", [], f"{HOST}/a/b/archive/v-1.0.zip")),
        (f"{HOST}/main.zip", (None, "", [], f"{HOST}/main.zip")),
        ("file:///x/a-1.zip", ("a", "", [], "file:///x/a-1.zip")),
    ],
)
def test_urls(
    text: str, expected: tuple[str | None, str, list[str], str | None], workspace: Workspace
) -> None:
    assert _short(parse_requirement(text, workspace)) == expected


@pytest.mark.parametrize(
    ("text", "name", "extras", "path"),
    [
        ("./pkg", None, [], "pkg"),
        ("pkg/", None, [], "pkg"),
        (".\\pkg[a]", None, ["a"], "pkg"),
        ("./pkg [A_b]", None, ["a-b"], "pkg"),
        ("file:pkg", None, [], "pkg"),
        ("file:./pkg#egg=x", "x", [], "pkg#egg=x"),
        ("p @ ./pkg", "p", [], "pkg"),
        ("p @ file:pkg", "p", [], "pkg"),
        ("some-1.0.tar.gz", "some", [], "some-1.0.tar.gz"),
        ("d/../some-1.0.tar.gz", "some", [], "some-1.0.tar.gz"),
        # pip leaves it to the installation to find that there is no such archive.
        ("gone-1.0.tar.gz", "gone", [], "gone-1.0.tar.gz"),
    ],
)
def test_local_paths(
    text: str, name: str | None, extras: list[str], path: str, workspace: Workspace
) -> None:
    url = f"{Path(workspace.cwd).as_uri()}/{path}"
    assert _short(parse_requirement(text, workspace)) == (name, "", extras, url)


def test_paths_of_windows(workspace: Workspace) -> None:
    asked = parse_requirement(r"C:\w\a b\p-1-py3-none-any.whl", workspace)
    assert _short(asked) == ("p", "==1", [], "file:///C:/w/a%20b/p-1-py3-none-any.whl")


@pytest.mark.parametrize(
    ("text", "marker"),
    [
        ("./pkg; python_version>'3'", "python_version>'3'"),
        (f"{HOST}/a;b.zip ; python_version>'3'", "python_version>'3'"),
        (f"a @ {HOST}/a.zip ; python_version>'3'", "python_version>'3'"),
        (f"{GIT} ; os_name=='nt'", "os_name=='nt'"),
    ],
)
def test_markers_of_references(text: str, marker: str, workspace: Workspace) -> None:
    assert parse_requirement(text, workspace).marker == Marker(marker)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{GIT}#egg=x[y]", ("x", "", ["y"], f"{GIT}#egg=x[y]")),
        (f"x[y] @ {GIT}", ("x", "", ["y"], GIT)),
        ("git://git.example/a#egg=x", ("x", "", [], "git+git://git.example/a#egg=x")),
        ("file:///a/b[y]", (None, "", ["y"], "file:///a/b")),
    ],
)
def test_editables(
    text: str, expected: tuple[str | None, str, list[str], str | None], workspace: Workspace
) -> None:
    assert _short(parse_editable(text, workspace)) == expected


def test_editable_directories(workspace: Workspace) -> None:
    base = Path(workspace.cwd).as_uri()
    assert _short(parse_editable(".", workspace)) == (None, "", [], base)
    assert _short(parse_editable("pkg[b,a]", workspace)) == (None, "", ["a", "b"], f"{base}/pkg")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("./gone", "looks like a path, but there is no such file or directory"),
        ("./empty", "is a directory without a pyproject.toml or setup.py"),
        ("a-1-py3.whl", "a-1-py3.whl is not a valid file name of a wheel"),
        (f"{GIT}#egg=a==1", "the name in #egg=a==1 is not valid; write name @ URL instead"),
        ("a @ 1.0", "`@` comes before a URL; did you mean a==1.0?"),
        ("a @ nonsense", "what follows the @ is not a URL"),
        ("./pkg; nonsense", "in the marker: expected a marker variable or quoted string"),
    ],
)
def test_refused_references(text: str, reason: str, workspace: Workspace) -> None:
    with pytest.raises(Refused) as caught:
        parse_requirement(text, workspace)
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("gone", "--editable wants a directory that exists or a repository (git+https://…)"),
        ("", "--editable wants a directory that exists or a repository (git+https://…)"),
        (GIT, "an editable repository needs its name: write name @ URL or #egg=name"),
    ],
)
def test_refused_editables(text: str, reason: str, workspace: Workspace) -> None:
    with pytest.raises(Refused) as caught:
        parse_editable(text, workspace)
    assert caught.value.reason == reason


def test_a_reference_in_a_file_keeps_its_text(tmp_path: Path) -> None:
    (tmp_path / "setup.py").touch()
    read = read_text(tmp_path, "-e ${WHERE}[a]  # here\n./ --hash=sha256:00", WHERE=".")
    url = tmp_path.as_uri()
    extras = frozenset({canonicalize_name("a")})
    assert read.roots == (
        UnnamedRoot(
            "-e ${WHERE}[a]",
            url,
            Origin(OriginKind.REQUIREMENT, "requirements.txt", 1),
            extras=extras,
            editable=True,
        ),
        UnnamedRoot(
            "./",
            url,
            Origin(OriginKind.REQUIREMENT, "requirements.txt", 2),
            hashes=("sha256:00",),
        ),
    )


def test_file_urls_are_those_of_pathlib(tmp_path: Path) -> None:
    for name in ("a b", "a#b", "ü", "a%b", "~x"):
        path = tmp_path / name
        assert file_url(str(path)) == path.as_uri()
