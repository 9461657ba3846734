"""The sentences of a check: its words, filled in with its facts."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping

from conflictlens.diagnosis.records import Remedy
from conflictlens.diagnosis.rules import table
from conflictlens.doctor.records import Check, Examination, Place, State, Value
from conflictlens.render.doctor_words import WORDS
from conflictlens.render.phrases import listed
from conflictlens.render.verdict import headline

_FIELD = re.compile(r"\{(\w+)\}")
_SHOWN = 3
"""So many names or sentences of a list are shown."""
_LONGEST = 300
"""Of a reason or a name so much is shown: they are what other programs say."""
_JOINERS = re.compile(r"^(?:or|else|and) ")
_PYTHONS = ("python", "python3", "py")
"""How remedies start the Python that is meant, whatever it is called here."""
_APT, _DNF = _MANAGERS = ("sudo apt-get ", "sudo dnf ")
_LINUX = (Place.DEBIAN, Place.FEDORA, Place.LINUX)


def said(check: Check, examination: Examination, *, verbose: bool = False) -> str:
    """What was found, as a clause."""
    values = {**_shown(check.facts, verbose=verbose), **_derived(check, examination)}
    return _fill(WORDS[check.state].text, values)


def fixed(check: Check, examination: Examination) -> tuple[str, str]:
    """What to do and the command for it, each empty where there is none."""
    words = WORDS[check.state]
    quoted = {name: _quoted(value) for name, value in check.facts.items()}
    values = quoted | {
        "py": shlex.quote(examination.python),
        "install": examination.install,
        "explain": examination.explain,
        "package": "PACKAGE",
    }
    fix, command = words.fix, words.command
    if words.advice:
        remedy = _remedy(words.advice, examination, here=words.here)
        fix = _JOINERS.sub("", remedy.text)
        command = _command(remedy, examination)
    return _fill(fix, values), _fill(command, values)


def _quoted(value: Value) -> str:
    """Names are other people's: in a command that is to be copied, a shell must not obey them."""
    if isinstance(value, tuple):
        return shlex.join(value[:_SHOWN])
    return shlex.quote(str(value))


def _fill(template: str, values: Mapping[str, str]) -> str:
    return _FIELD.sub(lambda found: values[found[1]], template)


def _remedy(advice: str, examination: Examination, *, here: bool) -> Remedy:
    """The first that suits the machine, of those that `diagnose` would give."""
    remedies = [one for one in table().advice[advice] if _suits(one, examination.place)]
    own = [one for one in remedies if one.platform is not None]
    return (own if here and own else remedies)[0]


def _suits(remedy: Remedy, place: Place) -> bool:
    if remedy.platform is None:
        return True
    if place not in _LINUX:
        return remedy.platform == place.value
    other = _APT if place is Place.FEDORA else _DNF
    return remedy.platform == "linux" and not (remedy.command or "").startswith(other)


def _command(remedy: Remedy, examination: Examination) -> str:
    command = remedy.command or ""
    if command.startswith(_MANAGERS):
        if examination.place is Place.LINUX:
            # Not its package manager.
            return ""
        if examination.privileged:
            return command.removeprefix("sudo ")
    program, blank, rest = command.partition(" ")
    if program in _PYTHONS:
        # What another Python would do is no remedy for the one that was examined.
        return f"{shlex.quote(examination.python)}{blank}{rest}"
    return command


def _shown(facts: Mapping[str, Value], *, verbose: bool) -> dict[str, str]:
    """Facts as they stand in a sentence; a unit at the end of a name goes."""
    return {
        name.removesuffix("_bytes").removesuffix("_seconds"): _one(name, value, verbose=verbose)
        for name, value in facts.items()
    }


def _one(name: str, value: Value, *, verbose: bool) -> str:
    match value:
        case tuple() if name == "unmet":
            return _sentences(value, verbose=verbose)
        case tuple():
            most = len(value) if verbose else _SHOWN
            return listed([_cut(one) for one in value], most=most)
        case int() | float() if name.endswith("_bytes"):
            return size(value)
        case int() | float() if name.endswith("_seconds"):
            return duration(value)
        case _:
            return _cut(str(value))


def _sentences(texts: tuple[str, ...], *, verbose: bool) -> str:
    most = len(texts) if verbose else _SHOWN
    rest = len(texts) - most
    return "; ".join([*map(_cut, texts[:most]), *([f"and {rest} more"] if rest > 0 else [])])


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _derived(check: Check, examination: Examination) -> dict[str, str]:
    """What no single fact says."""
    derive = _DERIVED.get(check.state)
    return {} if derive is None else derive(check, examination)


def _headline(check: Check, examination: Examination) -> dict[str, str]:
    findings = examination.findings
    return {"headline": "" if findings is None else headline(findings).sentence}


def _conflict(check: Check, examination: Examination) -> dict[str, str]:
    """The lines of the first conflict, of as many as there are."""
    conflicts = () if examination.findings is None else examination.findings.conflicts
    core = [_cut(root.text) for conflict in conflicts[:1] for root in conflict.core]
    more = " (the first of them)" if len(conflicts) > 1 else ""
    return {**_headline(check, examination), "core": f"{listed(core)}{more}"}


def _named(check: Check, _: Examination) -> dict[str, str]:
    source = check.facts.get("source")
    return {"named": f" ({source})" if source else ""}


def _limited(check: Check, _: Examination) -> dict[str, str]:
    match check.facts["limit"]:
        case "container":
            return {"limited": " within the limit of the container"}
        case "ulimit -v":
            return {"limited": " for each process (ulimit -v)"}
        case _:
            return {"limited": ""}


def _since(check: Check, _: Examination) -> dict[str, str]:
    ends = check.facts["ends"]
    return {"since": f" since {ends}" if ends else ""}


def _off(check: Check, _: Examination) -> dict[str, str]:
    ahead = check.facts["ahead_seconds"]
    assert isinstance(ahead, int | float)
    return {"off": f"{duration(abs(ahead))} {'ahead of' if ahead > 0 else 'behind'}"}


_DERIVED: Mapping[State, Callable[[Check, Examination], dict[str, str]]] = {
    State.REQUIREMENTS_RESOLVE: _headline,
    State.REQUIREMENTS_CONFLICT: _conflict,
    State.CERTIFICATES_LOADED: _named,
    State.CERTIFICATES_FOLDER: _named,
    State.CERTIFICATES_UNUSABLE: _named,
    State.CERTIFICATES_NONE: _named,
    State.CERTIFICATES_EXPIRED: _named,
    State.MEMORY_ENOUGH: _limited,
    State.MEMORY_LOW: _limited,
    State.MEMORY_OUT: _limited,
    State.PYTHON_ENDED: _since,
    State.CLOCK_OFF: _off,
    State.CLOCK_WRONG: _off,
}


def size(count: float) -> str:
    """``79 GB``, ``1.2 GB``, ``340 MB``."""
    for unit, name in ((1e12, "TB"), (1e9, "GB"), (1e6, "MB")):
        if count >= unit:
            return (
                f"{count / unit:.0f} {name}" if count >= 10 * unit else f"{count / unit:.1f} {name}"
            )
    return f"{count / 1e3:.0f} kB"


def duration(seconds: float) -> str:
    """``0.21 s``, ``5 minutes``, ``3 days``."""
    for unit, name in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds >= 2 * unit:
            return f"{seconds / unit:.0f} {name}"
    return f"{seconds:.2g} s" if seconds < 10 else f"{seconds:.0f} s"
