"""Core metadata (METADATA, PKG-INFO) as far as dependencies go.

Only the headers are looked at: the long description after the first blank line is never read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from conflictlens.index.records import Metadata, Provenance
from conflictlens.names import NormalizedName, canonicalize_name

_END_OF_HEADERS = re.compile(rb"\r?\n\r?\n")
_METADATA = re.compile(r"[^/]+\.dist-info/METADATA")
_WANTED = frozenset(
    (
        "metadata-version",
        "name",
        "version",
        "requires-dist",
        "provides-extra",
        "requires-python",
        "dynamic",
    )
)
_DEPENDENCY_FIELDS = frozenset(("requires-dist", "provides-extra", "requires-python"))


class CoreMetadata(msgspec.Struct, frozen=True):
    """The fields of one file, as text; `dynamic` in lower case, duplicates left out."""

    metadata_version: str
    name: str
    version: str
    requires_dist: tuple[str, ...] = ()
    provides_extra: tuple[str, ...] = ()
    requires_python: str | None = None
    dynamic: frozenset[str] = frozenset()

    @property
    def dependencies_are_static(self) -> bool:
        """PEP 643: from version 2.2 on, what is not marked Dynamic will be so in every wheel."""
        major, _, minor = self.metadata_version.partition(".")
        if not (major.isdigit() and minor.isdigit()) or (int(major), int(minor)) < (2, 2):
            return False
        return not self.dynamic & _DEPENDENCY_FIELDS

    def as_metadata(self, source: str, provenance: Provenance = Provenance.STATIC) -> Metadata:
        return Metadata(
            self.name,
            self.version,
            self.requires_dist,
            self.provides_extra,
            self.requires_python,
            source,
            provenance,
        )


def parse_core_metadata(content: bytes) -> CoreMetadata | None:
    """The metadata in `content`, or None where it has no name and version, so is something else.

    The specification says UTF-8; old files hold other encodings in fields that are of no
    interest here, so what can't be decoded is replaced.
    """
    fields = _fields(_headers(content).decode("utf-8", "replace"))
    name, version = fields.get("name"), fields.get("version")
    if not name or not version:
        return None
    return CoreMetadata(
        metadata_version=fields.get("metadata-version", ["1.0"])[0],
        name=name[0],
        version=version[0],
        requires_dist=_distinct(fields.get("requires-dist", [])),
        provides_extra=_distinct(fields.get("provides-extra", [])),
        requires_python=next(iter(_distinct(fields.get("requires-python", []))), None),
        dynamic=frozenset(value.lower() for value in fields.get("dynamic", [])),
    )


def _headers(content: bytes) -> bytes:
    content = content.removeprefix(b"\xef\xbb\xbf")
    end = _END_OF_HEADERS.search(content)
    return content[: end.start()] if end else content


def _fields(headers: str) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    values: list[str] | None = None
    for line in headers.replace("\r\n", "\n").split("\n"):
        if line[:1] in (" ", "\t"):
            # A folded line (RFC 822) belongs to the field before it.
            if values:
                values[-1] += " " + line.strip()
            continue
        name, colon, value = line.partition(":")
        key = name.strip().lower()
        values = fields.setdefault(key, []) if colon and key in _WANTED else None
        if values is not None:
            values.append(value.strip())
    return fields


def _distinct(values: list[str]) -> tuple[str, ...]:
    """Each value once; "UNKNOWN" is how old tools wrote an empty one."""
    return tuple(dict.fromkeys(value for value in values if value not in ("", "UNKNOWN")))


def is_metadata(name: str) -> bool:
    """Whether a member of a wheel has the place of METADATA."""
    return name.endswith("/METADATA") and _METADATA.fullmatch(name) is not None


def is_own_metadata(name: str, project: NormalizedName) -> bool:
    """Whether it is in the ``.dist-info`` folder that bears the project's name."""
    return is_metadata(name) and canonicalize_name(name.partition("-")[0]) == project


def metadata_member(names: Iterable[str], project: NormalizedName) -> str | None:
    """METADATA of the wheel's own ``.dist-info`` folder; of its only one if none has its name."""
    found = [name for name in names if is_metadata(name)]
    own = [name for name in found if is_own_metadata(name, project)]
    return next(iter(own or (found if len(found) == 1 else [])), None)
