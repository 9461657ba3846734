"""The library: one call from requirements to an `Explanation`."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import date, datetime
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from conflictlens.explanation.records import (
    Blocker,
    Conflict,
    Findings,
    Fix,
    Outcome,
    Repair,
    UpstreamChange,
)
from conflictlens.index.records import Index
from conflictlens.names import NormalizedName
from conflictlens.pipeline import find
from conflictlens.problem.admission import Admission, normalized_names
from conflictlens.problem.notes import Note
from conflictlens.question import Question
from conflictlens.render.style import Style
from conflictlens.requirements.reading import read_requirements
from conflictlens.requirements.records import (
    IndexOptions,
    OriginKind,
    RequirementSet,
    RootRequirement,
)
from conflictlens.resolution.budget import Budget
from conflictlens.target import Target, target_for

if TYPE_CHECKING:
    from typing import TypedDict, Unpack

    from packaging.version import Version

    # Renderers are loaded by those who render.
    from conflictlens.render.issue import Issue
    from conflictlens.render.json_text import JSON
    from conflictlens.render.network import Graph

PathOrText = str | os.PathLike[str]

if TYPE_CHECKING:

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

EXIT_CODES = {Outcome.RESOLVED: 0, Outcome.CONFLICT: 1, Outcome.UNDECIDED: 3}


class Explanation(msgspec.Struct, frozen=True):
    """An answer. It prints as the text that the command line shows."""

    findings: Findings

    @property
    def outcome(self) -> Outcome:
        return self.findings.outcome

    @property
    def conflicts(self) -> tuple[Conflict, ...]:
        return self.findings.conflicts

    @property
    def resolution(self) -> dict[NormalizedName, Version] | None:
        """The versions that can be installed together; None unless the outcome is resolved."""
        resolution = self.findings.resolution
        if resolution is None:
            return None
        from packaging.version import Version

        return {name: Version(text) for name, text in resolution.items()}

    @property
    def fixes(self) -> tuple[Fix, ...]:
        """Changes that were tried and work, conflict by conflict, cheapest first."""
        return self.findings.fixes

    @property
    def repair(self) -> Repair | None:
        """The cheapest changes that resolve everything; None where none is known."""
        return self.findings.repair

    @property
    def notes(self) -> tuple[Note, ...]:
        return self.findings.notes

    @property
    def blockers(self) -> tuple[Blocker, ...]:
        """What is in the way of what `why_not` was asked for."""
        return self.findings.blockers

    @property
    def upstream(self) -> tuple[UpstreamChange, ...]:
        """What other projects would have to loosen, verified with hypothetical releases.

        Looked for where no fix keeps all lines, or where `explain` is asked for it.
        """
        return self.findings.upstream

    @property
    def issues(self) -> tuple[Issue, ...]:
        """The same as issues that are ready to file with these projects."""
        from conflictlens.render.issue import issues

        return issues(self.findings)

    @property
    def exit_code(self) -> int:
        """0 resolved, 1 conflict, 3 undecided."""
        return EXIT_CODES[self.outcome]

    def to_text(
        self, color: bool = False, width: int = 80, verbose: bool = False, issues: bool = False
    ) -> str:
        from conflictlens.render.text import render_text

        text = render_text(self.findings, Style(width=width, colour=color, verbose=verbose))
        if not issues:
            return text
        from conflictlens.render.issue import render_issues

        return text + render_issues(self.findings)

    def to_dict(self) -> dict[str, JSON]:
        """The object of the schema ``conflictlens.explanation/1``."""
        from conflictlens.render.json import to_dict

        return to_dict(self.findings)

    def to_json(self) -> str:
        from conflictlens.render.json import render_json

        return render_json(self.findings)

    def to_markdown(self, issues: bool = False) -> str:
        from conflictlens.render.markdown import render_markdown

        text = render_markdown(self.findings)
        if not issues:
            return text
        from conflictlens.render.issue import markdown_issues

        return text + markdown_issues(self.findings)

    def to_github(self) -> str:
        """Workflow commands of GitHub Actions; empty where everything can be installed."""
        from conflictlens.render.github import render_github

        return render_github(self.findings)

    def to_sarif(self) -> str:
        """SARIF 2.1.0, for code scanning and editors."""
        from conflictlens.render.sarif import render_sarif

        return render_sarif(self.findings)

    @property
    def graph(self) -> Graph:
        """The conflicts as a graph; `docs/pictures.md` says what its attributes are."""
        from conflictlens.render.network import to_networkx

        return to_networkx(self.findings)

    def to_tree(self, color: bool = False, width: int = 80) -> str:
        """A tree for a terminal, from the user's lines down to where they clash."""
        from conflictlens.render.tree import render_tree

        return render_tree(self.findings, Style(width=width, colour=color))

    def to_mermaid(self) -> str:
        from conflictlens.render.mermaid import render_mermaid

        return render_mermaid(self.findings)

    def to_dot(self) -> str:
        from conflictlens.render.dot import render_dot

        return render_dot(self.findings)

    def to_svg(self, graphviz: bool = True) -> str:
        """A picture for light and dark pages; Graphviz lays it out if it is there and wanted."""
        from conflictlens.render.svg import render_svg

        return render_svg(self.findings, graphviz=graphviz)

    def to_html(self, graphviz: bool = True) -> str:
        """A page that can be looked around in, complete in itself; Graphviz as for `to_svg`."""
        from conflictlens.render.html import render_html

        return render_html(self.findings, graphviz=graphviz)

    def to_png(self) -> bytes:
        """A picture that Graphviz draws. Raises PictureError where it is not there."""
        from conflictlens.render.dot import render_png

        return render_png(self.findings)

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> dict[str, str]:
        """What notebooks show of an answer that is a cell's last value, for IPython."""
        from conflictlens.render.notebook import render_notebook

        forms: dict[str, Callable[[], str]] = {
            "text/plain": self.to_text,
            "image/svg+xml": lambda: self.to_svg(graphviz=False),
            "text/html": lambda: render_notebook(self.findings),
        }
        wanted = set(include or forms) - set(exclude or ())
        return {form: render() for form, render in forms.items() if form in wanted}

    def __str__(self) -> str:
        return self.to_text()

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.to_text(width=1000).partition(chr(10))[0]}>"


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
    count (a day alone: its end). `index` answers instead of the indexes that pip is configured
    with and those named here. `timeout` is in seconds, None for no limit. `upstream` asks for
    each conflict what other projects would have to loosen.

    Raises InputError for what can't be read. An index that does not answer and a spent budget
    are no errors: the outcome is undecided.
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
