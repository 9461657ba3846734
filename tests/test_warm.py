"""A warm answer is the cold one, and loads little: what it needs was worked out before."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name as packaging_canonicalize_name

from conflictlens.answer import Explanation
from conflictlens.cli.recorded import recorded_requirements, recorded_target
from conflictlens.explanation.records import Findings, Stats
from conflictlens.index.records import (
    Distribution,
    Index,
    IndexStats,
    Metadata,
    Project,
    UncheckedReference,
    UnknownMetadata,
)
from conflictlens.index.snapshot import read_snapshot
from conflictlens.names import NormalizedName, canonicalize_name
from conflictlens.pipeline import find
from conflictlens.problem.admission import Admission, names_prerelease, pinned_versions
from conflictlens.question import Question
from conflictlens.requirements.workspace import Workspace
from conflictlens.resolution.budget import Budget
from tests.cli.conftest import environment
from tests.record import CASES
from tests.served_index import Universe, served

FOLDER = Path(__file__).with_name("cases")
FORMATS: Mapping[str, Callable[[Explanation], str]] = {
    "text": lambda one: one.to_text(verbose=True),
    "tree": Explanation.to_tree,
    "json": Explanation.to_json,
    "markdown": lambda one: one.to_markdown(issues=True),
    "mermaid": Explanation.to_mermaid,
    "dot": Explanation.to_dot,
    "svg": lambda one: one.to_svg(graphviz=False),
    "html": Explanation.to_html,
}


class Keeping:
    """An index and a `DerivedStore`: what is worked out from its answers is kept in `kept`."""

    def __init__(self, index: Index, kept: dict[tuple[str, str], bytes]) -> None:
        self._index = index
        self._kept = kept
        self.recalled = 0

    @property
    def stats(self) -> IndexStats:
        return self._index.stats

    def project(self, name: NormalizedName) -> Project:
        return self._index.project(name)

    def metadata(self, distribution: Distribution) -> Metadata | UnknownMetadata:
        # A snapshot reads what it holds of a project's files with the project.
        self._index.project(distribution.project)
        return self._index.metadata(distribution)

    def reference(self, url: str) -> tuple[Distribution, Metadata] | UncheckedReference:
        return self._index.reference(url)

    def prefetch(
        self, names: Iterable[NormalizedName] = (), distributions: Iterable[Distribution] = ()
    ) -> None:
        self._index.prefetch(names, distributions)

    def derived(self, name: NormalizedName, key: str) -> bytes | None:
        found = self._kept.get((name, key))
        self.recalled += found is not None
        return found

    def keep_derived(self, name: NormalizedName, key: str, content: bytes) -> None:
        self._kept[name, key] = content


def question() -> Question:
    asked = read_snapshot("snapshot.json.gz").question
    return Question(
        recorded_requirements(asked, Workspace(os.getcwd(), {})),
        recorded_target(asked, None, None),
        Admission(pre=asked.pre, uploaded_before=asked.exclude_newer),
    )


def answered(asked: Question, index: Index) -> Findings:
    return replace(find(asked, index, Budget()), stats=Stats())


def shown(findings: Findings) -> dict[str, str]:
    return {form: render(Explanation(findings)) for form, render in FORMATS.items()}


@pytest.mark.parametrize("case", sorted(CASES))
def test_cold_and_warm_answers_are_the_same(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FOLDER / case)
    asked = question()
    kept: dict[tuple[str, str], bytes] = {}
    index = read_snapshot("snapshot.json.gz").index
    plain = answered(asked, index)
    cold = Keeping(index, kept)
    warm = Keeping(read_snapshot("snapshot.json.gz").index, kept)
    findings = [answered(asked, cold), answered(asked, warm)]

    assert (cold.recalled, warm.recalled > 0) == (0, True)
    assert findings == [plain, plain]
    assert [shown(one) for one in findings] == [shown(plain)] * 2


UNIVERSE: Universe = {
    "alone": {"1.0": [], "2.0": ["other>=1; python_version >= '3'"], "3.0rc1": []},
    "other": {"1.0": [], "1.5": []},
}
LOADED = (
    "import sys; from conflictlens.cli.lean import import_argparse; import_argparse(); "
    "from conflictlens.cli.main import main; main(sys.argv[1:]); "
    "print(*sys.modules, file=sys.stderr)"
)
UNUSED = {"asyncio", "httpcore", "httpx", "networkx", "graphviz", "rich", "resolvelib", "ssl"}
UNUSED |= {"decimal", "dataclasses", "inspect", "logging", "pathlib", "platform", "shutil"}
UNUSED |= {"configparser", "gettext", "json", "locale"}
UNUSED |= {"subprocess", "tempfile", "threading", "typing_extensions", "urllib", "uuid"}
UNUSED |= {f"packaging.{name}" for name in ("markers", "requirements", "specifiers", "tags")}
UNUSED |= {f"packaging.{name}" for name in ("utils", "version")}
UNUSED |= {f"conflictlens.{name}" for name in ("refuted", "core", "relaxation", "index.pages")}
UNUSED |= {f"conflictlens.resolution.{name}" for name in ("engine", "judge", "withheld")}


@pytest.mark.parametrize("target", [(), ("--python", "3.11", "--platform", "linux")])
def test_a_warm_answer_loads_little(target: tuple[str, ...], tmp_path: Path) -> None:
    with served(UNIVERSE) as server:
        told = [_modules("alone", "--index-url", server.url, *target, cwd=tmp_path)]
        asked = server.count()
        told.append(_modules("alone", "--index-url", server.url, *target, cwd=tmp_path))
        assert server.count() == asked > 0
    (cold, _), (warm, modules) = told
    assert (cold, "other" in warm) == (warm, True)
    allowed = set() if target else {"platform", "subprocess"}
    assert modules & UNUSED <= allowed


def _modules(*arguments: str, cwd: Path) -> tuple[str, set[str]]:
    """The answer of a process, and what it loaded."""
    command = [sys.executable, "-c", LOADED, "explain", *arguments, "--cache-dir", "cache", "-v"]
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, cwd=cwd, env=environment()
    )
    answer = [line for line in done.stdout.splitlines() if " solve" not in line]
    return "\n".join(answer), set(done.stderr.split())


ENGLISH = """
from conflictlens.cli import lean
lean.import_argparse()
import sys, argparse
print("gettext" in sys.modules)
parser = argparse.ArgumentParser(prog="x")
parser.add_argument("one")
parser.print_usage()
import gettext
print(gettext.__file__.endswith("gettext.py"))
"""


def test_argparse_without_translations() -> None:
    done = subprocess.run(
        [sys.executable, "-c", ENGLISH], capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\nusage: x [-h] one\nTrue\n"


COMPILED = """
import typing, msgspec
typing.ForwardRef.__init__ = None
from conflictlens.problem import record
print(record.KeptRecord.__name__)
"""


def test_nothing_that_is_kept_has_annotations_to_be_compiled() -> None:
    done = subprocess.run([sys.executable, "-c", COMPILED], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("KeptRecord\n", "")


LEAN = """
from conflictlens.cli import lean
{0}
lean.import_msgspec()
import sys, msgspec
class Record(msgspec.Struct):
    number: int
print(msgspec.json.decode(b'{{"number":1}}', type=Record).number, "uuid" in sys.modules)
import decimal, uuid
print(decimal.Decimal(1), uuid.UUID(int=0).int)
"""


@pytest.mark.parametrize(
    ("change", "is_lean"),
    [("", True), ("lean._of_msgspec = lambda: {'uuid': lean._module('uuid')}", False)],
    ids=["as it is", "a release that needs more"],
)
def test_msgspec_without_the_half_of_it(change: str, is_lean: bool) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LEAN.format(change)], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"1 {not is_lean}\n1 0\n"


@given(st.text(alphabet="aZ0é-_. ", max_size=12))
def test_names_are_those_of_packaging(name: str) -> None:
    assert canonicalize_name(name) == packaging_canonicalize_name(name)


@pytest.mark.parametrize(
    "text",
    ["", "==1.0", "==1.0a1", ">=1.dev0,<2", "!=1.0rc1", "===1.0b1", "===odd", "==1.*", "==1+x.1"],
)
def test_a_specifier_says_as_text_what_packaging_reads(text: str) -> None:
    parsed = SpecifierSet(text)
    pinned = [one for one in parsed if one.operator in ("==", "===")]
    valid = [one for one in pinned if "*" not in one.version and one.version != "odd"]
    assert names_prerelease(text) == bool(parsed.prereleases)
    assert [str(one) for one in pinned_versions(text)] == [one.version for one in valid]
