"""The library: one call from requirements to an `Explanation`."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import date, datetime
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from conflictlens.answer import Explanation
from conflictlens.index.records import Index
from conflictlens.pipeline import find
from conflictlens.problem.admission import Admission, normalized_names
from conflictlens.question import Question
from conflictlens.requirements.reading import read_requirements
from conflictlens.requirements.records import (
    IndexOptions,
    OriginKind,
    RequirementSet,
    RootRequirement,
)
from conflictlens.resolution.budget import Budget
from conflictlens.target import Target, target_for

PathOrText = str | os.PathLike[str]

if TYPE_CHECKING:
    from typing import TypedDict, Unpack

    class Options(TypedDict, total=False):
        """What `explain` takes beside requirements."""

        constraints: PathOrText | Iterable[PathOrText]
        python: str | None
        platform: str | None
        index: Index | None
        extras: Sequence[str]
        groups: Sequence[str]
        pre: bool
        exclude_newer: str | date | datetime | None
        only_binary: Iterable[str]
        no_binary: Iterable[str]
        index_url: str | None
        extra_index_urls: Sequence[str]
        find_links: Sequence[PathOrText]
        no_index: bool
        cache_dir: PathOrText | None
        use_cache: bool
        offline: bool
        timeout: float | None
        upstream: bool


TIMEOUT = 60.0
"""Seconds that an answer may take unless another limit is given."""


def explain(
    requirements: PathOrText | Iterable[PathOrText],
    *,
    constraints: PathOrText | Iterable[PathOrText] = (),
    python: str | None = None,
    platform: str | None = None,
    index: Index | None = None,
    extras: Sequence[str] = (),
    groups: Sequence[str] = (),
    pre: bool = False,
    exclude_newer: str | date | datetime | None = None,
    only_binary: Iterable[str] = (),
    no_binary: Iterable[str] = (),
    index_url: str | None = None,
    extra_index_urls: Sequence[str] = (),
    find_links: Sequence[PathOrText] = (),
    no_index: bool = False,
    cache_dir: PathOrText | None = None,
    use_cache: bool = True,
    offline: bool = False,
    timeout: float | None = TIMEOUT,
    upstream: bool = False,
) -> Explanation:
    """Whether requirements can be installed together; where they can't, why.

    `requirements` and `constraints` are requirements (PEP 508), paths of files that hold some
    (requirements.txt, pyproject.toml, pylock.toml), or several of these. `python` and
    `platform` are the running interpreter's unless given. Uploads after `exclude_newer` do not
    count (a day alone: its end). `index` answers instead of pip's and those named here. `timeout`
    is in seconds, None for no limit. `upstream` asks for each conflict what others must loosen.

    Raises InputError for what can't be read, and for a local file or project that is not there. An
    index that does not answer and a spent budget are no errors: the outcome is undecided.
    """
    asked = _asked(
        requirements,
        {
            "constraints": constraints,
            "python": python,
            "platform": platform,
            "index": index,
            "extras": extras,
            "groups": groups,
            "pre": pre,
            "exclude_newer": exclude_newer,
            "only_binary": only_binary,
            "no_binary": no_binary,
            "index_url": index_url,
            "extra_index_urls": extra_index_urls,
            "find_links": find_links,
            "no_index": no_index,
            "cache_dir": cache_dir,
            "use_cache": use_cache,
            "offline": offline,
            "timeout": timeout,
            "upstream": upstream,
        },
    )
    with asked.source as source:
        return Explanation(find(asked.question, source, asked.budget))


def why_not(
    wanted: str | Iterable[str],
    requirements: PathOrText | Iterable[PathOrText],
    **options: Unpack[Options],
) -> Explanation:
    """Whether `wanted` can be had with what is required; if not, who blocks it.

    `wanted` is a requirement (PEP 508) such as ``"numpy>=2"``, or several. It takes the place of
    the user's lines about the same project that exclude it. Requirements, options and errors
    are those of `explain`; `blockers` in the answer are the lines in the way.
    """
    asked = _asked(requirements, options)
    wishes = read_requirements([wanted] if isinstance(wanted, str) else list(wanted)).roots
    with asked.source as source:
        from conflictlens import whatif

        return Explanation(whatif.why_not(asked.question, wishes, source, asked.budget))


class _Asked(msgspec.Struct, frozen=True):
    """A question, who answers it, and until when."""

    question: Question
    source: AbstractContextManager[Index]
    budget: Budget


def _asked(
    requirements: PathOrText | Iterable[PathOrText],
    options: Options,
) -> _Asked:
    timeout = options.get("timeout", TIMEOUT)
    deadline = None if timeout is None else time.monotonic() + timeout
    gathered = gather(
        requirements,
        options.get("constraints", ()),
        options.get("extras", ()),
        options.get("groups", ()),
    )
    asked = with_options(gathered, _index_options(options))
    newer = options.get("exclude_newer")
    if newer is not None:
        from conflictlens.cutoff import cut_off

        newer = cut_off(newer)
    target = target_for(options.get("python"), options.get("platform"))
    index, folder = options.get("index"), options.get("cache_dir")
    access = Access(
        None if folder is None else os.fspath(folder),
        options.get("use_cache", True),
        options.get("offline", False),
    )
    source = nullcontext(index) if index else access.open(asked.options, deadline)
    question = replace(ask(asked, target, newer), upstream=options.get("upstream", False))
    return _Asked(question, source, Budget(deadline))


def _index_options(options: Options) -> IndexOptions:
    return IndexOptions(
        index_url=options.get("index_url"),
        extra_index_urls=tuple(options.get("extra_index_urls", ())),
        find_links=tuple(os.fspath(link) for link in options.get("find_links", ())),
        no_index=options.get("no_index", False),
        pre=options.get("pre", False),
        only_binary=normalized_names(options.get("only_binary", ())),
        no_binary=normalized_names(options.get("no_binary", ())),
    )


def ask(requirements: RequirementSet, target: Target, before: datetime | None) -> Question:
    """The question that requirements pose together with the options that were read with them."""
    options = requirements.options
    admission = Admission(
        pre=options.pre,
        uploaded_before=before,
        only_binary=options.only_binary,
        no_binary=options.no_binary,
    )
    return Question(requirements, target, admission)


class Access(msgspec.Struct, frozen=True):
    """How the indexes are reached; `cache_dir` None is the user's cache folder."""

    cache_dir: str | None = None
    use_cache: bool = True
    offline: bool = False

    def open(self, options: IndexOptions, deadline: float | None) -> AbstractContextManager[Index]:
        """The indexes that `options` and pip's configuration name together."""
        # Imported here: a question to a given index needs neither a cache nor a network.
        from conflictlens.index.configuration import configured_sources
        from conflictlens.index.remote import open_index

        return open_index(
            configured_sources(options, os.environ),
            cache_dir=self.cache_dir,
            use_cache=self.use_cache,
            offline=self.offline,
            deadline=deadline,
        )


def with_options(requirements: RequirementSet, given: IndexOptions) -> RequirementSet:
    """Options that were given beside the files: they add to what the files say, or win."""
    written = requirements.options
    options = replace(
        written,
        index_url=given.index_url or written.index_url,
        extra_index_urls=(*written.extra_index_urls, *given.extra_index_urls),
        find_links=(*written.find_links, *given.find_links),
        no_index=written.no_index or given.no_index,
        pre=written.pre or given.pre,
        only_binary=(written.only_binary - given.no_binary) | given.only_binary,
        no_binary=(written.no_binary - given.only_binary) | given.no_binary,
    )
    return replace(requirements, options=options)


def gather(
    requirements: PathOrText | Iterable[PathOrText],
    constraints: PathOrText | Iterable[PathOrText],
    extras: Sequence[str],
    groups: Sequence[str],
) -> RequirementSet:
    """All requirements and constraints, whether they were given as text or by path."""
    texts, files = _split(constraints)
    asked = read_requirements(
        _arguments(requirements), constraint_files=files, extras=extras, groups=groups
    )
    if not texts:
        return asked
    bounds = (root for root in read_requirements(texts).roots if isinstance(root, RootRequirement))
    constrained = (
        replace(root, origin=replace(root.origin, kind=OriginKind.CONSTRAINT)) for root in bounds
    )
    return replace(asked, constraints=(*constrained, *asked.constraints))


def _split(constraints: PathOrText | Iterable[PathOrText]) -> tuple[list[str], list[str]]:
    """Constraints that are texts, and those that are files."""
    arguments = _arguments(constraints)
    files = [text for text in arguments if os.path.exists(text) or os.sep in text]
    return [text for text in arguments if text not in files], files


def _arguments(given: PathOrText | Iterable[PathOrText]) -> list[str]:
    items = [given] if isinstance(given, str | os.PathLike) else given
    return [item if isinstance(item, str) else _path(item) for item in items]


def _path(path: os.PathLike[str]) -> str:
    """A path in such a form that it can't be taken for a requirement."""
    text = os.fspath(path)
    return text if os.path.exists(text) else os.path.join(os.curdir, text)
