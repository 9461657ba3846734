"""Reading ahead: what an answer will most likely need, breadth first, before it is needed.

The resolver asks one question at a time, and over a network each answer costs a round trip.
The scout follows the newest versions that the requirements seen so far allow. Whatever comes up is
asked for at once and put at the end of a queue; when its turn comes it has mostly arrived, while
others are under way::

    queue: pages of the roots
    a page     → ask for the metadata of the newest version that is allowed; queue that
    metadata   → ask for the pages of what it needs; queue those, and projects of which it rules
                 out the version that was followed

Where a project has no version left, and one had, were it not for one of those that need it, that
one is likely to end at another version: what only it leads to is not followed.

So what is read depends on what the index says alone, and not on which answer came first. The
scout only warms the index and finds an order: nothing that it sees decides anything.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from conflictlens.errors import BudgetSpent, IndexFailure
from conflictlens.names import NormalizedName
from conflictlens.problem.dependencies import Dependency
from conflictlens.problem.universe import Universe
from conflictlens.resolution.budget import Budget
from conflictlens.resolution.order import deciding_order

_READS = 3
"""How often one project is followed: its newest version may change as requirements come in."""


class _Read(msgspec.Struct, frozen=True):
    """The metadata of a version (by its bit), for itself or for one of its extras."""

    name: NormalizedName
    bit: int
    extra: str


class _Followed(msgspec.Struct):
    """What is known of a project: the versions that are left, and what was read or needed.

    `limit` is what admission and the roots leave, None before the project's first turn, and
    `mask` what the requirements of `seen` leave of it. `unseen` are requirements that were not
    compared with its versions yet. Both come with the project that they are a requirement of.
    """

    limit: int | None = None
    mask: int = -1
    seen: list[_Needed] = msgspec.field(default_factory=list)
    unseen: list[_Needed] = msgspec.field(default_factory=list)
    extras: set[NormalizedName] = msgspec.field(default_factory=set)
    read: dict[int, set[str]] = msgspec.field(default_factory=dict)
    needs: dict[NormalizedName, None] = msgspec.field(default_factory=dict)
    is_queued: bool = False

    def start(self, limit: int) -> None:
        """The project's first turn."""
        self.limit = limit
        self.mask &= limit


_Needed = tuple[NormalizedName, Dependency]


class Scout:
    """The newest versions that the requirements seen so far allow."""

    def __init__(self, universe: Universe, budget: Budget) -> None:
        self._universe = universe
        self._budget = budget
        self._followed: dict[NormalizedName, _Followed] = {}
        self._queue: deque[NormalizedName | _Read] = deque()
        self._disputed: set[NormalizedName] = set()
        self._roots = {root.name for root in universe.problem.roots if not root.is_constraint}
        self._founded: set[NormalizedName] = set()

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
        """In which order the projects that were met are best decided."""
        return deciding_order({name: one.needs for name, one in self._followed.items()})

    def _run(self) -> None:
        if not self._are_compatible():
            return
        for root in self._universe.problem.roots:
            if root.name in self._roots:
                self._enqueue(root.name, self._followed[root.name])
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
            if followed.limit is None:
                followed.start(self._universe.allowed(root.name))
            followed.start(followed.mask & self._universe.root_mask(root))
            followed.extras |= root.extras
        return all(followed.limit for followed in self._followed.values())

    def _enqueue(self, name: NormalizedName, followed: _Followed) -> None:
        if not followed.is_queued:
            followed.is_queued = True
            self._queue.append(name)

    def _follow(self, name: NormalizedName) -> None:
        """Take the requirements on a project into account, and ask for what they lead to."""
        followed = self._followed[name]
        followed.is_queued = False
        if followed.limit is None:
            followed.start(self._universe.allowed(name))
        if followed.unseen or not followed.mask:
            self._narrow(followed)
        if self._disputed and name not in self._founded:
            return
        reads = self._reads(name, followed)
        if reads:
            self._universe.prefetch_metadata([(name, reads[0].bit)])
            self._queue.extend(reads)

    def _narrow(self, followed: _Followed) -> None:
        """Compare the versions of a project with the requirements on it that came up."""
        mask, mask_of = followed.mask, self._universe.dependency_mask
        for _, dependency in followed.unseen:
            mask &= mask_of(dependency)
        followed.mask = mask
        followed.seen += followed.unseen
        followed.unseen.clear()
        if not mask:
            self._dispute(self._in_dispute(followed))

    def _in_dispute(self, followed: _Followed) -> Iterable[NormalizedName]:
        """Projects but for one of which a version were left, and that have others to try."""
        for dependant in {dependant: None for dependant, _ in followed.seen}:
            versions = self._followed[dependant].mask
            has_others = versions & (versions - 1) and dependant not in self._roots
            if has_others and self._mask_without(dependant, followed):
                yield dependant

    def _mask_without(self, without: NormalizedName, followed: _Followed) -> int:
        """The versions that would be left of a project if one that needs it did not."""
        mask, mask_of = followed.limit or 0, self._universe.dependency_mask
        for dependant, dependency in followed.seen:
            if dependant != without:
                mask &= mask_of(dependency)
        return mask

    def _dispute(self, names: Iterable[NormalizedName]) -> None:
        before = len(self._disputed)
        self._disputed.update(names)
        if len(self._disputed) > before:
            self._founded.clear()
            self._found(self._roots)

    def _found(self, names: Iterable[NormalizedName]) -> None:
        """Note these and what they lead to, but for those in dispute: another version is likely.

        As long as nothing is in dispute, all that is met is founded.
        """
        stack = list(names)
        self._founded.update(stack)
        while stack:
            name = stack.pop()
            if name not in self._disputed:
                new = self._followed[name].needs.keys() - self._founded
                self._founded |= new
                stack += new

    def _reads(self, name: NormalizedName, followed: _Followed) -> Sequence[_Read]:
        """What of a project is to be read next, if it was not followed too often."""
        mask, read = followed.mask, followed.read
        bit = ((mask & self._universe.preferred(name)) or mask).bit_length() - 1
        if bit < 1 or len(read) >= _READS:
            return ()
        known = read.setdefault(bit, set())
        extras = ("", *sorted(followed.extras)) if followed.extras else ("",)
        new = [extra for extra in extras if extra not in known]
        known.update(new)
        return [_Read(name, bit, extra) for extra in new]

    def _read(self, turn: _Read) -> None:
        """Ask for the projects that a version needs."""
        every, dependant = self._followed, turn.name
        facts = self._universe.facts(dependant, turn.bit, turn.extra)
        needed = [one for one in facts.dependencies if one.url is None]
        new = {one.name: _Followed() for one in needed if one.name not in every}
        if new:
            self._universe.prefetch_projects(new)
            every |= new
        needs = every[dependant].needs
        for dependency in needed:
            name = dependency.name
            followed = every[name]
            followed.unseen.append((dependant, dependency))
            if dependency.extras:
                followed.extras.update(dependency.extras)
            if followed.limit is not None:
                self._narrow(followed)
            if not followed.is_queued:
                self._enqueue(name, followed)
            needs[name] = None
        if self._disputed and dependant in self._founded and dependant not in self._disputed:
            self._found([one.name for one in needed if one.name not in self._founded])
