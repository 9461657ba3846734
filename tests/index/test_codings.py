"""Bodies that come compressed."""

from __future__ import annotations

import gzip
import zlib
from functools import reduce

import pytest

from conflictlens.index.codings import decoders

TEXT = b"conflict " * 1000


def raw(data: bytes) -> bytes:
    deflating = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return deflating.compress(data) + deflating.flush()


def decoded(header: str, body: bytes, size: int) -> bytes:
    steps = decoders(header)
    pieces = (body[start : start + size] for start in range(0, len(body), size))
    return b"".join(reduce(lambda data, step: step.decode(data), steps, piece) for piece in pieces)


@pytest.mark.parametrize("size", [7, 100_000])
@pytest.mark.parametrize(
    ("header", "body"),
    [
        ("", TEXT),
        ("identity", TEXT),
        ("gzip", gzip.compress(TEXT, mtime=0)),
        ("X-GZIP", gzip.compress(TEXT, mtime=0)),
        ("deflate", zlib.compress(TEXT)),
        ("deflate", raw(TEXT)),
        ("deflate, gzip", gzip.compress(zlib.compress(TEXT), mtime=0)),
        ("unheard-of", TEXT),
    ],
    ids=lambda value: value if isinstance(value, str) else "body",
)
def test_codings_are_undone(header: str, body: bytes, size: int) -> None:
    assert decoded(header, body, size) == TEXT


@pytest.mark.parametrize("header", ["gzip", "deflate"])
def test_what_is_not_coded_so_is_an_error(header: str) -> None:
    with pytest.raises(zlib.error):
        decoded(header, TEXT, 100)
