"""Assessed releases as bytes, so that a warm answer reads no page and parses next to nothing.

Going through a page's files costs more than everything that is asked of them later: tensorflow's
closure lists 49,000, of which 4,300 stand for a version. What the assessor made of a page holds
as long as the page, the target and the policy are the same, so it is kept with the page (see
`DerivedStore`). Versions and files are restored one by one, when they are looked at: masks
answer most questions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Generic, TypeVar, overload

import msgspec
from packaging.utils import NormalizedName
from packaging.version import Version

from conflictlens.index.records import Distribution, DistributionKind
from conflictlens.problem.admission import Admission
from conflictlens.problem.releases import Exclusion, Releases
from conflictlens.target import Target

T = TypeVar("T")
K = TypeVar("K")

FORM = 1
"""Changes with what is kept, and with how files are assessed and metadata is read."""


def assessment_key(target: Target, policy: Admission) -> str:
    """What the assessment of a page, and of the metadata of its files, depends on besides them."""
    before = policy.uploaded_before
    parts = (
        str(FORM),
        target.python_full_version,
        *(f"{name}={value}" for name, value in sorted(target.markers.items())),
        *map(str, target.tags),
        before.isoformat() if before else "",
        ",".join(sorted(policy.only_binary)),
        ",".join(sorted(policy.no_binary)),
    )
    return blake2b("\n".join(parts).encode(), digest_size=12).hexdigest()


class Lazy(Sequence[T], Generic[T]):
    """A sequence whose items are made when they are first looked at."""

    def __init__(self, count: int, make: Callable[[int], T]) -> None:
        self._make = make
        self._items: list[T | None] = [None] * count

    def __len__(self) -> int:
        return len(self._items)

    @overload
    def __getitem__(self, place: int) -> T: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[T]: ...
    def __getitem__(self, place: int | slice) -> T | Sequence[T]:
        if isinstance(place, slice):
            return [self[index] for index in range(*place.indices(len(self)))]
        item = self._items[place]
        if item is None:
            item = self._items[place] = self._make(place if place >= 0 else place + len(self))
        return item


class _File(msgspec.Struct, array_like=True, gc=False):
    """The fields of `Distribution`, its project and version apart."""

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


class _Assessed(msgspec.Struct, array_like=True):
    """`Releases`; masks are little-endian bytes, and files stay undecoded until one is wanted."""

    found: bool
    versions: list[str]
    files: msgspec.Raw
    excluded: dict[Exclusion, bytes]
    withheld: dict[Exclusion, bytes]
    late_versions: list[str]
    late: msgspec.Raw
    source_only: bytes


_ASSESSED = msgspec.msgpack.Decoder(_Assessed)
_FILES = msgspec.msgpack.Decoder(list[_File])


def encode(releases: Releases) -> bytes:
    return msgspec.msgpack.encode(
        _Assessed(
            releases.found,
            [str(version) for version in releases.versions],
            _encoded_files(releases.distributions),
            _all_as_bytes(releases.excluded),
            _all_as_bytes(releases.withheld),
            [str(file.version) for file in releases.late],
            _encoded_files(releases.late),
            _as_bytes(releases.source_only),
        )
    )


def decode(
    name: NormalizedName, content: bytes | msgspec.Raw, masks: Mapping[str, bytes]
) -> Releases:
    """The releases that were encoded, and masks of specifiers that were asked for.

    Raises `msgspec.MsgspecError` for anything else.
    """
    stored = _ASSESSED.decode(content)
    versions = _versions(stored.versions)
    return Releases(
        name,
        versions,
        _files(name, versions, stored.files),
        stored.found,
        _as_masks(stored.excluded),
        _as_masks(stored.withheld),
        _files(name, _versions(stored.late_versions), stored.late),
        int.from_bytes(stored.source_only, "little"),
        _kept_masks=masks,
    )


def _encoded_files(files: Iterable[Distribution]) -> msgspec.Raw:
    fields = _File.__struct_fields__
    rows = [_File(*(getattr(file, field) for field in fields)) for file in files]
    return msgspec.Raw(msgspec.msgpack.encode(rows))


def _versions(texts: Sequence[str]) -> Lazy[Version]:
    return Lazy(len(texts), lambda place: Version(texts[place]))


def _files(
    name: NormalizedName, versions: Sequence[Version], content: msgspec.Raw
) -> Lazy[Distribution]:
    rows: list[_File] = []

    def make(place: int) -> Distribution:
        if not rows:
            rows.extend(_FILES.decode(content))
        row = rows[place]
        return Distribution(
            name,
            versions[place],
            row.filename,
            row.url,
            row.kind,
            row.requires_python,
            row.upload_time,
            row.yanked,
            row.has_metadata,
            row.sha256,
            row.size,
            row.local,
            row.metadata_sha256,
        )

    return Lazy(len(versions), make)


def masks_as_bytes(releases: Releases) -> dict[str, bytes]:
    """The masks of specifiers, as `decode` takes them."""
    return _all_as_bytes(releases.masks)


def _all_as_bytes(masks: Mapping[K, int]) -> dict[K, bytes]:
    return {key: _as_bytes(mask) for key, mask in masks.items()}


def _as_bytes(mask: int) -> bytes:
    return mask.to_bytes((mask.bit_length() + 7) // 8, "little")


def _as_masks(encoded: Mapping[Exclusion, bytes]) -> dict[Exclusion, int]:
    return {reason: int.from_bytes(mask, "little") for reason, mask in encoded.items()}
