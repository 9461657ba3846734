"""Core metadata of a wheel: the ladder from the cheapest way to the last one.

1. the ``.metadata`` file beside it, where the index announces one (PEP 658/714), its hash checked;
2. the same file unannounced, where the index says nothing: some have it all the same;
3. METADATA read out of the wheel by range requests;
4. the whole wheel if it is small.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import defaultdict
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from conflictlens.errors import IndexMalformed, mask_password
from conflictlens.index.client import MEGABYTE, Answer, Client
from conflictlens.index.core_metadata import metadata_member, parse_core_metadata
from conflictlens.index.ranges import RangeReader, Unreachable
from conflictlens.index.records import Distribution, Metadata, UnknownMetadata
from conflictlens.index.zip_directory import ZipError

METADATA_LIMIT = 10 * MEGABYTE


class WheelReader:
    """Climbs the ladder for one wheel after the other and remembers which rungs hosts lack."""

    def __init__(self, client: Client, ranges: RangeReader) -> None:
        self._client = client
        self._ranges = ranges
        self._guesses: defaultdict[str, _Guesses] = defaultdict(_Guesses)

    async def read(self, wheel: Distribution) -> Metadata | UnknownMetadata:
        if wheel.has_metadata:
            found = await self._announced(wheel)
        elif wheel.has_metadata is None:
            found = await self._unannounced(wheel)
        else:
            found = None
        return found or await self._from_archive(wheel)

    async def _announced(self, wheel: Distribution) -> Metadata | None:
        answer = await self._client.get(_beside(wheel), limit=METADATA_LIMIT)
        if answer.status in _ABSENT:
            return None
        answer.require_success()
        digest = hashlib.sha256(answer.body).hexdigest()
        if wheel.metadata_sha256 not in (None, digest):
            raise IndexMalformed(answer.url, "its SHA-256 is not the announced one")
        return _parsed(answer)

    async def _unannounced(self, wheel: Distribution) -> Metadata | None:
        guesses = self._guesses[urlsplit(wheel.url).netloc]
        async with guesses.turn:
            if guesses.undecided:
                return await self._guess(wheel, guesses)
        return await self._guess(wheel, guesses) if guesses.hits else None

    async def _guess(self, wheel: Distribution, guesses: _Guesses) -> Metadata | None:
        answer = await self._client.get(_beside(wheel), limit=METADATA_LIMIT)
        found = _parsed(answer) if answer.status == 200 else None
        guesses.hits += found is not None
        guesses.misses += found is None
        return found

    async def _from_archive(self, wheel: Distribution) -> Metadata | UnknownMetadata:
        source = mask_password(wheel.url)
        try:
            archive = await self._ranges.open(wheel.url)
            if isinstance(archive, Unreachable):
                return UnknownMetadata(archive.reason, source)
            known = await archive.members()
            name = metadata_member(known, wheel.project)
            core = parse_core_metadata(await archive.read(known[name])) if name else None
        except ZipError as error:
            return UnknownMetadata(f"the wheel can't be read: {error}", source)
        if core is None:
            return UnknownMetadata("the wheel holds no METADATA", source)
        return core.as_metadata(source)


_ABSENT = frozenset((400, 403, 404, 405, 410))
"""Object stores say 400, 403 or 405 for a file that is not there."""


@dataclass(slots=True)
class _Guesses:
    """How often a host had an unannounced ``.metadata`` file.

    Four misses without a hit end the guessing. As long as it is undecided only four guess at
    once, so that a host that has none costs four requests, however many wheels are asked for.
    """

    misses: int = 0
    hits: int = 0
    turn: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(4))

    @property
    def undecided(self) -> bool:
        return not self.hits and self.misses < 4


def _beside(wheel: Distribution) -> str:
    """PEP 658: the file's URL with ``.metadata`` appended to its path."""
    parts = urlsplit(wheel.url)
    return parts._replace(path=parts.path + ".metadata", fragment="").geturl()


def _parsed(answer: Answer) -> Metadata | None:
    """None for what is no core metadata, such as an error page sent with status 200."""
    core = parse_core_metadata(answer.body)
    return None if core is None else core.as_metadata(mask_password(answer.url))
