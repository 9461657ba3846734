"""``conflictlens explain``."""

from __future__ import annotations

import argparse
import sys

from conflictlens.cli.asking import asked, other_python
from conflictlens.cli.output import chosen_format, in_colour, warn, width, write_answer
from conflictlens.cli.progress import Progress
from conflictlens.cli.streaming import Streaming
from conflictlens.library import Explanation
from conflictlens.pipeline import find
from conflictlens.render.text import Style, render_text


def explain(arguments: argparse.Namespace) -> int:
    form = chosen_format(arguments.format, arguments.output)
    question = asked(arguments)
    if not arguments.quiet:
        warn(other_python(question.question))
    streams = form == "text" and arguments.output is None and sys.stdout.isatty()
    with question.index() as index, Progress(index.stats, sys.stderr, arguments.quiet) as progress:
        reporter = Streaming(progress, _style(arguments)) if streams else progress
        findings = find(question.question, index, question.budget, reporter)
    if not arguments.quiet:
        warn(index.stats.notes)
    explanation = Explanation(findings)
    if not isinstance(reporter, Streaming):
        return write_explanation(explanation, form, arguments)
    write_answer(reporter.rest(render_text(findings, _style(arguments))), form, None)
    return explanation.exit_code


def write_explanation(explanation: Explanation, form: str, arguments: argparse.Namespace) -> int:
    """Write an answer where the options of output say; the exit code."""
    write_answer(_rendered(explanation, form, arguments), form, arguments.output)
    return explanation.exit_code


def _rendered(explanation: Explanation, form: str, arguments: argparse.Namespace) -> str:
    match form:
        case "json":
            return explanation.to_json()
        case "markdown":
            return explanation.to_markdown()
        case _:
            return render_text(explanation.findings, _style(arguments))


def _style(arguments: argparse.Namespace) -> Style:
    if arguments.output is not None:
        return Style(colour=arguments.color == "always", verbose=arguments.verbose)
    return Style(
        width=width(sys.stdout),
        colour=in_colour(arguments.color, sys.stdout),
        verbose=arguments.verbose,
    )
