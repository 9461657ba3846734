"""An index made of plain facts, for documentation, tests and bug reports."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from packaging.version import Version

from conflictlens.errors import OfflineMiss
from conflictlens.index.records import (
    Distribution,
    DistributionKind,
    IndexStats,
    Metadata,
    Project,
    UncheckedReference,
    UnknownMetadata,
)
from conflictlens.names import NormalizedName, canonicalize_name

FILES = "https://index.example/files/"

_EXTRA = re.compile(r"""\bextra\s*==\s*["']([^"']+)["']""")


class MemoryIndex:
    """An `Index` that knows exactly the files it was given; every other project does not exist.

    >>> index = MemoryIndex.of({"a": {"1.0": ["b>=2", "c; extra == 'x'"]}, "b": {}})
    >>> [file] = index.project("a").distributions
    >>> file.filename
    'a-1.0-py3-none-any.whl'
    >>> index.metadata(file).requires_dist
    ('b>=2', "c; extra == 'x'")
    >>> index.project("b").found, index.project("c").found
    (True, False)

    `facts` pairs each file with what its metadata says, and `empty` names projects that
    exist without a file. `references` holds the distributions behind direct URLs; any other
    URL is an `UncheckedReference`.
    """

    def __init__(
        self,
        facts: Iterable[tuple[Distribution, Metadata | UnknownMetadata]] = (),
        references: Mapping[str, tuple[Distribution, Metadata]] | None = None,
        empty: Iterable[NormalizedName] = (),
    ) -> None:
        facts = tuple(facts)
        self._references = dict(references or {})
        self._files: dict[NormalizedName, list[Distribution]] = {name: [] for name in empty}
        for file, _ in facts:
            self._files.setdefault(file.project, []).append(file)
        self._metadata: dict[str, Metadata | UnknownMetadata] = {
            file.url: metadata for file, metadata in (*facts, *self._references.values())
        }
        self._asked: set[str] = set()
        self._stats = IndexStats()

    @classmethod
    def of(cls, universe: Mapping[str, Mapping[str, Sequence[str]]]) -> MemoryIndex:
        """An index of pure wheels: project → version → its Requires-Dist texts."""
        return cls(
            facts=(
                wheel(name, version, requires)
                for name, versions in universe.items()
                for version, requires in versions.items()
            ),
            empty=map(canonicalize_name, universe),
        )

    @property
    def stats(self) -> IndexStats:
        return self._stats

    def project(self, name: NormalizedName) -> Project:
        self._stats.projects += self._is_new(name)
        files = self._files.get(name)
        return Project(name, found=False) if files is None else Project(name, tuple(files))

    def metadata(self, distribution: Distribution) -> Metadata | UnknownMetadata:
        self._stats.metadata += self._is_new(distribution.url)
        if (known := self._metadata.get(distribution.url)) is None:
            raise OfflineMiss(distribution.url, "the file is not in this index")
        return known

    def reference(self, url: str) -> tuple[Distribution, Metadata] | UncheckedReference:
        return self._references.get(url) or UncheckedReference(url, "it is not in this index")

    def prefetch(
        self, names: Iterable[NormalizedName] = (), distributions: Iterable[Distribution] = ()
    ) -> None:
        """Nothing to fetch."""

    def _is_new(self, asked: str) -> bool:
        """Whether `asked` is asked for the first time, remembering it."""
        before = len(self._asked)
        self._asked.add(asked)
        return len(self._asked) > before


def wheel(
    name: str, version: str, requires: Sequence[str] = (), tag: str = "py3-none-any"
) -> tuple[Distribution, Metadata]:
    """One wheel and its metadata; Provides-Extra is read off the markers of `requires`."""
    filename = f"{canonicalize_name(name).replace('-', '_')}-{version}-{tag}.whl"
    file = Distribution(
        project=canonicalize_name(name),
        version=Version(version),
        filename=filename,
        url=FILES + filename,
        kind=DistributionKind.WHEEL,
    )
    extras = (extra for text in requires for extra in _EXTRA.findall(text))
    metadata = Metadata(
        name=name,
        version=version,
        requires_dist=tuple(requires),
        provides_extra=tuple(dict.fromkeys(extras)),
        source=file.url,
    )
    return file, metadata
