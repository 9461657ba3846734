"""What is kept of a project between two answers, field by field.

Without ``from __future__ import annotations``, as the only modules: msgspec compiles annotations
that are text, and the first thing that a process compiles takes Python longer than all of its
modules' records do to be made.
"""

from datetime import datetime

import msgspec

from conflictlens.index.records import DistributionKind
from conflictlens.problem.releases import Exclusion


class KeptFile(msgspec.Struct, array_like=True, gc=False):
    """The fields of `Distribution` in their order, its project apart."""

    version: str
    filename: str
    url: str
    kind: DistributionKind
    requires_python: str | None
    upload_time: datetime | None
    yanked: str | None
    has_metadata: bool | None
    sha256: str | None
    size: int | None
    local: bool
    metadata_sha256: str | None


class KeptReleases(msgspec.Struct, array_like=True):
    """`Releases` without their files; masks are little-endian bytes."""

    found: bool
    versions: list[str]
    excluded: dict[Exclusion, bytes]
    withheld: dict[Exclusion, bytes]
    late: int
    source_only: bytes
    unsuited: bytes


class KeptFacts(msgspec.Struct, array_like=True):
    """`ReleaseFacts` that are not unknown; dependencies by their number in the record."""

    dependencies: list[int]
    unusable: Exclusion | None
    declared: bool
    source: str
    requires_python: str | None
    lacks_extra: bool
    wheel: str
    invalid: str


class KeptRecord(msgspec.Struct, array_like=True):
    """A record; `facts` by ``bit`` or ``bit[extra]``, masks as little-endian bytes."""

    releases: msgspec.Raw
    masks: dict[str, bytes]
    dependencies: list[msgspec.Raw]
    facts: dict[str, msgspec.Raw]
