"""Everything that can stop an answer.

::

    ConflictlensError
    ├── InputError            the user's files or options; exit 2
    │   ├── RequirementsError   lines that can't be read, all of one file at once
    │   ├── UnknownTarget       a Python or platform that can't be understood
    │   ├── SnapshotError       a snapshot file that can't be read or written
    │   └── PictureError        a picture that needs Graphviz, and Graphviz does not draw it
    └── IndexFailure          the index did not answer; the outcome is undecided, exit 3
        ├── IndexUnreachable    no connection, time-out, 5xx after retries
        ├── IndexTLSFailure     the certificate was not accepted
        ├── IndexUnauthorized   401 or 403
        ├── IndexMalformed      the answer is not what the specifications describe
        ├── OfflineMiss         --offline or a snapshot, and it is not there
        ├── ReferenceUnchecked  a requirement by URL or path, whose needs can't be had
        └── BudgetSpent         the time budget ended

A conflict is not here: it is a result. Neither is a project that an index does not have.
"""

from __future__ import annotations

import re

import msgspec


class ConflictlensError(Exception):
    """Base of all errors that conflictlens raises on purpose; `exit_code` is the command's."""

    exit_code = 2


class InputError(ConflictlensError):
    """Something that the user gave can't be used."""


class BadLine(msgspec.Struct, frozen=True):
    """One line that can't be read: where it stands, what it says, why it is wrong."""

    path: str
    line: int | None
    text: str
    reason: str

    def __str__(self) -> str:
        place = self.path if self.line is None else f"{self.path}:{self.line}"
        shown = f"\n    {self.text}" if self.text else ""
        return f"{place}: {self.reason}{shown}"


class RequirementsError(InputError):
    """Lines of requirements that can't be read; `lines` holds every bad one that was found."""

    def __init__(self, lines: tuple[BadLine, ...]) -> None:
        self.lines = lines
        super().__init__("\n".join(str(line) for line in lines))


class UnknownTarget(InputError):
    """A Python or platform that can't be understood; `accepted` describes what can."""

    def __init__(self, option: str, value: str, accepted: str) -> None:
        self.option = option
        self.value = value
        self.accepted = accepted
        super().__init__(f"{option} {value!r} is not understood; {accepted}")


class SnapshotError(InputError):
    """A snapshot file that can't be read or written."""

    def __init__(self, path: str, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(f"{path}: {reason}")


class PictureError(InputError):
    """Graphviz is not there, or it failed; `reason` says how."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(
            f"a PNG can't be drawn: {reason}; install Graphviz (its `dot` on PATH) or "
            "the extra viz, or ask for SVG, which needs neither"
        )


class IndexFailure(ConflictlensError):
    """An index did not give what an answer needs, so nothing can be said: undecided."""

    exit_code = 3

    def __init__(self, url: str, reason: str) -> None:
        self.url = mask_password(url)
        self.reason = reason
        super().__init__(self.sentence())

    def sentence(self) -> str:
        return f"{self.url}: {self.reason}"


class IndexUnreachable(IndexFailure):
    """No connection, a time-out, or a server error that retries did not cure."""

    def sentence(self) -> str:
        return (
            f"the index can't be reached: {self.url} ({self.reason}); "
            "check the network or proxy, or use --offline to answer from the cache"
        )


class IndexTLSFailure(IndexFailure):
    """The server's certificate was not accepted."""

    def sentence(self) -> str:
        return (
            f"the certificate of {self.url} was not accepted ({self.reason}); "
            "if your network inspects TLS, point SSL_CERT_FILE or pip's `cert` at its CA bundle"
        )


class IndexUnauthorized(IndexFailure):
    """401 or 403: the index wants credentials, or others."""

    def sentence(self) -> str:
        return (
            f"the index refuses access: {self.url} ({self.reason}); "
            "put credentials in the URL or in ~/.netrc"
        )


class IndexMalformed(IndexFailure):
    """The answer is not what PEP 503, 691 or 658 describe."""

    def sentence(self) -> str:
        return f"the index's answer can't be read: {self.url} ({self.reason})"


class OfflineMiss(IndexFailure):
    """Nothing may be fetched, and what is there (cache or snapshot) does not hold it."""

    def sentence(self) -> str:
        return f"{self.url} can't be had offline ({self.reason}); ask again with the network"


class ReferenceUnchecked(IndexFailure):
    """What a URL or path stands for is not known; `place` is the line that names it as `text`.

    `named`: the line says of which project it is.
    """

    def __init__(self, place: str, text: str, url: str, reason: str, *, named: bool) -> None:
        self.place = place
        self.text = mask_credentials(text)
        self.named = named
        super().__init__(url, reason)

    def sentence(self) -> str:
        return f"{self.place}: {self.text} can't be read: {self.reason}"


class BudgetSpent(IndexFailure):
    """The time budget ended before an answer was proved."""

    def sentence(self) -> str:
        place = f" at {self.url}" if self.url else ""
        return f"the time budget ended {self.reason}{place}; raise it with --timeout"


_CREDENTIALS = re.compile(r"://(?P<user>[^/\s?#@:]*)(?P<password>:[^/\s?#]*)?@")


def mask_credentials(text: str) -> str:
    """`text` with the password of each URL in it replaced by ``****``, and nothing else.

    A lone user name is a token, masked too, but for SSH, which knows no tokens.
    """
    return _CREDENTIALS.sub(_masked, text) if "://" in text else text


def _masked(found: re.Match[str]) -> str:
    user, password = found.group("user", "password")
    if password is not None:
        return f"://{user}:****@"
    return found[0] if found.string.endswith("ssh", 0, found.start()) else "://****@"


def mask_password(url: str) -> str:
    """`url` with a password in it replaced by ``****``; a lone user name is a token, masked too."""
    if "@" not in url:
        return url
    # Not for every start: it takes as long to load as the whole of this package's errors.
    from urllib.parse import urlsplit, urlunsplit

    parts = urlsplit(url)
    if "@" not in parts.netloc:
        return url
    credentials, _, host = parts.netloc.rpartition("@")
    user, colon, _ = credentials.partition(":")
    masked = f"{user}:****" if colon else "****"
    return urlunsplit(parts._replace(netloc=f"{masked}@{host}"))
