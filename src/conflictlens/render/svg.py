"""A picture as SVG: one file, no script, no font and nothing else from outside.

It follows the reader's light or dark theme, its text can be selected, and it has a title and a
description for those who do not see it. Boxes and arrows carry ``data-`` attributes with the ids
of `Explanation.graph`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from itertools import accumulate
from math import hypot

import msgspec

from conflictlens.errors import PictureError
from conflictlens.explanation.records import Findings
from conflictlens.render.geometry import Drawing, Link, Plan, Point, Rect, Route, Size
from conflictlens.render.layout import cells, wrapped
from conflictlens.render.node_words import Role
from conflictlens.render.picture import caption_role, picture
from conflictlens.render.picture_records import Arrow, Box, Group, Picture
from conflictlens.render.placing import layered
from conflictlens.render.theme import ADVANCE, DARK, LIGHT, MONOSPACE, SANS, VARIABLES, Theme

_MARGIN = 20.0
_NARROWEST = 480.0
_PADDING = Size(11.0, 8.0)
_FONT = {Role.PLACE: 11, Role.NAME: 13, Role.PLAIN: 12, Role.BAD: 12, Role.FIX: 12}
_TITLE, _SMALL, _WORDS = 16, 12, 12
_LEADING = 1.4
_SANS_ADVANCE = 0.58
_TIP = 8.0


def render_svg(findings: Findings, *, graphviz: bool = True) -> str:
    """The whole answer. With `graphviz` it is laid out by Graphviz if that is there."""
    told = picture(findings)
    plans = [_plan(group, graphviz=graphviz) for group in told.groups]
    width = max([_NARROWEST, *(plan.size.width for plan in plans)])
    blocks = [_headline(told, width)]
    for group, plan in zip(told.groups, plans, strict=True):
        blocks.extend(_group(group, plan, width))
    head = (
        f"<title>{escape(f'{told.title} ({told.where})')}</title>",
        f"<desc>{escape(told.description)}</desc>",
        f"<style>{style()}</style>",
    )
    return "\n".join(_document(head, width, blocks)) + "\n"


def render_group(group: Group, title: str) -> str:
    """One conflict alone on a ground of its own, for a page that has the rules of `style`."""
    plan = layered(drawing_of(group))
    head = (f"<title>{escape(title)}</title>",)
    drawn = _drawing(group, plan, plan.size.width)
    return "\n".join(_document(head, plan.size.width, [drawn])) + "\n"


def group_svg(group: Group, title: str, description: str, *, graphviz: bool = True) -> str:
    """One conflict alone, for a page that has a ground, and the rules of `page_style`."""
    plan = _plan(group, graphviz=graphviz)
    width, height = _n(plan.size.width + 2), _n(plan.size.height + 2)
    lines = (
        f'<svg class="conflictlens" role="img" viewBox="-1 -1 {width} {height}" '
        f'width="{width}" height="{height}">',
        f"<title>{escape(title)}</title>",
        f"<desc>{escape(description)}</desc>",
        *_drawn(group, plan, plan.size.width),
        "</svg>",
    )
    return "\n".join(lines)


def page_style() -> str:
    """The style of pictures in a page that defines the colours as custom properties."""
    return f"{_fonts()}{_SHAPES}{colours(VARIABLES)}"


def drawing_of(group: Group) -> Drawing:
    """The room that the boxes and the words of a group take."""
    return Drawing(
        {box.id: _size(box) for box in group.boxes},
        [Link(arrow.source, arrow.target, _label_size(arrow)) for arrow in group.arrows],
    )


def _plan(group: Group, *, graphviz: bool) -> Plan:
    from conflictlens.render.graphviz_layout import is_available, plan

    drawing = drawing_of(group)
    if graphviz and is_available():
        try:
            return plan(drawing)
        except PictureError:
            # A Graphviz that fails is as good as none: the picture does not need it.
            return layered(drawing)
    return layered(drawing)


def _size(box: Box) -> Size:
    widths = [cells(row.text) * _FONT[row.role] * ADVANCE for row in box.rows]
    heights = [_FONT[row.role] * _LEADING for row in box.rows]
    return Size(max(widths) + 2 * _PADDING.width, sum(heights) + 2 * _PADDING.height)


def _label_size(arrow: Arrow) -> Size | None:
    if not arrow.rows:
        return None
    widest = max(map(cells, arrow.rows))
    return Size(widest * _WORDS * ADVANCE + 10, len(arrow.rows) * _WORDS * _LEADING + 4)


class Block(msgspec.Struct, frozen=True):
    """Lines of SVG that are `height` high, to be put below each other."""

    height: float
    lines: tuple[str, ...]


def _document(head: Sequence[str], width: float, blocks: Sequence[Block]) -> Iterator[str]:
    tops = [*accumulate((block.height for block in blocks), initial=_MARGIN)]
    whole = Size(width + 2 * _MARGIN, tops[-1] + _MARGIN / 4)
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="conflictlens" role="img" '
        f'viewBox="0 0 {_n(whole.width)} {_n(whole.height)}" '
        f'width="{_n(whole.width)}" height="{_n(whole.height)}">'
    )
    yield from head
    yield f'<rect class="cl-page" width="{_n(whole.width)}" height="{_n(whole.height)}" rx="8"/>'
    for top, block in zip(tops, blocks, strict=False):
        yield f'<g transform="translate({_n(_MARGIN)} {_n(top)})">'
        yield from block.lines
        yield "</g>"
    yield "</svg>"


def _headline(told: Picture, width: float) -> Block:
    title = _lines(f"{told.mark} {told.title}", width, _TITLE, "cl-title")
    where = _lines(told.where, width, _SMALL, "cl-where")
    return _stacked([*title, *where], 18.0 if told.groups else 4.0)


def _group(group: Group, plan: Plan, width: float) -> Iterator[Block]:
    if group.heading:
        yield _stacked(_lines(group.heading, width, 13, "cl-heading"), 8.0)
    yield _drawing(group, plan, width)
    captions = [
        line for text in group.captions for line in _lines(text, width, _SMALL, _caption(text))
    ]
    yield _stacked(captions, 16.0)


def _drawing(group: Group, plan: Plan, width: float) -> Block:
    return Block(plan.size.height + 12.0, tuple(_drawn(group, plan, width)))


def _caption(text: str) -> str:
    return "cl-where cl-fix" if caption_role(text) is Role.FIX else "cl-where"


def _drawn(group: Group, plan: Plan, width: float) -> Iterator[str]:
    """Arrows lie under boxes and words."""
    yield f'<g transform="translate({_n((width - plan.size.width) / 2)} 0)">'
    for arrow, route in zip(group.arrows, plan.routes, strict=True):
        yield from _arrow(arrow, route)
    for arrow, route in zip(group.arrows, plan.routes, strict=True):
        if route.label is not None:
            yield from _label(arrow, route.label)
    for box in group.boxes:
        yield from _box(box, plan.boxes[box.id])
    yield "</g>"


def _box(box: Box, at: Rect) -> Iterator[str]:
    yield f'<g class="cl-box cl-{box.look}" data-node="{escape(box.id)}">'
    yield f"<title>{escape(box.whole)}</title>"
    yield (
        f'<rect x="{_n(at.left)}" y="{_n(at.top)}" width="{_n(at.width)}" '
        f'height="{_n(at.height)}" rx="5"/>'
    )
    y = at.top + _PADDING.height
    for row in box.rows:
        size = _FONT[row.role]
        y += size * _LEADING
        yield _text(row.text, at.left + _PADDING.width, y - size * 0.35, f"cl-{row.role}")
    yield "</g>"


def _arrow(arrow: Arrow, route: Route) -> Iterator[str]:
    *points, before, tip = route.points
    shaft = _back(before, tip, _TIP - 1)
    first, rest = route.points[0], [*points[1:], before, shaft]
    curve = " ".join(f"{_n(point.x)} {_n(point.y)}" for point in rest)
    kind = "cl-arrow cl-dashed" if arrow.dashed else "cl-arrow"
    ends = f'data-source="{escape(arrow.source)}" data-target="{escape(arrow.target)}"'
    yield f'<g class="{kind}" {ends}>'
    yield f'<path d="M{_n(first.x)} {_n(first.y)} C{curve}"/>'
    left, right = _wings(before, tip)
    corners = " ".join(f"{_n(point.x)},{_n(point.y)}" for point in (tip, left, right))
    yield f'<polygon points="{corners}"/>'
    yield "</g>"


def _back(before: Point, tip: Point, length: float) -> Point:
    """The point so much before the tip, in the direction from which the arrow comes."""
    far = hypot(tip.x - before.x, tip.y - before.y) or 1.0
    part = length / far
    return Point(tip.x - (tip.x - before.x) * part, tip.y - (tip.y - before.y) * part)


def _wings(before: Point, tip: Point) -> tuple[Point, Point]:
    base = _back(before, tip, _TIP)
    x, y = (tip.x - base.x) * 0.42, (tip.y - base.y) * 0.42
    return Point(base.x - y, base.y + x), Point(base.x + y, base.y - x)


def _label(arrow: Arrow, at: Rect) -> Iterator[str]:
    ends = f'data-source="{escape(arrow.source)}" data-target="{escape(arrow.target)}"'
    yield f'<g class="cl-words" {ends}><title>{escape(arrow.label)}</title>'
    yield (
        f'<rect x="{_n(at.left)}" y="{_n(at.top)}" width="{_n(at.width)}" '
        f'height="{_n(at.height)}"/>'
    )
    for number, row in enumerate(arrow.rows):
        y = at.top + 2 + (number + 1) * _WORDS * _LEADING - _WORDS * 0.35
        yield _text(row, at.x, y, "cl-label")
    yield "</g>"


def _lines(text: str, width: float, size: int, kind: str) -> list[tuple[str, int, str]]:
    columns = int(width / (size * _SANS_ADVANCE))
    return [(line, size, kind) for line in wrapped(text, columns)]


def _stacked(lines: Sequence[tuple[str, int, str]], gap: float) -> Block:
    """Lines of text below each other, and a gap."""
    bottoms = [*accumulate(size * _LEADING for _, size, _ in lines)]
    drawn = (
        _text(text, 0, bottom - size * 0.35, kind)
        for bottom, (text, size, kind) in zip(bottoms, lines, strict=True)
    )
    return Block((bottoms[-1] if bottoms else 0.0) + gap, tuple(drawn))


def _text(text: str, x: float, y: float, kind: str) -> str:
    return f'<text class="{kind}" x="{_n(x)}" y="{_n(y)}">{escape(text)}</text>'


def _n(number: float) -> str:
    """At most one decimal place."""
    return f"{number:.1f}".removesuffix(".0")


def style() -> str:
    """The rules of all pictures, for light and dark readers."""
    dark = f"@media(prefers-color-scheme:dark){{{colours(DARK)}}}"
    return f"{_fonts()}{_SHAPES}{colours(LIGHT)}{dark}"


def _fonts() -> str:
    return "".join(
        f".conflictlens .cl-{role}{{font-size:{size}px}}\n" for role, size in _FONT.items()
    )


def colours(theme: Theme, within: str = "") -> str:
    """Rules for all colours, of pictures inside of what `within` selects.

    No custom properties, which few viewers but browsers know.
    """
    scope = f"{within} .conflictlens" if within else ".conflictlens"
    return "".join(
        f"{','.join(f'{scope} {part}' for part in parts)}{{{prop}:{getattr(theme, colour)}}}\n"
        for parts, prop, colour in _COLOURED
    )


_COLOURED = (
    ((".cl-page", ".cl-words rect"), "fill", "page"),
    (("text",), "fill", "ink"),
    ((".cl-where", ".cl-place"), "fill", "muted"),
    ((".cl-bad",), "fill", "bad"),
    ((".cl-fix",), "fill", "fix"),
    ((".cl-box rect",), "fill", "release"),
    ((".cl-box rect",), "stroke", "release_border"),
    ((".cl-line rect", ".cl-other rect"), "fill", "line"),
    ((".cl-line rect", ".cl-other rect"), "stroke", "line_border"),
    ((".cl-clash rect",), "fill", "clash"),
    ((".cl-clash rect",), "stroke", "clash_border"),
    ((".cl-arrow path",), "stroke", "edge"),
    ((".cl-arrow polygon",), "fill", "edge"),
)
_SHAPES = f"""
.conflictlens{{max-width:100%;height:auto}}
.conflictlens text{{font-family:{MONOSPACE}}}
.conflictlens .cl-title,.conflictlens .cl-heading,.conflictlens .cl-where{{font-family:{SANS}}}
.conflictlens .cl-title{{font-size:16px;font-weight:600}}
.conflictlens .cl-heading{{font-size:13px;font-weight:600}}
.conflictlens .cl-where,.conflictlens .cl-label{{font-size:12px}}
.conflictlens .cl-name,.conflictlens .cl-bad,.conflictlens .cl-fix{{font-weight:600}}
.conflictlens .cl-label{{text-anchor:middle}}
.conflictlens .cl-line rect,.conflictlens .cl-other rect{{stroke-width:1.5}}
.conflictlens .cl-clash rect{{stroke-width:2.5}}
.conflictlens .cl-other rect,.conflictlens .cl-out rect{{stroke-dasharray:5 4}}
.conflictlens .cl-dashed path{{stroke-dasharray:5 4}}
.conflictlens .cl-arrow path{{fill:none;stroke-width:1.5}}
"""
