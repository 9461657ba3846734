"""What a log tells in passing: which packages were fetched, and at which version."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator

from conflictlens.names import canonicalize_name

FILE_WORDS = (
    ".tar.gz", ".zip", "ollecting ", "heel for ", "heels for ", "ailed to build", "- Installing ",
    "rocessing ", "btaining ", " @ file:",
)  # fmt: skip
"""What a line holds that may name a package and its version."""

_FOLDER = re.compile(
    r"\W{0,40}(?:Processing|Obtaining) (?:\.|/|~|[A-Za-z]:[\\/]|file:)"
    r"(?!\S{0,1000}\.(?:whl|egg|zip|tgz|tar\.gz|tar\.bz2|tar\.xz)\b)"
)
"""A folder from which pip installs."""
_NAME = r"(?P<name>[A-Za-z0-9][\w.-]{0,80}?)"
_FETCHED = re.compile(
    r"(?:Collecting |Downloading (?:\S{0,300}/)?|Using cached (?:\S{0,300}/)?|- Installing )"
    rf"{_NAME}(?=[\s\[<>=!~(;@]|-\d|\Z)"
)
"""What was asked of an index."""
_FROM_FILE = re.compile(rf"(?<![\w.-]){_NAME}(?:\[[\w, .-]{{0,80}}\])? @ file:")
"""uv's form: ``cext @ file:///home/me/cext``."""
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

    def is_local(self, package: str | None) -> bool:
        """Whether it is a project on disk: what no index knows, or knows another one by its name.

        pip names such a folder before it knows the project's name, which it then builds without
        having collected it. Where it builds more such projects than folders were named, the log
        does not show what was collected.
        """
        lines = list(self._newest_first())
        folders = len({line for line in lines if _FOLDER.match(line)})
        if package is None:
            return folders > 0
        name = canonicalize_name(package)
        from_files = (_FROM_FILE.findall(line) for line in lines if " @ file:" in line)
        if name in {canonicalize_name(one) for found in from_files for one in found}:
            return True
        fetched = {canonicalize_name(n) for line in lines for n in _FETCHED.findall(line)}
        built = {canonicalize_name(n) for line in lines for n in _built(line)} - {name}
        return name not in fetched and len(built - fetched) < folders

    def is_specified(self, package: str, others: Iterable[str]) -> bool:
        """Whether a line, of these or of `others`, asks for some versions of it alone."""
        asked = re.compile(
            rf"(?i)(?<![\w.-]){_spelt(package)}(?:\[[\w, .-]{{0,80}}\])?"
            r" ?\(?(?:[<>=!~]=|[<>^]|==)\s?\d"
        )
        return any(map(asked.search, (*others, *self._newest_first())))

    def _newest_first(self) -> Iterator[str]:
        for line in reversed(self._lines):
            yield line.decode("utf-8", "replace") if isinstance(line, bytes) else line


def _built(line: str) -> Iterator[str]:
    """The packages that pip is going to build."""
    _, found, names = line.partition("uilding wheels for collected packages: ")
    return (name.strip() for name in names.split(",") if found and name.strip())


def _spelt(package: str) -> str:
    """A pattern for its name, however that is spelt (PEP 503)."""
    return r"[-_.]+".join(map(re.escape, re.split(r"[-_.]+", package)))
