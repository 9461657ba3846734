"""Room for files: in the environment, for temporary files, and in pip's cache."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress

import msgspec

from conflictlens.doctor.environment import Refused, Written, existing, written
from conflictlens.doctor.inside import Inside
from conflictlens.doctor.records import Check, CheckId, State, Value

MEGABYTE = 1_000_000
FULL = 100 * MEGABYTE
"""Less than this, and a handful of common packages does not fit."""
LOW = 1_000 * MEGABYTE
"""The scientific packages take this much, while pip unpacks them."""
_FEW_FILES = 5_000
_TRIED = b"\0" * MEGABYTE
"""So much is written to see whether a quota stands against it."""


class Room(msgspec.Struct, frozen=True):
    """What is free where `path` is; `files` is None where the file system has no limit."""

    what: str
    path: str
    free: int
    files: int | None = None


class NoRoom(msgspec.Struct, frozen=True):
    """It could not be found out."""

    what: str
    path: str
    reason: str


def probe_temp() -> Written | Refused:
    """Whether temporary files can be written: to TMPDIR, TEMP, TMP, or the system's folder."""
    try:
        folder = tempfile.gettempdir()
    except OSError as error:
        return Refused("TMPDIR", error.strerror or str(error))
    return written(folder, _TRIED)


def judge_temp(temp: Written | Refused) -> Check:
    match temp:
        case Written(path):
            return Check(CheckId.TEMP, State.TEMP_USABLE, {"path": path})
        case Refused(path, reason):
            return Check(CheckId.TEMP, State.TEMP_DENIED, {"path": path, "reason": reason})


def probe_disk(inside: Inside, environ: Mapping[str, str]) -> tuple[Room | NoRoom, ...]:
    places = {"environment": inside.purelib, "pip's cache": pip_cache(environ)}
    # Where there is none, `judge_temp` tells it.
    with suppress(OSError):
        places["temporary files"] = tempfile.gettempdir()
    return tuple(_room(what, path) for what, path in places.items())


def pip_cache(environ: Mapping[str, str]) -> str:
    """Where pip keeps what it has loaded."""
    if named := environ.get("PIP_CACHE_DIR"):
        return os.path.expanduser(named)
    from platformdirs import user_cache_dir

    return user_cache_dir("pip", appauthor=False)


def _room(what: str, path: str) -> Room | NoRoom:
    folder = existing(path)
    try:
        free = shutil.disk_usage(folder).free
        return Room(what, path, free, _files(folder))
    except OSError as error:
        return NoRoom(what, path, error.strerror or str(error))


def _files(folder: str) -> int | None:
    """How many more files there can be; Windows and some file systems know no such limit."""
    if not hasattr(os, "statvfs"):
        return None
    status = os.statvfs(folder)
    return status.f_favail if status.f_files else None


def judge_disk(places: Sequence[Room | NoRoom]) -> Check:
    """By the place with the least room."""
    rooms = [place for place in places if isinstance(place, Room)]
    for room in rooms:
        if room.files is not None and room.files < _FEW_FILES:
            return Check(CheckId.DISK, State.DISK_FILES, _facts(room) | {"files": room.files})
    if not rooms:
        reason = next((place.reason for place in places if isinstance(place, NoRoom)), "")
        return Check(CheckId.DISK, State.DISK_UNKNOWN, {"reason": reason})
    least = min(rooms, key=lambda room: room.free)
    state = State.DISK_ENOUGH
    if least.free < LOW:
        state = State.DISK_FULL if least.free < FULL else State.DISK_LOW
    return Check(CheckId.DISK, state, _facts(least))


def _facts(room: Room) -> dict[str, Value]:
    return {"what": room.what, "path": room.path, "free_bytes": room.free}
