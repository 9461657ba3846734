"""From the arguments of the process to its exit code."""

from __future__ import annotations

import argparse
import gc
import os
import sys
import traceback
from collections.abc import Sequence

from conflictlens.cli.arguments import parser
from conflictlens.errors import ConflictlensError

INTERRUPTED = 130


BUG = 70
"""EX_SOFTWARE of sysexits.h: a bug must not look like a conflict, which is 1."""


def process() -> int:
    """`main` in a process whose standard streams may be closed."""
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    if sys.stdout is None:
        print("error: standard output is closed", file=sys.stderr)
        return 2
    try:
        return main()
    except Exception:  # noqa: BLE001
        traceback.print_exc()
        return BUG


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. Errors that are meant for the user are told on standard error."""
    arguments = parser().parse_args(argv)
    try:
        return _run(arguments)
    except ConflictlensError as error:
        from conflictlens.cli.output import complain

        complain(error)
        return error.exit_code
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return INTERRUPTED


def _run(arguments: argparse.Namespace) -> int:
    # An answer makes hundreds of thousands of records and hardly a cycle: collecting less often
    # saves a tenth of its time.
    gc.set_threshold(200_000)
    # Imported here: --help and --version must not load what only an answer needs.
    if arguments.command == "snapshot":
        from conflictlens.cli.snapshot import snapshot

        return snapshot(arguments)
    if arguments.command == "fix":
        from conflictlens.cli.fix import fix

        return fix(arguments)
    if arguments.command == "why-not":
        from conflictlens.cli.why_not import why_not

        return why_not(arguments)
    from conflictlens.cli.explain import explain

    return explain(arguments)
