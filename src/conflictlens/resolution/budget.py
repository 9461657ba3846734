"""The time that an answer may take."""

from __future__ import annotations

import time

import msgspec

from conflictlens.errors import BudgetSpent


class Budget(msgspec.Struct, frozen=True):
    """A moment on the monotonic clock, None for no limit."""

    deadline: float | None = None

    @classmethod
    def of(cls, seconds: float | None) -> Budget:
        return cls(None if seconds is None else time.monotonic() + seconds)

    def share(self, part: float) -> Budget:
        """A budget of this part of the time that is left."""
        if self.deadline is None:
            return self
        now = time.monotonic()
        return Budget(now + part * (self.deadline - now))

    def check(self) -> None:
        """Raises BudgetSpent once the moment has passed."""
        if self.deadline is not None and time.monotonic() > self.deadline:
            raise BudgetSpent("", "while a proof was searched for")
