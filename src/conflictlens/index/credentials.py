"""User names and passwords of indexes: from their URLs, else from the netrc file."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from netrc import NetrcParseError, netrc
from pathlib import Path
from urllib.parse import unquote, urlsplit

Pair = tuple[str, str]


class Credentials:
    """The credentials for a URL's host: those written in the URL of an index on that host.

    A host that no URL gives credentials for is looked up in the file that ``NETRC`` names, or in
    ``~/.netrc``.
    """

    def __init__(self, urls: Iterable[str], environ: Mapping[str, str]) -> None:
        self._by_host: dict[str, Pair] = {}
        for url in urls:
            bare, pair = split_credentials(url)
            if pair is not None:
                self._by_host.setdefault(urlsplit(bare).netloc, pair)
        self._netrc = _read_netrc(environ)

    def of(self, url: str) -> Pair | None:
        parts = urlsplit(url)
        if (pair := self._by_host.get(parts.netloc)) is not None:
            return pair
        entry = self._netrc.authenticators(parts.hostname or "") if self._netrc else None
        return None if entry is None else (entry[0] or entry[1], entry[2] or "")


def split_credentials(url: str) -> tuple[str, Pair | None]:
    """`url` without its credentials, and these; a lone user name is a token (PyPI's habit)."""
    parts = urlsplit(url)
    if "@" not in parts.netloc:
        return url, None
    credentials, _, host = parts.netloc.rpartition("@")
    user, _, password = credentials.partition(":")
    return parts._replace(netloc=host).geturl(), (unquote(user), unquote(password))


def _read_netrc(environ: Mapping[str, str]) -> netrc | None:
    """The netrc file, or None where there is none that can be read."""
    named = environ.get("NETRC")
    home = Path(environ.get("HOME") or os.path.expanduser("~"))
    for path in [Path(named)] if named else [home / ".netrc", home / "_netrc"]:
        try:
            return netrc(str(path))
        except (OSError, NetrcParseError, UnicodeDecodeError):
            continue
    return None
