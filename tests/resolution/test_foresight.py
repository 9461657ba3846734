"""What the judge will read is asked for before: over a network each wait is a round trip."""

from __future__ import annotations

from collections.abc import Iterable

from packaging.utils import NormalizedName

from conflictlens.index.memory import MemoryIndex, wheel
from conflictlens.index.records import Distribution, Metadata, UnknownMetadata
from conflictlens.problem.admission import Admission
from conflictlens.problem.problem import pose
from conflictlens.problem.universe import Universe
from conflictlens.resolution.budget import Budget
from conflictlens.resolution.judge import Judge
from conflictlens.resolution.outcome import Resolution
from conflictlens.resolution.scout import Scout
from tests.properties.universes import TARGET, requirement_set
from tests.resolution.test_regressions import Plain


class Distant(MemoryIndex):
    """All that was hinted at arrives while something is waited for, and nothing else does."""

    def __init__(self, facts: Plain) -> None:
        pairs = [
            wheel(name, version, requires)
            for name, versions in facts.items()
            for version, requires in versions.items()
        ]
        super().__init__(pairs)
        self.waits = 0
        self._hinted: set[str] = set()
        self._arrived: set[str] = set()

    def metadata(self, distribution: Distribution) -> Metadata | UnknownMetadata:
        if distribution.url not in self._arrived:
            self.waits += 1
            self._arrived |= self._hinted | {distribution.url}
        return super().metadata(distribution)

    def prefetch(
        self, names: Iterable[NormalizedName] = (), distributions: Iterable[Distribution] = ()
    ) -> None:
        self._hinted |= {file.url for file in distributions}

    def derived(self, name: NormalizedName, key: str) -> None:
        """Nothing is kept; but who is asked for it is one whose answers come from afar."""

    def keep_derived(self, name: NormalizedName, key: str, content: bytes) -> None:
        pass


def waits(facts: Plain, *roots: str) -> int:
    """How often the judge waits, after the newest versions were read."""
    index = Distant(facts)
    universe = Universe(pose(requirement_set(roots), TARGET, Admission(), index))
    scout = Scout(universe, Budget())
    scout.run()
    before = index.waits
    outcome = Judge(universe, Budget(), scout.order()).decide()
    assert isinstance(outcome, Resolution)
    return index.waits - before


def test_a_ladder_is_read_in_growing_batches() -> None:
    ladder = {str(n): ["base>=2"] if n > 10 else [] for n in range(1, 101)}
    facts: Plain = {"app": {"1": ["base<2", "ladder"]}, "base": {"2": [], "1": []}}
    assert waits({**facts, "ladder": ladder}, "app") <= 9


def test_what_a_pick_rules_out_is_read_at_once_for_all_projects() -> None:
    names = [f"lib{n}" for n in range(12)]
    libs: Plain = {name: {"2": ["base>=2"], "1": ["base"]} for name in names}
    facts: Plain = {"app": {"1": ["base<2", *names]}, "base": {"2": [], "1": []}, **libs}
    assert waits(facts, "app") <= 3
