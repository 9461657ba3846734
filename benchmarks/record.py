"""Records a slice of an index, as of a date, in the form that the benchmarks read.

    python -m benchmarks.record REQUIREMENT|FILE ... -o NAME.json.gz --exclude-newer DATE
                                [--python 3.11.7] [--newest N] [--index-url URL]

Breadth first from the requirements: of each project all versions that the target can use (or the
`--newest` N of them), the metadata of each, and from there all projects and extras that any of
them needs on the target. So whatever way a resolver goes, it finds what it asks for. A version
without a wheel is shown as one (see `benchmarks.recorded.Release`); yanked versions, and those
whose dependencies can't be known, are left out. Asks the index that pip is configured with.

The closure of a popular project is large: expect thousands of requests, and name a number of
newest versions where that is enough.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path

from packaging.utils import NormalizedName

from benchmarks.recorded import PLATFORM, Recorded, Release, write
from conflictlens.cutoff import cut_off
from conflictlens.index.records import Distribution, DistributionKind, Index, Metadata
from conflictlens.library import Access, gather
from conflictlens.problem.admission import Admission
from conflictlens.problem.catalogue import Catalogue
from conflictlens.problem.releases import Exclusion, Releases, bits_down
from conflictlens.requirements.records import IndexOptions, RequirementSet, RootRequirement
from conflictlens.target import Target, target_for

Asked = tuple[NormalizedName, str]
"""A project, and one of its extras or nothing."""


@dataclass(slots=True)
class _Recorder:
    """What was recorded so far; files by project, newest first."""

    index: Index
    catalogue: Catalogue
    newest: int | None
    files: dict[NormalizedName, list[Distribution]] = field(default_factory=dict)
    asked: set[Asked] = field(default_factory=set)

    def follow(self, level: set[Asked]) -> set[Asked]:
        """Record the projects of one level; what they need is the next one."""
        fresh = sorted({name for name, _ in level} - set(self.files))
        self.index.prefetch(fresh)
        for name in fresh:
            self.files[name] = list(self._files(self.catalogue.releases(name)))
        self.index.prefetch(distributions=[file for name in fresh for file in self.files[name]])
        self.asked |= level
        needed = {one for name, extra in level for one in self._needed(name, extra)}
        return needed - self.asked

    def _files(self, releases: Releases) -> Iterable[Distribution]:
        usable = releases.admissible & ~releases.withheld.get(Exclusion.YANKED, 0)
        for bit in islice(bits_down(usable), self.newest):
            yield releases.distributions[bit - 1]

    def _needed(self, name: NormalizedName, extra: str) -> Iterable[Asked]:
        releases = self.catalogue.releases(name)
        for file in self.files[name]:
            bit = releases.bits(file.version).bit_length() - 1
            for dependency in self.catalogue.facts(name, bit, extra).dependencies:
                yield dependency.name, ""
                yield from ((dependency.name, one) for one in dependency.extras)

    def releases(self) -> dict[str, Sequence[Release]]:
        """All projects that exist, by name."""
        return {
            name: [row for file in files if (row := self._row(file)) is not None]
            for name, files in sorted(self.files.items())
            if self.catalogue.releases(name).found
        }

    def _row(self, file: Distribution) -> Release | None:
        metadata = self.catalogue.metadata(file)
        if not isinstance(metadata, Metadata):
            return None
        source_only = file.kind is DistributionKind.SDIST
        stem = f"{file.project.replace('-', '_')}-{file.version}"
        return Release(
            version=str(file.version),
            filename=f"{stem}-py3-none-any.whl" if source_only else file.filename,
            uploaded=_written(file.upload_time),
            requires_python=file.requires_python or metadata.requires_python,
            requires=metadata.requires_dist,
            extras=metadata.provides_extra,
            source_only=source_only,
        )


def _written(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat().replace("+00:00", "Z")


def record(
    name: str,
    requirements: RequirementSet,
    target: Target,
    date: str | None,
    index: Index,
    newest: int | None = None,
) -> Recorded:
    """All that a resolver may ask about these requirements; raises IndexFailure."""
    roots = [_root(root) for root in requirements.roots]
    policy = Admission(uploaded_before=None if date is None else cut_off(date))
    recorder = _Recorder(index, Catalogue(index, target, policy, {}), newest)
    environment = {**target.markers, "extra": ""}
    level: set[Asked] = set()
    for root in roots:
        if root.marker is None or root.marker.evaluate(environment):
            level |= {(root.name, ""), *((root.name, extra) for extra in root.extras)}
    while level:
        level = recorder.follow(level)
    return Recorded(
        name,
        tuple(root.text for root in roots),
        recorder.releases(),
        target.python_full_version,
        date,
        dict(target.markers),
    )


def _root(root: object) -> RootRequirement:
    if not isinstance(root, RootRequirement) or root.url is not None:
        raise SystemExit(f"{root}: only names can be recorded, no URLs and no paths")
    return root


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Record a slice of an index.")
    parser.add_argument("requirements", nargs="+")
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--exclude-newer", metavar="DATE")
    parser.add_argument("--python", default="3.11.7")
    parser.add_argument("--newest", type=int, metavar="N")
    parser.add_argument("--index-url")
    options = parser.parse_args(arguments)
    asked = gather(options.requirements, (), (), ())
    target = target_for(options.python, PLATFORM)
    name = options.output.name.removesuffix(".json.gz")
    with Access().open(IndexOptions(index_url=options.index_url), None) as index:
        recorded = record(name, asked, target, options.exclude_newer, index, options.newest)
    write(recorded, options.output)
    versions = sum(map(len, recorded.projects.values()))
    print(f"{options.output}: {len(recorded.projects)} projects, {versions} versions")


if __name__ == "__main__":
    main()
