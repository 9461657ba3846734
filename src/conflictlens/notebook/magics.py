"""``%load_ext conflictlens``: ``%explain`` and ``%%explain``."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Protocol

from IPython.core.getipython import get_ipython

from conflictlens.answer import Explanation
from conflictlens.cli.asking import asked, other_python
from conflictlens.cli.output import complaint, warn
from conflictlens.cli.progress import Progress
from conflictlens.errors import ConflictlensError
from conflictlens.notebook.arguments import HelpShown, parsed
from conflictlens.notebook.display import DisplayLine
from conflictlens.pipeline import find
from conflictlens.render.escaping import visible
from conflictlens.requirements.workspace import Contents

CELL = "<cell>"
"""What stands for the name of a file where the lines are those of a cell."""


class Stopped(Exception):
    """Shown as its text alone: whoever wrote the cell is to read it, and no traceback."""

    def _render_traceback_(self) -> list[str]:
        return str(self).splitlines()


class Interrupted(KeyboardInterrupt):
    """The user's, without the traceback of what was under way."""

    def _render_traceback_(self) -> list[str]:
        return ["interrupted"]


class Shell(Protocol):
    """What is needed of IPython's ``InteractiveShell``."""

    def register_magic_function(
        self, func: Callable[..., object], magic_kind: str, magic_name: str
    ) -> None: ...


def load_ipython_extension(shell: Shell) -> None:
    """What ``%load_ext conflictlens`` calls."""
    shell.register_magic_function(explain, "line_cell", "explain")


def explain(line: str, cell: str | None = None) -> Explanation | None:
    """Say whether requirements can be installed together, and if not, why.

    %explain numpy>=2 tensorflow==2.12.0 --python 3.11

    takes requirements, files and the options of the command line; ``%explain --help`` lists them.
    Below ``%%explain`` and its options stand lines as in requirements.txt. The value is the
    `Explanation`: ``answer = %explain numpy>=2``.
    """
    try:
        return _answer(line, cell)
    except HelpShown:
        return None
    except ConflictlensError as error:
        raise Stopped("\n".join(map(visible, complaint(error)))) from None
    except KeyboardInterrupt:
        raise Interrupted from None


def _answer(line: str, cell: str | None) -> Explanation:
    arguments = parsed(line)
    given: Contents = {}
    if cell is not None and cell.strip():
        arguments.requirement.append(CELL)
        # Editors count the line of the magic.
        given[os.path.realpath(CELL)] = f"\n{cell}"
    question = asked(arguments, given)
    if not arguments.quiet:
        warn(other_python(question.question))
    shown = DisplayLine() if _in_kernel() and not arguments.quiet else None
    with question.index() as index, Progress(index.stats, shown) as progress:
        findings = find(question.question, index, question.budget, progress)
    if not arguments.quiet:
        warn(index.stats.notes)
    return Explanation(findings)


def _in_kernel() -> bool:
    """Whether a page shows what is displayed, and not a terminal or nobody."""
    return getattr(get_ipython(), "kernel", None) is not None
