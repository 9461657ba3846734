"""From the options of a command to a question and the index that answers it."""

from __future__ import annotations

import argparse
import os
import time
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from conflictlens.errors import InputError
from conflictlens.index.records import Index
from conflictlens.library import Access, ask, with_options
from conflictlens.question import Question
from conflictlens.requirements.reading import read_requirements
from conflictlens.requirements.records import IndexOptions, RequirementSet
from conflictlens.requirements.workspace import Contents, Workspace
from conflictlens.resolution.budget import Budget
from conflictlens.target import Target, target_for

if TYPE_CHECKING:
    # Who asks of no snapshot needs none of what reads them.
    from conflictlens.index.snapshot import Snapshot

_USUAL_FILES = ("requirements.txt", "pyproject.toml", "pylock.toml")


class NothingAsked(InputError):
    """No requirements were given; `found` are files here that may hold some."""

    def __init__(self, command: str, found: tuple[str, ...]) -> None:
        self.command = command
        self.found = found
        here = f" (here: {', '.join(found)})" if found else ""
        example = found[0] if found else "requirements.txt"
        super().__init__(f"no requirements were given{here}; try: {command} -r {example}")


class Asked(msgspec.Struct, frozen=True):
    """A question, who answers it, and until when; `contents` are what was read for it."""

    question: Question
    access: Access
    snapshot: Snapshot | None
    budget: Budget
    contents: Contents

    def index(self) -> AbstractContextManager[Index]:
        if self.snapshot is not None:
            return nullcontext(self.snapshot.index)
        return self.access.open(self.question.requirements.options, self.budget.deadline)


def asked(
    arguments: argparse.Namespace, given: Contents | None = None, target: Target | None = None
) -> Asked:
    """Reads all input; `given` stands in for what files hold, `target` for what options say.

    Raises InputError.
    """
    deadline = time.monotonic() + arguments.timeout
    path = arguments.index_snapshot
    snapshot = None if path is None else _snapshot(path)
    contents: Contents = dict(given or {})
    requirements = requirements_of(arguments, snapshot, contents)
    target = target or _target(arguments, snapshot)
    question = ask(requirements, target, _before(arguments, snapshot))
    question = replace(question, upstream=getattr(arguments, "upstream", False))
    access = Access(arguments.cache_dir, not arguments.no_cache, arguments.offline)
    return Asked(question, access, snapshot, Budget(deadline), contents)


def _snapshot(path: str) -> Snapshot:
    from conflictlens.index.snapshot import read_snapshot

    return read_snapshot(path)


def requirements_of(
    arguments: argparse.Namespace, snapshot: Snapshot | None, contents: Contents
) -> RequirementSet:
    """All requirements with their options; `contents` as for `read_requirements`."""
    return _with_options(_requirements(arguments, snapshot, contents), arguments)


def _requirements(
    arguments: argparse.Namespace, snapshot: Snapshot | None, contents: Contents
) -> RequirementSet:
    named = [*arguments.requirements, *arguments.requirement]
    if not named and snapshot is None:
        raise NothingAsked(
            arguments.typed,
            tuple(name for name in _USUAL_FILES if os.path.isfile(name)),
        )
    read = read_requirements(
        arguments.requirements,
        requirement_files=arguments.requirement,
        constraint_files=arguments.constraint,
        extras=arguments.extra,
        groups=arguments.group,
        contents=contents,
    )
    if named or snapshot is None:
        return read
    from conflictlens.cli.recorded import recorded_requirements

    recorded = recorded_requirements(snapshot.question, _workspace())
    return replace(recorded, constraints=read.constraints or recorded.constraints)


def options_of(arguments: argparse.Namespace, question: Asked | None = None) -> IndexOptions:
    """The indexes that are asked: those of a question and its files, or those named beside all."""
    if question is not None:
        return question.question.requirements.options
    return IndexOptions(
        index_url=arguments.index_url,
        extra_index_urls=tuple(arguments.extra_index_url),
        find_links=tuple(arguments.find_links),
        no_index=arguments.no_index,
        pre=arguments.pre,
    )


def _with_options(requirements: RequirementSet, arguments: argparse.Namespace) -> RequirementSet:
    asked = with_options(requirements, options_of(arguments))
    options = asked.options
    if not arguments.formats:
        return asked
    from conflictlens.requirements.index_options import with_option
    from conflictlens.requirements.options import Option

    for name, value in arguments.formats:
        options = with_option(options, Option(name, value), os.curdir, _workspace()) or options
    return replace(asked, options=options)


def _workspace() -> Workspace:
    return Workspace(os.getcwd(), os.environ)


def _target(arguments: argparse.Namespace, snapshot: Snapshot | None) -> Target:
    if snapshot is None:
        return target_for(arguments.python, arguments.platform)
    from conflictlens.cli.recorded import recorded_target

    return recorded_target(snapshot.question, arguments.python, arguments.platform)


def _before(arguments: argparse.Namespace, snapshot: Snapshot | None) -> datetime | None:
    if arguments.exclude_newer is not None:
        from conflictlens.cutoff import cut_off

        return cut_off(arguments.exclude_newer)
    return None if snapshot is None else snapshot.question.exclude_newer


def other_python(question: Question) -> tuple[str, ...]:
    """A warning where the project that was read excludes the target's Python."""
    needed, target = question.requirements.requires_python, question.target
    if not needed:
        return ()
    from packaging.specifiers import SpecifierSet

    if SpecifierSet(needed).contains(target.python_full_version, prereleases=True):
        return ()
    return (f"the project requires Python {needed}, the answer is for {target.python}",)
