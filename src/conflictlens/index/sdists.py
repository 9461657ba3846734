"""What a source distribution says of its dependencies without being built.

In this order:

1. PKG-INFO whose dependencies are static (PEP 643): as good as a wheel's METADATA;
2. PKG-INFO with dependencies, or ``*.egg-info/requires.txt``, as setuptools wrote them when the
   sdist was made: declared, since a build may say otherwise. An egg-info folder without that
   file declares that there are none;
3. a static ``[project]`` table in pyproject.toml: declared too.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from msgspec.structs import replace

from conflictlens.index.core_metadata import CoreMetadata, parse_core_metadata
from conflictlens.index.pyproject import NotStatic, parse_static_project
from conflictlens.index.records import Metadata, Provenance, UnknownMetadata
from conflictlens.index.requires_txt import parse_requires_txt
from conflictlens.index.tar_stream import Inflater, TarScanner
from conflictlens.names import NormalizedName, canonicalize_name

_DEEPEST = 4
"""An egg-info folder stands at the root or under src/; test data further down is not meant."""


class Contents(Protocol):
    """Who looks into an archive of sources: asked for each name, then given what it wants."""

    @property
    def enough(self) -> bool: ...

    def wants(self, name: str) -> bool: ...

    def take(self, name: str, content: bytes) -> None: ...


class SdistContents:
    """Collects the few members that matter, in whatever order they come.

    `project` is None where it is not known yet; `folder` is the project's folder below the
    archive's own, for a repository with several.
    """

    def __init__(self, project: NormalizedName | None = None, folder: str = "") -> None:
        self._project = project
        self._pyproject_path = [*folder.strip("/").split("/"), "pyproject.toml"]
        self._pkg_info: CoreMetadata | None = None
        self._pyproject: bytes | None = None
        self._egg_infos: dict[str, bytes | None] = {}

    def wants(self, name: str) -> bool:
        """Whether a member of that name is of interest."""
        parts = _parts(name)
        if len(parts) == 2 and parts[1] == "PKG-INFO":
            return True
        if parts[1:] == [part for part in self._pyproject_path if part]:
            return True
        return self._egg_info(parts) is not None

    def _egg_info(self, parts: list[str]) -> str | None:
        """The folder of a member that tells of an egg-info folder of this project."""
        if not 2 < len(parts) <= _DEEPEST or parts[-1] not in ("requires.txt", "PKG-INFO"):
            return None
        stem, dot, suffix = parts[-2].rpartition(".")
        if not dot or suffix != "egg-info":
            return None
        # An old folder name may carry version and Python: a-1.0-py2.7.egg-info.
        names = {canonicalize_name(stem), canonicalize_name(stem.partition("-")[0])}
        return "/".join(parts[:-1]) if self._project is None or self._project in names else None

    def take(self, name: str, content: bytes) -> None:
        """A member that `wants` asked for."""
        parts = _parts(name)
        if len(parts) == 2 and parts[1] == "PKG-INFO":
            self._pkg_info = parse_core_metadata(content)
        elif parts[-1] == "pyproject.toml":
            self._pyproject = content
        elif (folder := self._egg_info(parts)) is not None:
            self._egg_infos.setdefault(folder, None)
            if parts[-1] == "requires.txt":
                self._egg_infos[folder] = content

    @property
    def enough(self) -> bool:
        """Whether no other member could change the answer."""
        core = self._pkg_info
        if core is None:
            return False
        return core.dependencies_are_static or bool(core.requires_dist) or self._states_at_root

    @property
    def _states_at_root(self) -> bool:
        """Whether the egg-info folder that counts before all others told its requirements."""
        infos = self._egg_infos.items()
        return any(content is not None and folder.count("/") == 1 for folder, content in infos)

    def metadata(self, source: str) -> Metadata | UnknownMetadata:
        """The answer from all that was taken."""
        core = self._pkg_info
        if core is not None and core.dependencies_are_static:
            return core.as_metadata(source)
        if core is not None and (core.requires_dist or self._egg_infos):
            return self._declared(core, source)
        if self._pyproject is None:
            return UnknownMetadata(
                "its source distribution does not state its dependencies", source
            )
        project = parse_static_project(self._pyproject)
        if isinstance(project, NotStatic):
            return UnknownMetadata(f"a source distribution: {project.reason}", source)
        return project.as_metadata(core.version if core else None, source)

    def _declared(self, core: CoreMetadata, source: str) -> Metadata:
        metadata = core.as_metadata(source, Provenance.DECLARED)
        shallowest = min(self._egg_infos, key=lambda folder: folder.count("/"), default="")
        content = self._egg_infos.get(shallowest)
        if core.requires_dist or content is None:
            return metadata
        declared = parse_requires_txt(content.decode("utf-8", "replace"))
        extras = tuple(dict.fromkeys((*core.provides_extra, *declared.provides_extra)))
        return replace(metadata, requires_dist=declared.requires_dist, provides_extra=extras)


def _parts(name: str) -> list[str]:
    return [part for part in name.split("/") if part not in ("", ".")]


class SdistStream:
    """A sink for the bytes of a compressed tar archive, feeding `Contents`."""

    whole = False

    def __init__(self, contents: Contents) -> None:
        self.contents = contents
        self._inflater = Inflater()
        self._scanner = TarScanner(contents.wants)

    def feed(self, data: bytes) -> bool:
        """True once enough is known; raises `ArchiveError` for what is no archive."""
        for piece in self._inflater.feed(data):
            for name, content in self._scanner.feed(piece):
                self.contents.take(name, content)
            if self.contents.enough or self._scanner.done:
                return True
        return False


def pour(chunks: Iterable[bytes], contents: Contents) -> None:
    """A compressed tar archive, as far as it is needed; raises `ArchiveError`."""
    stream = SdistStream(contents)
    for chunk in chunks:
        if stream.feed(chunk):
            break
