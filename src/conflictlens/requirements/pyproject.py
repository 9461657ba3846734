"""``pyproject.toml``: PEP 621 dependencies and extras, PEP 735 dependency groups.

Requirements are found first, each with its place in the file; then a project's references to
its own extras (``project[test]``) are replaced by what these stand for; then each is parsed.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec.structs import replace
from packaging.markers import Marker
from packaging.specifiers import SpecifierSet

from conflictlens.names import canonicalize_name
from conflictlens.requirements.draft import Draft
from conflictlens.requirements.pep508 import Asked, Refused, check_versions
from conflictlens.requirements.records import Origin, OriginKind
from conflictlens.requirements.references import parse_standard
from conflictlens.requirements.requirements_file import RequirementsReader
from conflictlens.requirements.selection import Selection
from conflictlens.requirements.toml_document import Document
from conflictlens.requirements.toml_lines import Path

_POETRY = (
    "has only Poetry's own tables; conflictlens reads [project] (PEP 621). Move the dependencies "
    "there, or run `poetry export -o requirements.txt` and give that file"
)
_NO_PROJECT = "has no [project] table (PEP 621), so it names no dependencies"
_DYNAMIC = (
    "are dynamic: the build backend computes them, they don't stand in this file. Give the file "
    "that they come from, or one that `pip-compile` or `uv pip compile` made"
)


class _Route(msgspec.Struct, frozen=True):
    """The extras or groups that led here, and what the markers of these references say."""

    names: tuple[str, ...] = ()
    marker: Marker | None = None

    def onward(self, name: str) -> _Route:
        return replace(self, names=(*self.names, name))


class _Entry(msgspec.Struct, frozen=True):
    """A requirement's text and where it stands."""

    text: str
    place: Path
    route: _Route


class _Misplaced(Refused):
    """A fault at a certain place of the document."""

    def __init__(self, place: Path, reason: str, text: str = "") -> None:
        self.place = place
        self.text = text
        super().__init__(reason)


def read_pyproject(
    document: Document,
    kind: OriginKind,
    selection: Selection,
    reader: RequirementsReader,
) -> None:
    """Adds what a project requires to the reader's draft, and every fault that is found."""
    _Project(document, kind, reader, reader.draft).read(selection)


class _Project(msgspec.Struct):
    document: Document
    kind: OriginKind
    reader: RequirementsReader
    draft: Draft
    _read_lists: set[tuple[Path, str]] = msgspec.field(default_factory=set)

    def read(self, selection: Selection) -> None:
        if not self.document.table("project") and not selection.groups:
            self._refuse(_without_project(self.document))
            return
        self._read_requires_python()
        self._read_dependencies()
        for extra in selection.extras:
            self._read_extra(extra, _Route())
        for group in selection.groups:
            self._read_group(group, _Route())
        self._note_tool_tables()

    def _read_requires_python(self) -> None:
        text = self.document.table("project").get("requires-python")
        if text is None:
            return
        if isinstance(text, str) and _is_specifier(text):
            self.draft.requires_python.append(text)
        else:
            place = ("project", "requires-python")
            self._refuse(_Misplaced(place, "is not a version specifier (PEP 440)", str(text)))

    def _read_dependencies(self) -> None:
        if "dependencies" in self._dynamic():
            self._read_dynamic("dependencies", (*_SETUPTOOLS, "dependencies"))
        else:
            items = self.document.table("project").get("dependencies", [])
            self._read_list(items, ("project", "dependencies"), _Route())

    def _read_extra(self, extra: str, route: _Route) -> None:
        """PEP 685: names of extras are compared in their normalized form."""
        dynamic = "optional-dependencies" in self._dynamic()
        table = (*(_SETUPTOOLS if dynamic else ("project",)), "optional-dependencies")
        extras = self.document.table(*table)
        written = _spelling(extras, extra)
        if written is None:
            self._refuse(_unknown(f"no extra {extra!r}", "extras", extras, table))
        elif dynamic:
            self._read_dynamic("optional-dependencies", (*table, written))
        elif written not in route.names:
            self._read_list(extras[written], (*table, written), route.onward(written))

    def _read_group(self, group: str, route: _Route) -> None:
        """PEP 735: a group holds requirements and includes of other groups."""
        groups = self.document.table(*_GROUPS)
        written = _spelling(groups, group)
        if written is None:
            self._refuse(_unknown(f"no group {group!r}", "dependency groups", groups, _GROUPS))
        elif written in route.names:
            cycle = " → ".join((*route.names[route.names.index(written) :], written))
            self._refuse(_Misplaced((*_GROUPS, written), f"the group includes itself: {cycle}"))
        else:
            self._read_list(groups[written], (*_GROUPS, written), route.onward(written))

    def _read_list(self, items: object, place: Path, route: _Route) -> None:
        """Reads an array once for each marker that leads to it."""
        if (place, str(route.marker)) in self._read_lists:
            return
        if not isinstance(items, list):
            self._refuse(_Misplaced(place, "has to be an array of requirements"))
            return
        for index, item in enumerate(items):
            self._read_item(item, (*place, index), route)
        self._read_lists.add((place, str(route.marker)))

    def _read_item(self, item: object, place: Path, route: _Route) -> None:
        match item:
            case str():
                self._read_entry(_Entry(item, place, route))
            case {"include-group": str(group), **others} if place[0] in _GROUPS and not others:
                self._read_group(group, route)
            case _:
                self._refuse(_Misplaced(place, "is not a requirement", str(item)))

    def _read_entry(self, entry: _Entry) -> None:
        try:
            asked = parse_standard(entry.text, self.reader.workspace)
        except Refused as refused:
            self._refuse(_Misplaced(entry.place, refused.reason, entry.text))
            return
        asked = replace(asked, marker=_both(entry.route.marker, asked.marker))
        if asked.url is None and asked.name == self._name():
            self._read_self(asked, entry.route)
        else:
            self._add(asked, entry)

    def _read_self(self, asked: Asked, route: _Route) -> None:
        """``project[extra]`` in the project's own lists stands for the extra's requirements."""
        for extra in sorted(asked.extras):
            self._read_extra(extra, replace(route, marker=asked.marker))

    def _add(self, asked: Asked, entry: _Entry) -> None:
        origin = Origin(self.kind, self.document.path, self.document.line(*entry.place))
        self.draft.add(asked.root(entry.text.strip(), origin))

    def _dynamic(self) -> Sequence[Any]:
        dynamic = self.document.table("project").get("dynamic", [])
        return dynamic if isinstance(dynamic, list) else []

    def _read_dynamic(self, what: str, place: tuple[str, ...]) -> None:
        """setuptools can take dependencies from requirements files; nobody else's are known."""
        files = self.document.table(*place).get("file")
        paths = [files] if isinstance(files, str) else files
        if not isinstance(paths, list) or not paths:
            text = f"{what} {_DYNAMIC}"
            self._refuse(_Misplaced(("project", "dynamic"), text))
            return
        directory = os.path.dirname(self.document.path)
        for path in map(str, paths):
            self.reader.read(os.path.normpath(os.path.join(directory, path)), self.kind)

    def _note_tool_tables(self) -> None:
        uv = self.document.table("tool", "uv")
        for name in ("sources", "constraint-dependencies", "override-dependencies"):
            if name in uv:
                line = self.document.line("tool", "uv", name)
                text = f"[tool.uv] {name} is not taken into account"
                self.draft.note(self.document.path, line, text)

    def _name(self) -> str | None:
        name = self.document.table("project").get("name")
        return canonicalize_name(name) if isinstance(name, str) else None

    def _refuse(self, fault: _Misplaced) -> None:
        line = self.document.line(*fault.place)
        self.draft.refuse(self.document.path, line, fault.text, fault.reason)


_SETUPTOOLS = ("tool", "setuptools", "dynamic")
_GROUPS = ("dependency-groups",)


def _without_project(document: Document) -> _Misplaced:
    if document.table("tool", "poetry"):
        place = ("tool", "poetry", "dependencies")
        return _Misplaced(place if document.table(*place) else place[:2], _POETRY)
    if groups := document.table("dependency-groups"):
        names = ", ".join(map(str, groups))
        return _Misplaced(_GROUPS, f"{_NO_PROJECT}; it has dependency groups to choose: {names}")
    return _Misplaced((), _NO_PROJECT)


def _is_specifier(text: str) -> bool:
    try:
        check_versions(SpecifierSet(text))
    except ValueError:
        return False
    return True


def _spelling(table: Mapping[str, object], name: str) -> str | None:
    """The key of `table` that is `name` but for its spelling (PEP 503)."""
    wanted = canonicalize_name(name)
    return next((key for key in table if canonicalize_name(key) == wanted), None)


def _unknown(problem: str, what: str, table: Mapping[str, object], place: Path) -> _Misplaced:
    known = f"there are: {', '.join(table)}" if table else f"it has no {what}"
    return _Misplaced(place, f"{problem}; {known}")


def _both(outer: Marker | None, inner: Marker | None) -> Marker | None:
    if outer is None or inner is None:
        return inner or outer
    return outer & inner
