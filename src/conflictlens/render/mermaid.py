"""A picture as Mermaid, which code hosts draw where they meet it in Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from conflictlens.explanation.records import Findings
from conflictlens.render.picture import picture
from conflictlens.render.picture_records import LOOKS, Arrow, Box, Group, Picture
from conflictlens.render.theme import LIGHT, Theme

_MARKUP = re.compile(r"[^\w .,:=!/()'+@✗✓→…-]|_|\.(?= )|^-", re.ASCII | re.MULTILINE)
"""What could be markup: of Mermaid, of the HTML that it makes, or of the Markdown in labels."""
_STYLED = re.compile(r"style|classDef")
"""In a line with one of these Mermaid takes ``:#62;`` for a colour, and its last ``;`` away."""


def render_mermaid(findings: Findings) -> str:
    """The whole answer as one diagram."""
    told = picture(findings)
    return "".join(f"{line}\n" for line in _diagram(told, told.groups))


def conflict_diagram(told: Picture, number: int) -> str:
    """One conflict as a diagram; it holds no backtick, so that a fence can hold it."""
    return "".join(f"{line}\n" for line in _diagram(told, told.groups[number : number + 1]))


def _diagram(told: Picture, groups: tuple[Group, ...]) -> Iterator[str]:
    # Rows are broken already; Mermaid would break them once more, at 200 pixels.
    yield '%%{init: {"flowchart": {"wrappingWidth": 400}}}%%'
    yield "flowchart TB"
    yield f"  accTitle: {_escaped(f'{told.title} ({told.where})')}"
    yield f"  accDescr: {_escaped(told.description)}"
    if not groups:
        yield f'  answer["{_escaped(f"{told.mark} {told.title}")}"]'
    for number, group in enumerate(groups):
        if len(groups) > 1:
            yield f'  subgraph conflict{number + 1}["{_escaped(group.heading)}"]'
        yield from _group(group)
        if len(groups) > 1:
            yield "  end"
    yield from _classes(LIGHT)


def _group(group: Group) -> Iterator[str]:
    yield from (_box(box) for box in group.boxes)
    yield from (_arrow(arrow) for arrow in group.arrows)


def _box(box: Box) -> str:
    return f'  {box.id}["{_label(row.text for row in box.rows)}"]:::{box.look}'


def _arrow(arrow: Arrow) -> str:
    shaft = "-.->" if arrow.dashed else "-->"
    label = _label(arrow.rows)
    return f"  {arrow.source} {shaft}" + (f'|"{label}"|' if label else "") + f" {arrow.target}"


def _label(rows: Iterable[str]) -> str:
    return _escaped("\n".join(rows)).replace("#10;", "<br>")


def _escaped(text: str) -> str:
    """`text` as a label that shows it as it is: what is not plain as a number of Unicode."""
    told = _MARKUP.sub(lambda found: f"#{ord(found[0])};", text)
    return told.replace(":", f"#{ord(':')};") if _STYLED.search(text) else told


def _classes(theme: Theme) -> Iterator[str]:
    """A colour for the text too: what is light stays so where the page is dark."""
    ink = f"color:{theme.ink}"
    line = f"fill:{theme.line},stroke:{theme.line_border},{ink}"
    release = f"fill:{theme.release},stroke:{theme.release_border},{ink}"
    clash = f"fill:{theme.clash},stroke:{theme.clash_border},stroke-width:3px,{ink}"
    dashed = "stroke-dasharray:5 4"
    styles = (line, f"{line},{dashed}", release, f"{release},{dashed}", release, clash)
    for look, style in zip(LOOKS, styles, strict=True):
        yield f"  classDef {look} {style}"
