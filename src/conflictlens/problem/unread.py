"""What an index failed for: projects whose page, files whose metadata it did not give.

A refutation uses facts about some projects: which versions they have, what these need, why others
are out. What the index did not give would add facts, and could take none away:

- of a file whose metadata was not read, requirements that are only taken not to be there;
- of a project whose page was not read, its versions. It counts as one with a version for whatever
  is asked, that needs nothing: the most that could be hoped for. So no refutation rests on it.

With several indexes each could add versions of *any* project, and one more version can undo a
refutation. So a project counts as read only where every index (and every page of links) answered
for it: the `Index` fails for a project as soon as one of its sources does. Where an index gives
nothing at all, no project is read, and nothing can be refuted.

A pre-release or a yanked version counts if a requirement asks for it, be it one that was not read:
withheld versions that a refutation rests on are let in wherever something unread could ask for them
(see `resolution.verdict`).

A project that a root names by a URL or path which can't be read is unread in the same way: only the
version behind that counts, and nobody says which it is (see `problem.pose`).

What resolves with something unread is not known to resolve. So an answer never is "resolved" then,
no fix can be verified, and a conflict is only called minimal where its parts resolve without it.
"""

from __future__ import annotations

import msgspec

from conflictlens.errors import IndexFailure
from conflictlens.index.records import Distribution, DistributionKind, UnknownMetadata
from conflictlens.names import NormalizedName
from conflictlens.problem.releases import Releases


def stand_in(name: NormalizedName, failure: IndexFailure) -> Releases:
    """One version for whatever is asked of a project, as long as nobody says which there are."""
    from packaging.version import Version

    version = Version("0")
    url = failure.url or f"unread:{name}"
    file = Distribution(name, version, f"{name}-0", f"{url}#{name}", DistributionKind.WHEEL)
    return Releases(name, (version,), (file,), is_unread=True)


class Unread(msgspec.Struct):
    """The failures that were tolerated, by the URL of a file or of a stand-in for a project."""

    failures: dict[str, IndexFailure] = msgspec.field(default_factory=dict)

    def project(self, name: NormalizedName, failure: IndexFailure) -> Releases:
        """One version that stands for all that there could be."""
        return stand_in(name, failure)

    def file(self, file: Distribution, failure: IndexFailure) -> UnknownMetadata:
        """Take note of a failure: of this file no requirement is known."""
        self.failures[file.url] = failure
        return UnknownMetadata(str(failure), file.url)
