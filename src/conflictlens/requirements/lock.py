"""``pylock.toml`` (PEP 751): each package of a lock file becomes a requirement of its version."""

from __future__ import annotations

import os
import re
from collections.abc import Collection

from packaging.markers import Marker
from packaging.pylock import Package, Pylock, PylockValidationError
from packaging.utils import canonicalize_name, parse_sdist_filename, parse_wheel_filename

from conflictlens.requirements.draft import Draft
from conflictlens.requirements.pep508 import Refused, parse_pep508
from conflictlens.requirements.records import Origin, OriginKind
from conflictlens.requirements.references import file_url
from conflictlens.requirements.selection import Selection
from conflictlens.requirements.toml_document import Document
from conflictlens.requirements.workspace import Workspace

# `"test" in extras`, as packaging writes it.
_MEMBERSHIP = re.compile(
    r'"(?P<name>[^"]*)" (?P<operator>not in|in) (?P<set>extras|dependency_groups)\b'
)
_TRUE, _FALSE = 'python_version >= "0"', 'python_version < "0"'


def read_lock(
    document: Document, kind: OriginKind, selection: Selection, workspace: Workspace, draft: Draft
) -> None:
    """Adds the locked packages of the chosen extras and groups to the draft."""
    try:
        lock = Pylock.from_dict(document.data)
    except PylockValidationError as error:
        reason = f"is not a lock file that can be read (PEP 751): {error}"
        draft.refuse(document.path, _faulty_line(document, error.context), "", reason)
        return
    if lock.requires_python is not None:
        draft.requires_python.append(str(lock.requires_python))
    if not _known(document, lock, selection, draft):
        return
    for index, package in enumerate(lock.packages):
        origin = Origin(kind, document.path, document.line("packages", index))
        _read_package(package, origin, _Chosen(lock, selection), workspace, draft)


class _Chosen:
    """The extras and groups that markers of packages ask about."""

    def __init__(self, lock: Pylock, selection: Selection) -> None:
        groups = selection.groups or tuple(lock.default_groups or ())
        self.sets: dict[str, Collection[str]] = {
            "extras": {canonicalize_name(extra) for extra in selection.extras},
            "dependency_groups": {canonicalize_name(group) for group in groups},
        }

    def decide(self, marker: Marker) -> str:
        """`marker` as text, with its questions about extras and groups answered."""
        return _MEMBERSHIP.sub(self._answer, str(marker))

    def _answer(self, match: re.Match[str]) -> str:
        held = canonicalize_name(match["name"]) in self.sets[match["set"]]
        return _TRUE if held == (match["operator"] == "in") else _FALSE


def _read_package(
    package: Package, origin: Origin, chosen: _Chosen, workspace: Workspace, draft: Draft
) -> None:
    marker = "" if package.marker is None else chosen.decide(package.marker)
    if marker == _FALSE:
        return
    what = _requirement(package, origin, workspace)
    # In PEP 508 a blank has to stand between a URL and the semicolon.
    text = what if marker in ("", _TRUE) else f"{what} ; {marker}"
    try:
        draft.add(parse_pep508(text).root(text, origin))
    except Refused as refused:
        draft.refuse(origin.path or "", origin.line, text, refused.reason)


def _requirement(package: Package, origin: Origin, workspace: Workspace) -> str:
    if (url := _direct_url(package, origin, workspace)) is not None:
        return f"{package.name} @ {url}"
    return f"{package.name}=={package.version or _version_of_files(package)}"


def _direct_url(package: Package, origin: Origin, workspace: Workspace) -> str | None:
    """The one source of a package that comes from no index; paths are relative to the lock."""
    base = os.path.dirname(origin.path or "")

    def located(url: str | None, path: str | None) -> str:
        return url or file_url(workspace.absolute(os.path.join(base, path or "")))

    if (vcs := package.vcs) is not None:
        return f"{vcs.type}+{located(vcs.url, vcs.path)}@{vcs.commit_id}"
    if (archive := package.archive) is not None:
        return located(archive.url, archive.path)
    if (directory := package.directory) is not None:
        return located(None, directory.path)
    return None


def _version_of_files(package: Package) -> str:
    if package.wheels:
        return str(parse_wheel_filename(package.wheels[0].filename)[1])
    assert package.sdist is not None, "a package without direct source has files"
    return str(parse_sdist_filename(package.sdist.filename)[1])


def _known(document: Document, lock: Pylock, selection: Selection, draft: Draft) -> bool:
    known_extras = list(lock.extras or ())
    known_groups = [*(lock.dependency_groups or ()), *(lock.default_groups or ())]
    faults = [
        *_unknown(selection.extras, known_extras, "extra"),
        *_unknown(selection.groups, known_groups, "dependency group"),
    ]
    for fault in faults:
        draft.refuse(document.path, None, "", fault)
    return not faults


def _unknown(chosen: Collection[str], known: Collection[str], what: str) -> list[str]:
    there = f"there are: {', '.join(known)}" if known else f"it has no {what}s"
    names = {canonicalize_name(name) for name in known}
    return [
        f"no {what} {name!r}; {there}" for name in chosen if canonicalize_name(name) not in names
    ]


def _faulty_line(document: Document, context: str | None) -> int | None:
    """packaging names the place of a fault as in ``packages[3].wheels[0].hashes``."""
    parts = re.findall(r"[^.\[\]]+", context or "")
    return document.line(*(int(part) if part.isdigit() else part for part in parts))
