"""Edited files, read again, say what the changes say, and nothing else in them has changed."""

from __future__ import annotations

import codecs
import dataclasses
import os
import tempfile
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from conflictlens.edits.checking import after_changes, check
from conflictlens.edits.planning import edited_contents, planned
from conflictlens.edits.records import EditError, FileEdit
from conflictlens.explanation.records import Change, ChangeAction
from conflictlens.requirements.reading import read_requirements
from conflictlens.requirements.records import RequirementSet, RootRequirement
from conflictlens.requirements.workspace import Contents, Workspace

ROOTS = "==1", " >= 1.0", "", "~=1.4 ; os_name == 'x'", "[x]<2", "(>=1)", "===1"


@dataclass(frozen=True)
class Written:
    """A line as it is written; without `parts` it asks for nothing.

    `parts` make up the requirement, with continuations in between. `options` are words with
    the blanks before them.
    """

    lead: str = ""
    parts: tuple[str, ...] = ()
    options: tuple[tuple[str, str], ...] = ()
    comment: str = ""
    end: str = "\n"

    def rendered(self) -> str:
        options = "".join(chain.from_iterable(self.options))
        return f"{self.lead}{f'{chr(92)}{chr(10)}'.join(self.parts)}{options}{self.comment}"

    def saying(self, text: str) -> Written:
        kept = tuple(option for option in self.options if "hash" not in option[1])
        return dataclasses.replace(self, parts=(text,), options=kept)


def written(names: st.SearchStrategy[str], extras: bool = True) -> st.SearchStrategy[Written]:
    tails = [tail for tail in ROOTS if extras or "[" not in tail]
    texts = st.builds(str.__add__, names, st.sampled_from(tails))
    cuts = st.lists(st.integers(1, 5), max_size=2)
    option = st.tuples(
        st.sampled_from([" ", "  ", " \\\n    ", "\\\r\n "]),
        st.sampled_from(["--hash=sha256:0", "--hash sha512:1", "--config-settings=a=b"]),
    )
    requirement = st.builds(
        Written,
        lead=st.sampled_from(["", "  ", "\t", "\\\n"]),
        parts=st.builds(_cut, texts, cuts),
        options=st.lists(option, max_size=2).map(tuple),
        comment=st.sampled_from(["", " # é", " \\\n# --hash=sha256:2", "  # a==1"]),
        end=ENDS,
    )
    # An empty line would end the one before with its own "\n" after a "\r".
    other = st.builds(Written, lead=st.sampled_from([" ", "# é a==1", "--pre"]), end=ENDS)
    return requirement | other


ENDS = st.sampled_from(["\n", "\n", "\r\n", "\r", "\x0c"])


def _cut(text: str, at: list[int]) -> tuple[str, ...]:
    parts = []
    for place in at:
        parts.append(text[:place])
        text = text[place:]
    return tuple(part for part in (*parts, text) if part)


NAMES = st.sampled_from(["a", "b-c", "D"])
LINES = st.lists(written(NAMES), max_size=6)
CODINGS = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32", "latin-1"])
NEWS = st.lists(st.sampled_from(["keep", "keep", "==7", ">=0.5,<2", "remove"]), min_size=6)


def encoded(text: str, coding: str) -> bytes:
    if coding == "utf-16":
        return codecs.BOM_UTF16_BE + text.encode("utf-16-be")
    return text.encode(coding)


def content(lines: Iterable[Written], coding: str, ended: bool, first: str) -> bytes:
    declared = "# -*- coding: latin-1 -*-\n" if coding == "latin-1" else ""
    text = declared + first + "".join(line.rendered() + line.end for line in lines)
    return encoded(text if ended else text.rstrip("\r\n\x0c"), coding)


def asks(lines: Iterable[Written]) -> Iterator[Written]:
    return (line for line in lines if line.parts)


def changes_of(roots: Iterable[RootRequirement], news: list[str]) -> list[Change]:
    """Each root's new text: the specifier replaced, whatever it was; or it goes."""
    changes: dict[object, Change] = {}
    for root, new in zip(roots, news * 9, strict=False):
        extras = f"[{','.join(root.extras)}]" if root.extras else ""
        marker = f" ; {root.marker}" if root.marker else ""
        text = None if new == "remove" else f"{root.name}{extras}{new}{marker}"
        action = ChangeAction.REMOVE if text is None else ChangeAction.REPLACE
        # What stands in one line in the same words changes in the same way.
        if new != "keep":
            changes.setdefault((root.origin, root.text), Change(action, root, text))
    return [*changes.values()]


def lines_after(lines: list[Written], changed: Mapping[int, str | None]) -> list[Written]:
    """`changed`: new texts by the place among the lines that ask for something."""
    after = []
    place = 0
    for line in lines:
        new: str | None = "".join(line.parts)
        if line.parts:
            new = changed.get(place, new)
            place += 1
        if new is not None:
            after.append(line.saying(new) if line.parts and new != "".join(line.parts) else line)
    return after


@settings(deadline=None, max_examples=300)
@given(LINES, LINES, st.lists(written(NAMES, extras=False), max_size=3), CODINGS, NEWS)
def test_requirements_files(
    main: list[Written], more: list[Written], bounds: list[Written], coding: str, news: list[str]
) -> None:
    files = {
        "r.txt": (main, "-r more.txt\n-c c.txt\n", "utf-8", False),
        "more.txt": (more, "", coding, True),
        "c.txt": (bounds, "", coding, False),
    }
    with tempfile.TemporaryDirectory() as directory:
        for name, (lines, first, code, ended) in files.items():
            (Path(directory) / name).write_bytes(content(lines, code, ended, first))
        workspace, before, after = applied(directory, "r.txt", news)
        for name, (lines, first, code, ended) in files.items():
            roots = [r for r in (*before.roots, *before.constraints) if r.origin.path == name]
            changed = {
                place: after[root.origin, root.text]
                for place, root in enumerate(roots)
                if (root.origin, root.text) in after
            }
            expected = content(lines_after(lines, changed), code, True, first)
            got = workspace.contents[workspace.identity(name)]
            assert isinstance(got, bytes)
            assert got.rstrip(b"\0\r\n\x0c") == expected.rstrip(b"\0\r\n\x0c")
            assert ended is False or got == expected


def applied(
    directory: str, path: str, news: list[str]
) -> tuple[Workspace, RequirementSet, dict[object, str | None]]:
    """A workspace in which the files are changed; what was there, and the changes."""
    contents: Contents = {}
    before = read_requirements([path], cwd=directory, environ={}, contents=contents)
    roots = [r for r in (*before.roots, *before.constraints) if isinstance(r, RootRequirement)]
    changes = changes_of(roots, news)
    workspace = Workspace(directory, {}, contents=contents)
    changed = edited_contents(planned(changes, workspace), workspace)
    again = read_requirements([path], cwd=directory, environ={}, contents=changed)
    check(after_changes(before, changes), again)
    by_place: dict[object, str | None] = {
        (change.root.origin, change.root.text): change.replacement for change in changes
    }
    return Workspace(directory, {}, contents=changed), before, by_place


NEW = "z>=1a1"


@settings(deadline=None, max_examples=200)
@given(LINES, CODINGS, st.booleans(), st.integers(0, 5))
def test_a_line_more(main: list[Written], coding: str, ended: bool, number: int) -> None:
    """Only the new line and one line break are new, and it stands behind the line it is for."""
    before = content(main, coding, ended, "")
    with tempfile.TemporaryDirectory() as directory:
        (Path(directory) / "r.txt").write_bytes(before)
        contents: Contents = {}
        read = read_requirements(["r.txt"], cwd=directory, environ={}, contents=contents)
        roots = [root for root in read.roots if isinstance(root, RootRequirement)]
        if number >= len(roots):
            return
        change = added(roots[number])
        workspace = Workspace(directory, {}, contents=contents)
        [edit] = planned([change], workspace)
        again = read_requirements(
            ["r.txt"], cwd=directory, environ={}, contents=edited_contents([edit], workspace)
        )
        check(after_changes(read, [change]), again)
    assert unbroken(edit.text_before) == unbroken(edit.text_after.replace(NEW, "", 1))
    assert edit.text_after.count("\n") <= edit.text_before.count("\n") + 2
    ends = [text[-1:] if text.endswith(("\n", "\r")) else "" for text in texts_of(edit)]
    assert ends[0] == ends[1]


def texts_of(edit: FileEdit) -> tuple[str, str]:
    return edit.text_before, edit.text_after


def unbroken(text: str) -> str:
    return text.translate({ord("\r"): None, ord("\n"): None})


def added(root: RootRequirement) -> Change:
    """A further line behind this one."""
    [new] = read_requirements([NEW]).roots
    assert isinstance(new, RootRequirement)
    placed = replace(new, origin=replace(root.origin, line=None))
    return Change(ChangeAction.ADD, placed, NEW, root)


TOKENS = st.sampled_from(
    ['"a==1"', "'b-c>=1'", '"""D"""', '" a ; os_name == \\"x\\""', '"\\u0061"']
)
GAPS = st.sampled_from(["", " ", "\n  ", " # é\n", "\r\n\t"])


@settings(deadline=None, max_examples=300)
@given(st.lists(st.tuples(GAPS, TOKENS, GAPS), max_size=5), st.booleans(), NEWS, st.booleans())
def test_pyproject(
    elements: list[tuple[str, str, str]], comma: bool, news: list[str], mark: bool
) -> None:
    array = ",".join(map("".join, elements)) + ("," if comma and elements else "")
    text = f"# é\n[project]\nname = 'p' # x\ndependencies = [{array}] # y\nkeywords = ['a==1']\n"
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "pyproject.toml"
        path.write_bytes((codecs.BOM_UTF8 if mark else b"") + text.encode())
        workspace, before, after = applied(directory, "pyproject.toml", news)
        got = workspace.contents[workspace.identity("pyproject.toml")]
    assert isinstance(got, bytes)
    assert got.startswith(codecs.BOM_UTF8) == mark
    document = tomllib.loads(got.decode("utf-8-sig"))
    texts = (after.get((root.origin, root.text), root.text) for root in before.roots)
    assert [one.strip() for one in document["project"].pop("dependencies")] == [
        one for one in texts if one is not None
    ]
    assert document == {"project": {"name": "p", "keywords": ["a==1"]}}
    assert got.decode("utf-8-sig").startswith("# é\n[project]\nname = 'p' # x\ndependencies = [")
    assert got.endswith(b"] # y\nkeywords = ['a==1']\n")


@settings(deadline=None, max_examples=200)
@given(
    st.lists(st.tuples(GAPS, TOKENS, GAPS), min_size=1, max_size=5),
    st.booleans(),
    st.integers(0, 9),
)
def test_an_element_more(elements: list[tuple[str, str, str]], comma: bool, number: int) -> None:
    array = ",".join(map("".join, elements)) + ("," if comma else "")
    text = f"[project]\nname = 'p' # x\ndependencies = [{array}] # y\nkeywords = ['a==1']\n"
    with tempfile.TemporaryDirectory() as directory:
        (Path(directory) / "pyproject.toml").write_bytes(text.encode())
        contents: Contents = {}
        read = read_requirements(["pyproject.toml"], cwd=directory, contents=contents)
        root = read.roots[number % len(read.roots)]
        assert isinstance(root, RootRequirement)
        workspace = Workspace(directory, {}, contents=contents)
        [edit] = planned([added(root)], workspace)
        changed = edited_contents([edit], workspace)
        again = read_requirements(["pyproject.toml"], cwd=directory, contents=changed)
    check(after_changes(read, [added(root)]), again)
    assert edit.text_after.endswith("] # y\nkeywords = ['a==1']\n")
    assert edit.text_after.count("#") == text.count("#")


def plan(directory: Path, files: Mapping[str, str], path: str, new: str | None) -> list[FileEdit]:
    """The edits of a change of the first root."""
    for name, text in files.items():
        (directory / name).write_text(text)
    contents: Contents = {}
    read = read_requirements([path], cwd=str(directory), contents=contents)
    [root, *_] = [root for root in read.roots if isinstance(root, RootRequirement)]
    change = Change(ChangeAction.REMOVE if new is None else ChangeAction.REPLACE, root, new)
    return list(planned([change], Workspace(str(directory), os.environ, contents=contents)))


def test_a_lock_file_is_not_edited(tmp_path: Path) -> None:
    lock = """\
lock-version = "1.0"
created-by = "x"
[[packages]]
name = "a"
version = "1"
[[packages.wheels]]
name = "a-1-py3-none-any.whl"
url = "https://index.example/a-1-py3-none-any.whl"
hashes = {sha256 = "0"}
"""
    with pytest.raises(EditError, match=r"pylock\.toml:3: a lock file is made by a tool"):
        plan(tmp_path, {"pylock.toml": lock}, "pylock.toml", "a==2")


def test_setuptools_takes_dependencies_from_a_requirements_file(tmp_path: Path) -> None:
    project = """\
[project]
name = "p"
dynamic = ["dependencies"]
[tool.setuptools.dynamic]
dependencies = {file = ["r.in"]}
"""
    [edit] = plan(tmp_path, {"pyproject.toml": project, "r.in": "a==1\n"}, "pyproject.toml", "a")
    assert (edit.path, edit.before, edit.after) == ("r.in", b"a==1\n", b"a\n")


def test_an_encoding_that_can_not_be_kept(tmp_path: Path) -> None:
    text = "# coding: utf-7\na==1 # +AC0-\n"
    with pytest.raises(EditError, match="its encoding, utf-7, could not be kept"):
        plan(tmp_path, {"r.txt": text}, "r.txt", "a==2")


def test_what_was_not_read_is_not_edited(tmp_path: Path) -> None:
    (tmp_path / "r.txt").write_text("a\n")
    [root] = read_requirements(["r.txt"], cwd=str(tmp_path)).roots
    assert isinstance(root, RootRequirement)
    change = Change(ChangeAction.REPLACE, root, "a<2")
    with pytest.raises(EditError, match="was not read"):
        planned([change], Workspace(str(tmp_path), {}))


def test_a_file_that_reads_otherwise_is_refused(tmp_path: Path) -> None:
    """Used as requirements and as constraints, a file can't change in one of these roles."""
    (tmp_path / "r.txt").write_text("a==1\n-c r2.txt\n-r r2.txt\n")
    (tmp_path / "r2.txt").write_text("b==1\n")
    contents: Contents = {}
    cwd = str(tmp_path)
    before = read_requirements(["r.txt"], cwd=cwd, contents=contents)
    change = Change(ChangeAction.REPLACE, before.constraints[0], "b==2")
    workspace = Workspace(cwd, {}, contents=contents)
    contents = edited_contents(planned([change], workspace), workspace)
    again = read_requirements(["r.txt"], cwd=cwd, contents=contents)
    with pytest.raises(EditError, match=r"r2\.txt:1: after the change it would say b==2 where the"):
        check(after_changes(before, [change]), again)


def test_two_names_of_one_file(tmp_path: Path) -> None:
    (tmp_path / "link.txt").symlink_to("r.txt")
    files = {"r.txt": "a==1\nb\n", "both.txt": "-r r.txt\n-r link.txt\n"}
    [edit] = plan(tmp_path, files, "both.txt", "a==2")
    assert (edit.path, edit.after) == ("r.txt", b"a==2\nb\n")
