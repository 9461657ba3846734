"""From the arguments of the process to its exit code."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Sequence

from conflictlens.cli.arguments import parser
from conflictlens.errors import ConflictlensError

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
    _import_msgspec()
    # Imported here: --help and --version must not load what only an answer needs.
    if arguments.command == "snapshot":
        from conflictlens.cli.snapshot import snapshot

        return snapshot(arguments)
    if arguments.command == "diagnose":
        from conflictlens.cli.diagnose import diagnose

        return diagnose(arguments)
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


def _import_msgspec() -> None:
    """Import msgspec without typing_extensions.

    msgspec takes from it what `typing` has since Python 3.11, at the price of a tenth of the
    start. It is hidden for this one import, in a process that has no other thread yet.
    """
    hidden = "typing_extensions" not in sys.modules
    if hidden:
        sys.modules["typing_extensions"] = None  # type: ignore[assignment]
    try:
        import msgspec  # noqa: F401
    finally:
        if hidden:
            del sys.modules["typing_extensions"]
