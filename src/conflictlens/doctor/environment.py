"""What an install changes: an environment of its own, or a Python that others use too."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Mapping

import msgspec

from conflictlens.doctor.inside import Inside
from conflictlens.doctor.records import Check, CheckId, State, Value
from conflictlens.index.pip_config import PipSettings

_CONTAINER_MARKS = ("/.dockerenv", "/run/.containerenv")


def in_container(marks: Iterable[str] = _CONTAINER_MARKS) -> bool:
    return any(map(os.path.exists, marks))


def judge_environment(inside: Inside, pip: PipSettings, *, container: bool) -> Check:
    """`pip` may be configured to install where it would not, or to refuse where it would."""
    if inside.is_virtual:
        state = State.VIRTUAL
    elif pip.require_virtualenv:
        state = State.VIRTUAL_REQUIRED
    elif inside.externally_managed and not pip.break_system_packages:
        state = State.EXTERNALLY_MANAGED
    elif inside.conda:
        state = State.CONDA_BASE if inside.conda_base else State.CONDA
    else:
        state = State.CONTAINER if container else State.SYSTEM
    return Check(CheckId.ENVIRONMENT, state, {"prefix": inside.prefix, "base": inside.base_prefix})


class Written(msgspec.Struct, frozen=True):
    """A folder that takes new files."""

    path: str


class Refused(msgspec.Struct, frozen=True):
    path: str
    reason: str


def written(path: str, content: bytes = b"") -> Written | Refused:
    """Really writes a file into the folder, or the one that it would be made in, and removes it."""
    folder = existing(path)
    try:
        with tempfile.TemporaryFile(dir=folder, prefix=".conflictlens-") as file:
            file.write(content)
            file.flush()
    except OSError as error:
        return Refused(path, error.strerror or str(error))
    return Written(path)


def existing(path: str) -> str:
    """`path`, or the nearest folder above it that is there."""
    while not os.path.lexists(path):
        above = os.path.dirname(path)
        if above == path:
            break
        path = above
    return path


class Target(msgspec.Struct, frozen=True):
    """The folders that pip would write to; `user` only where it may fall back to the user's."""

    folders: tuple[Written | Refused, ...]
    user: Written | Refused | None = None


def probe_target(inside: Inside, environ: Mapping[str, str]) -> Target:
    places = dict.fromkeys((inside.purelib, inside.platlib, inside.scripts))
    folders = tuple(map(written, places))
    falls_back = not inside.is_virtual and bool(inside.user_site)
    falls_back = falls_back and not environ.get("PYTHONNOUSERSITE")
    refused = any(isinstance(one, Refused) for one in folders)
    return Target(folders, written(inside.user_site) if refused and falls_back else None)


def judge_target(target: Target) -> Check:
    refused = next((one for one in target.folders if isinstance(one, Refused)), None)
    if refused is None:
        return Check(CheckId.TARGET, State.TARGET_WRITABLE, {"path": target.folders[0].path})
    facts: dict[str, Value] = {"path": refused.path, "reason": refused.reason}
    if isinstance(target.user, Written):
        return Check(CheckId.TARGET, State.TARGET_OF_USER, facts | {"user": target.user.path})
    return Check(CheckId.TARGET, State.TARGET_DENIED, facts)
