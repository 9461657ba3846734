"""All that was worked out about one project, for this answer and the next.

Reading what releases need costs more than deciding with it: each requirement is parsed, its
marker evaluated for the target, its specifier compared with versions. A record holds what came
of that. It is kept with the project's pages (see `assessed`), so that a warm answer parses no
requirement; what it holds is decoded when it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from conflictlens.names import NormalizedName
from conflictlens.problem import assessed
from conflictlens.problem.dependencies import Dependency
from conflictlens.problem.kept import KeptFacts, KeptRecord
from conflictlens.problem.releases import Exclusion, Releases


class ReleaseFacts(msgspec.Struct, frozen=True):
    """What the metadata of one release says for the target.

    `unusable` is set where the metadata rules the release out, `unknown` (a reason) where
    there is none to be had: then `dependencies` is empty and proves nothing. `declared`: a build
    may say otherwise; `wheel` is the one for another target that it was read from, if any.
    `lacks_extra`: they are those of an extra that the release does not have (PEP 685). `invalid` is
    the requirement that can't be read, where that rules the release out.
    """

    dependencies: Sequence[Dependency] = ()
    unusable: Exclusion | None = None
    unknown: str | None = None
    declared: bool = False
    source: str = ""
    requires_python: str | None = None
    lacks_extra: bool = False
    wheel: str = ""
    invalid: str = ""


_KEPT = msgspec.msgpack.Decoder(KeptRecord)
_FACTS = msgspec.msgpack.Decoder(KeptFacts)
_DEPENDENCY = msgspec.msgpack.Decoder(Dependency)
_encode = msgspec.msgpack.encode


class ProjectRecord:
    """The releases of a project, and what was read of them."""

    def __init__(self, releases: Releases) -> None:
        self.releases = releases
        self._facts: dict[str, ReleaseFacts] = {}
        self._kept: KeptRecord | None = None
        self._dependencies: list[Dependency | None] = []
        self._news: dict[str, ReleaseFacts] = {}

    @classmethod
    def decoded(
        cls, name: NormalizedName, content: bytes, load: Callable[[], assessed.Files]
    ) -> ProjectRecord:
        """The record that was encoded; raises `msgspec.MsgspecError` for anything else.

        `load` gives the releases' files.
        """
        kept = _KEPT.decode(content)
        record = cls(assessed.decode(name, kept.releases, kept.masks, load))
        record._kept = kept
        record._dependencies = [None] * len(kept.dependencies)
        return record

    def facts(self, bit: int, extra: str) -> ReleaseFacts | None:
        """What a release needs, or needs on top for one of its extras, if this answer asked."""
        return self._facts.get(_key(bit, extra))

    def recall(self, bit: int, extra: str) -> ReleaseFacts | None:
        """The same, if an earlier answer asked."""
        key = _key(bit, extra)
        content = None if self._kept is None else self._kept.facts.get(key)
        if content is None:
            return None
        facts = self._facts[key] = self._restored(_FACTS.decode(content))
        return facts

    def has_facts(self, bit: int) -> bool:
        """Whether the release was read."""
        key = _key(bit, "")
        return key in self._facts or (self._kept is not None and key in self._kept.facts)

    def add(self, bit: int, extra: str, facts: ReleaseFacts, *, lasting: bool) -> None:
        """Take note of facts; those that are not `lasting` are not for the next answer."""
        key = _key(bit, extra)
        self._facts[key] = facts
        if lasting and facts.unknown is None:
            self._news[key] = facts

    def forgetting(self, bit: int) -> ProjectRecord:
        """A copy that knows nothing of what one release needs."""
        other = ProjectRecord(self.releases)
        other._dependencies = self._dependencies
        other._facts = {key: one for key, one in self._facts.items() if not _is_of(bit, key)}
        if self._kept is not None:
            facts = {key: one for key, one in self._kept.facts.items() if not _is_of(bit, key)}
            other._kept = msgspec.structs.replace(self._kept, facts=facts)
        return other

    @property
    def is_new(self) -> bool:
        """Whether no earlier answer left anything."""
        return self._kept is None

    @property
    def has_news(self) -> bool:
        """Whether it holds more than it was decoded from."""
        return self.is_new or bool(self._news) or self.releases.has_new_masks

    def encoded(self) -> bytes:
        """As bytes, what it was decoded from included."""
        kept = self._kept or KeptRecord(msgspec.Raw(assessed.encode(self.releases)), {}, [], {})
        numbers: dict[Dependency, int] = {}
        for number in range(len(kept.dependencies) if self._news else 0):
            numbers.setdefault(self._dependency(number), number)
        facts = dict(kept.facts)
        for key, news in self._news.items():
            facts[key] = msgspec.Raw(_encode(_stored(news, numbers)))
        added = list(numbers)[len(kept.dependencies) :]
        dependencies = [*kept.dependencies, *(msgspec.Raw(_encode(one)) for one in added)]
        masks = assessed.masks_as_bytes(self.releases)
        return _encode(KeptRecord(kept.releases, masks, dependencies, facts))

    def _restored(self, stored: KeptFacts) -> ReleaseFacts:
        return ReleaseFacts(
            tuple(self._dependency(number) for number in stored.dependencies),
            stored.unusable,
            declared=stored.declared,
            source=stored.source,
            requires_python=stored.requires_python,
            lacks_extra=stored.lacks_extra,
            wheel=stored.wheel,
            invalid=stored.invalid,
        )

    def _dependency(self, number: int) -> Dependency:
        known = self._dependencies[number]
        if known is None:
            assert self._kept is not None
            known = _DEPENDENCY.decode(self._kept.dependencies[number])
            self._dependencies[number] = known
        return known


def _key(bit: int, extra: str) -> str:
    return f"{bit}[{extra}]" if extra else str(bit)


def _is_of(bit: int, key: str) -> bool:
    return key == str(bit) or key.startswith(f"{bit}[")


def _stored(facts: ReleaseFacts, numbers: dict[Dependency, int]) -> KeptFacts:
    return KeptFacts(
        [numbers.setdefault(one, len(numbers)) for one in facts.dependencies],
        facts.unusable,
        facts.declared,
        facts.source,
        facts.requires_python,
        facts.lacks_extra,
        facts.wheel,
        facts.invalid,
    )
