"""A picture in Graphviz's language, and what Graphviz itself makes of it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import graphviz

from conflictlens.explanation.records import Findings
from conflictlens.render.graphviz_layout import run
from conflictlens.render.node_words import Role
from conflictlens.render.picture import caption_role, picture
from conflictlens.render.picture_records import Arrow, Box, Group, Picture
from conflictlens.render.theme import LIGHT

_FONT = "Helvetica,Arial,sans-serif"
_DPI = 192


def render_dot(findings: Findings) -> str:
    """The whole answer as a directed graph."""
    return str(_graph(picture(findings)).source)


def render_png(findings: Findings) -> bytes:
    """The whole answer, drawn by Graphviz. Raises PictureError without it."""
    graph = _graph(picture(findings))
    graph.attr(dpi=str(_DPI))
    return run(str(graph.source), "png")


def _graph(told: Picture) -> graphviz.Digraph:
    graph = graphviz.Digraph("conflictlens")
    heading = _html([f"<b>{_escaped(f'{told.mark} {told.title}')}</b>", _muted(told.where)])
    graph.attr(label=heading, labelloc="t", labeljust="l", fontname=_FONT, fontsize="14")
    graph.attr(tooltip=graphviz.escape(told.description), bgcolor=LIGHT.page, pad="0.2")
    graph.attr(fontcolor=LIGHT.ink, nodesep="0.3", ranksep="0.4")
    graph.attr("node", shape="box", style="rounded,filled", fontname=_FONT, fontsize="11")
    graph.attr("edge", fontname=_FONT, fontsize="10", color=LIGHT.edge, fontcolor=LIGHT.ink)
    graph.attr("edge", arrowsize="0.7")
    for number, group in enumerate(told.groups):
        with graph.subgraph(name=f"cluster{number}") as cluster:
            _fill(cluster, group, framed=len(told.groups) > 1)
    return graph


def _fill(graph: graphviz.Digraph, group: Group, *, framed: bool) -> None:
    words = [f"<b>{_escaped(group.heading)}</b>"] if group.heading else []
    words += [_row(text, caption_role(text)) for text in group.captions]
    graph.attr(
        label=_html(words),
        labeljust="l",
        labelloc="t" if framed else "b",
        fontsize="11",
        color=LIGHT.release_border if framed else LIGHT.page,
        style="rounded",
    )
    led_to = {arrow.target for arrow in group.arrows}
    with graph.subgraph(graph_attr={"rank": "same"}) as top:
        for box in group.boxes:
            if box.id not in led_to:
                top.node(box.id)
    for box in group.boxes:
        rows = [_row(row.text, row.role) for row in box.rows]
        graph.node(box.id, _html(rows), tooltip=graphviz.escape(box.whole), **_looks(box))
    for arrow in group.arrows:
        graph.edge(arrow.source, arrow.target, **_arrow(arrow))


def _arrow(arrow: Arrow) -> dict[str, str]:
    words = {"label": _html([f" {_escaped(row)} " for row in arrow.rows])} if arrow.rows else {}
    style = {"style": "dashed"} if arrow.dashed else {}
    return words | style | {"tooltip": graphviz.escape(arrow.label)}


def _looks(box: Box) -> dict[str, str]:
    dashed = {"style": "rounded,filled,dashed"}
    line = {"fillcolor": LIGHT.line, "color": LIGHT.line_border, "penwidth": "1.5"}
    release = {"fillcolor": LIGHT.release, "color": LIGHT.release_border}
    match box.look:
        case "line":
            return line
        case "other":
            return line | dashed
        case "clash":
            return {"fillcolor": LIGHT.clash, "color": LIGHT.clash_border, "penwidth": "2.5"}
        case "out":
            return release | dashed
        case _:
            return release


def _row(text: str, role: Role) -> str:
    shown = _escaped(text)
    match role:
        case Role.PLACE:
            return _muted(text)
        case Role.NAME:
            return f"<b>{shown}</b>"
        case Role.BAD:
            return f'<font color="{LIGHT.bad}"><b>{shown}</b></font>'
        case Role.FIX:
            return f'<font color="{LIGHT.fix}"><b>{shown}</b></font>'
        case Role.PLAIN:
            return shown


def _muted(text: str) -> str:
    return f'<font point-size="10" color="{LIGHT.muted}">{_escaped(text)}</font>'


def _html(rows: Sequence[str]) -> str:
    """A label of Graphviz's HTML, its rows to the left."""
    return "<" + "".join(f'{row}<br align="left"/>' for row in rows) + ">"


def _escaped(text: str) -> str:
    r"""`text` inside such a label; a backslash would begin an escape such as ``\N``."""
    return escape(text).replace("\\", "&#92;")
