"""All that the rules find in a log: the first line for each rule, in the run where it stands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import IO

import msgspec

from conflictlens.diagnosis.cleaning import clean, indent
from conflictlens.diagnosis.frames import SIGNALS, Place
from conflictlens.diagnosis.reading import Block, blocks
from conflictlens.diagnosis.rebuild import Conflicts
from conflictlens.diagnosis.rules import Rule, Success, Table, compiled
from conflictlens.diagnosis.wrapping import (
    Part,
    Sentence,
    console_width,
    opens_paragraph,
    paragraphs,
    unwrapped,
)

_NESTED = 6
"""A success that is further in is one of a nested build."""


_ENDING = 4
"""How many lines count as the end of a log."""


class Found(msgspec.Struct, frozen=True):
    """A line that a rule explains."""

    rule: Rule
    part: Part
    groups: dict[str, str]
    package: str | None
    run: int


class Evidence(msgspec.Struct):
    """`runs` counts the successes before the end; `success` is the last of them."""

    found: list[Found]
    runs: int = 0
    success: Success | None = None
    tool: str | None = None
    platform: str | None = None
    lines: int = 0
    requirements: tuple[str, ...] = ()


def gather(stream: IO[bytes], table: Table) -> Evidence:
    """Reads all of the log, and keeps of it what rules found in its last two runs."""
    return _Gathering(table).over(blocks(stream))


class _Gathering:
    def __init__(self, table: Table) -> None:
        self._table = table
        self._signals = compiled("|".join(map(re.escape, (*table.telling(), *SIGNALS))))
        self._platforms = Platforms()
        self._place = Place()
        self._conflicts = Conflicts()
        self._evidence = Evidence([])
        self._spoken: set[str] = set()
        self._width: int | None = None

    def over(self, all_blocks: Iterable[Block]) -> Evidence:
        for sentence in paragraphs(self._sentences(all_blocks)):
            self._take(sentence)
        end = self._evidence.lines - _ENDING
        self._evidence.found = [
            one for one in self._evidence.found if not one.rule.at_end or one.part.number > end
        ]
        self._evidence.tool = self._place.tool
        self._evidence.platform = self._platforms.told()
        self._evidence.requirements = self._conflicts.requirements()
        return self._evidence

    def _sentences(self, all_blocks: Iterable[Block]) -> Iterator[Sentence]:
        """The lines that can count, of which a log has few."""
        for block in all_blocks:
            self._evidence.lines += len(block.lines)
            self._platforms.look(block.lines)
            self._width = console_width(block.lines) or self._width
            if self._width is not None:
                yield from unwrapped(block.first, block.lines, self._width)
            else:
                yield from self._counting(block)

    def _counting(self, block: Block) -> Iterator[Sentence]:
        signals, place, paragraph = self._signals.search, self._place, 0
        for number, line in enumerate(block.lines, block.first):
            if not (paragraph or place.following or self._conflicts.following or signals(line)):
                continue
            text = clean(line)
            paragraph = _LONGEST_PARAGRAPH if opens_paragraph(text) else max(paragraph - 1, 0)
            yield Sentence(text, (Part(0, number, line),))

    def _take(self, sentence: Sentence) -> None:
        text = sentence.text
        self._place.move(text)
        self._conflicts.take(text)
        if success := self._success(text):
            self._succeeded(success)
            return
        if self._place.following and not self._place.raised:
            return
        for rule in self._table.rules:
            if rule.id not in self._spoken and any(one in text for one in rule.literals):
                self._try(rule, sentence)

    def _success(self, text: str) -> Success | None:
        if indent(text) >= _NESTED:
            return None
        for success in self._table.successes:
            if success.literal in text and compiled(success.pattern).search(text):
                return success
        return None

    def _succeeded(self, success: Success) -> None:
        evidence = self._evidence
        if success.weak:
            evidence.success = evidence.success or success
            return
        evidence.runs += 1
        evidence.success = success
        evidence.found = [one for one in evidence.found if one.run >= evidence.runs - 1]
        self._spoken.clear()
        self._place.building = False

    def _try(self, rule: Rule, sentence: Sentence) -> None:
        place = self._place
        if (rule.raised and not place.raised) or not place.is_within(rule.within):
            return
        if not self._spoken.issuperset(rule.given):
            return
        found = compiled(rule.pattern).search(sentence.text)
        if found is None:
            return
        groups = {name: value for name, value in found.groupdict().items() if value}
        start = found.start("line") if "line" in groups else _start(found)
        if rule.at_end:
            self._evidence.found = [one for one in self._evidence.found if one.rule is not rule]
        else:
            self._spoken.add(rule.id)
        self._evidence.found.append(
            Found(
                rule, sentence.part(start), groups, groups.get("package") or place.package,
                self._evidence.runs,
            )
        )  # fmt: skip


_LONGEST_PARAGRAPH = 60


def _start(found: re.Match[str]) -> int:
    """Where the words begin: a pattern may begin with the blanks before them."""
    return found.start() + len(found[0]) - len(found[0].lstrip())


class Platforms:
    """Which platform a log is from, by the paths and the names in it."""

    _SIGNS = (
        ("windows", ("C:\\", "c:\\", "[WinError", "win_amd64", "CategoryInfo", ".exe ", "D:\\")),
        ("macos", ("macosx_", "macosx-", "/Users/", "/opt/homebrew", "xcrun", "clang: error")),
        ("alpine", ("musllinux", "linux-musl", "apk add", "alpine")),
        ("linux", ("manylinux", "linux-x86_64", "/usr/", "/home/", "/root/", "/tmp/", "/bin/sh")),
    )

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}

    def look(self, lines: list[str]) -> None:
        if len(self._seen) > 1:
            return
        text = "\n".join(lines)
        for name, signs in self._SIGNS:
            if count := sum(text.count(sign) for sign in signs):
                self._seen[name] = self._seen.get(name, 0) + count

    def told(self) -> str | None:
        seen = self._seen
        if seen.get("alpine") and seen.get("linux"):
            return "alpine"
        return max(seen, key=lambda name: seen[name]) if seen else None
