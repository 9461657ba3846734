"""One line on a terminal that says what is going on, and erases itself."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Lock, Thread
from types import TracebackType
from typing import TextIO

from conflictlens.index.records import IndexStats
from conflictlens.question import Reporter, Stage
from conflictlens.render.phrases import number

PATIENCE = 0.3
"""Seconds before anything is shown."""
_PERIOD = 0.1
_ERASE = "\r\x1b[2K"


class Progress(Reporter):
    """A context manager and the reporter of `find`. Silent where nobody looks."""

    def __init__(self, stats: IndexStats, stream: TextIO, quiet: bool) -> None:
        self._stats = stats
        self._stream = stream
        self._shown = stream.isatty() and not quiet
        self._stage = "reading the index"
        self._started = time.monotonic()
        self._over = Event()
        self._lock = Lock()
        self._visible = False
        self._thread = Thread(target=self._run, daemon=True)

    def stage(self, stage: Stage) -> None:
        self._stage = str(stage)

    @contextmanager
    def aside(self) -> Iterator[None]:
        """The line is out of the way, for something else to be written on the same terminal."""
        with self._lock:
            self._erase()
            yield

    def __enter__(self) -> Progress:
        if self._shown:
            self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._over.set()
        if self._shown:
            self._thread.join()

    def _run(self) -> None:
        if self._over.wait(PATIENCE):
            return
        while not self._over.wait(_PERIOD):
            with self._lock:
                self._visible = True
                self._stream.write(_ERASE + self.line()[: self._columns() - 1])
                self._stream.flush()
        self._erase()

    def _columns(self) -> int:
        """A line that is broken could not be erased."""
        try:
            return os.get_terminal_size(self._stream.fileno()).columns or 80
        except OSError:
            return 80

    def _erase(self) -> None:
        if self._visible:
            self._visible = False
            self._stream.write(_ERASE)
            self._stream.flush()

    def line(self) -> str:
        """``resolving: 12 projects, 34 metadata files, 1.2 s``."""
        stats, seconds = self._stats, time.monotonic() - self._started
        work = f"{number(stats.projects, 'project')}, {number(stats.metadata, 'metadata file')}"
        return f"{self._stage}: {work}, {seconds:.1f} s"
