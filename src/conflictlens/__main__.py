"""``python -m conflictlens`` and the console command."""

from __future__ import annotations

import gc
import sys


def main() -> int:
    """Run the command line in this process, and end it."""
    # An answer makes hundreds of thousands of records and hardly a cycle, and so does importing
    # what it needs: collecting less often saves a tenth of its time.
    gc.set_threshold(200_000)
    from conflictlens.cli.lean import import_argparse

    import_argparse()
    from conflictlens.cli.main import process

    return process()


if __name__ == "__main__":
    sys.exit(main())
