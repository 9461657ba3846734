"""One line that says what is going on, and erases itself: on a terminal, or where it is put."""

from __future__ import annotations

import os
import time
from _thread import allocate_lock
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self, TextIO

from conflictlens.index.records import IndexStats
from conflictlens.question import Reporter, Stage

if TYPE_CHECKING:
    # Only where there is a line, that is on a terminal.
    from threading import Event, Thread

PATIENCE = 0.3
"""Seconds before anything is shown."""
_PERIOD = 0.1
_ERASE = "\r\x1b[2K"


class Line(Protocol):
    """Where one line is shown at a time."""

    def show(self, text: str) -> None:
        """In the place of what was shown before."""

    def erase(self) -> None:
        """Nothing is left of it."""


class TerminalLine:
    """The line that the cursor of a terminal stands on."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def show(self, text: str) -> None:
        self._write(_ERASE + text[: self._columns() - 1])

    def erase(self) -> None:
        self._write(_ERASE)

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()

    def _columns(self) -> int:
        """A line that is broken could not be erased."""
        try:
            return os.get_terminal_size(self._stream.fileno()).columns or 80
        except OSError:
            return 80


def line_on(stream: TextIO, quiet: bool) -> Line | None:
    """None where nobody looks, or wants to."""
    return TerminalLine(stream) if stream.isatty() and not quiet else None


class Progress(Reporter):
    """A context manager and the reporter of `find`. Silent without a line."""

    def __init__(self, stats: IndexStats, line: Line | None) -> None:
        self._stats = stats
        self._line = line
        self._stage = "reading the index"
        self._started = time.monotonic()
        self._over: Event | None = None
        self._lock = allocate_lock()
        self._visible = False
        self._thread: Thread | None = None

    def stage(self, stage: Stage) -> None:
        self._stage = str(stage)

    @contextmanager
    def aside(self) -> Iterator[None]:
        """The line is out of the way, for something else to be written on the same terminal."""
        with self._lock:
            if self._line is not None:
                self._erase(self._line)
            yield

    def __enter__(self) -> Self:
        if self._line is not None:
            from threading import Event, Thread

            self._over = Event()
            self._thread = Thread(target=self._run, args=(self._line, self._over), daemon=True)
            self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._over is not None:
            self._over.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self, line: Line, over: Event) -> None:
        if over.wait(PATIENCE):
            return
        while not over.wait(_PERIOD):
            with self._lock:
                self._visible = True
                line.show(self.text())
        self._erase(line)

    def _erase(self, line: Line) -> None:
        if self._visible:
            self._visible = False
            line.erase()

    def text(self) -> str:
        """``resolving: 12 projects, 34 metadata files, 1.2 s``."""
        from conflictlens.render.phrases import number

        stats, seconds = self._stats, time.monotonic() - self._started
        work = f"{number(stats.projects, 'project')}, {number(stats.metadata, 'metadata file')}"
        return f"{self._stage}: {work}, {seconds:.1f} s"
