"""An answer as a piece of a notebook: pictures, why, and what to change, as HTML without scripts.

Notebooks show pieces of HTML from many cells on one page, under themes of their own, and drop
parts of those that they do not trust. So there are no ids, words have the page's colours, and
the style names the themes of the usual hosts. Where the style is dropped, a text without a
picture, which it hides, says all; what it would show stays hidden. Pictures are laid out without
Graphviz, in a few milliseconds, and so alike wherever a notebook is run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from itertools import chain

from conflictlens.explanation.records import (
    Change,
    Conflict,
    Findings,
    Fix,
    Outcome,
    UpstreamChange,
)
from conflictlens.names import NormalizedName
from conflictlens.render.blocking import blocker_rows, moved_texts, unrelated_text
from conflictlens.render.changes import (
    FIXES,
    assumed_text,
    change_place,
    change_text,
    dead_end_text,
    fixes_of,
    installed,
    menu_heading,
    repair_heading,
)
from conflictlens.render.escaping import visible
from conflictlens.render.issue import upstream_text
from conflictlens.render.phrases import number, where
from conflictlens.render.picture import picture
from conflictlens.render.picture_records import Group
from conflictlens.render.remarks import note_lines
from conflictlens.render.svg import colours, render_group, style
from conflictlens.render.text import render_text
from conflictlens.render.theme import DARK, LIGHT
from conflictlens.render.wording import NAMED, similar_texts, step_text, summary
from conflictlens.requirements.records import RootRequirement

# JupyterLab and nbconvert, VS Code, Colab, and the pages that Sphinx makes of notebooks.
_LIGHT_HOSTS = (
    ':is([data-jp-theme-light="true"],.vscode-light,.vscode-high-contrast-light,'
    '[theme="light"],[data-theme="light"])'
)
_DARK_HOSTS = (
    ':is([data-jp-theme-light="false"],.vscode-dark,'
    '.vscode-high-contrast:not(.vscode-high-contrast-light),[theme="dark"],[data-theme="dark"])'
)
_LAYOUT = """
.cl-answer .cl-fallback{display:none!important}
.cl-answer .cl-told{display:block!important;line-height:1.45;overflow-wrap:anywhere}
.cl-answer p{margin:.6em 0 .3em}
.cl-answer ol,.cl-answer ul{margin:.2em 0 .5em;padding-left:2em}
.cl-answer details{margin:.5em 0}
.cl-answer summary{cursor:pointer}
.cl-answer code{white-space:pre-wrap;overflow-wrap:anywhere}
.cl-answer .cl-verdict{font-size:1.1em;margin-top:.3em}
.cl-answer .cl-aside{opacity:.75}
.cl-answer svg{display:block;margin:.5em 0}
"""


def render_notebook(findings: Findings) -> str:
    """One element of well-formed HTML; other people's text in it is never markup."""
    return "\n".join(_document(findings)) + "\n"


def _document(findings: Findings) -> Iterator[str]:
    yield '<div class="cl-answer">'
    yield f"<style>{_style()}</style>"
    yield f'<pre class="cl-fallback">{escape(render_text(findings))}</pre>'
    yield '<div class="cl-told" hidden="hidden" style="display:none">'
    yield from _told(findings)
    yield "</div>"
    yield "</div>"


def _style() -> str:
    return f"{style()}{colours(LIGHT, _LIGHT_HOSTS)}{colours(DARK, _DARK_HOSTS)}{_LAYOUT}"


def _told(findings: Findings) -> Iterator[str]:
    shown = picture(findings)
    verdict = _text(f"{shown.mark} {shown.title}")
    yield f'<p class="cl-verdict"><strong>{verdict}</strong> {_span(f"({shown.where})")}</p>'
    for place, (conflict, group) in enumerate(zip(findings.conflicts, shown.groups, strict=True)):
        yield from _conflict(findings, place, conflict, group)
    yield from _blockers(findings)
    if findings.repair is not None and repair_heading(findings):
        yield _paragraph(repair_heading(findings))
        yield from _list("ul", map(_change, findings.repair.changes))
    if findings.outcome is Outcome.RESOLVED:
        yield from _resolution(findings.resolution or {})
    yield from _list("ul", map(_span, note_lines(findings, verbose=False)))


def _conflict(findings: Findings, place: int, conflict: Conflict, group: Group) -> Iterator[str]:
    if group.heading:
        yield f"<p><strong>{_text(group.heading)}</strong></p>"
    sentence = f"{summary(findings, conflict)}."
    yield render_group(group, visible(sentence)).rstrip("\n")
    why = [*_why(findings, conflict)]
    if why:
        yield f'<details open="open"><summary>{_text(sentence)}</summary>'
        yield from (*why, "</details>")
    else:
        yield _paragraph(sentence)
    if findings.supposition is None or findings.repair is None:
        yield from _fixes(findings, place)
    if findings.supposition is None:
        yield from _upstream(one for one in findings.upstream if one.conflict == place)


def _why(findings: Findings, conflict: Conflict) -> Iterator[str]:
    """What the sentence about a conflict leaves out."""
    if len(conflict.lines) > NAMED:
        yield from _list("ul", (_root(findings, root) for root in conflict.core))
    yield from _list("ul", (_text(step_text(findings, conflict, one)) for one in conflict.steps))
    yield from map(_paragraph, similar_texts(findings, conflict))
    if not conflict.minimal:
        because = conflict.interrupted or "the search was cut short"
        yield _paragraph(f"Not proved minimal: {because}.")


def _root(findings: Findings, root: RootRequirement) -> str:
    at = where(findings.target, root)
    kind = " (constraint)" if root.is_constraint else ""
    return f"{_code(root.text)}{f' {_span(at)}' if at else ''}{kind}"


def _fixes(findings: Findings, place: int) -> Iterator[str]:
    """The fixes that the text shows, with the same numbers."""
    fixes = fixes_of(findings, place)
    if fixes:
        yield _paragraph(f"✓ {menu_heading(findings, fixes)}:")
        yield from _list("ol", (_fix(findings, fix) for fix in fixes[:FIXES]))
    if len(fixes) > FIXES:
        yield _paragraph(f"… and {number(len(fixes) - FIXES, 'more fix', 'more fixes')}")
    dead_end = dead_end_text(findings, place)
    if dead_end:
        yield _paragraph(dead_end)


def _fix(findings: Findings, fix: Fix) -> str:
    changes = [
        " ".join(filter(None, (_change(change), _span(installed(change, fix.resolution)))))
        for change in fix.changes
    ]
    return "<br/>".join(filter(None, [*changes, _span(assumed_text(findings, fix))]))


def _change(change: Change) -> str:
    at = change_place(change)
    return f"{f'{_span(at)} ' if at else ''}{_code(change_text(change))}"


def _blockers(findings: Findings) -> Iterator[str]:
    """Who is in the way of what was wanted, or what it changes."""
    rows = blocker_rows(findings)
    if rows:
        yield _paragraph("What blocks it:")
        yield from _list("ul", (f"{_span(at)} {_text(text)}" for at, text in rows))
        yield from map(_paragraph, filter(None, [unrelated_text(findings)]))
        yield from _upstream(findings.upstream)
    supposition = findings.supposition
    if supposition is not None and findings.outcome is Outcome.RESOLVED:
        yield from _list("ul", map(_change, supposition.replaced))
        yield from map(_paragraph, moved_texts(findings, supposition))


def _upstream(changes: Iterable[UpstreamChange]) -> Iterator[str]:
    return (_paragraph(f"{upstream_text(change)}.") for change in changes)


def _resolution(versions: Mapping[NormalizedName, str]) -> Iterator[str]:
    if versions:
        yield f"<details><summary>{number(len(versions), 'version')} to install</summary>"
        yield from _list("ul", (_text(f"{name} {one}") for name, one in versions.items()))
        yield "</details>"


def _list(kind: str, items: Iterable[str]) -> Iterator[str]:
    """Items of HTML; nothing where there are none."""
    lines: Sequence[str] = [f"<li>{item}</li>" for item in items]
    return chain((f"<{kind}>",), lines, (f"</{kind}>",)) if lines else iter(())


def _paragraph(text: str) -> str:
    return f"<p>{_text(text)}</p>"


def _code(text: str) -> str:
    return f"<code>{_text(text)}</code>"


def _span(text: str) -> str:
    """What stands beside the rest, empty for an empty text."""
    return f'<span class="cl-aside">{_text(text)}</span>' if text else ""


def _text(text: str) -> str:
    return escape(visible(text))
