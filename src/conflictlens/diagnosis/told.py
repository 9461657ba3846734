"""What a log tells in passing: the Python that it is about, and the versions that were built."""

from __future__ import annotations

import re
from collections import Counter, deque

FILE_WORDS = (".tar.gz", ".zip", "ollecting ")
"""What a line holds that may name a version."""

_KEPT = 2000
_MOST = 1000
_PYTHON = re.compile(
    rb"(?:cpython-|-cp|[\\/][Pp]ython|CPython |[Pp]ython )(3)\.?(\d{1,2})"
    rb"(?=[.\\/\-\s)'\"]|$)"
)


class Pythons:
    """The Python that stands most often in the paths and names of a log."""

    def __init__(self) -> None:
        self._seen: Counter[bytes] = Counter()

    def look(self, text: bytes) -> None:
        self._seen.update(b".".join(found) for found in _PYTHON.findall(text))

    def told(self) -> str | None:
        return self._seen.most_common(1)[0][0].decode() if self._seen else None


class Files:
    """The last lines that named a source file or a requirement."""

    def __init__(self) -> None:
        self._lines: deque[bytes | str] = deque(maxlen=_MOST)

    def keep(self, line: bytes | str) -> None:
        self._lines.append(line[:_KEPT])

    def version(self, package: str) -> str | None:
        """The version of a package that was fetched last, or asked for."""
        name = r"[-_.]+".join(map(re.escape, re.split(r"[-_.]+", package)))
        named = re.compile(
            rf"(?i)(?<![\w.-]){name}"
            r"(?:-(?P<file>\d[\w.!+]{0,40}?)\.(?:tar\.gz|zip|tar\.bz2)"
            r"|(?:\[[\w, .-]{0,80}\])?==(?P<asked>\d[\w.!+]{0,40}))"
        )
        for line in reversed(self._lines):
            text = line.decode("utf-8", "replace") if isinstance(line, bytes) else line
            if found := named.search(text):
                return found["file"] or found["asked"]
        return None
