"""The table of rules: what tools print when an install fails, and what it means.

A rule is tried on a line that holds one of its `literals`; `chaff` are ordinary lines, from which
the sieve learns what tells nothing. Patterns must be linear: no unbounded
repetition of what can also match what follows, tests/diagnosis/test_rules.py tries them.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from conflictlens.diagnosis.records import Layer, Remedy

FOLDER = Path(__file__).parent / "table"


class Rank(StrEnum):
    """How near a line is to the cause; the nearest rank wins, then the first line."""

    FINAL = "final"
    """After this the tool always stops: what failed before, a build for example, was survived."""
    CAUSE = "cause"
    GENERAL = "general"
    """What is true of many failures: a compiler ended with 1, an exception of a build script."""
    SUMMARY = "summary"
    """What a tool says when it gives up because of something above."""
    HINT = "hint"
    """Survived as often as not: the cause only where a rule that it `explains` spoke too."""
    AFTERMATH = "aftermath"
    """True although the install succeeded."""


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`within` is "build", "outside" (of a build), "tool" or empty (all); `raised` asks
    for the end of a traceback; `given` names rules that must have spoken before. Groups of the
    pattern fill in the `{names}` of `why` and the remedies; the first whose name begins with
    `package` is the package, the first whose name begins with `library` is looked up among the
    libraries. The cause's line is the one where the group `line` begins, else the whole.
    """

    id: str
    layer: Layer
    literals: tuple[str, ...] = ()
    besides: tuple[str, ...] = ()
    """Where there are any, a line must hold one of these, too: for patterns that take long."""
    pattern: str
    why: str
    rank: Rank = Rank.CAUSE
    emitted_by: str = ""
    within: str = ""
    raised: bool = False
    given: tuple[str, ...] = ()
    refines: tuple[str, ...] = ()
    """Where there are any, it needs no literals: it is tried only on a line that one of these
    explains, which it then explains in its stead; of what a build said last, on each line."""
    explains: tuple[str, ...] = ()
    keeps_line: bool = False
    """Whether the line of what it explains stays the cause's line."""
    before: bool = False
    """Whether the cause's line is the one with words before it: what a build said last."""
    alone: Layer | None = None
    """The layer where no line says more, in the place of `layer`."""
    at_end: bool = False
    """Whether it counts only where the log ends right after it."""
    advice: tuple[str, ...] = ()
    remedies: tuple[Remedy, ...] = ()


class Library(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `names` (headers, programs, pkg-config modules) belong to, by package manager."""

    names: tuple[str, ...]
    library: str
    apt: str = ""
    dnf: str = ""
    apk: str = ""
    brew: str = ""
    instead: str = ""
    """A cheaper way than building, as a sentence."""


class Success(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a tool says that it is done; `weak` where that is no proof of an install."""

    literal: str
    pattern: str
    tool: str = ""
    weak: bool = False


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    chaff: str
    rules: tuple[Rule, ...]
    advice: dict[str, tuple[Remedy, ...]]
    libraries: tuple[Library, ...]
    successes: tuple[Success, ...]
    substitutes: dict[str, str] = msgspec.field(default_factory=dict)
    """Of projects that are built from source, others that bring the same modules with wheels."""

    def literals(self) -> list[str]:
        """A line can matter only if it holds one of these."""
        literals = [one for rule in self.rules if not rule.refines for one in rule.literals]
        return literals + [one.literal for one in self.successes]

    def refining(self, rule: Rule) -> Iterator[Rule]:
        return (one for one in self.rules if rule.id in one.refines)

    def remedies(self, rule: Rule) -> Iterator[Remedy]:
        yield from rule.remedies
        for name in rule.advice:
            yield from self.advice[name]

    def library(self, name: str) -> Library | None:
        """The library that a header, a program or a module belongs to."""
        bare = name.replace("\\", "/")
        return next((one for one in self.libraries if _named(bare, one.names)), None)


def _named(name: str, known: Sequence[str]) -> bool:
    return any(name == one or name.startswith(f"{one}/") for one in known)


@cache
def table() -> Table:
    """All TOML files of the folder as one table, in the order of their names."""
    merged: dict[str, Any] = {
        "chaff": "", "rules": [], "advice": {}, "libraries": [], "successes": [],
        "substitutes": {},
    }  # fmt: skip
    for path in sorted(FOLDER.glob("*.toml")):
        _merge(merged, tomllib.loads(path.read_text("utf-8")))
    return msgspec.convert(merged, Table)


def _merge(merged: dict[str, Any], read: Mapping[str, Any]) -> None:
    for key, value in read.items():
        match value:
            case dict():
                merged[key].update(value)
            case list():
                merged[key].extend(value)
            case _:
                merged[key] = value


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
