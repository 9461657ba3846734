"""The options of ``%explain``: those of the command line that ask, not those that write."""

from __future__ import annotations

import argparse
import shlex
from typing import NoReturn

from conflictlens.cli.arguments import QUIET, UPSTREAM, Parser, question_options
from conflictlens.errors import InputError

_EXAMPLES = """\
examples:
  %explain numpy>=2 tensorflow==2.12.0 --python 3.11
  %explain -r requirements.txt -c constraints.txt
  %explain 'tomli; python_version < "3.11"'

  %%explain --exclude-newer 2024-05-31
  fastapi==0.95.2
  pydantic>=2.5
"""


class WrongLine(InputError):
    """A line behind ``%explain`` that can't be understood."""


class HelpShown(Exception):
    """Help was asked for, and printed."""


class _MagicParser(Parser):
    """Raises where the command line's would end the process."""

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        if status == 0:
            raise HelpShown
        raise WrongLine((message or "").strip().removeprefix("error: "))


def parsed(line: str) -> argparse.Namespace:
    """The options of a line. Raises WrongLine and HelpShown."""
    arguments = _parser().parse_args(words(line))
    if "-" in (*arguments.requirements, *arguments.requirement, *arguments.constraint):
        raise WrongLine("there is no standard input here; paste requirements below %%explain")
    return arguments


def words(line: str) -> list[str]:
    """Split at blanks that are not quoted; no other sign means anything, as ``>`` in a shell.

    A backslash neither: it stands in paths.
    """
    lexer = shlex.shlex(line, posix=True)
    lexer.whitespace_split = True
    lexer.commenters = ""
    lexer.escape = ""
    try:
        return list(lexer)
    except ValueError as error:
        raise WrongLine(f"a quotation mark is not closed: {line.strip()}") from error


def _parser() -> argparse.ArgumentParser:
    parser = _MagicParser(
        prog="%explain",
        description="Say whether requirements can be installed together, and if not, why. "
        "Below %%explain stand lines as in requirements.txt.",
        epilog=_EXAMPLES,
    )
    question_options(parser)
    answer = parser.add_argument_group("answer")
    answer.add_argument("--upstream", action="store_true", help=UPSTREAM)
    answer.add_argument("-q", "--quiet", action="store_true", help=QUIET)
    return parser
