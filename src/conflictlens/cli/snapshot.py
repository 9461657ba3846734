"""``conflictlens snapshot``."""

from __future__ import annotations

import argparse
import sys

from conflictlens.answer import EXIT_CODES
from conflictlens.cli.asking import asked, other_python
from conflictlens.cli.output import say, warn
from conflictlens.cli.progress import Progress, line_on
from conflictlens.cli.recorded import recorded_question
from conflictlens.explanation.records import Outcome
from conflictlens.index.recording import RecordingIndex
from conflictlens.index.snapshot import write_snapshot
from conflictlens.pipeline import find
from conflictlens.render.verdict import headline


def snapshot(arguments: argparse.Namespace) -> int:
    """Undecided is an exit code of its own: the file may lack what an answer needs."""
    question = asked(arguments)
    if not arguments.quiet:
        warn(other_python(question.question))
    line = line_on(sys.stderr, arguments.quiet)
    with question.index() as inner, Progress(inner.stats, line) as progress:
        index = RecordingIndex(inner)
        findings = find(question.question, index, question.budget, progress)
    recorded = index.snapshot(recorded_question(question.question))
    write_snapshot(recorded, arguments.output)
    if not arguments.quiet:
        say(f"{arguments.output}: {headline(findings)}")
    undecided = findings.outcome is Outcome.UNDECIDED and findings.partial is None
    return EXIT_CODES[findings.outcome] if undecided else 0
