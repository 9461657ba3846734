"""A terminal for a command whose output is read: colours and progress bars are only for one."""

from __future__ import annotations

import os
import signal
import sys
from typing import TextIO


class Terminal:
    """`stdout` and `stderr` are what a command shall write to; None for a pipe.

    `outer` is where it is read from again.
    """

    def __init__(
        self,
        outer: int | None = None,
        inner: int | None = None,
        stdout: bool = False,
        stderr: bool = False,
    ) -> None:
        self.outer = outer
        self._inner = inner
        self.stdout = inner if stdout else None
        self.stderr = inner if stderr else None

    def close_inner(self) -> None:
        if self._inner is not None:
            os.close(self._inner)


def is_in_foreground() -> bool:
    """Whether a terminal itself tells this process, and what it has started, of Ctrl-C."""
    if sys.platform == "win32":
        return True
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)


def terminal_for(stdout: TextIO, stderr: TextIO) -> Terminal:
    """One that is as wide as that of the streams, where they have one; Windows has none."""
    places = stdout.isatty(), stderr.isatty()
    if sys.platform == "win32" or not any(places):
        return Terminal()
    import pty
    import termios

    outer, inner = pty.openpty()
    settings = termios.tcgetattr(inner)
    # The real terminal turns line breaks into what it wants, once.
    settings[1] &= ~termios.OPOST
    termios.tcsetattr(inner, termios.TCSANOW, settings)
    shown = (stdout if places[0] else stderr).fileno()
    _resize(shown, outer)
    signal.signal(signal.SIGWINCH, lambda *_: _resize(shown, outer))
    return Terminal(outer, inner, *places)


def _resize(shown: int, outer: int) -> None:
    """Gives the command's terminal the size of the real one."""
    if sys.platform == "win32":
        return
    import fcntl
    import termios

    try:
        size = fcntl.ioctl(shown, termios.TIOCGWINSZ, bytes(8))
        fcntl.ioctl(outer, termios.TIOCSWINSZ, size)
    except OSError:
        # Either may be closed by now.
        return
