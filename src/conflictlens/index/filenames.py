"""File names of distributions: which file of an index page is which version.

Wheels follow PEP 427 and the binary distribution format, sdists PEP 625 where they are new
and nothing in particular where they are old. A page of 4,400 files takes some milliseconds:
the names on one page repeat, so what was worked out for one is looked up for the next.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from conflictlens.index.records import DistributionKind
from conflictlens.names import NormalizedName, canonicalize_name

if TYPE_CHECKING:
    from packaging.version import Version

SDIST_SUFFIXES = (".tar.gz", ".zip", ".tar.bz2", ".tgz", ".tar.xz")


class ParsedName(msgspec.Struct, frozen=True):
    """What a file name tells."""

    project: NormalizedName
    version: Version
    kind: DistributionKind


class FilenameReader:
    """Reads the names of one project's files; every other project's are passed over."""

    def __init__(self, project: NormalizedName) -> None:
        self.project = project
        self._ours: dict[str, bool] = {}
        self._versions: dict[str, Version | None] = {}
        self._wheels: dict[str, Version | None] = {}

    def read(self, filename: str) -> tuple[Version, DistributionKind] | None:
        """Version and kind, or None where the file is no wheel or sdist of the project."""
        if filename.endswith(".whl"):
            version = self._wheel(filename[:-4])
            return None if version is None else (version, DistributionKind.WHEEL)
        stem = sdist_stem(filename)
        if stem is None:
            return None
        version = self._sdist(stem)
        return None if version is None else (version, DistributionKind.SDIST)

    def _wheel(self, stem: str) -> Version | None:
        # PEP 427: name-version(-build)?-python-abi-platform, and a build tag starts with a digit.
        dashes = stem.count("-")
        end = stem.find("-", stem.find("-") + 1)
        if dashes != 4 and not (dashes == 5 and stem[end + 1].isdigit()):
            return None
        named = stem[:end]
        known = self._wheels.get(named)
        if known is None and named not in self._wheels:
            name, _, version = named.partition("-")
            known = self._wheels[named] = self._version(version) if self._is_ours(name) else None
        return known

    def _sdist(self, stem: str) -> Version | None:
        # Old names may hold "-" on both sides of the one that separates: a-b-1.0-2.
        dash = stem.find("-")
        while dash > 0:
            if self._is_ours(stem[:dash]):
                return self._version(stem[dash + 1 :])
            dash = stem.find("-", dash + 1)
        return None

    def _is_ours(self, name: str) -> bool:
        known = self._ours.get(name)
        if known is None:
            known = self._ours[name] = canonicalize_name(name) == self.project
        return known

    def _version(self, text: str) -> Version | None:
        if text not in self._versions:
            self._versions[text] = parse_version(text)
        return self._versions[text]


def parse_version(text: str) -> Version | None:
    """The version that a file name spells, where "-" may stand escaped as "_"; else None."""
    from packaging.version import InvalidVersion, Version

    for spelling in (text, text.replace("_", "-")):
        try:
            return Version(spelling)
        except InvalidVersion:
            continue
    return None


def sdist_stem(filename: str) -> str | None:
    """`filename` without its sdist suffix; None for what is no sdist.

    Old binary "dumb" archives (``.linux-x86_64.tar.gz``, ``.macosx10_5.zip``) end in no valid
    version, which rules them out later.
    """
    for suffix in SDIST_SUFFIXES:
        if filename.endswith(suffix):
            return filename.removesuffix(suffix)
    return None


def parse_filename(filename: str) -> ParsedName | None:
    """What a lone file name tells when its project is not known, as in a directory of files.

    An sdist's name is split at the first "-" that a valid version follows (PEP 625 has only one).
    """
    if filename.endswith(".whl"):
        return _named(filename, filename.split("-", 1)[0])
    stem = sdist_stem(filename) or ""
    dash = stem.find("-")
    while dash > 0:
        if (named := _named(filename, stem[:dash])) is not None:
            return named
        dash = stem.find("-", dash + 1)
    return None


def _named(filename: str, project: str) -> ParsedName | None:
    reader = FilenameReader(canonicalize_name(project))
    read = reader.read(filename)
    return None if read is None else ParsedName(reader.project, *read)
