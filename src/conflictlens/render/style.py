"""How a text is laid out, apart from what lays it out: most answers to programs need neither."""

from __future__ import annotations

import msgspec


class Style(msgspec.Struct, frozen=True):
    """`width` in columns; `verbose` leaves nothing out."""

    width: int = 80
    colour: bool = False
    verbose: bool = False


PLAIN = Style()
