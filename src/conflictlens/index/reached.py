"""What comes of asking whether an index answers."""

from __future__ import annotations

import msgspec

from conflictlens.errors import IndexFailure


class Reached(msgspec.Struct, frozen=True):
    """What a server said within `seconds`.

    `files` is the number of links on the page, None where there is no such page. `clock` is how
    many seconds the local clock is ahead of the server's, None where it does not tell the time.
    """

    url: str
    status: int
    seconds: float
    files: int | None = None
    clock: float | None = None
    proxy: str | None = None


class Unreached(msgspec.Struct, frozen=True):
    url: str
    failure: IndexFailure
    proxy: str | None = None


class NoWay(msgspec.Struct, frozen=True):
    """Nothing could be asked: the proxy that is named can be none."""

    url: str
    reason: str


Reach = Reached | Unreached | NoWay
