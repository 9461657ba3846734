"""The lines that keep a wanted requirement out, and which release of each would let it in.

For each line the releases above what it allows are candidates. Whether one of the first k of
them resolves is a question to the judge like any other, and with growing k its answer turns from
no to yes once, so the first release is found by bisection and proved to be the first::

    the other lines as written                        → the first release, on its own
    the lines of the other conflicts given up         → the first release, with changes there
    all other lines given up, this one as written     → the line can stay
    all other lines given up                          → the first release, with other changes
    otherwise                                         → proved: no newer release allows it

Lines are given up in two steps: any version will do, then not needed at all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from msgspec.structs import replace
from packaging.version import Version

from conflictlens.core.mus import Core
from conflictlens.errors import IndexFailure
from conflictlens.explanation.records import Blocker
from conflictlens.problem.releases import bits_down
from conflictlens.relaxation.context import Choice, Context, Level
from conflictlens.relaxation.fixes import repair_with
from conflictlens.relaxation.specifiers import moved, rewritten
from conflictlens.requirements.records import Origin, OriginKind, RequirementSet
from conflictlens.resolution.budget import Budget
from conflictlens.resolution.outcome import Resolution, Verdict


def blockers(
    verdict: Verdict,
    requirements: RequirementSet,
    cores: Sequence[Core],
    budget: Budget,
    keep: Collection[int],
) -> tuple[Blocker, ...]:
    """The lines that conflict with those at `keep`, in the order of the conflicts.

    Never raises: what the index or the budget did not let be found out is not `proved`.
    """
    search = _Search(verdict, requirements, cores, budget, frozenset(keep))
    return tuple(search.blockers())


class _Search:
    def __init__(
        self,
        verdict: Verdict,
        requirements: RequirementSet,
        cores: Sequence[Core],
        budget: Budget,
        keep: frozenset[int],
    ) -> None:
        self._verdict = verdict
        self._requirements = requirements
        self._cores = [core.roots for core in cores if core.roots & keep]
        self._budget = budget
        self._keep = keep
        self._context = Context(verdict.judge)
        self._universe = verdict.universe

    def blockers(self) -> Iterator[Blocker]:
        told: set[int] = set()
        for core in self._cores:
            for place in sorted(core - self._keep - told):
                told.add(place)
                yield self._blocker(place, core)

    def _blocker(self, place: int, core: frozenset[int]) -> Blocker:
        try:
            return self._with_newest(place, self._found(place, core))
        except IndexFailure as failure:
            root = self._context.roots[place]
            return Blocker(root, None, proved=False, interrupted=str(failure))

    def _found(self, place: int, core: frozenset[int]) -> Blocker:
        root = self._context.roots[place]
        for choice in self._given_up(place, core):
            if choice and self._resolves(choice):
                return Blocker(root, None, can_stay=True)
            first = self._first(place, choice)
            if first is not None:
                return self._verified(place, first)
        return Blocker(root, None)

    def _given_up(self, place: int, core: frozenset[int]) -> Iterator[Choice]:
        """What may become of the other lines, from nothing to all that there is."""
        others = frozenset(self._context.judge.places) - self._keep - {place}
        elsewhere = frozenset[int]().union(*self._cores) - core - self._keep
        yield {}
        for lines in filter(None, dict.fromkeys([elsewhere, others])):
            yield dict.fromkeys(lines, Level.LOOSENED)
            yield dict.fromkeys(lines, Level.DROPPED)

    def _resolves(self, choice: Choice) -> bool:
        return isinstance(self._context.decide(choice), Resolution)

    # -- the first release

    def _first(self, place: int, choice: Choice) -> Version | None:
        """The lowest newer release with which the other lines resolve, each on its level."""
        newer = self._newer(place)
        refuted = 0
        best = self._among(place, newer, choice)
        while best is not None and newer[refuted] != _public(best):
            middle = (refuted + newer.index(_public(best)) - 1) // 2
            earlier = self._among(place, newer[refuted : middle + 1], choice)
            if earlier is None:
                refuted = middle + 1
            else:
                best = earlier
        return best

    def _newer(self, place: int) -> list[Version]:
        """The releases above what a line allows, ascending; local versions count as their base."""
        root = self._context.roots[place]
        releases = self._universe.releases(root.name)
        allowed = self._universe.allowed(root.name)
        written = (self._universe.root_mask(root) & allowed).bit_length()
        newer = bits_down(allowed >> written << written)
        return sorted({_public(releases.version(bit)) for bit in newer})

    def _among(self, place: int, versions: Sequence[Version], choice: Choice) -> Version | None:
        """One of these neighbouring releases with which it resolves, None if none does."""
        if not versions:
            return None
        root = self._context.roots[place]
        # A constraint would be satisfied without its project too, which is no release of it.
        asked = replace(
            root,
            versions=f"<={versions[-1]},>={versions[0]}",
            origin=Origin(OriginKind.ARGUMENT),
        )
        outcome = self._context.decide(choice, {place: asked})
        if not isinstance(outcome, Resolution):
            return None
        return self._universe.releases(root.name).version(outcome.picks[root.name])

    # -- telling

    def _verified(self, place: int, version: Version) -> Blocker:
        root = self._context.roots[place]
        text = rewritten(root, moved(root.specifier, version))
        repair = repair_with(
            self._verdict, self._requirements, {place: text}, self._budget, self._keep
        )
        if repair is None:
            reason = f"{text} was not confirmed by a resolution"
            return Blocker(root, None, proved=False, interrupted=reason)
        return Blocker(root, version, repair)

    def _with_newest(self, place: int, blocker: Blocker) -> Blocker:
        if blocker.first_release is not None:
            return blocker
        name = self._context.roots[place].name
        newest = next(bits_down(self._universe.preferred(name)), None)
        if newest is None:
            return blocker
        version = self._universe.releases(name).version(newest)
        return replace(blocker, newest=version, needs=self._against(place, newest))

    def _against(self, place: int, bit: int) -> str | None:
        """What a release needs itself that is against a kept line."""
        name = self._context.roots[place].name
        for dependency in self._universe.facts(name, bit).dependencies:
            for kept in map(self._context.roots.__getitem__, sorted(self._keep)):
                both = self._universe.dependency_mask(dependency) if not dependency.url else -1
                if dependency.name == kept.name and not both & self._universe.root_mask(kept):
                    return dependency.text
        return None


def _public(version: Version) -> Version:
    return Version(version.public)
