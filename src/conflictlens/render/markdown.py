"""An answer as Markdown, to be put into an issue or a pull request."""

from __future__ import annotations

from collections.abc import Iterator

from conflictlens.explanation.records import Conflict, Findings, Outcome
from conflictlens.render.blocking import blocker_rows
from conflictlens.render.changes import assumed_text, but_for_unread, change_text, installed
from conflictlens.render.escaping import code_span, markdown
from conflictlens.render.issue import upstream_text
from conflictlens.render.mermaid import conflict_diagram
from conflictlens.render.phrases import place, where
from conflictlens.render.picture import picture
from conflictlens.render.picture_records import Picture
from conflictlens.render.remarks import note_lines
from conflictlens.render.verdict import headline
from conflictlens.render.wording import similar_texts, step_text, summary
from conflictlens.requirements.records import OriginKind, RootRequirement


def render_markdown(findings: Findings) -> str:
    """The whole answer; other people's text in it is neither markup nor HTML."""
    return "".join(f"{line}\n" for line in _lines(findings))


def _lines(findings: Findings) -> Iterator[str]:
    yield f"### {markdown(str(headline(findings)))}"
    told = picture(findings)
    for number, conflict in enumerate(findings.conflicts):
        yield from _conflict(findings, number, conflict, told)
    yield from _blockers(findings)
    if findings.outcome is Outcome.RESOLVED:
        yield from _resolution(findings)
    notes = note_lines(findings, verbose=False)
    if notes:
        yield ""
        yield from (f"- {markdown(note)}" for note in notes)


def _conflict(findings: Findings, number: int, conflict: Conflict, told: Picture) -> Iterator[str]:
    yield ""
    yield f"{markdown(summary(findings, conflict))}."
    yield ""
    yield from ("```mermaid", conflict_diagram(told, number).rstrip("\n"), "```")
    yield ""
    yield from (_root(findings, root) for root in conflict.core)
    yield ""
    for step in conflict.steps:
        yield f"1. {code_span(step_text(findings, conflict, step))}"
    for text in similar_texts(findings, conflict):
        yield ""
        yield f"{markdown(text)}."
    if not conflict.minimal:
        yield ""
        yield f"Not proved minimal: {markdown(conflict.interrupted or 'the search was cut short')}."
    yield from _fixes(findings, number)
    for change in (one for one in findings.upstream if one.conflict == number):
        yield from ("", f"{markdown(upstream_text(change))}.")


def _root(findings: Findings, root: RootRequirement) -> str:
    if root.origin.kind is OriginKind.TARGET:
        return f"- {code_span(root.text)}, {where(findings.target, root)}"
    at = place(root)
    kind = " (constraint)" if root.is_constraint else ""
    return f"- {code_span(root.text)}" + (f" in {code_span(at)}" if at else "") + kind


def _fixes(findings: Findings, conflict: int) -> Iterator[str]:
    fixes = [fix for fix in findings.fixes if fix.conflict == conflict and fix.verified]
    if fixes:
        yield ""
        works = "The only fix found" if len(fixes) == 1 and fixes[0].only else "Tried and works"
        yield f"{works}{but_for_unread(findings)}:"
        yield ""
    for fix in fixes:
        told = [
            " ".join(
                filter(None, [code_span(change_text(change)), installed(change, fix.resolution)])
            )
            for change in fix.changes
        ]
        assumed = assumed_text(findings, fix)
        yield f"- {'; '.join(told)}" + (f", {markdown(assumed)}" if assumed else "")


def _blockers(findings: Findings) -> Iterator[str]:
    """Who is in the way of what was wanted, and the changes that let it in."""
    if findings.blockers:
        yield ""
        yield "What blocks it:"
        yield ""
        yield from (f"- {code_span(f'{at} {text}')}" for at, text in blocker_rows(findings))
    if findings.supposition is not None and findings.repair is not None:
        yield ""
        yield "To get there:"
        yield ""
        yield from (f"- {code_span(change_text(one))}" for one in findings.repair.changes)


def _resolution(findings: Findings) -> Iterator[str]:
    if not findings.resolution:
        return
    yield ""
    yield "| project | version |"
    yield "|---|---|"
    for name, version in findings.resolution.items():
        yield f"| {markdown(name)} | {markdown(str(version))} |"
