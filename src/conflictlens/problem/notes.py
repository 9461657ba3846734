"""Things that a reader should know about an answer without being part of it."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class NoteKind(StrEnum):
    """The closed set of kinds; the value stands in the JSON."""

    REQUIREMENTS = "requirements"
    SOURCE_ONLY = "source-only"
    DECLARED_METADATA = "declared-metadata"
    UNKNOWN_METADATA = "unknown-metadata"
    UNCHECKED_REFERENCE = "unchecked-reference"
    NOT_FOR_TARGET = "not-for-target"
    INVALID_METADATA = "invalid-metadata"
    MISSING_EXTRA = "missing-extra"
    REQUIRES_PYTHON = "requires-python"
    PRERELEASE = "pre-release"
    YANKED = "yanked"
    UPLOAD_TIME = "upload-time"
    BUDGET = "budget"
    INDEX = "index"


class Note(msgspec.Struct, frozen=True):
    """One remark; `text` is a full sentence without markup, names and versions unescaped."""

    kind: NoteKind
    text: str
