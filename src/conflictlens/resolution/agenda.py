"""Which project is decided next.

Those with a single version left, then those that took part in many conflicts, then in the order
that is given, then in that in which they came up. A good order puts a project before those that
it needs: what is decided late has to fit what is decided already, and a leaf has the most
versions to choose from.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from heapq import heappop, heappush

from conflictlens.names import NormalizedName
from conflictlens.problem.releases import ABSENT
from conflictlens.resolution.engine import Engine
from conflictlens.resolution.facts import Fact
from conflictlens.resolution.nogoods import Nogood
from conflictlens.resolution.variables import Subject, Variables

_PROMOTED_AFTER = 5

_Rank = tuple[bool, int, int, int]
"""When a variable is decided: single version, conflicts, place in the order, the variable."""


class Agenda:
    """The variables of projects and extras that are needed and not settled, best first.

    `fresh` are the projects that came up since it was cleared last, `moved` those of which
    versions were ruled out; `read` holds the versions (a variable and a bit) that were read.
    """

    def __init__(
        self,
        engine: Engine[Fact],
        variables: Variables,
        order: Mapping[NormalizedName, int],
        read: Set[tuple[int, int]],
    ) -> None:
        self._read = read
        self.fresh: set[NormalizedName] = set()
        self.moved: set[NormalizedName] = set()
        self._engine = engine
        self._variables = variables
        self._order = order
        self._heap: list[_Rank] = []
        self._queued: dict[int, _Rank] = {}
        self._tallies: dict[int, int] = {}

    def first(self) -> int | None:
        """The variable whose turn it is, None where all is settled."""
        while self._heap:
            variable = self._heap[0][-1]
            if not self._engine.domains[variable] & ABSENT:
                return variable
            self.settle_first()
        return None

    def settle_first(self) -> None:
        """Take off what `first` gives."""
        rank = heappop(self._heap)
        if self._queued.get(rank[-1]) == rank:
            del self._queued[rank[-1]]

    def catch_up(self) -> None:
        """Note the projects that are needed and not settled, after the engine moved."""
        domains, subjects = self._engine.domains, self._variables.subjects
        extras = self._variables.extras
        for changed in self._engine.trail.changed:
            subject = subjects[changed]
            if subject is None:
                continue
            if not domains[changed] & ABSENT:
                self._enqueue(changed, subject)
            name, extra = subject
            self.moved.add(name)
            if extra is None and name in extras:
                self._enqueue_extras(name)
        self._engine.trail.changed.clear()

    def _enqueue_extras(self, name: NormalizedName) -> None:
        """Another version of a project may need more for the extras that are asked of it."""
        for extra, variable in self._variables.extras[name].items():
            if not self._engine.domains[variable] & ABSENT:
                self._enqueue(variable, (name, extra))

    def _enqueue(self, variable: int, subject: Subject) -> None:
        project = self._variables.projects[subject[0]]
        domain = self._engine.domains[project]
        single = not domain & (domain - 1)
        bit = domain.bit_length() - 1
        if single and (variable, bit) in self._read and (project, bit) in self._read:
            # Nothing is left to read or to decide.
            return
        tier = -(self._tallies.get(variable, 0) // _PROMOTED_AFTER)
        rank = (not single, tier, self._order.get(subject[0], len(self._order)), variable)
        if self._queued.get(variable) != rank:
            if variable not in self._queued:
                self.fresh.add(subject[0])
            self._queued[variable] = rank
            heappush(self._heap, rank)

    def count_conflict(self, learned: Nogood[Fact]) -> None:
        """Projects that take part in many conflicts are decided earlier.

        So are those that they are needed for. Else each conflict would come after decisions
        about all others, which are then made again.
        """
        concerned: set[int] = set()
        for variable in learned.variables:
            self._with_dependants(variable, concerned)
        for variable in concerned:
            self._tallies[variable] = self._tallies.get(variable, 0) + 1

    def _with_dependants(self, variable: int, found: set[int]) -> None:
        """Add a project (or extra), what it is needed for now, and so on up to a root."""
        while self._variables.subjects[variable] is not None and variable not in found:
            found.add(variable)
            dependants = list(self._dependants(variable))
            if not dependants:
                return
            for other in dependants[1:]:
                self._with_dependants(other, found)
            variable = dependants[0]

    def _dependants(self, variable: int) -> Iterable[int]:
        if not self._engine.domains[variable] & ABSENT:
            reason = self._engine.trail.reason_of(variable, ~ABSENT)
            if reason is not None:
                yield from (other for other in reason.variables if other != variable)
