"""An answer as a tree for a terminal: from the user's lines down to the clash."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping

from rich.console import Console, RenderableType
from rich.text import Text
from rich.tree import Tree

from conflictlens.explanation.records import Findings
from conflictlens.render.node_words import Role
from conflictlens.render.picture import caption_role, picture
from conflictlens.render.picture_records import Arrow, Box, Picture
from conflictlens.render.picture_records import Group as PictureGroup
from conflictlens.render.style import PLAIN, Style

_STYLES = {
    Role.PLACE: "dim",
    Role.NAME: "bold",
    Role.PLAIN: "",
    Role.BAD: "bold red",
    Role.FIX: "green",
}
_MARKS = {"✗": "bold red", "✓": "bold green", "?": "bold"}
_BETWEEN = "   "


def render_tree(findings: Findings, style: Style = PLAIN) -> str:
    """The whole answer; it ends with a line break. Other people's text in it is harmless."""
    told = picture(findings)
    file = io.StringIO()
    console = Console(
        file=file,
        width=style.width,
        # Nothing of the process's environment decides; `style` has.
        force_terminal=style.colour,
        force_jupyter=False,
        no_color=not style.colour,
        color_system="standard" if style.colour else None,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )
    for part in _parts(told, style.width):
        console.print(part)
    return "".join(f"{line.rstrip()}\n" for line in file.getvalue().splitlines())


def _parts(told: Picture, width: int) -> Iterator[RenderableType]:
    mark = (told.mark, _MARKS[told.mark])
    headline = Text.assemble(mark, f" {told.title} ({told.where})")
    if headline.cell_len <= width:
        yield headline
    else:
        yield Text.assemble(mark, f" {told.title}")
        yield Text(f"  ({told.where})")
    for group in told.groups:
        yield Text()
        if group.heading:
            yield Text(group.heading, style="bold")
        yield from _Trees(group).trees()
        if group.captions:
            yield Text()
        for caption in group.captions:
            yield Text(caption, style=_STYLES[caption_role(caption)])


class _Trees:
    """A tree for each line; of what was shown before, what is below it is not told again."""

    def __init__(self, group: PictureGroup) -> None:
        self._boxes: Mapping[str, Box] = {box.id: box for box in group.boxes}
        self._leaving: dict[str, list[Arrow]] = {box.id: [] for box in group.boxes}
        for arrow in group.arrows:
            self._leaving[arrow.source].append(arrow)
        led_to = {arrow.target for arrow in group.arrows}
        self._tops = [b for b in group.boxes if b.id not in led_to]
        self._shown: set[str] = set()

    def trees(self) -> Iterator[Tree]:
        for box in self._tops:
            tree = Tree(_told(box, ""), guide_style="dim")
            self._grow(tree, box)
            yield tree

    def _grow(self, tree: Tree, box: Box) -> None:
        for arrow in self._leaving[box.id]:
            target = self._boxes[arrow.target]
            told = _told(target, arrow.label)
            if target.id not in self._shown:
                self._shown.add(target.id)
                self._grow(tree.add(told), target)
            elif self._leaving[target.id]:
                tree.add(told.append("   (see above)", style="dim"))
            else:
                tree.add(told)


def _told(box: Box, label: str) -> Text:
    """The words of a box beside each other, and what is required of it."""
    first, *rest = (Text(row.text, style=_STYLES[row.role]) for row in box.texts)
    required = [Text(f"(required: {label})")] if label else []
    return Text(_BETWEEN).join([first, *required, *rest])
