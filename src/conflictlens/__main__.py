"""``python -m conflictlens`` and the console command."""

from __future__ import annotations

import sys

from conflictlens.cli.main import process as main

if __name__ == "__main__":
    sys.exit(main())
