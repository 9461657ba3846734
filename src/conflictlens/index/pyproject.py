"""The ``[project]`` table of a pyproject.toml, as far as it is static (PEP 621)."""

from __future__ import annotations

import tomllib

import msgspec

from conflictlens.index.conditions import conditional, extra_condition, safe_extra
from conflictlens.index.records import Metadata, Provenance, UnknownMetadata
from conflictlens.index.requires_txt import Declared


class StaticProject(msgspec.Struct, frozen=True):
    """What the table states; `version` is None where it is dynamic."""

    name: str
    version: str | None
    declared: Declared
    requires_python: str | None

    def as_metadata(self, version: str | None, source: str) -> Metadata | UnknownMetadata:
        """Declared metadata; `version` is the one known from elsewhere, if any."""
        version = self.version or version
        if version is None:
            return UnknownMetadata("its version is dynamic, known only to a build", source)
        return Metadata(
            self.name,
            version,
            self.declared.requires_dist,
            self.declared.provides_extra,
            self.requires_python,
            source,
            Provenance.DECLARED,
        )


class NotStatic(msgspec.Struct, frozen=True):
    """Why the table does not tell the dependencies, as a clause for a note."""

    reason: str


class _Table(msgspec.Struct, rename="kebab"):
    name: str
    version: str | None = None
    dependencies: tuple[str, ...] = ()
    optional_dependencies: dict[str, tuple[str, ...]] = {}
    requires_python: str | None = None
    dynamic: tuple[str, ...] = ()


class _Document(msgspec.Struct):
    project: _Table | None = None


def parse_static_project(content: bytes) -> StaticProject | NotStatic:
    """The project that a pyproject.toml describes without a build."""
    try:
        document = msgspec.convert(tomllib.loads(content.decode()), _Document)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        return NotStatic(f"its pyproject.toml can't be read: {error}")
    table = document.project
    if table is None:
        return NotStatic("its pyproject.toml has no [project] table")
    dynamic = {"dependencies", "optional-dependencies"}.intersection(table.dynamic)
    if dynamic:
        return NotStatic(f"its {' and '.join(sorted(dynamic))} are dynamic, known only to a build")
    return StaticProject(table.name, table.version, _declared(table), table.requires_python)


def _declared(table: _Table) -> Declared:
    optional = (
        conditional(text, extra_condition(extra))
        for extra, texts in table.optional_dependencies.items()
        for text in texts
    )
    return Declared(
        (*table.dependencies, *optional), tuple(map(safe_extra, table.optional_dependencies))
    )
