"""Lines that may name what was asked for, kept until it matters what they say."""

from __future__ import annotations

from conflictlens.diagnosis.cleaning import MATCHED, clean
from conflictlens.diagnosis.rebuild import Conflicts

_MOST = 1000


class Asked:
    """Lines that may name requirements: read only when it matters what they say."""

    def __init__(self) -> None:
        self._conflicts = Conflicts()
        self._lines: list[bytes | str] = []

    def keep(self, line: bytes | str) -> None:
        self._lines.append(line[: 2 * MATCHED])
        if len(self._lines) > _MOST:
            self._read()

    def forget(self) -> None:
        self._lines.clear()
        self._conflicts.forget()

    def requirements(self) -> tuple[str, ...]:
        self._read()
        return self._conflicts.requirements()

    def files(self) -> tuple[str, ...]:
        """Requirements files that were installed from, as far as their names are plain."""
        self._read()
        return self._conflicts.files()

    def disputed(self) -> str | None:
        """The project of which two versions are wanted, if a conflict names one."""
        self._read()
        return self._conflicts.disputed

    def _read(self) -> None:
        for line in self._lines:
            if isinstance(line, bytes):
                line = clean(line.decode("utf-8", "replace"))
            self._conflicts.take(line)
        self._lines.clear()
