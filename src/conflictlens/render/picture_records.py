"""Boxes and arrows with words in them, as every picture has them.

Texts are printable, each on one line; markup is not escaped.
"""

from __future__ import annotations

import msgspec

from conflictlens.graph.records import Node, NodeKind
from conflictlens.render.layout import cells, wrapped
from conflictlens.render.node_words import Role

_WIDE = 40
"""Columns of a row in a box, at most."""
_LABEL = 26
"""Columns of a row beside an arrow, at most."""
_ROWS = 4
"""Rows of one text, at most."""


class Row(msgspec.Struct, frozen=True):
    """One text, and what it is."""

    text: str
    role: Role


class Box(msgspec.Struct, frozen=True):
    """A node with its words: `texts` as they are, `rows` broken and cut to the width of a box."""

    node: Node
    texts: tuple[Row, ...]

    @property
    def rows(self) -> tuple[Row, ...]:
        return tuple(Row(part, row.role) for row in self.texts for part in fitted(row.text, _WIDE))

    @property
    def whole(self) -> str:
        return "\n".join(row.text for row in self.texts)

    @property
    def id(self) -> str:
        return self.node.id

    @property
    def look(self) -> str:
        """One of `LOOKS`."""
        match self.node.kind:
            case NodeKind.LINE:
                return "line" if self.node.in_core else "other"
            case NodeKind.RELEASE:
                return "out" if self.node.out else "release"
            case NodeKind.PROJECT:
                return "project"
            case NodeKind.CLASH:
                return "clash"


LOOKS = ("line", "other", "release", "out", "project", "clash")
"""How boxes can look: a line of the core, another line, releases, releases that are out, …"""


class Arrow(msgspec.Struct, frozen=True):
    """All that leads from one box to another; `dashed` where it is not a plain demand."""

    source: str
    target: str
    label: str
    dashed: bool = False

    @property
    def rows(self) -> tuple[str, ...]:
        """The label, broken and cut to the width of one."""
        return tuple(fitted(self.label, _LABEL)) if self.label else ()


class Group(msgspec.Struct, frozen=True):
    """One conflict. The heading is empty where it is the only one."""

    heading: str
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    captions: tuple[str, ...]


class Picture(msgspec.Struct, frozen=True):
    """An answer. Texts are printable, each on one line; markup is not escaped.

    `description` says in sentences what is to be seen.
    """

    mark: str
    title: str
    where: str
    description: str
    groups: tuple[Group, ...]


def fitted(text: str, width: int) -> list[str]:
    """`text` in rows of at most `width` columns; what is too long for them is cut."""
    rows = wrapped(text, width)
    if len(rows) > _ROWS:
        rows[_ROWS - 1 :] = [f"{rows[_ROWS - 1]} …"]
    return [_cut(row, width) for row in rows]


def _cut(row: str, width: int) -> str:
    """A word that is longer than a row keeps its beginning and its end."""
    if cells(row) <= width + 2:
        return row
    half = width // 2
    short = f"{row[:half]}…{row[-half:]}"
    return short if cells(short) <= 2 * width else f"{row[: half // 2]}…{row[-(half // 2) :]}"
