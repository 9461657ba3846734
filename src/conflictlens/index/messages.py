"""Requests as httpcore takes them, and the header fields of its responses."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Mapping
from urllib.parse import quote, urlsplit

import httpcore

from conflictlens import __version__
from conflictlens.errors import IndexUnreachable
from conflictlens.index.codings import ACCEPTED

_TIMEOUTS = {"connect": 10.0, "read": 20.0, "write": 20.0}
_AGENT = f"conflictlens/{__version__}".encode()
_SCHEMES = ("http", "https")
_LEFT_AS_IT_IS = "%/:?#[]@!$&'()*+,;=~"
"""What stands in a path or a query for itself, or is escaped already (RFC 3986)."""


def get_request(
    url: str, headers: Mapping[str, str], credentials: tuple[str, str] | None
) -> httpcore.Request:
    """A GET of `url`; raises `IndexUnreachable` for what is no URL of a server."""
    address, host = _address(url)
    fields = {b"Host": host, b"User-Agent": _AGENT, b"Accept": b"*/*", b"Accept-Encoding": ACCEPTED}
    fields.update((name.encode(), value.encode()) for name, value in headers.items())
    if credentials is not None:
        pair = b64encode(":".join(credentials).encode())
        fields[b"Authorization"] = b"Basic " + pair
    return httpcore.Request(
        "GET", address, headers=list(fields.items()), extensions={"timeout": _TIMEOUTS}
    )


def _address(url: str) -> tuple[httpcore.URL, bytes]:
    """Where to ask for `url`, and the Host field that goes with it."""
    try:
        parts = urlsplit(url)
        port = parts.port
        host = _ascii(parts.hostname or "")
    except ValueError as error:
        # UnicodeError is one.
        raise IndexUnreachable(url, str(error)) from error
    if parts.scheme not in _SCHEMES or not host:
        raise IndexUnreachable(url, "not the address of a server")
    target = quote(parts.path or "/", safe=_LEFT_AS_IT_IS)
    if parts.query:
        target += f"?{quote(parts.query, safe=_LEFT_AS_IT_IS)}"
    named = f"[{host}]" if ":" in host else host
    field = named if port is None else f"{named}:{port}"
    address = httpcore.URL(
        scheme=parts.scheme.encode(), host=host.encode(), port=port, target=target.encode()
    )
    return address, field.encode()


def _ascii(host: str) -> str:
    """An international name as the name service knows it (IDNA)."""
    return host if host.isascii() else host.encode("idna").decode()


def lower_case(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Header fields by name in lower case; one that comes twice is joined (RFC 9110, 5.2)."""
    fields: dict[str, str] = {}
    for name, value in headers:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        fields[key] = f"{fields[key]}, {text}" if key in fields else text
    return fields
