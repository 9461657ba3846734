"""Reading ahead: what an answer will most likely need, breadth first, before it is needed.

The resolver asks one question at a time, and over a network each answer costs a round trip.
The scout follows the newest versions that the requirements seen so far allow. Whatever comes up is
asked for at once and put at the end of a queue; when its turn comes it has mostly arrived, while
others are under way::

    queue: pages of the roots
    a page     → ask for the metadata of the newest version that is allowed; queue that
    metadata   → ask for the pages of what it needs; queue those, and projects of which it rules
                 out the version that was followed

So what is read depends on what the index says alone, and not on which answer came first. The
scout only warms the index and finds an order: nothing that it sees decides anything.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping

import msgspec
from packaging.utils import NormalizedName

from conflictlens.errors import BudgetSpent, IndexFailure
from conflictlens.problem.dependencies import Dependency
from conflictlens.problem.universe import Universe
from conflictlens.resolution.budget import Budget

_READS = 3
"""How often one project is followed: its newest version may change as requirements come in."""


class _Read(msgspec.Struct, frozen=True):
    """The metadata of a version (by its bit), for itself or for one of its extras."""

    name: NormalizedName
    bit: int
    extra: str


class _Followed(msgspec.Struct):
    """What is known of a project: the versions that are left, and what was read or needed.

    `unseen` are the requirements on it that came up since its turn.
    """

    mask: int | None = None
    unseen: list[Dependency] = msgspec.field(default_factory=list)
    extras: set[NormalizedName] = msgspec.field(default_factory=set)
    read: set[tuple[int, str]] = msgspec.field(default_factory=set)
    needs: dict[NormalizedName, None] = msgspec.field(default_factory=dict)
    is_queued: bool = False


class Scout:
    """The newest versions that the requirements seen so far allow."""

    def __init__(self, universe: Universe, budget: Budget) -> None:
        self._universe = universe
        self._budget = budget
        self._followed: dict[NormalizedName, _Followed] = {}
        self._queue: deque[NormalizedName | _Read] = deque()

    def run(self) -> None:
        """Follow the roots until nothing new turns up.

        A project that has no version left is not followed any more. The others are: a conflict
        is proved minimal, and mended, by resolving what is beside it. Only where the roots clash
        among themselves is nothing read.
        """
        try:
            self._run()
        except BudgetSpent:
            raise
        except IndexFailure:
            # Whoever needs the answer will ask again, and be told.
            return

    def order(self) -> Mapping[NormalizedName, int]:
        """Places of the projects that were met, each before those that it needs.

        Of two that need each other the one that the roots lead to first is before the other.
        """
        roots = (root.name for root in self._universe.problem.roots if not root.is_constraint)
        last_first = list(self._after_its_needs(roots))
        return {name: place for place, name in enumerate(reversed(last_first))}

    def _after_its_needs(self, roots: Iterable[NormalizedName]) -> Iterator[NormalizedName]:
        """Each project once, after all that it needs (but for those that need it too)."""
        met: set[NormalizedName] = set()
        stack: list[tuple[NormalizedName | None, Iterator[NormalizedName]]]
        stack = [(None, iter([*dict.fromkeys(roots)][::-1]))]
        while stack:
            above, needs = stack[-1]
            name = next(needs, None)
            if name is None:
                stack.pop()
                if above is not None:
                    yield above
            elif name not in met:
                met.add(name)
                stack.append((name, iter([*self._followed[name].needs][::-1])))

    def _run(self) -> None:
        if not self._are_compatible():
            return
        for root in self._universe.problem.roots:
            if not root.is_constraint:
                self._enqueue(root.name)
        while self._queue:
            self._budget.check()
            turn = self._queue.popleft()
            if isinstance(turn, _Read):
                self._read(turn)
            else:
                self._follow(turn)

    def _are_compatible(self) -> bool:
        """Whether the roots leave a version of each project that they name."""
        roots = self._universe.problem.roots
        self._universe.prefetch_projects(root.name for root in roots)
        for root in roots:
            followed = self._followed.setdefault(root.name, _Followed())
            followed.mask = self._mask(root.name, followed) & self._universe.root_mask(root)
            followed.extras |= root.extras
        return all(followed.mask for followed in self._followed.values())

    def _mask(self, name: NormalizedName, followed: _Followed) -> int:
        return self._universe.allowed(name) if followed.mask is None else followed.mask

    def _enqueue(self, name: NormalizedName) -> None:
        followed = self._followed[name]
        if not followed.is_queued:
            followed.is_queued = True
            self._queue.append(name)

    def _follow(self, name: NormalizedName) -> None:
        """Take the requirements on a project into account, and ask for what they lead to."""
        followed = self._followed[name]
        followed.is_queued = False
        mask = self._mask(name, followed)
        for dependency in followed.unseen:
            mask &= self._universe.dependency_mask(dependency)
        followed.mask = mask
        followed.unseen.clear()
        reads = list(self._reads(name, mask, followed))
        self._universe.prefetch_metadata({(read.name, read.bit) for read in reads})
        self._queue.extend(reads)

    def _reads(self, name: NormalizedName, mask: int, followed: _Followed) -> Iterable[_Read]:
        """What of a project is to be read next, if it was not followed too often."""
        best = (mask & self._universe.preferred(name)) or mask
        if best <= 1 or len({bit for bit, _ in followed.read}) >= _READS:
            return
        bit = best.bit_length() - 1
        for extra in ("", *sorted(followed.extras)):
            if (bit, extra) not in followed.read:
                followed.read.add((bit, extra))
                yield _Read(name, bit, extra)

    def _read(self, turn: _Read) -> None:
        """Ask for the projects that a version needs."""
        facts = self._universe.facts(turn.name, turn.bit, turn.extra)
        needed = [one for one in facts.dependencies if one.url is None]
        self._universe.prefetch_projects(one.name for one in needed)
        for dependency in needed:
            followed = self._followed.setdefault(dependency.name, _Followed())
            followed.unseen.append(dependency)
            followed.extras.update(dependency.extras)
            self._enqueue(dependency.name)
            self._followed[turn.name].needs[dependency.name] = None
