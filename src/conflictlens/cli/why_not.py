"""``conflictlens why-not``."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from collections.abc import Sequence

from conflictlens.answer import Explanation
from conflictlens.cli.asking import asked, other_python
from conflictlens.cli.explain import write_explanation
from conflictlens.cli.output import chosen_format, warn
from conflictlens.cli.progress import Progress, line_on
from conflictlens.errors import InputError
from conflictlens.requirements.arguments import TextArgument, argument
from conflictlens.requirements.reading import read_requirements
from conflictlens.requirements.workspace import Workspace
from conflictlens.whatif import why_not as answer


class NothingWanted(InputError):
    """Only files were given where a wanted requirement must be."""

    def __init__(self, file: str) -> None:
        self.file = file
        super().__init__(f"nothing is wanted; try: conflictlens why-not 'numpy>=2' -r {file}")


def wishes(texts: Sequence[str]) -> tuple[list[str], list[str]]:
    """The requirements among the words of a command, and the files. Raises NothingWanted."""
    workspace = Workspace(os.getcwd(), os.environ)
    files = [text for text in texts if not isinstance(argument(text, workspace), TextArgument)]
    wanted = [text for text in texts if text not in files]
    if not wanted:
        raise NothingWanted(files[0])
    return wanted, files


def why_not(arguments: argparse.Namespace) -> int:
    form = chosen_format(arguments.format, arguments.output)
    wanted, arguments.requirements = wishes(arguments.wanted)
    roots = read_requirements(wanted).roots
    # What is said about missing input repeats the command as far as it was given.
    arguments.typed = shlex.join(["conflictlens", "why-not", *wanted])
    question = asked(arguments)
    if not arguments.quiet:
        warn(other_python(question.question))
    line = line_on(sys.stderr, arguments.quiet)
    with question.index() as index, Progress(index.stats, line) as progress:
        findings = answer(question.question, roots, index, question.budget, progress)
    if not arguments.quiet:
        warn(index.stats.notes)
    return write_explanation(Explanation(findings), form, arguments)
