"""An answer as workflow commands of GitHub Actions, which show it beside the lines of a change.

Each line of a conflict that stands in a file gets an ``error`` of its own, since whoever reviews
a change sees the lines that it touches; a conflict of arguments gets one without a place. A
resolution says nothing, as linters do: the exit code tells.
"""

from __future__ import annotations

from collections.abc import Iterator

from conflictlens.explanation.records import Findings, Outcome
from conflictlens.render.annotation import annotation, filed
from conflictlens.render.escaping import visible
from conflictlens.render.verdict import headline
from conflictlens.requirements.records import Origin


def render_github(findings: Findings) -> str:
    """A command a line; other people's text in them ends no command and begins none."""
    return "".join(f"{line}\n" for line in _commands(findings))


def _commands(findings: Findings) -> Iterator[str]:
    title = visible(headline(findings).sentence)
    for number, conflict in enumerate(findings.conflicts):
        text = annotation(findings, number)
        for root in filed(conflict):
            yield _command("error", text, title, root.origin)
        if not filed(conflict):
            yield _command("error", text, title)
    if findings.outcome is Outcome.UNDECIDED:
        yield _command("warning", title, "conflictlens")


def _command(level: str, message: str, title: str, origin: Origin | None = None) -> str:
    where = "" if origin is None else f"file={_property(origin.path or '')},line={origin.line},"
    return f"::{level} {where}title={_property(title)}::{_data(message)}"


def _data(text: str) -> str:
    """Escaped as @actions/core does it, which runners undo."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(visible(text)).replace(":", "%3A").replace(",", "%2C")
