"""What another project would have to loosen: as one line, and as an issue that is ready to file.

An issue names the requirements but no file of the user's, and says what was verified and what
was not. Its body is Markdown; other people's text in it is neither markup nor HTML.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

import msgspec

from conflictlens.errors import mask_credentials
from conflictlens.explanation.records import Findings, UpstreamChange
from conflictlens.render.escaping import code_span, markdown, visible
from conflictlens.render.layout import wrapped
from conflictlens.render.phrases import circumstances, number
from conflictlens.render.wording import step_text
from conflictlens.requirements.records import RootRequirement


class Issue(msgspec.Struct, frozen=True):
    """An issue for the tracker of `project`; the body is Markdown."""

    project: str
    title: str
    body: str


def upstream_lines(findings: Findings, conflicts: Collection[int], width: int) -> list[str]:
    """``Upstream: tensorflow 2.12.0 would have to allow numpy 2.0.2 (it says numpy<1.24)``."""
    changes = [change for change in findings.upstream if change.conflict in conflicts]
    return [line for change in changes for line in wrapped(upstream_text(change), width, 2, 4)]


def upstream_text(change: UpstreamChange) -> str:
    either = f"; {change.newest} does not allow it either" if change.newest else ""
    text = (
        f"Upstream: {change.project} {change.version} would have to allow {change.target} "
        f"{change.allowed} (it says {change.declares}{either})"
    )
    return visible(text)


def issues(findings: Findings) -> tuple[Issue, ...]:
    """An issue for each change that another project could make."""
    return tuple(_issue(findings, change) for change in findings.upstream)


def render_issues(findings: Findings) -> str:
    """The issues one after the other, to be copied from; empty where there are none."""
    return "".join(
        f"\nIssue for {visible(one.project)}\n\n{one.title}\n\n{one.body}"
        for one in issues(findings)
    )


def markdown_issues(findings: Findings) -> str:
    """The same as Markdown, each under a heading."""
    return "".join(
        f"\n### Issue for {markdown(one.project)}\n\n**{markdown(one.title)}**\n\n{one.body}"
        for one in issues(findings)
    )


def _issue(findings: Findings, change: UpstreamChange) -> Issue:
    says = f"{change.version} requires {change.declares}"
    title = visible(f"Allow {change.target} {change.allowed} ({says})")
    return Issue(change.project, title, "".join(f"{line}\n" for line in _body(findings, change)))


def _body(findings: Findings, change: UpstreamChange) -> Iterator[str]:
    conflict = findings.conflicts[change.conflict]
    release = markdown(f"{change.project} {change.version}")
    yield f"The metadata of {release} declare"
    yield from ("", f"- {code_span(f'Requires-Dist: {change.requirement}')}", "")
    if change.newest is not None:
        yield f"and so does, in effect, {markdown(str(change.newest))}, the newest release."
        yield ""
    where = markdown(circumstances(findings))
    yield f"These requirements can't be installed together because of that ({where}):"
    yield from ("", *(f"- {code_span(_shown(root))}" for root in conflict.core), "")
    yield "since"
    yield ""
    yield from (f"1. {code_span(step_text(findings, conflict, s))}" for s in conflict.steps)
    if change.chain:
        yield ""
        yield f"{markdown(change.project)} is needed this way: {_way(change)}."
    yield from ("", "A release that is the same but declares", "")
    yield from (f"- {code_span(f'Requires-Dist: {change.loosened}')}", "")
    yield (
        "resolves this: the requirements were solved again with such a release in the place of "
        f"{release}, and {_outcome(change)} can be installed together."
    )
    yield from ("", f"That is what the metadata say. Whether {release} works with {_new(change)}")
    yield "was not tried."


def _way(change: UpstreamChange) -> str:
    texts = [_shown(change.root), *(fact.requirement for fact in change.chain)]
    return " → ".join(map(code_span, texts))


def _outcome(change: UpstreamChange) -> str:
    others = len(change.resolution) - 2
    more = f" and {number(others, 'other project')}" if others > 0 else ""
    pair = [markdown(f"{change.project} {change.version}"), _new(change)]
    return (", ".join(pair) if more else " and ".join(pair)) + more


def _new(change: UpstreamChange) -> str:
    return markdown(f"{change.target} {change.allowed}")


def _shown(root: RootRequirement) -> str:
    return mask_credentials(root.text) + (" (constraint)" if root.is_constraint else "")
