"""What leaves the process: the answer on standard output or in a file, the rest on stderr."""

from __future__ import annotations

import codecs
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TextIO

from conflictlens.errors import ConflictlensError, InputError, RequirementsError
from conflictlens.files import write_file
from conflictlens.render.escaping import encodable, visible

_SUFFIXES = {
    ".txt": "text",
    ".json": "json",
    ".md": "markdown",
    ".markdown": "markdown",
    ".mmd": "mermaid",
    ".dot": "dot",
    ".gv": "dot",
    ".svg": "svg",
    ".html": "html",
    ".htm": "html",
    ".png": "png",
    ".sarif": "sarif",
}
_MARKUP = ("svg", "html", "dot", "mermaid")
"""Formats in which a character can be written as its number."""
_UTF8 = ("svg", "html")
"""Formats that are read as UTF-8, whatever the encoding is that they are written in."""
_JSON = ("json", "sarif")
_WIDEST = 100
"""Lines longer than this are hard to read, however wide the terminal is."""


class OutputError(InputError):
    """A file that an answer can't be written to."""

    def __init__(self, path: str, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(f"{path}: {reason}")


def chosen_format(asked: str | None, path: str | None) -> str:
    """The format that was asked for, or the one of the file's name; text without either.

    Raises OutputError and PictureError, before anything is asked, where the answer could not be
    written in it.
    """
    form = asked or _named_format(path)
    if form == "png":
        _check_png(path)
    return form


def _named_format(path: str | None) -> str:
    if path is None:
        return "text"
    try:
        return _SUFFIXES[os.path.splitext(path)[1].lower()]
    except KeyError:
        names = ", ".join(_SUFFIXES)
        raise OutputError(path, f"name it with one of {names}, or give --format") from None


def _check_png(path: str | None) -> None:
    from conflictlens.render.graphviz_layout import check

    check()
    if path is None and sys.stdout.isatty():
        raise OutputError("standard output", "a terminal shows no PNG; write it with -o FILE")


def in_colour(choice: str, stream: TextIO) -> bool:
    """``--color``, else NO_COLOR and FORCE_COLOR, else whether `stream` is a terminal."""
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (
        stream.isatty() and os.environ.get("TERM") != "dumb"
    )


def width(stream: TextIO) -> int:
    """The columns of a terminal, within what is good to read; 80 for anything else."""
    try:
        columns = os.get_terminal_size(stream.fileno()).columns
    except OSError:
        columns = 80
    return min(columns or 80, _WIDEST)


def write_answer(text: str, form: str, path: str | None) -> None:
    """To the file, in one step, or to standard output; a reader that left is no error."""
    if path is not None:
        _write_file(path, text.encode("utf-8", "backslashreplace"))
        return
    with _standard_output() as stream:
        stream.write(_fitted(text, form, stream.encoding or "utf-8"))


def write_picture(content: bytes, path: str | None) -> None:
    """To the file, in one step, or to standard output."""
    if path is not None:
        _write_file(path, content)
    else:
        write_bytes(content)


def write_bytes(content: bytes) -> None:
    """To standard output, whatever its encoding and line breaks are."""
    with _standard_output() as stream:
        stream.flush()
        stream.buffer.write(content)


@contextmanager
def _standard_output() -> Iterator[TextIO]:
    try:
        yield sys.stdout
        sys.stdout.flush()
    except OSError as error:
        # The interpreter flushes once more at its end, which must not fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            reason = f"can't be written: {error.strerror}"
            raise OutputError("standard output", reason) from error


def _fitted(text: str, form: str, encoding: str) -> str:
    """`text` as `encoding` can hold it; JSON stays JSON, and markup says the same."""
    if form in _UTF8 and codecs.lookup(encoding).name != "utf-8":
        encoding = "ascii"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        if form in _MARKUP:
            return _numbered(text, form, encoding)
        if form not in _JSON:
            return encodable(text, encoding)
        from conflictlens.render.json_text import ascii_json

        return ascii_json(text)
    return text


def _numbered(text: str, form: str, encoding: str) -> str:
    """What `encoding` can't hold as its number: ``&#10007;``, or as Mermaid has it, ``#10007;``."""
    numbered = text.encode(encoding, "xmlcharrefreplace").decode(encoding)
    return numbered.replace("&#", "#") if form == "mermaid" else numbered


def _write_file(path: str, content: bytes) -> None:
    try:
        write_file(path, content)
    except OSError as error:
        raise OutputError(path, f"can't be written: {error.strerror}") from error


def complain(error: ConflictlensError) -> None:
    say(*complaint(error))


def complaint(error: ConflictlensError) -> Iterator[str]:
    """``error: file:line: …``, one for each bad line."""
    told = error.lines if isinstance(error, RequirementsError) else (error,)
    for one in told:
        first, *rest = str(one).splitlines() or [type(one).__name__]
        yield from (f"error: {first}", *rest)


def warn(texts: Iterable[str]) -> None:
    for text in texts:
        say(f"warning: {text}")


def say(*lines: str) -> None:
    """Lines on standard error, harmless and in its encoding."""
    for line in lines:
        print(encodable(visible(line), sys.stderr.encoding or "utf-8"), file=sys.stderr)
