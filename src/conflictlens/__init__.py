"""conflictlens: why requirements can't be installed together, proved, and what to change.

What stands here is loaded when it is first used, so that importing the package costs nothing.
"""

from __future__ import annotations

# Importing `typing` for its constant would take longer than all the rest.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from conflictlens.answer import Explanation
    from conflictlens.errors import (
        BudgetSpent,
        ConflictlensError,
        IndexFailure,
        InputError,
        PictureError,
        RequirementsError,
        SnapshotError,
    )
    from conflictlens.index.memory import MemoryIndex
    from conflictlens.index.snapshot import read_snapshot
    from conflictlens.library import explain, why_not

__version__ = "0.1.0"

__all__ = [
    "BudgetSpent",
    "ConflictlensError",
    "Explanation",
    "IndexFailure",
    "InputError",
    "MemoryIndex",
    "PictureError",
    "RequirementsError",
    "SnapshotError",
    "__version__",
    "explain",
    "read_snapshot",
    "why_not",
]

_HOMES = {
    "BudgetSpent": "errors",
    "ConflictlensError": "errors",
    "Explanation": "answer",
    "IndexFailure": "errors",
    "InputError": "errors",
    "MemoryIndex": "index.memory",
    "PictureError": "errors",
    "RequirementsError": "errors",
    "SnapshotError": "errors",
    "explain": "library",
    "load_ipython_extension": "notebook.magics",
    "read_snapshot": "index.snapshot",
    "why_not": "library",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value: object = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
