"""Assessed releases as bytes, so that a warm answer reads no page and parses next to nothing.

Going through a page's files costs more than everything that is asked of them later: tensorflow's
closure lists 49,000, of which 4,300 stand for a version. What the assessor made of a page holds
as long as the page, the target and the policy are the same, so it is kept with the page (see
`DerivedStore`). Versions and files are restored one by one, when they are looked at: masks
answer most questions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Generic, TypeVar, overload

import msgspec

from conflictlens import __version__
from conflictlens.digest import blake2b
from conflictlens.index.records import Distribution
from conflictlens.names import NormalizedName
from conflictlens.problem.admission import Admission
from conflictlens.problem.kept import KeptFile, KeptReleases
from conflictlens.problem.releases import Exclusion, Releases
from conflictlens.target import Target

if TYPE_CHECKING:
    from packaging.version import Version

T = TypeVar("T")
K = TypeVar("K")

FORM = 5
"""Changes with what is kept between two releases; a release starts anew in any case."""


def assessment_key(target: Target, policy: Admission, *, any_python: bool = False) -> str:
    """What the assessment of a page, and of the metadata of its files, depends on besides them."""
    import packaging

    before = policy.uploaded_before
    parts = (
        f"{FORM} {any_python} {__version__} {packaging.__version__}",
        target.python_full_version,
        *(f"{name}={value}" for name, value in sorted(target.markers.items())),
        repr(target.tag_source),
        before.isoformat() if before else "",
        ",".join(sorted(policy.only_binary)),
        ",".join(sorted(policy.no_binary)),
    )
    return blake2b("\n".join(parts).encode(), digest_size=12).hexdigest()


class Lazy(Sequence[T], Generic[T]):
    """A sequence whose items are made when they are first looked at."""

    def __init__(self, count: int, make: Callable[[int], T]) -> None:
        self._make = make
        self._count = count
        self._items: dict[int, T] = {}

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, place: int) -> T: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[T]: ...
    def __getitem__(self, place: int | slice) -> T | Sequence[T]:
        if isinstance(place, slice):
            return [self[index] for index in range(*place.indices(len(self)))]
        item = self._items.get(place)
        if item is None:
            if not -self._count <= place < self._count:
                raise IndexError(place)
            item = self._items[place] = self._make(place if place >= 0 else place + self._count)
        return item


_ASSESSED = msgspec.msgpack.Decoder(KeptReleases)

Files = tuple[Sequence[Distribution], Sequence[Distribution]]
"""The files that stand for versions, and those that came too late."""


def encode(releases: Releases) -> bytes:
    """All but the files, which few questions are about."""
    return msgspec.msgpack.encode(
        KeptReleases(
            releases.found,
            [str(version) for version in releases.versions],
            _all_as_bytes(releases.excluded),
            _all_as_bytes(releases.withheld),
            len(releases.late),
            _as_bytes(releases.source_only),
            _as_bytes(releases.unsuited),
        )
    )


def decode(
    name: NormalizedName,
    content: bytes | msgspec.Raw,
    masks: Mapping[str, bytes],
    load: Callable[[], Files],
) -> Releases:
    """The releases that were encoded, and masks of specifiers that were asked for.

    `load` is called once if a file is asked for. Raises `msgspec.MsgspecError` for content that
    is anything else.
    """
    stored = _ASSESSED.decode(content)
    loaded: list[Files] = []

    def files() -> Files:
        if not loaded:
            loaded.append(load())
        return loaded[0]

    def version(place: int) -> Version:
        from packaging.version import Version

        return Version(stored.versions[place])

    return Releases(
        name,
        Lazy(len(stored.versions), version),
        Lazy(len(stored.versions), lambda place: files()[0][place]),
        stored.found,
        _as_masks(stored.excluded),
        _as_masks(stored.withheld),
        Lazy(stored.late, lambda place: files()[1][place]),
        _as_mask(stored.source_only),
        _as_mask(stored.unsuited),
        _kept_masks=masks,
        _texts=stored.versions,
    )


def encode_files(releases: Releases) -> bytes:
    """The files of releases."""
    return msgspec.msgpack.encode((_rows(releases.distributions), _rows(releases.late)))


def decode_files(name: NormalizedName, content: bytes) -> Files:
    """The files that were encoded; raises `msgspec.MsgspecError` for anything else."""
    standing, late = msgspec.msgpack.decode(content, type=tuple[list[KeptFile], list[KeptFile]])
    return _files(name, standing), _files(name, late)


def _rows(files: Iterable[Distribution]) -> list[KeptFile]:
    rows = []
    for file in files:
        _, version, *rest = msgspec.structs.astuple(file)
        rows.append(KeptFile(str(version), *rest))
    return rows


def _files(name: NormalizedName, rows: Sequence[KeptFile]) -> Lazy[Distribution]:
    from packaging.version import Version

    def make(place: int) -> Distribution:
        version, *rest = msgspec.structs.astuple(rows[place])
        return Distribution(name, Version(version), *rest)

    return Lazy(len(rows), make)


def masks_as_bytes(releases: Releases) -> dict[str, bytes]:
    """The masks of specifiers, as `decode` takes them."""
    return _all_as_bytes(releases.masks)


def _all_as_bytes(masks: Mapping[K, int]) -> dict[K, bytes]:
    return {key: _as_bytes(mask) for key, mask in masks.items()}


def _as_bytes(mask: int) -> bytes:
    return mask.to_bytes((mask.bit_length() + 7) // 8, "little")


def _as_masks(encoded: Mapping[Exclusion, bytes]) -> dict[Exclusion, int]:
    return {reason: _as_mask(mask) for reason, mask in encoded.items()}


def _as_mask(encoded: bytes) -> int:
    return int.from_bytes(encoded, "little")
