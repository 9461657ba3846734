"""Indexes and find-links on this machine's disk.

A ``file://`` index has a folder per project with an ``index.html`` in it, as for pip; where that
is missing the index does not have the project. A find-links location is a folder of
distributions or an HTML file with links to them.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from conflictlens.errors import IndexUnreachable
from conflictlens.names import NormalizedName

if TYPE_CHECKING:
    from pathlib import Path

    from conflictlens.index.pages import File, Page


def is_local(location: str) -> bool:
    """Whether `location` is a path or a ``file:`` URL, and not something of the network."""
    return "://" not in location or location.lower().startswith("file:")


def local_path(location: str) -> Path:
    """The path that a path or ``file:`` URL names; ``~`` is the home folder."""
    from pathlib import Path
    from urllib.parse import unquote, urlsplit

    if location.lower().startswith("file:"):
        path = unquote(urlsplit(location).path)
        # file:///C:/folder
        return Path(path.lstrip("/") if sys.platform == "win32" else path)
    return Path(os.path.expanduser(location)).absolute()


def is_there(location: str) -> bool:
    """Whether a source exists, as far as can be told without the network."""
    return not is_local(location) or local_path(location).exists()


def project_page(index: str, name: NormalizedName) -> Page:
    """The page of a project in a local index; raises `IndexUnreachable` if it can't be read."""
    return _html_page(local_path(index) / name / "index.html")


def page_stamp(index: str, name: NormalizedName) -> str | None:
    """What changes when a project's page in a local index does; None where it can't be told."""
    try:
        status = (local_path(index) / name / "index.html").stat()
    except (FileNotFoundError, NotADirectoryError):
        return "none"
    except OSError:
        return None
    return f"{status.st_mtime_ns} {status.st_size} {status.st_ino}"


def _html_page(path: Path) -> Page:
    try:
        body = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        from conflictlens.index.pages import MISSING

        return MISSING
    except OSError as error:
        raise IndexUnreachable(path.as_uri(), error.strerror or str(error)) from error
    from conflictlens.index.simple import parse_page

    return parse_page(body, "text/html", path.as_uri())


def local_files(location: str) -> list[File] | None:
    """All files of a find-links location; None where it does not exist."""
    path = local_path(location)
    return list(_files(path)) if path.exists() else None


def _files(path: Path) -> Iterator[File]:
    if path.is_dir():
        try:
            entries = sorted(path.iterdir())
        except OSError as error:
            raise IndexUnreachable(path.as_uri(), error.strerror or str(error)) from error
        for entry in entries:
            # pip reads the links of HTML files in such a folder too.
            yield from _single(entry)
    else:
        yield from _single(path)


def _single(path: Path) -> Iterator[File]:
    if path.suffix in (".html", ".htm"):
        yield from _html_page(path).files
    elif path.is_file():
        from conflictlens.index.pages import File

        yield File(path.name, path.as_uri(), size=path.stat().st_size)
