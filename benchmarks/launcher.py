"""Starts one process and prints what it cost: seconds, CPU seconds, ``ru_maxrss``, wait status.

    python -I -S launcher.py SECONDS OUTPUT ERRORS PROGRAM [ARGUMENT ...]

A process of its own, and a small one: Linux counts the memory of whoever starts a program as the
program's, up to its start, so what starts it must be smaller than anything that is measured.
After SECONDS (0: never) the process is killed.
"""

import os
import signal
import sys
import time

_WRITE = os.O_WRONLY | os.O_CREAT | os.O_TRUNC


def main(seconds: float, output: str, errors: str, command: list[str]) -> None:
    files = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, output, _WRITE, 0o600),
        (os.POSIX_SPAWN_OPEN, 2, errors, _WRITE, 0o600),
    ]
    started = time.perf_counter()
    process = os.posix_spawn(command[0], command, os.environ, file_actions=files)
    signal.signal(signal.SIGALRM, lambda *_: os.kill(process, signal.SIGKILL))
    signal.setitimer(signal.ITIMER_REAL, seconds)
    _, status, usage = os.wait4(process, 0)
    wall = time.perf_counter() - started
    print(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss, status)


if __name__ == "__main__":
    main(float(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4:])
