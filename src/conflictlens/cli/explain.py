"""``conflictlens explain``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from conflictlens.answer import Explanation
from conflictlens.cli.asking import asked, other_python
from conflictlens.cli.output import (
    chosen_format,
    in_colour,
    say,
    warn,
    width,
    write_answer,
    write_picture,
)
from conflictlens.cli.progress import Progress, line_on
from conflictlens.pipeline import find
from conflictlens.render.style import Style

if TYPE_CHECKING:
    # Only for an answer on a terminal.
    from conflictlens.cli.streaming import Streaming


def explain(arguments: argparse.Namespace) -> int:
    form = chosen_format(arguments.format, arguments.output)
    question = asked(arguments)
    if not arguments.quiet:
        warn(other_python(question.question))
    streams = form == "text" and arguments.output is None and sys.stdout.isatty()
    line = line_on(sys.stderr, arguments.quiet)
    with question.index() as index, Progress(index.stats, line) as progress:
        streaming = _streaming(progress, arguments) if streams else None
        findings = find(question.question, index, question.budget, streaming or progress)
    if not arguments.quiet:
        warn(index.stats.notes)
    shown = "" if streaming is None else streaming.shown
    return write_explanation(Explanation(findings), form, arguments, shown)


def _streaming(progress: Progress, arguments: argparse.Namespace) -> Streaming:
    from conflictlens.cli.streaming import Streaming

    return Streaming(progress, _style(arguments))


def write_explanation(
    explanation: Explanation, form: str, arguments: argparse.Namespace, shown: str = ""
) -> int:
    """Write an answer where the options of output say, `shown` of it apart; the exit code."""
    if form == "png":
        write_picture(explanation.to_png(), arguments.output)
    else:
        answer = _rendered(explanation, form, arguments)
        write_answer(_rest(answer, shown), form, arguments.output)
    if arguments.upstream and not arguments.quiet:
        say(*_nothing_upstream(explanation))
    return explanation.exit_code


def _rest(answer: str, shown: str) -> str:
    if not shown:
        return answer
    from conflictlens.cli.streaming import rest

    return rest(answer, shown)


def _rendered(explanation: Explanation, form: str, arguments: argparse.Namespace) -> str:
    match form:
        case "json":
            return explanation.to_json()
        case "markdown":
            return explanation.to_markdown(issues=arguments.upstream)
        case "tree":
            style = _style(arguments)
            return explanation.to_tree(color=style.colour, width=style.width)
        case "mermaid":
            return explanation.to_mermaid()
        case "dot":
            return explanation.to_dot()
        case "svg":
            return explanation.to_svg()
        case "html":
            return explanation.to_html()
        case "github":
            return explanation.to_github()
        case "sarif":
            return explanation.to_sarif()
        case _:
            return _text(explanation, arguments)


def _nothing_upstream(explanation: Explanation) -> Iterator[str]:
    for number in range(len(explanation.conflicts)):
        if all(change.conflict != number for change in explanation.upstream):
            where = f"conflict {number + 1}: " if len(explanation.conflicts) > 1 else ""
            yield f"{where}no project was found that could resolve it by loosening one requirement"


def _text(explanation: Explanation, arguments: argparse.Namespace) -> str:
    style = _style(arguments)
    return explanation.to_text(
        color=style.colour, width=style.width, verbose=style.verbose, issues=arguments.upstream
    )


def _style(arguments: argparse.Namespace) -> Style:
    if arguments.output is not None:
        return Style(colour=arguments.color == "always", verbose=arguments.verbose)
    return Style(
        width=width(sys.stdout),
        colour=in_colour(arguments.color, sys.stdout),
        verbose=arguments.verbose,
    )
