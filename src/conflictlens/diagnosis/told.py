"""What a log tells in passing: which packages were fetched, and at which version."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator

FILE_WORDS = (
    ".tar.gz", ".zip", "ollecting ", "heel for ", "heels for ", "ailed to build", "- Installing ",
)  # fmt: skip
"""What a line holds that may name a package and its version."""

_KEPT = 2000
_MOST = 1000


class Files:
    """The last lines that named a source file or a requirement."""

    def __init__(self) -> None:
        self._lines: deque[bytes | str] = deque(maxlen=_MOST)

    def keep(self, line: bytes | str) -> None:
        self._lines.append(line[:_KEPT])

    def version(self, package: str) -> str | None:
        """The version of a package that was fetched last, or asked for."""
        named = re.compile(
            rf"(?i)(?<![\w.-]){_spelt(package)}"
            r"(?:-(?P<file>\d[\w.!+]{0,40}?)\.(?:tar\.gz|zip|tar\.bz2)"
            r"|(?:\[[\w, .-]{0,80}\])?==(?P<asked>\d[\w.!+]{0,40})"
            r"| \((?P<poetry>\d[\w.!+]{0,40})\))"
        )
        found = next(filter(None, map(named.search, self._newest_first())), None)
        return None if found is None else found[found.lastgroup or 0]

    def names(self, package: str) -> bool:
        """Whether the package was asked of an index, or built for itself."""
        named = re.compile(
            rf"(?i)(?:Collecting |wheels? for |- Installing |Failed to build [`']?)"
            rf"{_spelt(package)}(?![\w-])"
        )
        return any(map(named.search, self._newest_first()))

    def _newest_first(self) -> Iterator[str]:
        for line in reversed(self._lines):
            yield line.decode("utf-8", "replace") if isinstance(line, bytes) else line


def _spelt(package: str) -> str:
    """A pattern for its name, however that is spelt (PEP 503)."""
    return r"[-_.]+".join(map(re.escape, re.split(r"[-_.]+", package)))
