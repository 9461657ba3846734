"""A part of a log as lines that can be looked at singly; most never are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from conflictlens.diagnosis.cleaning import MATCHED, clean
from conflictlens.diagnosis.wrapping import Part, Sentence

_LOOKED_AT = 2 * MATCHED


class Page:
    """`raw` are lines, or where a console broke them, the sentences that they were."""

    def __init__(
        self, first: int, raw: Sequence[bytes], sentences: Sequence[Sentence] | None = None
    ) -> None:
        self.first = first
        self.raw = raw
        self._sentences = sentences

    @property
    def whole(self) -> bool:
        """Whether its sentences end with it: a paragraph in it does not go on in the next page."""
        return self._sentences is not None

    def text(self, place: int) -> str:
        """A line as the tool meant it."""
        if self._sentences is not None:
            return self._sentences[place].text
        return clean(self.raw[place][:_LOOKED_AT].decode("utf-8", "replace"))

    def sentence(self, place: int) -> Sentence:
        if self._sentences is not None:
            return self._sentences[place]
        line = self.raw[place].decode("utf-8", "replace")
        return Sentence(self.text(place), (Part(0, self.first + place, line),))

    def sentences(self, place: int) -> Iterator[Sentence]:
        """Those from `place` on."""
        return map(self.sentence, range(place, len(self.raw)))


def of_sentences(first: int, sentences: Sequence[Sentence]) -> Page:
    raw = [sentence.text.encode("utf-8", "replace") for sentence in sentences]
    return Page(first, raw, sentences)
