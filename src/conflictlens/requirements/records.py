"""What a user asks for, with the place where it is written."""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec

from conflictlens.names import NormalizedName

if TYPE_CHECKING:
    # Takes longer to load than a small answer takes to find.
    from packaging.markers import Marker
    from packaging.specifiers import SpecifierSet


class OriginKind(StrEnum):
    """Where a root comes from; the value stands in the JSON."""

    REQUIREMENT = "requirement"
    CONSTRAINT = "constraint"
    ARGUMENT = "argument"
    TARGET = "target"


class Origin(msgspec.Struct, frozen=True):
    """`path` as the user wrote it (``<stdin>`` for standard input), `line` 1-based.

    Both are None for an argument.
    """

    kind: OriginKind
    path: str | None = None
    line: int | None = None

    def __str__(self) -> str:
        if self.path is None:
            return str(self.kind)
        return self.path if self.line is None else f"{self.path}:{self.line}"


@lru_cache(maxsize=4096)
def _specifier(text: str) -> SpecifierSet:
    from packaging.specifiers import SpecifierSet

    return SpecifierSet(text)


class RootRequirement(msgspec.Struct, frozen=True):
    """A requirement or constraint that the user wrote, parsed once (PEP 508).

    `text` repeats what was written: continuation lines joined, comment, options such as
    ``--hash`` and surrounding blanks left off. `versions` is its specifier in packaging's
    spelling, which a warm answer need not take apart. `url` is set for a direct reference
    (``name @ url``, a VCS or file URL, a local path whose project is known).
    """

    text: str
    name: NormalizedName
    origin: Origin
    versions: str = ""
    extras: frozenset[NormalizedName] = frozenset()
    marker: Marker | None = None
    url: str | None = None
    hashes: tuple[str, ...] = ()
    editable: bool = False

    @property
    def specifier(self) -> SpecifierSet:
        return _specifier(self.versions)

    @property
    def is_constraint(self) -> bool:
        return self.origin.kind is OriginKind.CONSTRAINT


class UnnamedRoot(msgspec.Struct, frozen=True):
    """A URL or local path whose project is only known once its metadata was read."""

    text: str
    url: str
    origin: Origin
    extras: frozenset[NormalizedName] = frozenset()
    marker: Marker | None = None
    hashes: tuple[str, ...] = ()
    editable: bool = False


class IndexOptions(msgspec.Struct, frozen=True):
    """Options about indexes and distributions, from a requirements file or the command line.

    ``None`` and empty mean "not said". `only_binary` and `no_binary` hold normalized project
    names, or ``:all:``.
    """

    index_url: str | None = None
    extra_index_urls: tuple[str, ...] = ()
    find_links: tuple[str, ...] = ()
    no_index: bool = False
    pre: bool = False
    only_binary: frozenset[str] = frozenset()
    no_binary: frozenset[str] = frozenset()
    trusted_hosts: tuple[str, ...] = ()


class RequirementSet(msgspec.Struct, frozen=True):
    """All that was read, in the order in which it was written.

    `requires_python` is ``[project] requires-python`` where a pyproject.toml was read, or a lock
    file's; those of several files are joined by commas. `notes` are sentences about what was
    read but has no effect here, or not the one that it seems to have.
    """

    roots: tuple[RootRequirement | UnnamedRoot, ...]
    constraints: tuple[RootRequirement, ...] = ()
    options: IndexOptions = IndexOptions()
    requires_python: str | None = None
    notes: tuple[str, ...] = ()
