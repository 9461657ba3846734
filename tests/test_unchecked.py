"""Requirements by URL or path that can't be read: refused, or undecided, never installable."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from packaging.utils import canonicalize_name

from conflictlens import explain, why_not
from conflictlens.cli.main import main
from conflictlens.errors import RequirementsError
from conflictlens.explanation.records import Findings, Outcome
from conflictlens.index.memory import MemoryIndex, wheel
from conflictlens.index.recording import RecordingIndex
from conflictlens.index.records import Distribution, Index, Metadata, UncheckedReference
from conflictlens.index.snapshot import read_snapshot, write_snapshot
from conflictlens.index.snapshot_format import Question as Recorded
from conflictlens.pipeline import find
from conflictlens.problem.notes import NoteKind
from conflictlens.problem.problem import pose
from conflictlens.question import Question
from conflictlens.render.json import to_dict
from conflictlens.render.text import render_text
from conflictlens.requirements.reading import read_requirements
from conflictlens.requirements.records import Origin, OriginKind, RootRequirement, UnnamedRoot
from conflictlens.resolution.budget import Budget
from conflictlens.resolution.outcome import Conflict, Resolution
from conflictlens.resolution.verdict import decide
from conflictlens.target import target_for
from tests.index.opening import opened
from tests.properties.universes import Case, cases
from tests.served_index import Release, Universe, served
from tests.test_unread import Failing

SERVED: Universe = {
    "oven": {"1.0": ["steel<2"], "2.0": ["steel<2"], "3.0": ["steel"]},
    "steel": {"1.0": [], "2.0": []},
    "tea": {"1.0": ["kettle>=9"]},
    "kettle": {"1.0": []},
}
URL = "https://files.example/unread.zip"
GIT = "git+https://git.example/a/b"
CLASH = ("oven<3", "steel>=2")


def ask(*lines: str) -> Findings:
    with served(SERVED) as server, opened(server.url) as index:
        question = Question(read_requirements([*lines]), target_for("3.11", "linux"))
        return find(question, index, Budget(deadline=None))


def refused(*lines: str) -> list[tuple[str, str]]:
    with pytest.raises(RequirementsError) as caught:
        ask(*lines)
    return [(line.text, line.reason) for line in caught.value.lines]


@pytest.mark.parametrize(
    "text",
    [
        "six @ file:///gone/six-1.0.tar.gz",
        "six @ file:///gone",
        "file:///gone/six.zip",
        "./six-1.0-py3-none-any.whl",
        "six-1.0.tar.gz",
        "six[x] @ ./gone",
    ],
)
def test_what_is_not_there_is_refused(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert refused("oven", text) == [(text, "there is no such file or directory")]


def test_what_is_no_distribution_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    (tmp_path / "six.whl").touch()
    (tmp_path / "folder").mkdir()
    base = tmp_path.as_uri()
    folder = "it is a directory without a pyproject.toml or setup.py"
    texts = {
        f"a @ {base}/notes.txt": "it is neither a wheel nor an archive of sources",
        f"b @ {base}/six.whl": "the wheel's file name is not valid",
        f"c @ {base}/folder": folder,
    }
    assert refused(*texts) == [*texts.items()]
    (tmp_path / "folder" / "setup.py").touch()
    assert ask(f"c @ {base}/folder").outcome is Outcome.UNDECIDED
    assert refused(f"c @ {base}/folder#subdirectory=sub")[0][1] == folder


def test_what_is_not_for_this_target_need_not_be_there() -> None:
    findings = ask("oven", "six @ file:///gone.zip ; sys_platform == 'win32'")
    assert findings.outcome is Outcome.RESOLVED


def test_the_line_is_named_and_the_exit_code_is_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("r.txt").write_text("# first\nsix @ file:///gone.whl\n./a-1-py3-none-any.whl\n")
    assert main(["explain", "r.txt", "--no-index", "--no-cache"]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err == (
        "error: r.txt:2: there is no such file or directory\n    six @ file:///gone.whl\n"
        "error: r.txt:3: there is no such file or directory\n    ./a-1-py3-none-any.whl\n"
    )


def test_local_distributions_are_read(tmp_path: Path) -> None:
    (tmp_path / "good").mkdir()
    (tmp_path / "good" / "pyproject.toml").write_text(
        '[project]\nname = "good"\nversion = "1.0"\ndependencies = ["steel<2"]\n'
    )
    where = f"good @ {(tmp_path / 'good').as_uri()}"
    assert ask(where).outcome is Outcome.RESOLVED
    assert ask(where, "steel>=2").outcome is Outcome.CONFLICT


@pytest.mark.parametrize("text", [f"six @ {GIT}", GIT, "six @ ftp://files.example/six-1.0.tar.gz"])
def test_what_can_not_be_read_leaves_the_answer_undecided(text: str) -> None:
    findings = ask("oven", text)
    assert (findings.outcome, findings.resolution) == (Outcome.UNDECIDED, None)
    assert str(findings.undecided).startswith(f"argument: {text} can't be read: ")
    assert findings.partial == {"oven": "3.0", "steel": "2.0"}
    [first, *_] = told = render_text(findings).splitlines()
    assert first.startswith(f"? Undecided: argument: {text}"[:70])
    assert "  note: all other requirements can be installed together" in told
    assert to_dict(findings)["resolution"] is None


@pytest.mark.parametrize(
    "file", ["six-1.0-py3-none-any.whl", "six-1.0.tar.gz"], ids=["wheel", "source"]
)
def test_a_url_that_the_server_does_not_have(file: str) -> None:
    with served(SERVED) as server, opened(server.url) as index:
        text = f"six @ {server.url.removesuffix('/simple/')}/nowhere/{file}"
        question = Question(read_requirements(["oven", text]), target_for("3.11", "linux"))
        findings = find(question, index, Budget(deadline=None))
    assert findings.outcome is Outcome.UNDECIDED
    assert "404" in str(findings.undecided)


def test_a_host_that_does_not_answer_hides_no_conflict() -> None:
    gone = "six @ http://127.0.0.1:9/six-1.0-py3-none-any.whl"
    assert ask("oven", gone).outcome is Outcome.UNDECIDED
    assert ask(*CLASH, gone).outcome is Outcome.CONFLICT


def test_several_are_counted_and_noted() -> None:
    findings = ask("oven", f"six @ {GIT}", f"{GIT}/c")
    assert findings.undecided == "2 requirements can't be read"
    texts = [note.text for note in findings.notes if note.kind is NoteKind.UNCHECKED_REFERENCE]
    assert len(texts) == 3


def test_a_conflict_of_the_others_stands_and_its_fixes_say_what_they_leave_out() -> None:
    findings = ask(*CLASH, f"six @ {GIT}")
    [conflict] = findings.conflicts
    assert ([root.text for root in conflict.core], conflict.minimal) == ([*CLASH], True)
    assert findings.fixes
    text = render_text(findings)
    assert "not counting 1 requirement that can't be read:" in " ".join(text.split())
    assert "the conflict stands whatever a requirement needs that can't be read" in " ".join(
        text.replace("note:", "").split()
    )
    assert "unless it is one of these projects" not in text
    assert "unless it is one of these projects" in " ".join(render_text(ask(*CLASH, GIT)).split())


def test_the_project_behind_a_url_is_not_taken_from_the_index() -> None:
    """The index has no kettle>=9, but the repository may hold one."""
    assert ask("tea").outcome is Outcome.CONFLICT
    findings = ask("tea", f"kettle @ {GIT}")
    assert (findings.outcome, findings.conflicts) == (Outcome.UNDECIDED, ())
    assert findings.partial == {"tea": "1.0"}
    # It rests on a version of kettle that nobody knows.
    assert not any("all other" in note.text for note in findings.notes)


def test_what_can_not_be_read_could_pin_a_yanked_release() -> None:
    universe: Universe = {"oven": {"1.0": [], "2.0": Release(yanked="bad")}}
    for lines, outcome in ((["oven>1"], Outcome.CONFLICT), (["oven>1", GIT], Outcome.UNDECIDED)):
        with served(universe) as server, opened(server.url) as index:
            question = Question(read_requirements(lines), target_for("3.11", "linux"))
            assert find(question, index, Budget(deadline=None)).outcome is outcome


def test_a_version_that_nobody_knows_is_in_no_resolution() -> None:
    findings = ask("oven<3", "steel>=2", "tea", f"kettle @ {GIT}")
    [conflict] = findings.conflicts
    assert [root.text for root in conflict.core] == [*CLASH]
    assert all("kettle" not in fix.resolution for fix in findings.fixes)
    assert findings.fixes
    assert not any(fix.assumes for fix in findings.fixes)


def test_a_constraint_that_can_not_be_read_matters_where_it_is_asked_for() -> None:
    root = RootRequirement(
        f"kettle @ {GIT}",
        canonicalize_name("kettle"),
        Origin(OriginKind.CONSTRAINT, "c.txt", 1),
        url=GIT,
    )
    for line, outcome in (("oven", Outcome.RESOLVED), ("tea", Outcome.UNDECIDED)):
        with served(SERVED) as server, opened(server.url) as index:
            asked = replace(read_requirements([line]), constraints=(root,))
            question = Question(asked, target_for("3.11", "linux"))
            assert find(question, index, Budget(deadline=None)).outcome is outcome


def test_a_wish_is_not_granted_without_it() -> None:
    with served(SERVED) as server, opened(server.url) as index:
        told = why_not("steel>=2", ["oven", GIT], index=index, python="3.11", platform="linux")
    assert told.exit_code == 3


def test_a_snapshot_says_the_same(tmp_path: Path) -> None:
    lines = ["oven", f"six @ {GIT}"]
    target = target_for("3.11", "linux")
    with served(SERVED) as server, opened(server.url) as index:
        recording = RecordingIndex(index)
        question = Question(read_requirements(lines), target)
        before = find(question, recording, Budget(deadline=None))
    path = tmp_path / "case.json"
    write_snapshot(recording.snapshot(Recorded(())), path)
    after = find(question, read_snapshot(path).index, Budget(deadline=None))
    assert (after.outcome, after.undecided) == (before.outcome, before.undecided)
    assert before.outcome is Outcome.UNDECIDED


def test_a_password_in_it_is_not_shown() -> None:
    answer = explain(
        ["oven", "six @ git+https://me:hunter2@git.example/a"],
        index=MemoryIndex.of({"oven": {"1.0": []}}),
        python="3.11",
    )
    assert answer.exit_code == 3
    assert "hunter2" not in str(answer) + answer.to_json()
    assert "me:****@git.example" in str(answer)


@given(cases(withheld=True), st.integers(0, 9))
@settings(deadline=None, max_examples=60)
def test_whatever_the_reference_turns_out_to_be_a_conflict_stands(case: Case, which: int) -> None:
    """So for every release that could be behind it, also for one that no index has."""
    names = sorted(case.universe)
    name = names[which % len(names)]
    if not isinstance(_outcome(case, name, case.index), Conflict):
        return
    others = [
        wheel(name, str(version), facts.requires) for version, facts in case.universe[name].items()
    ]
    for file, metadata in (*others, wheel(name, "77")):
        there = _Knowing(case.index, URL, (replace(file, url=URL), metadata))
        assert isinstance(_outcome(case, name, there), Conflict)


def _outcome(case: Case, name: str, index: Index) -> Resolution | Conflict:
    """What comes of a case with one more line, which names a project by its URL."""
    lines = _with_line(case, f"{name} @ {URL}")
    requirements = replace(case.question.requirements, roots=lines)
    problem = pose(requirements, case.question.target, case.question.admission, index)
    return decide(problem, Budget()).outcome


def _with_line(case: Case, text: str) -> tuple[RootRequirement | UnnamedRoot, ...]:
    return (*case.question.requirements.roots, *read_requirements([text]).roots)


class _Knowing(Failing):
    """An index that knows what is behind one URL."""

    def __init__(self, inner: MemoryIndex, url: str, behind: tuple[Distribution, Metadata]) -> None:
        super().__init__(inner, canonicalize_name("nobody"))
        self._behind = {url: behind}

    def reference(self, url: str) -> tuple[Distribution, Metadata] | UncheckedReference:
        return self._behind[url]
