"""What an index says, and the one narrow seam through which it is asked."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import msgspec

from conflictlens.names import NormalizedName

if TYPE_CHECKING:
    from packaging.version import Version


class DistributionKind(StrEnum):
    WHEEL = "wheel"
    SDIST = "sdist"


class Distribution(msgspec.Struct, frozen=True, gc=False):
    """One file of a release.

    `yanked` is None for a file that is not yanked (PEP 592), else the reason, which may be
    empty. `upload_time` is in UTC, None where the index does not tell (PEP 700 makes it
    optional for HTML). `has_metadata` is True where PEP 658/714 announce a ``.metadata``
    file, False where it is said to be missing, None where nothing is said. `sha256` is
    lower-case hexadecimal. `local` marks a file from ``--find-links`` or a path.
    `metadata_sha256` is the announced hash of the ``.metadata`` file.
    """

    project: NormalizedName
    version: Version
    filename: str
    url: str
    kind: DistributionKind
    requires_python: str | None = None
    upload_time: datetime | None = None
    yanked: str | None = None
    has_metadata: bool | None = None
    sha256: str | None = None
    size: int | None = None
    local: bool = False
    metadata_sha256: str | None = None


class Project(msgspec.Struct, frozen=True):
    """All files of a project that the indexes list; empty and not `found`: no index has it."""

    name: NormalizedName
    distributions: tuple[Distribution, ...] = ()
    found: bool = True


class Provenance(StrEnum):
    """How far a distribution's dependencies can be trusted.

    STATIC: the METADATA of a wheel, or an sdist's PKG-INFO whose dependencies are static
    (PEP 643). DECLARED: what setuptools wrote into ``*.egg-info/requires.txt``, or an older
    PKG-INFO, or what a wheel for another target says of the same release; a build could say
    otherwise.
    """

    STATIC = "static"
    DECLARED = "declared"


class Metadata(msgspec.Struct, frozen=True):
    """Core metadata of one distribution, as text: what dependencies need, nothing more.

    `source` is the URL it was read from, password masked. `wheel` is set where a file does not
    say what it needs and this wheel of its release, for another target, stands in for it.
    """

    name: str
    version: str
    requires_dist: tuple[str, ...] = ()
    provides_extra: tuple[str, ...] = ()
    requires_python: str | None = None
    source: str = ""
    provenance: Provenance = Provenance.STATIC
    wheel: str = ""


class UnknownMetadata(msgspec.Struct, frozen=True):
    """The dependencies can't be had without running a build; `reason` is a clause for a note."""

    reason: str
    source: str = ""


class UncheckedReference(msgspec.Struct, frozen=True):
    """A direct URL or path whose metadata can't be had; `reason` is a clause for a note.

    `unusable`: nobody can install from it, since on this machine's disk there is no such file, or
    one that is no distribution.
    """

    reference: str
    reason: str
    unusable: bool = False


class IndexStats(msgspec.Struct):
    """Work done for one answer: network requests, bytes received, files whose metadata was read."""

    requests: int = 0
    bytes: int = 0
    projects: int = 0
    metadata: int = 0
    notes: list[str] = msgspec.field(default_factory=list)


class Index(Protocol):
    """The seam to the world. Answers never change within one instance's life.

    Raises `errors.IndexFailure` when an answer can't be had; a project that does not exist
    and metadata that can't be known are values.
    """

    @property
    def stats(self) -> IndexStats: ...

    def project(self, name: NormalizedName) -> Project:
        """All files of a project, in no particular order."""
        ...

    def metadata(self, distribution: Distribution) -> Metadata | UnknownMetadata:
        """The dependencies of one file of this index."""
        ...

    def reference(self, url: str) -> tuple[Distribution, Metadata] | UncheckedReference:
        """The one distribution behind a direct URL or path."""
        ...

    def prefetch(
        self, names: Iterable[NormalizedName] = (), distributions: Iterable[Distribution] = ()
    ) -> None:
        """A hint that these will be asked for; returns at once, never raises, changes no answer."""
        ...


@runtime_checkable
class DerivedStore(Protocol):
    """What an index is as well if it can keep what was worked out from its answers.

    An index that has its answers at hand, or one that records them, is none.
    """

    def derived(self, name: NormalizedName, key: str) -> bytes | None:
        """What `keep_derived` was given for this project and key, in this run or an earlier one.

        None unless `project` would answer now exactly as it did when that was worked out.
        """
        ...

    def keep_derived(self, name: NormalizedName, key: str, content: bytes) -> None:
        """Offer what was worked out from the answer of `project`; an index may forget it."""
        ...
