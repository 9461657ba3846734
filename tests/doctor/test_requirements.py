"""What requirements need: an answer, and tools for what has no wheel."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from conflictlens.doctor.examination import requirement_checks
from conflictlens.doctor.records import Check, CheckId, State
from conflictlens.doctor.toolchain import Demand, Demands
from conflictlens.errors import IndexUnreachable
from conflictlens.index.build_needs import BuildFiles, BuildNeeds, Unread, read_folder_needs
from conflictlens.index.memory import MemoryIndex
from conflictlens.index.records import Index
from conflictlens.pipeline import find
from conflictlens.question import Question
from conflictlens.requirements.reading import read_requirements
from conflictlens.resolution.budget import Budget
from conflictlens.target import target_for
from tests.index.opening import opened
from tests.served_index import Fault, Release, Variant, packed, served

PURE = '[build-system]\nrequires = ["flit_core"]\nbuild-backend = "flit_core.buildapi"\n'
SETUPTOOLS = (
    '[build-system]\nrequires = ["setuptools>=61"]\nbuild-backend = "setuptools.build_meta"\n'
)
MATURIN = '[build-system]\nrequires = ["maturin>=1,<2"]\nbuild-backend = "maturin"\n'
CYTHON = '[build-system]\nrequires = ["setuptools", "Cython>=3"]\n'


@pytest.mark.parametrize(
    ("pyproject", "setup", "needs"),
    [
        (PURE, None, BuildNeeds(False, False)),
        (SETUPTOOLS, None, BuildNeeds(False, False)),
        (SETUPTOOLS, "setup()", BuildNeeds(False, False)),
        (SETUPTOOLS, "setup(ext_modules=[Extension('a', ['a.c'])])", BuildNeeds(True, False)),
        (None, "from Cython.Build import cythonize\n", BuildNeeds(True, False)),
        (None, "from setuptools_rust import RustExtension\n", BuildNeeds(True, True)),
        (CYTHON, None, BuildNeeds(True, False)),
        (MATURIN, None, BuildNeeds(True, True)),
        (SETUPTOOLS + "[tool.setuptools]\next-modules = []\n", None, BuildNeeds(True, False)),
        ("not [ TOML", "setup()", BuildNeeds(False, False)),
        ("build-system = 1\ntool = 2\n", None, BuildNeeds(False, False)),
    ],
)
def test_what_sources_say(
    tmp_path: Path, pyproject: str | None, setup: str | None, needs: BuildNeeds
) -> None:
    for name, text in (("pyproject.toml", pyproject), ("setup.py", setup)):
        if text is not None:
            (tmp_path / name).write_text(text)
    assert read_folder_needs(tmp_path) == needs


def test_sources_that_say_nothing(tmp_path: Path) -> None:
    assert isinstance(read_folder_needs(tmp_path), Unread)


def test_only_the_files_of_the_project_itself_count() -> None:
    files = BuildFiles()
    names = ("a-1/setup.py", "./a-1/setup.py", "a-1/tests/setup.py", "setup.py", "a-1/setup.cfg")
    assert [name for name in names if files.wants(name)] == ["a-1/setup.py", "./a-1/setup.py"]


def test_no_more_is_read_than_can_count() -> None:
    files = BuildFiles()
    assert not files.enough
    files.take("a-1/pyproject.toml", SETUPTOOLS.encode())
    assert not files.enough
    files.take("a-1/setup.py", b"")
    assert files.enough
    other = BuildFiles()
    other.take("a-1/pyproject.toml", MATURIN.encode())
    assert other.enough


def asked(texts: Sequence[str], index: Index) -> tuple[dict[CheckId, Check], Demands]:
    requirements = read_requirements(texts)
    question = Question(requirements, target_for("3.11", "linux"), mend=False)
    findings = find(question, index, Budget(None))
    assert findings.fixes == ()
    checks, demands = requirement_checks(question, findings, index)
    return {check.id: check for check in checks}, demands


def test_requirements_that_resolve() -> None:
    checks, demands = asked(["a"], MemoryIndex.of({"a": {"1": ["b"]}, "b": {"1": []}}))
    assert checks[CheckId.REQUIREMENTS].state is State.REQUIREMENTS_RESOLVE
    assert checks[CheckId.REQUIREMENTS].facts["packages"] == 2
    assert checks[CheckId.BUILDS].state is State.BUILDS_NONE
    assert demands == Demands(Demand.NONE)


def test_requirements_that_conflict() -> None:
    index = MemoryIndex.of({"a": {"1": ["b<2"]}, "b": {"1": [], "2": []}})
    checks, demands = asked(["a", "b>=2"], index)
    assert checks[CheckId.REQUIREMENTS].state is State.REQUIREMENTS_CONFLICT
    assert checks[CheckId.BUILDS].state is State.BUILDS_UNDECIDED
    assert demands == Demands()


class Silent(MemoryIndex):
    """An index that answers nothing."""

    def project(self, name: object) -> object:  # type: ignore[override]
        raise IndexUnreachable("https://index.example", "nobody is there")


def test_an_index_that_fails() -> None:
    checks, _ = asked(["a"], Silent.of({}))
    check = checks[CheckId.REQUIREMENTS]
    assert check.state is State.REQUIREMENTS_UNDECIDED
    assert "nobody is there" in str(check.facts["reason"])


@pytest.mark.parametrize("suffix", [".tar.gz", ".zip"])
@pytest.mark.parametrize(
    ("setup", "state", "demand"),
    [
        (b"setup()", State.BUILDS_PLAIN, Demand.NONE),
        (b"setup(ext_modules=[1])", State.BUILDS_COMPILED, Demand.CERTAIN),
    ],
)
def test_builds_are_looked_into(suffix: str, setup: bytes, state: State, demand: Demand) -> None:
    release = Release(wheel=False, sdist=True, sdist_suffix=suffix)
    with served({"a": {"1.0": release}, "b": {"1.0": []}}) as server:
        [file] = server.projects["a"]  # type: ignore[index]
        info = b"Metadata-Version: 2.2\nName: a\nVersion: 1.0\n"
        members = {"a-1.0/PKG-INFO": info, "a-1.0/setup.py": setup, "a-1.0/zzz": b"0" * 100}
        server.projects["a"] = [  # type: ignore[index]
            replace(file, content=packed(members, suffix))
        ]
        with opened(server.url) as index:
            checks, demands = asked(["a", "b"], index)
    assert checks[CheckId.BUILDS].state is state
    assert checks[CheckId.BUILDS].facts["built"] == ("a 1.0",)
    assert (demands.compiler, demands.rust, demands.git) == (demand, Demand.NONE, Demand.NONE)


def test_sources_that_can_not_be_had_are_unclear() -> None:
    release = Release(wheel=False, sdist=True)
    faults = {"/files/a-1.0.tar.gz": [Fault(status=404, times=9)]}
    with (
        served({"a": {"1.0": release}}, Variant(faults=faults)) as server,
        opened(server.url) as index,
    ):
        checks, demands = asked(["a"], index)
    assert checks[CheckId.BUILDS].state is State.BUILDS_UNCLEAR
    assert checks[CheckId.BUILDS].facts["unread"] == ("a 1.0",)
    assert demands == Demands(Demand.POSSIBLE, Demand.POSSIBLE)


def test_git_is_needed_for_repositories() -> None:
    index = MemoryIndex.of({"a": {"1": []}})
    checks, demands = asked(["a", "b @ git+https://index.example/b"], index)
    assert demands.git is Demand.CERTAIN
    assert checks[CheckId.BUILDS].state is State.BUILDS_UNCLEAR
    absent = "b @ git+https://index.example/b ; python_version < '3'"
    assert asked(["a", absent], index)[1] == Demands(Demand.NONE)


def test_a_folder_is_built(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "setup.py").write_text("setup(ext_modules=ext)\n")
    with opened() as index:
        checks, demands = asked([f"lib @ file://{tmp_path}/lib"], index)
    assert checks[CheckId.BUILDS].state is State.BUILDS_COMPILED
    assert demands.compiler is Demand.CERTAIN


@pytest.mark.parametrize(
    ("needed", "state"),
    [(">=3.9", State.PROJECT_PYTHON_FITS), (">=3.12", State.PROJECT_PYTHON_EXCLUDED)],
)
def test_the_project_has_a_say(tmp_path: Path, needed: str, state: State) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_text(f'[project]\nname = "x"\nversion = "1"\nrequires-python = "{needed}"\n')
    checks, _ = asked([os.fspath(path)], MemoryIndex.of({}))
    assert checks[CheckId.REQUIRES_PYTHON].state is state
