"""From the arguments of the process to its exit code."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from conflictlens.cli.arguments import parser

INTERRUPTED = 130


BUG = 70
"""EX_SOFTWARE of sysexits.h: a bug must not look like a conflict, which is 1."""


def process() -> int:
    """`main` in a process of its own, whose standard streams may be closed; ends the process.

    Returns, for the interpreter to end in its own way, only where a stream can't be written.
    """
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    if sys.stdout is None:
        print("error: standard output is closed", file=sys.stderr)
        return 2
    try:
        code = main()
    except SystemExit as left:
        code = left.code if isinstance(left.code, int) else 2
    except Exception:  # noqa: BLE001
        import traceback

        traceback.print_exc()
        code = BUG
    return _leave(code)


def _leave(code: int) -> int:
    """End without taking the interpreter down, which frees every record one by one.

    That would be a fifth of a warm answer's time. What must be closed was closed by then.
    """
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        return code
    os._exit(code)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. Errors that are meant for the user are told on standard error."""
    given = sys.argv[1:] if argv is None else argv
    arguments = parser(given[0] if given else "").parse_args(given)
    # Imported here: --help and --version must not load what only an answer needs.
    from conflictlens.cli.lean import import_msgspec

    import_msgspec()
    from conflictlens.errors import ConflictlensError

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
    if arguments.command == "snapshot":
        from conflictlens.cli.snapshot import snapshot

        return snapshot(arguments)
    if arguments.command == "diagnose":
        from conflictlens.cli.diagnose import diagnose

        return diagnose(arguments)
    if arguments.command == "doctor":
        from conflictlens.cli.doctor import doctor

        return doctor(arguments)
    if arguments.command == "run":
        from conflictlens.cli.run import run

        return run(arguments)
    if arguments.command == "fix":
        from conflictlens.cli.fix import fix

        return fix(arguments)
    if arguments.command == "why-not":
        from conflictlens.cli.why_not import why_not

        return why_not(arguments)
    from conflictlens.cli.explain import explain

    return explain(arguments)
