"""All releases of one project, as bits of an int.

Bit 0 of every mask stands for "the project is absent"; bit i+1 for the i-th version in
PEP 440 order. A specifier becomes a mask once and is an int from then on: intersection is
``&``, "no version fits" is ``mask & ~1 == 0``.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from conflictlens.index.records import Distribution
from conflictlens.names import NormalizedName

if TYPE_CHECKING:
    # A warm answer has masks for all that is asked of it.
    from packaging.specifiers import Specifier, SpecifierSet
    from packaging.version import Version

ABSENT = 1


class Exclusion(StrEnum):
    """Why a version may not be picked. A closed set; the order is that of the checks."""

    REQUIRES_PYTHON = "requires-python"
    NO_WHEEL = "no-wheel"
    SOURCE_ONLY = "source-only"
    BINARY_ONLY = "binary-only"
    INVALID_METADATA = "invalid-metadata"
    YANKED = "yanked"
    PRERELEASE = "pre-release"


class Releases(msgspec.Struct, frozen=True, eq=False):
    """The versions of a project, ascending, each with the distribution that stands for it.

    `excluded` holds one mask per reason, disjoint. Versions that are merely yanked or
    pre-releases, or both, are in `withheld` instead: whether they may be picked depends on the
    requirements, not on the release (see `admission`). `late` holds the first file of each version
    that the cut-off date leaves out, ascending: for the question's purpose they do not exist.
    `unsuited` is the mask of versions that only count because the target's Python is left out
    of account, `source_only` of those that a source distribution stands for. `is_unread`: an
    index failed, and one version stands for all that there could be (see `unread`). `_kept_masks`
    holds masks of an earlier answer, little-endian, `_texts` the versions as it wrote them.
    """

    name: NormalizedName
    versions: Sequence[Version]
    distributions: Sequence[Distribution]
    found: bool = True
    excluded: Mapping[Exclusion, int] = msgspec.field(default_factory=dict)
    withheld: Mapping[Exclusion, int] = msgspec.field(default_factory=dict)
    late: Sequence[Distribution] = ()
    source_only: int = 0
    unsuited: int = 0
    is_unread: bool = False
    _masks: dict[str, int] = msgspec.field(default_factory=dict)
    _kept_masks: Mapping[str, bytes] = msgspec.field(default_factory=dict)
    _texts: Sequence[str] = ()
    _admissible: int | None = None

    @property
    def every(self) -> int:
        """All versions, without the bit for absence."""
        return (1 << (len(self.versions) + 1)) - 2

    @property
    def admissible(self) -> int:
        """The versions that no exclusion rules out, withheld ones among them."""
        mask = self._admissible
        if mask is None:
            mask = self.every
            for excluded in self.excluded.values():
                mask &= ~excluded
            # Asked for by every problem about the project; it follows from what is frozen.
            msgspec.structs.force_setattr(self, "_admissible", mask)
        return mask

    @property
    def preferred(self) -> int:
        """The versions to try before all others: admissible and not withheld."""
        mask = self.admissible
        for withheld in self.withheld.values():
            mask &= ~withheld
        return mask

    @property
    def final(self) -> int:
        """The admissible versions that are no pre-releases; yanked ones count, as in pip."""
        return self.admissible & ~self.withheld.get(Exclusion.PRERELEASE, 0)

    def bits(self, version: Version) -> int:
        """The mask of one version, 0 where it does not exist."""
        index = bisect_left(self.versions, version)
        found = index < len(self.versions) and self.versions[index] == version
        return 2 << index if found else 0

    def named(self, text: str) -> int:
        """The mask of one version by its text, 0 where it does not exist or is none."""
        from packaging.version import InvalidVersion, Version

        try:
            return self.bits(Version(text))
        except InvalidVersion:
            return 0

    def version(self, bit: int) -> Version:
        """The version behind bit number `bit` (at least 1)."""
        return self.versions[bit - 1]

    def text(self, bit: int) -> str:
        """The same as text, which a warm answer need not parse."""
        return self._texts[bit - 1] if self._texts else str(self.versions[bit - 1])

    def mask(self, specifier: SpecifierSet | str) -> int:
        """The versions that `specifier` allows, pre-releases among them (PEP 440).

        What is unread could have a version for any specifier.
        """
        if self.is_unread:
            return self.every
        text = specifier if isinstance(specifier, str) else str(specifier)
        known = self._known_mask(text)
        if known is None:
            known = self.every
            for part in text.split(","):
                if part := part.strip():
                    known &= self._part(part)
            self._masks[text] = known
        return known

    def _part(self, text: str) -> int:
        known = self._known_mask(text)
        if known is None:
            known = self._masks[text] = specifier_mask(text, self.versions)
        return known

    def _known_mask(self, text: str) -> int | None:
        known = self._masks.get(text)
        if known is None and (kept := self._kept_masks.get(text)) is not None:
            return int.from_bytes(kept, "little")
        return known

    @property
    def has_new_masks(self) -> bool:
        """Whether specifiers were compared with the versions that no earlier answer knew."""
        return bool(self._masks)

    @property
    def masks(self) -> Mapping[str, int]:
        """The masks of all specifiers that were asked for, in earlier answers too."""
        kept = {text: int.from_bytes(mask, "little") for text, mask in self._kept_masks.items()}
        return {**kept, **self._masks}


def bits_down(mask: int) -> Iterator[int]:
    """The numbers of the version bits that are set, newest first; absence is left out."""
    mask &= ~ABSENT
    while mask:
        bit = mask.bit_length() - 1
        yield bit
        mask &= ~(1 << bit)


def specifier_mask(text: str, versions: Sequence[Version]) -> int:
    """The mask of the `versions` (ascending) that one specifier allows.

    PEP 440 compares along the order of versions, so all operators but ``===`` allow one run
    of neighbours, or all but one run. Its ends are found by bisection: for ``>=`` and ``<`` of a
    final release, which are most, among the versions themselves; for the others with packaging's
    own test, the same answer as asking it for each version. Raises InvalidSpecifier.
    """
    # Compiled when first needed: a warm answer has its masks.
    plain = re.fullmatch(_PLAIN, text)
    if plain is not None:
        from packaging.version import Version

        if plain[1] == ">=":
            return _bits(bisect_left(versions, Version(plain[2])), len(versions))
        # Pre-releases of the version itself are not below it.
        return _bits(0, bisect_left(versions, Version(f"{plain[2]}.dev0")))
    from packaging.specifiers import Specifier

    return _tested_mask(Specifier(text), versions)


_PLAIN = r"(>=|<)[ \t]*([0-9]{1,9}(?:\.[0-9]{1,9})*)"


def _tested_mask(part: Specifier, versions: Sequence[Version]) -> int:
    count = len(versions)

    def allowed(index: int) -> bool:
        return part.contains(versions[index], prereleases=True)

    match part.operator:
        case ">=" | ">":
            return _bits(_first(0, count, allowed), count)
        case "<=" | "<":
            return _bits(0, _first(0, count, lambda index: not allowed(index)))
        case "==" | "~=":
            start = bisect_left(versions, _lowest(part))
            return _bits(start, _first(start, count, lambda index: not allowed(index)))
        case "!=":
            start = bisect_left(versions, _lowest(part))
            return _bits(0, count) & ~_bits(start, _first(start, count, allowed))
        case _:
            return sum(2 << index for index in range(count) if allowed(index))


def _lowest(part: Specifier) -> Version:
    """The lowest version that ``==``, ``!=`` or ``~=`` can name."""
    from packaging.version import Version

    if part.version.endswith(".*"):
        return Version(part.version[:-2] + ".dev0")
    return Version(part.version)


def _first(start: int, stop: int, holds: Callable[[int], bool]) -> int:
    """The first index for which `holds`, given that it never turns false again; else `stop`."""
    while start < stop:
        middle = (start + stop) // 2
        if holds(middle):
            stop = middle
        else:
            start = middle + 1
    return start


def _bits(start: int, stop: int) -> int:
    """The bits of the versions with indexes from `start` to before `stop`."""
    return (2 << stop) - (2 << start) if stop > start else 0
