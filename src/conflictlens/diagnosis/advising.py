"""What to do about a cause: the remedies of its rule, filled in, without those that can't help."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping

from msgspec.structs import replace

from conflictlens.diagnosis.evidence import Evidence, Found
from conflictlens.diagnosis.records import About, Remedy
from conflictlens.diagnosis.rules import Library, Table

_FIELD = re.compile(r"\{(\w+)\}")
_MANAGERS = (
    ("apt", "linux", "sudo apt-get install {}"),
    ("apk", "alpine", "apk add {}"),
    ("brew", "macos", "brew install {}"),
    ("dnf", "linux", "sudo dnf install {}"),
)
_IN_FILE = re.compile(
    r"(?:from line \d{1,7} of |requirement in `)"
    r"(?P<file>[A-Za-z0-9_./][A-Za-z0-9_./-]{0,200})(?=[`)])"
)
"""The file of a line that a tool could not read."""
UNKNOWN_TOOL = "unknown"
"""The `tool` of a remedy for logs that do not say which tool wrote them."""

_TYPED = 3
"""So many files or requirements are put into a command at most."""
_RELEASES = (About.RELEASE, About.OPEN, About.CLOSED)


def remedies(
    cause: Found, evidence: Evidence, known: Table, package: str | None, *, local: bool
) -> tuple[Remedy, ...]:
    """In the order in which they are worth a try. `local`: the package is a project on disk."""
    library = library_of(cause, known)
    specified = _is_specified(evidence, package)
    instead = library is not None and bool(library.instead) and not local
    helpful = [
        one
        for one in (*_of_library(library), *known.remedies(cause.rule))
        if one.platform in (None, evidence.platform or one.platform)
        and one.tool in (None, evidence.tool or UNKNOWN_TOOL)
        and not (one.about in _RELEASES and (local or instead))
        and not (one.about is About.INSTEAD and local)
        and one.about is not (About.CLOSED if specified else About.OPEN)
        and not (_names(one) and (local or package is None))
    ]
    values = {**cause.groups, "package": package or "the package"}
    told = (_told(one, values, _asked(cause, evidence)) for one in helpful)
    return tuple(_first_alone(_each_once(one for one in told if one is not None)))


def _each_once(told: Iterable[Remedy]) -> Iterator[Remedy]:
    """No command twice, for whatever reason."""
    commands: set[tuple[str | None, str | None]] = set()
    for remedy in told:
        key = (remedy.command, remedy.platform)
        if remedy.command is None or key not in commands:
            yield remedy
        commands.add(key)


def _names(remedy: Remedy) -> bool:
    return remedy.command is not None and "{package}" in remedy.command


def _is_specified(evidence: Evidence, package: str | None) -> bool:
    """Whether a version was asked for, so that not to ask for one is something else."""
    lines = [one.part.line for one in evidence.found]
    return package is not None and evidence.files.is_specified(package, lines)


def _told(remedy: Remedy, values: Mapping[str, str], asked: str) -> Remedy | None:
    """Filled in; None where its command would need a name that the log does not give whole."""
    text, command = filled(remedy.text, values), remedy.command
    if command is None:
        return replace(remedy, text=text)
    if "{asked}" in command and not asked:
        tool = command.replace(" {asked}", "")
        return replace(remedy, text=f"{text}: give your requirements to `{tool}`", command=None)
    known = {**values, "asked": asked}
    if not all(known.get(name) for name in _FIELD.findall(command)):
        return None
    return replace(remedy, text=text, command=filled(command, known))


def _asked(cause: Found, evidence: Evidence) -> str:
    """What the user asked for as words of a command: files by name, else a few requirements."""
    files = [*evidence.files_asked, *_IN_FILE.findall(cause.part.line)]
    if 0 < len(files) <= _TYPED:
        return shlex.join(files)
    if 0 < len(evidence.requirements) <= _TYPED and not files:
        return shlex.join(evidence.requirements)
    return ""


def _first_alone(told: Iterable[Remedy]) -> Iterator[Remedy]:
    """What begins with "or" says so of something before it."""
    for number, remedy in enumerate(told):
        yield remedy if number else replace(remedy, text=remedy.text.removeprefix("or "))


def filled(text: str, values: Mapping[str, str]) -> str:
    """With the values in the place of their `{names}`; what has no value stays."""
    return _FIELD.sub(lambda found: values.get(found[1], found[0]), text)


def group(found: Found, begin: str) -> str | None:
    """What the first group whose name begins so holds."""
    return next((text for name, text in found.groups.items() if name.startswith(begin)), None)


def library_of(cause: Found, known: Table) -> Library | None:
    """The system library that is missing, where it is one that is known."""
    named = group(cause, "library")
    return known.library(named) if named else None


def belongs(library: Library | None) -> str:
    return "" if library is None else f" It belongs to {library.library}."


def _of_library(library: Library | None) -> list[Remedy]:
    if library is None:
        return []
    instead = [Remedy(library.instead, about=About.INSTEAD)] if library.instead else []
    named = [(getattr(library, manager), place, how) for manager, place, how in _MANAGERS]
    return instead + [
        Remedy(f"install {library.library}", how.format(packages), place)
        for packages, place, how in named
        if packages
    ]
