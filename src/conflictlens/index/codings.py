"""Bodies that come compressed (RFC 9110, section 8.4.1): gzip and deflate, what is asked for."""

from __future__ import annotations

import zlib

ACCEPTED = b"gzip, deflate"

_GZIP = zlib.MAX_WBITS | 16
_RAW = -zlib.MAX_WBITS


class Decoder:
    """Undoes one coding, piece by piece; raises `zlib.error` for what was not coded so."""

    def __init__(self, coding: str) -> None:
        self._is_gzip = coding in ("gzip", "x-gzip")
        self._inflate = zlib.decompressobj(_GZIP if self._is_gzip else zlib.MAX_WBITS)
        self._is_first = True

    def decode(self, data: bytes) -> bytes:
        first, self._is_first = self._is_first, False
        try:
            return self._inflate.decompress(data)
        except zlib.error:
            if self._is_gzip or not first:
                raise
            # Some servers send deflate without the wrapping that it has in HTTP.
            self._inflate = zlib.decompressobj(_RAW)
            return self._inflate.decompress(data)


def decoders(header: str) -> list[Decoder]:
    """What undoes the codings of a Content-Encoding header, in turn, as far as they are known."""
    codings = [coding.strip().lower() for coding in header.split(",")]
    known = [coding for coding in codings if coding in ("gzip", "x-gzip", "deflate")]
    return [Decoder(coding) for coding in reversed(known)]
