"""What the index adds to a diagnosis: ways that are cheaper than what the log asks for."""

from __future__ import annotations

import argparse
import time

from conflictlens.cli.output import say
from conflictlens.diagnosis.records import Diagnosis
from conflictlens.errors import IndexFailure, InputError

PATIENCE = 5.0
"""Seconds: the diagnosis stands without it."""


def confirmed(diagnosis: Diagnosis, arguments: argparse.Namespace) -> Diagnosis:
    """With what the index confirms put first; unchanged where it has nothing, or can't be asked."""
    from conflictlens.remedies import applies

    if not applies(diagnosis) or arguments.no_explain or arguments.index_snapshot:
        return diagnosis
    from conflictlens.cli.asking import options_of
    from conflictlens.diagnosis.rules import table
    from conflictlens.library import Access
    from conflictlens.remedies import cheaper_ways
    from conflictlens.render.cheaper import with_ways

    access = Access(arguments.cache_dir, not arguments.no_cache, arguments.offline)
    deadline = time.monotonic() + min(PATIENCE, arguments.timeout)
    try:
        with access.open(options_of(arguments), deadline) as index:
            ways = cheaper_ways(
                diagnosis, index, table().substitutes, arguments.python, arguments.platform
            )
    except (IndexFailure, InputError) as error:
        if arguments.verbose:
            say(f"note: whether there is a wheel could not be asked: {error}")
        return diagnosis
    return with_ways(diagnosis, ways)
