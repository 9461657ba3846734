"""All that the rules find in a log: the first line for each rule, in the run where it stands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import IO

import msgspec
from msgspec.structs import replace

from conflictlens.diagnosis import rebuild
from conflictlens.diagnosis.cleaning import clean, indent
from conflictlens.diagnosis.frames import ENDS, LITERALS, Place, tool_of
from conflictlens.diagnosis.reading import Block, blocks
from conflictlens.diagnosis.rules import Rule, Success, Table, compiled
from conflictlens.diagnosis.sieve import Sieve
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


_LONGEST_PARAGRAPH = 60
_LOOKED = 40
_REMEMBERED = 20_000
_NEAR = 6
_DISCARDING = "WARNING: Discarding "
_ENDING = 4
"""How many lines count as the end of a log."""


class Found(msgspec.Struct, frozen=True):
    """A line that a rule explains."""

    rule: Rule
    part: Part
    groups: dict[str, str]
    package: str | None
    run: int
    given_up: bool = False
    """Whether pip then gave up this version of a package and tried another."""


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
        self._sieve = Sieve(
            [*table.literals(), *LITERALS, *rebuild.LITERALS, _DISCARDING], table.chaff
        )
        self._rules = _by_piece(table, self._sieve)
        self._platforms = Platforms()
        self._place = Place()
        self._conflicts = rebuild.Conflicts()
        self._evidence = Evidence([])
        self._spoken: set[str] = set()
        self._width: int | None = None
        self._last_words: Part | None = None
        self._paragraph = self._looked = 0
        self._remembered: dict[str, tuple[Rule, ...]] = {}

    def over(self, all_blocks: Iterable[Block]) -> Evidence:
        for sentence in paragraphs(self._sentences(all_blocks)):
            self._take(sentence)
        end = self._evidence.lines - _ENDING
        self._evidence.found = [
            one for one in self._evidence.found if not one.rule.at_end or one.part.number > end
        ]
        self._evidence.platform = self._platforms.told()
        self._evidence.requirements = self._conflicts.requirements()
        return self._evidence

    def _sentences(self, all_blocks: Iterable[Block]) -> Iterator[Sentence]:
        """The lines that can count, of which a log has few."""
        for block in all_blocks:
            self._evidence.lines += len(block.lines)
            self._look(block.lines)
            self._width = console_width(block.lines) or self._width
            if self._width is not None:
                yield from unwrapped(block.first, block.lines, self._width)
            else:
                yield from self._counting(block)

    def _look(self, lines: list[str]) -> None:
        """Which tool and which platform this is, as long as that is not known."""
        self._platforms.look(lines)
        if self._evidence.tool is None and self._looked < _LOOKED:
            self._looked += 1
            self._evidence.tool = tool_of("\n".join(map(clean, lines)))

    def _counting(self, block: Block) -> Iterator[Sentence]:
        lines, count = block.lines, len(block.lines)
        index = 0
        for place in [*self._sieve.places(lines), count]:
            index = max(index, place)
            while index < count:
                text = clean(lines[index])
                if opens_paragraph(text):
                    self._paragraph = _LONGEST_PARAGRAPH
                if ENDS.search(text):
                    self._last_words = _words_before(block, index)
                yield Sentence(text, (Part(0, block.first + index, lines[index]),))
                index += 1
                if not self._follows():
                    break

    def _follows(self) -> bool:
        """Whether the next line counts, whatever it holds."""
        self._paragraph = max(self._paragraph - 1, 0)
        return bool(self._paragraph or self._place.following or self._conflicts.following)

    def _take(self, sentence: Sentence) -> None:
        text = sentence.text
        if not self._place.building:
            self._last_words = None
        self._place.move(text)
        self._conflicts.take(text)
        if _DISCARDING in text:
            self._give_up()
        if success := self._success(text):
            self._succeeded(success)
            return
        if self._place.following and not self._place.raised:
            return
        for rule in self._likely(text):
            if rule.id not in self._spoken:
                self._try(rule, sentence)

    def _likely(self, text: str) -> tuple[Rule, ...]:
        """The rules of which a literal stands in `text`, in the table's order."""
        likely = self._remembered.get(text)
        if likely is None:
            numbers = {number for one in self._sieve.in_text(text) for number in self._rules[one]}
            rules = (self._table.rules[number] for number in sorted(numbers))
            likely = tuple(rule for rule in rules if any(one in text for one in rule.literals))
            if len(self._remembered) > _REMEMBERED:
                self._remembered.clear()
            self._remembered[text] = likely
        return likely

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
        self._conflicts.forget()
        self._place.building = False

    def _give_up(self) -> None:
        found = self._evidence.found
        self._evidence.found = [replace(one, given_up=True) for one in found]
        self._spoken.clear()

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
        part = self._last_words if rule.before else sentence.part(start)
        if part is None:
            return
        if rule.at_end:
            self._evidence.found = [one for one in self._evidence.found if one.rule is not rule]
        else:
            self._spoken.add(rule.id)
        self._evidence.found.append(
            Found(
                rule, part, groups, groups.get("package") or place.package,
                self._evidence.runs,
            )
        )  # fmt: skip


def _by_piece(table: Table, sieve: Sieve) -> dict[str, set[int]]:
    """The numbers of the rules that a piece of a literal can mean."""
    found: dict[str, set[int]] = {piece: set() for piece in sieve.pieces}
    for number, rule in enumerate(table.rules):
        for literal in rule.literals:
            for piece in sieve.pieces_of(literal):
                found[piece].add(number)
    return found


def _words_before(block: Block, index: int) -> Part | None:
    """The line before that says something, if it stands near."""
    near = range(index - 1, max(index - _NEAR, -1), -1)
    spoken = next((one for one in near if clean(block.lines[one]).strip()), None)
    return None if spoken is None else Part(0, block.first + spoken, block.lines[spoken])


def _start(found: re.Match[str]) -> int:
    """Where the words begin: a pattern may begin with the blanks before them."""
    return found.start() + len(found[0]) - len(found[0].lstrip())


class Platforms:
    """Which platform a log is from, by the paths and the names in it."""

    _ENOUGH = 400

    _SIGNS = (
        ("windows", ("C:\\", "c:\\", "[WinError", "win_amd64", "CategoryInfo", ".exe ", "D:\\")),
        ("macos", ("macosx_", "macosx-", "/Users/", "/opt/homebrew", "xcrun", "clang: error")),
        ("alpine", ("musllinux", "linux-musl", "apk add", "alpine")),
        ("linux", ("manylinux", "linux-x86_64", "/usr/", "/home/", "/root/", "/tmp/", "/bin/sh")),
    )

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}

    def look(self, lines: list[str]) -> None:
        if sum(self._seen.values()) > self._ENOUGH:
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
