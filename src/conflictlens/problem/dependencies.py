"""One requirement of a release, as it is asked about. For its annotations see `kept`."""

import msgspec

from conflictlens.names import NormalizedName


class Dependency(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What one ``Requires-Dist`` line asks for; `text` is it without its marker.

    `specifier` is canonical text: most are never parsed again, since their mask is known.
    `mended` is the line as it was written where it had to be read leniently.
    """

    text: str
    name: NormalizedName
    specifier: str
    extras: tuple[NormalizedName, ...]
    url: str | None
    mended: str | None = None
