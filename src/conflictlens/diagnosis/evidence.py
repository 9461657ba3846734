"""All that the rules find in a log: the first line for each rule, in the run where it stands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import IO

import msgspec
from msgspec.structs import replace

from conflictlens.diagnosis import matches
from conflictlens.diagnosis.asked import Asked
from conflictlens.diagnosis.cleaning import clean, indent
from conflictlens.diagnosis.frames import ENDS, Place, tool_of
from conflictlens.diagnosis.meanings import (
    ASKED,
    DISCARDING,
    DONE,
    END,
    FILE,
    GIVES_UP,
    KEEPERS,
    OPENS,
    PLACE,
    TRACE,
    WEAK,
    words,
)
from conflictlens.diagnosis.messages import PANIC, said_before, with_message
from conflictlens.diagnosis.page import Page, of_sentences
from conflictlens.diagnosis.platforms import Platforms
from conflictlens.diagnosis.pythons import Pythons
from conflictlens.diagnosis.reading import BLOCK, Block, blocks
from conflictlens.diagnosis.rules import Rank, Rule, Success, Table, compiled
from conflictlens.diagnosis.sieve import Meaning, Sieve
from conflictlens.diagnosis.told import Files
from conflictlens.diagnosis.wrapping import (
    Part,
    Sentence,
    console_width,
    joined,
    may_be_broken,
    opens_paragraph,
    paragraph,
    unwrapped,
)

_NESTED = 6
"""A success that is further in is one of a nested build."""
_LOOKED = 8
"""In so many blocks it is looked for the tool and the platform."""
_TOGETHER = 4
_MOST_TOGETHER = 40_000
_MOST_REMEMBERED = 10_000
_SHORT = 400
_REACHING = 400
"""So many lines before a success say where the lines after it stand."""
_ENDING = 4
"""How many lines count as the end of a log."""


class Found(msgspec.Struct, frozen=True):
    """A line that a rule explains."""

    rule: Rule
    part: Part
    groups: dict[str, str]
    about: str | None
    """The package that the lines around it are about."""
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
    files_asked: tuple[str, ...] = ()
    disputed: str | None = None
    python: str | None = None
    machine: str | None = None
    empty: bool = True
    files: Files = msgspec.field(default_factory=Files)


def gather(stream: IO[bytes], table: Table) -> Evidence:
    """Reads all of the log, and keeps of it what rules found in its last two runs."""
    return _Gathering(table).over(blocks(stream))


_NONE: frozenset[int] = frozenset()


class _Gathering:
    def __init__(self, table: Table) -> None:
        self._table = table
        self._sieve = Sieve(words(table), table.chaff)
        self._platforms = Platforms()
        self._pythons = Pythons()
        self._place = Place()
        self._asked = Asked()
        self._evidence = Evidence([])
        self._given = [(number, one.given) for number, one in enumerate(table.rules) if one.given]
        self._raised = {number for number, one in enumerate(table.rules) if one.raised}
        self._lasting = {
            number for number, one in enumerate(table.rules) if one.rank is Rank.AFTERMATH
        }
        self._spoken: set[str] = set()
        self._done: set[int] = set()
        """To whom nothing matters any more in this run."""
        self._unlike: dict[str, frozenset[int]] = {}
        """Which rules are known not to fit a text."""
        self._quiet: frozenset[int]
        """To whom no line matters that does not end a traceback, as far as is known yet."""
        self._hush()
        self._width: int | None = None
        self._looked = 0
        self._held = Page(1, ())
        self._ends: tuple[Page, int] | None = None
        """Where the output of a build ends, while that line is looked at."""

    def over(self, all_blocks: Iterable[Block]) -> Evidence:
        for first, raw in self._together(all_blocks):
            page = self._page(first, raw)
            self._held = Page(0, ())
            left = self._pass(page, last=False)
            if left is not None:
                self._held = Page(page.first + left, page.raw[left:])
        if self._held.raw:
            self._pass(self._held, last=True)
        end = self._evidence.lines - _ENDING
        self._evidence.found = [
            one for one in self._evidence.found if not one.rule.at_end or one.part.number > end
        ]
        self._evidence.platform = self._platforms.told()
        self._evidence.machine = self._platforms.machine()
        self._evidence.python = self._pythons.told()
        self._evidence.requirements = self._asked.requirements()
        self._evidence.files_asked = self._asked.files()
        self._evidence.disputed = self._asked.disputed()
        return self._evidence

    def _together(self, all_blocks: Iterable[Block]) -> Iterator[tuple[int, list[bytes]]]:
        """Several blocks at once: the more lines, the more of them may have been survived."""
        first, raw, count = 1, list[bytes](), 0
        for block in all_blocks:
            self._see(block)
            raw, count = raw + block.raw, count + 1
            if count >= _TOGETHER or len(raw) > _MOST_TOGETHER:
                yield first, raw
                first, raw, count = first + len(raw), [], 0
        if raw:
            yield first, raw

    def _see(self, block: Block) -> None:
        self._evidence.lines += len(block.raw)
        if self._evidence.empty:
            self._evidence.empty = not any(map(bytes.strip, block.raw))
        self._look(block.raw)
        if may_be_broken(block.raw):
            self._width = console_width(block.lines) or self._width

    def _page(self, first: int, raw: list[bytes]) -> Page:
        if self._held.raw:
            raw, first = [*self._held.raw, *raw], self._held.first
        if self._width is None:
            return Page(first, raw)
        lines = Block(first, raw).lines
        return of_sentences(first, list(unwrapped(first, lines, self._width)))

    def _look(self, lines: list[bytes]) -> None:
        """Which tool and which platform this is; a log says so soon, or not at all."""
        if self._looked >= _LOOKED:
            return
        self._looked += 1
        text = b"\n".join(lines)
        self._platforms.look(text)
        self._pythons.look(text)
        if self._evidence.tool is None:
            cleaned = map(clean, text.decode("utf-8", "replace").split("\n"))
            self._evidence.tool = tool_of("\n".join(cleaned))

    def _pass(self, page: Page, last: bool) -> int | None:
        """Looks at the lines that can count; the place from which on it needs more lines."""
        meanings = self._sieve.meanings(page.raw)
        counting = [one for one in enumerate(meanings) if one[1]]
        survived = self._survived(page, counting)
        lasting = [one for one in counting[:survived] if not one[1].isdisjoint(self._lasting)]
        counting = [*lasting, *counting[survived:]]
        following = 0
        if page.first == 1:
            self._place.begin(page.text(place) for place, one in counting if PLACE in one)
        if self._place.following:
            following = self._traceback(page, 0, meanings)
        for place, meaning in counting:
            if place < following:
                continue
            if meaning <= self._quiet:
                self._keep(page.raw[place], meaning)
                continue
            going_on = self._line(page, place, meaning, meanings, last)
            if going_on is None:
                return place
            following = going_on
        return None

    def _survived(self, page: Page, counting: Sequence[tuple[int, Meaning]]) -> int:
        """How many lines can be passed over: what stands before the last success but one."""
        done = [number for number, one in enumerate(counting) if DONE in one[1]]
        done = [number for number in done if self._is_success(page.text(counting[number][0]))]
        if len(done) < 2:
            return 0
        self._evidence.runs += len(done) - 2
        self._place.leave_traceback()
        for place, meaning in counting[max(done[-2] - _REACHING, 0) : done[-2]]:
            if PLACE in meaning:
                self._place.pass_by(page.raw[place])
        return done[-2]

    def _is_success(self, text: str) -> bool:
        success = self._success(text)
        return success is not None and not success.weak

    def _keep(self, line: bytes | str, meaning: Meaning) -> None:
        if PLACE in meaning:
            self._place.pass_by(line)
        if ASKED in meaning:
            self._asked.keep(line)
        if FILE in meaning:
            self._evidence.files.keep(line)

    def _line(
        self, page: Page, place: int, meaning: Meaning, meanings: Sequence[Meaning], last: bool
    ) -> int | None:
        """Looks at one line, and at what belongs to it: the place of the next."""
        sentence, following = page.sentence(place), place + 1
        if OPENS in meaning and opens_paragraph(sentence.text):
            held = paragraph(sentence, page.sentences(following))
            following = place + len(held)
            if following == len(page.raw) and not (last or page.whole or _is_long(held)):
                return None
            sentence = joined(held)
            meaning = self._sieve.of(sentence.text)
        if TRACE in meaning:
            skipped = self._place.opens_traceback(sentence.text)
            if skipped is not None:
                return self._traceback(page, place + skipped, meanings)
        if "panicked at" in sentence.text and (message := with_message(page, place, PANIC)):
            sentence, meaning = message, self._sieve.of(message.text)
        if END in meaning and ENDS.search(sentence.text) and self._place.building:
            self._ends = page, place
        self._take(sentence, meaning)
        self._ends = None
        return following

    def _traceback(self, page: Page, place: int, meanings: Sequence[Meaning]) -> int:
        """Passes over its lines, and looks at the one that ends it."""
        for inner in range(place, len(page.raw)):
            if not self._place.is_inside(page.raw[inner]):
                sentence, meaning = page.sentence(inner), meanings[inner]
                if self._place.within != "tool" and (message := with_message(page, inner)):
                    sentence, meaning = message, self._sieve.of(message.text)
                self._take(sentence, meaning)
                self._place.raised = False
                return inner + 1
        return len(page.raw)

    def _take(self, sentence: Sentence, meaning: Meaning) -> None:
        self._keep(sentence.text, meaning)
        if (DONE in meaning or WEAK in meaning) and (success := self._success(sentence.text)):
            self._succeeded(success)
            return
        if GIVES_UP in meaning and DISCARDING in sentence.text:
            self._give_up()
        rules = meaning - (self._done if self._place.raised else self._quiet)
        if not rules:
            return
        unlike = self._unlike.get(sentence.text, _NONE)
        for number in sorted(rules - unlike):
            if number >= 0 and not self._try(number, sentence):
                unlike |= {number}
        self._remember(sentence.text, unlike)

    def _remember(self, text: str, unlike: frozenset[int]) -> None:
        if len(self._unlike) > _MOST_REMEMBERED:
            self._unlike.clear()
        if len(text) < _SHORT:
            self._unlike[text] = unlike

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
            self._finish(WEAK)
            return
        evidence.runs += 1
        evidence.success = success
        # What an earlier run broke stays broken; what failed in it was survived.
        broken = next((one for one in evidence.found if one.rule.rank is Rank.AFTERMATH), None)
        evidence.found = [
            one for one in evidence.found if one is broken or one.run >= evidence.runs - 1
        ]
        self._spoken.clear()
        self._done = set()
        self._finish(WEAK)
        self._asked.forget()
        self._place.leave_run()

    def _give_up(self) -> None:
        """What pip found wrong with a version matters only if it finds no other."""
        found = self._evidence.found
        self._evidence.found = [replace(one, given_up=True) for one in found]
        self._spoken.clear()
        self._done = {whom for whom in self._done if whom < 0}
        self._hush()

    def _finish(self, whom: int) -> None:
        self._done.add(whom)
        self._hush()

    def _hush(self) -> None:
        waiting = (number for number, given in self._given if not self._spoken.issuperset(given))
        self._quiet = KEEPERS.union(self._done, self._raised, waiting)

    def _try(self, number: int, sentence: Sentence) -> bool:
        """False where the rule's pattern is not like the text, wherever that stands."""
        rule, place = self._table.rules[number], self._place
        if (rule.raised and not place.raised) or not self._spoken.issuperset(rule.given):
            return True
        if rule.within and not place.is_within(rule.within):
            return True
        found = matches.match(rule, sentence.text)
        if found is None:
            return False
        self._found(number, found, sentence)
        return True

    def _found(self, number: int, found: re.Match[str], sentence: Sentence) -> None:
        rule = self._table.rules[number]
        spoken: Sequence[Sentence] = (sentence,)
        if rule.before:
            spoken = () if self._ends is None else said_before(*self._ends)
        if not spoken:
            return
        if rule.at_end:
            self._evidence.found = [one for one in self._evidence.found if one.rule is not rule]
        else:
            self._spoken.add(rule.id)
            self._finish(number)
        refined = self._refined(rule, spoken)
        if refined is None and rule.before:
            self._add(rule, {}, spoken[-1].part(0))
        else:
            self._explained(*(refined or (rule, found, sentence)))

    def _refined(
        self, rule: Rule, spoken: Sequence[Sentence]
    ) -> tuple[Rule, re.Match[str], Sentence] | None:
        """A rule that says more of one of the lines, and the first such line."""
        for sentence in spoken:
            for one in self._table.refining(rule):
                if found := matches.match(one, sentence.text):
                    return one, found, sentence
        return None

    def _explained(self, rule: Rule, found: re.Match[str], sentence: Sentence) -> None:
        self._add(rule, matches.groups(found), sentence.part(matches.start(found)))

    def _add(self, rule: Rule, groups: dict[str, str], part: Part) -> None:
        self._evidence.found.append(
            Found(rule, part, groups, self._place.package, self._evidence.runs)
        )


def _is_long(held: Sequence[Sentence]) -> bool:
    """Whether a paragraph has gone on for so long that it is not one."""
    return sum(len(part.line) for sentence in held for part in sentence.parts) > BLOCK
