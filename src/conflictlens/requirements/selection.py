"""What was chosen from a project beside its dependencies."""

from __future__ import annotations

import msgspec


class Selection(msgspec.Struct, frozen=True):
    """Extras (PEP 621) and dependency groups (PEP 735), by the names that the user gave."""

    extras: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
