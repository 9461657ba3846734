"""A command's output passed on as it comes, byte for byte, and kept to be looked at afterwards."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import IO

import msgspec

from conflictlens.cli.terminal import Terminal, is_in_foreground, terminal_for

_CHUNK = 1 << 16
_MOST = 1 << 27
"""So many bytes of output are kept, on disk; of more, the later half."""
_LONGEST = 1 << 16
_GRACE = 0.5
"""How long a stream may be silent after the command's end: it may have left a process behind."""
_FORWARDED = ("SIGTERM", "SIGHUP")


class Passed(msgspec.Struct, frozen=True):
    """How a command ended. `dropped` lines came before what `log` holds."""

    code: int
    interrupted: bool
    log: IO[bytes]
    dropped: int


def passed_on(command: Sequence[str]) -> Passed:
    """Runs it to its end; a signal that ends it counts as shells have it. Raises OSError."""
    kept = _Kept()
    with _signals() as signals:
        streams, process = _started(command, kept)
        signals.tell(process)
        code = process.wait()
        for stream in streams:
            stream.finish()
    return Passed(code if code >= 0 else 128 - code, signals.came, *kept.log())


def _started(command: Sequence[str], kept: _Kept) -> tuple[list[_Stream], subprocess.Popen[bytes]]:
    terminal = terminal_for(sys.stdout, sys.stderr)
    try:
        process = subprocess.Popen(
            command,
            stdout=terminal.stdout or subprocess.PIPE,
            stderr=terminal.stderr or subprocess.PIPE,
            bufsize=0,
        )
    finally:
        terminal.close_inner()
    sources = _sources(terminal, process)
    return [_Stream(source, target, kept) for source, target in sources], process


def _sources(terminal: Terminal, process: subprocess.Popen[bytes]) -> Iterator[tuple[int, int]]:
    """From where to where: both streams of one terminal come by one way."""
    if terminal.outer is not None:
        yield terminal.outer, (sys.stdout if terminal.stdout else sys.stderr).fileno()
    for pipe, target in ((process.stdout, sys.stdout), (process.stderr, sys.stderr)):
        if pipe is not None:
            yield os.dup(pipe.fileno()), target.fileno()
            pipe.close()


class _Kept:
    """The end of all output, in whole lines, in a file that has no name."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115
        self._dropped = 0
        self._lock = threading.Lock()

    def write(self, data: bytes) -> None:
        with self._lock:
            self._file.write(data)
            if self._file.tell() > _MOST:
                self._drop()

    def log(self) -> tuple[IO[bytes], int]:
        with self._lock:
            self._file.seek(0)
            return self._file, self._dropped

    def _drop(self) -> None:
        self._file.seek(0)
        self._dropped += sum(_lines(self._file, _MOST // 2))
        later = tempfile.TemporaryFile()  # noqa: SIM115
        while data := self._file.read(_CHUNK):
            later.write(data)
        self._file.close()
        self._file = later


def _lines(file: IO[bytes], size: int) -> Iterator[int]:
    """How many lines end in each part of what is read: `size` bytes, and on to a line's end."""
    while size > 0 and (data := file.read(_CHUNK)):
        size -= len(data)
        yield data.count(b"\n")
    yield file.readline().count(b"\n")


class _Stream:
    """Passes one stream on, in a thread of its own."""

    def __init__(self, source: int, target: int, kept: _Kept) -> None:
        self._source, self._target, self._kept = source, target, kept
        self._rest = b""
        self._count = 0
        self._writes = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def finish(self) -> None:
        """Until it ends, or nothing comes any more."""
        before = -1
        while self._thread.is_alive() and (self._writes or self._count > before):
            before = self._count
            self._thread.join(_GRACE)
        self._kept.write(self._rest)
        self._rest = b""

    def _run(self) -> None:
        try:
            while data := self._read():
                self._count += len(data)
                self._write(data)
                self._keep(data)
        except OSError:
            # Who read it has left: so does this, and the command is told by its own writing.
            pass
        finally:
            os.close(self._source)

    def _read(self) -> bytes:
        try:
            return os.read(self._source, _CHUNK)
        except OSError:
            return b""  # how a terminal ends

    def _write(self, data: bytes) -> None:
        self._writes = True
        view = memoryview(data)
        while view:
            view = view[os.write(self._target, view) :]
        self._writes = False

    def _keep(self, data: bytes) -> None:
        """Whole lines: those of the other stream must not come between."""
        *lines, rest = (self._rest + data).rpartition(b"\n")
        self._rest = rest[-_LONGEST:]
        if lines[1]:
            self._kept.write(b"".join(lines))


class _Signals:
    """What the command is told while it runs."""

    def __init__(self) -> None:
        self.came = False
        self._process: subprocess.Popen[bytes] | None = None

    def tell(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def interrupt(self, number: int, _: FrameType | None) -> None:
        self.came = True
        # A terminal tells all that run in its foreground itself.
        if not is_in_foreground():
            self._send(number)

    def forward(self, number: int, _: FrameType | None) -> None:
        self.came = True
        self._send(number)

    def _send(self, number: int) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)


@contextmanager
def _signals() -> Iterator[_Signals]:
    """Handlers, not ignorance: a command inherits what is ignored, and handlers it does not."""
    signals = _Signals()
    handlers: dict[int, Callable[[int, FrameType | None], None]] = {
        signal.SIGINT: signals.interrupt
    }
    handlers |= {
        getattr(signal, name): signals.forward for name in _FORWARDED if hasattr(signal, name)
    }
    before = {
        number: signal.signal(number, handler)
        for number, handler in handlers.items()
        if signal.getsignal(number) is not signal.SIG_IGN
    }
    try:
        yield signals
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
