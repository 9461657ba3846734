"""The ``.metadata`` file that an index may keep beside a distribution (PEP 658 and 714)."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from threading import Lock, Semaphore
from urllib.parse import urlsplit

import msgspec

from conflictlens.errors import IndexMalformed, mask_password
from conflictlens.index.client import MEGABYTE, Client
from conflictlens.index.core_metadata import CoreMetadata, parse_core_metadata
from conflictlens.index.records import Distribution, Metadata

METADATA_LIMIT = 10 * MEGABYTE

_ABSENT = frozenset((400, 403, 404, 405, 410))
"""Object stores say 400, 403 or 405 for a file that is not there."""


_MISSED = 3
"""Files that a host lacks until others are asked for last."""


class MetadataFiles:
    """Fetches them, and remembers which hosts have none where nothing is announced."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._guesses: defaultdict[str, _Guesses] = defaultdict(_Guesses)

    def is_doubtful(self, wheel: Distribution) -> bool:
        """Whether the host lacked several files that no page gave the hash of.

        To ask for one more takes longer, where it is missing, than to read a part of the wheel.
        """
        guesses = self._guesses[urlsplit(wheel.url).netloc]
        return wheel.metadata_sha256 is None and guesses.misses >= _MISSED

    def beside(self, wheel: Distribution) -> Metadata | None:
        """What the file beside a wheel says, announced or not; None where there is none."""
        core = None
        if wheel.has_metadata:
            core = self.announced(wheel)
            if core is None:
                self._guesses[urlsplit(wheel.url).netloc].note(False)
        elif wheel.has_metadata is None:
            core = self._unannounced(wheel)
        return None if core is None else core.as_metadata(mask_password(metadata_url(wheel)))

    def announced(self, distribution: Distribution) -> CoreMetadata | None:
        """The file that the index said to have, None where it is missing all the same.

        A hash that was announced is checked; raises `IndexMalformed` where it differs.
        """
        answer = self._client.get(metadata_url(distribution), limit=METADATA_LIMIT)
        if answer.status in _ABSENT:
            return None
        answer.require_success()
        digest = hashlib.sha256(answer.body).hexdigest()
        if distribution.metadata_sha256 not in (None, digest):
            raise IndexMalformed(answer.url, "its SHA-256 is not the announced one")
        return parse_core_metadata(answer.body)

    def _unannounced(self, distribution: Distribution) -> CoreMetadata | None:
        """The file that may be there though nothing was said: some indexes have it."""
        guesses = self._guesses[urlsplit(distribution.url).netloc]
        with guesses.turn:
            if guesses.undecided:
                return self._guess(distribution, guesses)
        return self._guess(distribution, guesses) if guesses.hits else None

    def _guess(self, distribution: Distribution, guesses: _Guesses) -> CoreMetadata | None:
        answer = self._client.get(metadata_url(distribution), limit=METADATA_LIMIT)
        # Some servers send an error page with status 200, which is no core metadata.
        found = parse_core_metadata(answer.body) if answer.status == 200 else None
        guesses.note(found is not None)
        return found


class _Guesses(msgspec.Struct):
    """How often a host had an unannounced file.

    Three misses without a hit end the guessing. As long as it is undecided only two guess at
    once, so that a host that has none costs four requests, however many files are asked for.
    """

    misses: int = 0
    hits: int = 0
    turn: Semaphore = msgspec.field(default_factory=lambda: Semaphore(2))
    lock: Lock = msgspec.field(default_factory=Lock)

    def note(self, hit: bool) -> None:
        with self.lock:
            self.hits += hit
            self.misses += not hit

    @property
    def undecided(self) -> bool:
        return not self.hits and self.misses < _MISSED


def metadata_url(distribution: Distribution) -> str:
    """PEP 658: the file's URL with ``.metadata`` appended to its path."""
    parts = urlsplit(distribution.url)
    return parts._replace(path=parts.path + ".metadata", fragment="").geturl()
