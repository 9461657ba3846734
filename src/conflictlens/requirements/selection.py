"""What was chosen from a project beside its dependencies."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Selection:
    """Extras (PEP 621) and dependency groups (PEP 735), by the names that the user gave."""

    extras: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
