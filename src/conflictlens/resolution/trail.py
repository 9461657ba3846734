"""The state of a search: domains, and how they came to be what they are.

Each narrowing of a domain is an entry of the trail with its reason: the nogood that made it, None
for a decision. A decision starts a level; jumping back undoes all levels above another one.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Generic

from conflictlens.resolution.nogoods import FactT, Nogood

Entry = tuple[int, int, Nogood[FactT] | None]
"""The variable that was narrowed, its domain before, and the reason."""


class Trail(Generic[FactT]):
    """Domains and the trail of what narrowed them.

    `values` are the domains from birth; `queue` and `changed` hold variables that were narrowed
    (the latter also those that were restored) until somebody drains them.
    """

    def __init__(self) -> None:
        self.values: list[int] = []
        self.domains: list[int] = []
        self.entries: list[Entry[FactT]] = []
        self.queue: dict[int, None] = {}
        self.changed: dict[int, None] = {}
        self._history: list[list[tuple[int, int]]] = []
        self._levels: list[int] = []

    def variable(self, domain: int) -> int:
        self.values.append(domain)
        self.domains.append(domain)
        self._history.append([])
        return len(self.domains) - 1

    @property
    def level(self) -> int:
        return len(self._levels)

    def level_of(self, position: int) -> int:
        return bisect_right(self._levels, position)

    def start_of(self, level: int) -> int:
        """The position at which a level above 0 starts, past the end if it was not reached."""
        return self._levels[level - 1] if level <= len(self._levels) else len(self.entries)

    def open_level(self) -> None:
        self._levels.append(len(self.entries))

    def narrow(self, variable: int, domain: int, reason: Nogood[FactT] | None) -> None:
        entries = self.entries
        self._history[variable].append((len(entries), domain))
        entries.append((variable, self.domains[variable], reason))
        self.domains[variable] = domain
        self.queue[variable] = None
        self.changed[variable] = None

    def jump_back(self, level: int) -> bool:
        """Undo the levels above this one; whether there were any."""
        if level >= len(self._levels):
            return False
        start = self._levels[level]
        domains, history, changed = self.domains, self._history, self.changed
        for variable, domain, _ in reversed(self.entries[start:]):
            domains[variable] = domain
            history[variable].pop()
            changed[variable] = None
        del self.entries[start:], self._levels[level:]
        self.queue.clear()
        return True

    def satisfier(self, variable: int, mask: int) -> int:
        """The position that made a true term true; -1 from birth."""
        if not self.values[variable] & ~mask:
            return -1
        history = self._history[variable]
        # Domains only shrink, so what is within the mask stays within it.
        low, high = 0, len(history) - 1
        while low < high:
            middle = (low + high) // 2
            if history[middle][1] & ~mask:
                low = middle + 1
            else:
                high = middle
        return history[low][0]

    def when_true(self, variable: int, mask: int) -> int:
        """The position that made a term true: -1 from birth, past the end if it is not true."""
        if self.domains[variable] & ~mask:
            return len(self.entries)
        return self.satisfier(variable, mask)

    def reason_of(self, variable: int, mask: int) -> Nogood[FactT] | None:
        """What made a true term true; None for a decision, and for what holds from birth."""
        position = self.satisfier(variable, mask)
        return None if position < 0 else self.entries[position][2]
