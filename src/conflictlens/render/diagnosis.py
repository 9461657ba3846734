"""What a log says, as text and as JSON ``conflictlens.diagnosis/1``."""

from __future__ import annotations

from collections.abc import Iterator

from conflictlens.diagnosis.cleaning import uncoloured
from conflictlens.diagnosis.records import Diagnosis, Layer, LogOutcome, Remedy
from conflictlens.render.escaping import visible
from conflictlens.render.json_text import JSON, json_text, without_passwords
from conflictlens.render.layout import Paint, wrapped

_BOTH = Remedy(
    "tools tell of failures on standard error: pipe that too (2>&1), or write both into a file",
    "pip install -r requirements.txt 2>&1 | conflictlens diagnose",
)

SCHEMA = "conflictlens.diagnosis/1"
_SHOWN = 300
"""So much of the log's line is shown: some list all versions of a project."""


def diagnosis_dict(diagnosis: Diagnosis) -> dict[str, JSON]:
    return {key: without_passwords(value) for key, value in _told(diagnosis).items()}


def _told(diagnosis: Diagnosis) -> dict[str, JSON]:
    return {
        "schema": SCHEMA,
        "outcome": diagnosis.outcome.value,
        "layer": diagnosis.layer.value,
        "also": [layer.value for layer in diagnosis.also],
        "line": diagnosis.line,
        "text": diagnosis.text,
        "package": diagnosis.package,
        "tool": diagnosis.tool,
        "why": _why(diagnosis),
        "fixes": [_remedy(one) for one in diagnosis.remedies or _empty(diagnosis)],
        "requirements": list(diagnosis.requirements),
    }


def render_diagnosis_json(diagnosis: Diagnosis) -> str:
    return json_text(diagnosis_dict(diagnosis))


def render_diagnosis(diagnosis: Diagnosis, path: str, width: int = 80, colour: bool = False) -> str:
    """What happened, the line that says so, what to do; it ends with a line break."""
    paint = Paint(colour)
    blocks = [list(_headline(diagnosis, width, paint))]
    if diagnosis.line is not None:
        blocks.append([f"  {visible(path)}:{diagnosis.line}   {_line(diagnosis)}"])
    blocks.append(list(_remedies(diagnosis, width, paint)))
    blocks.append(list(_also(diagnosis, width)))
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def _headline(diagnosis: Diagnosis, width: int, paint: Paint) -> Iterator[str]:
    match diagnosis.outcome:
        case LogOutcome.SUCCESS:
            mark, painted = "✓", paint.good
        case LogOutcome.FAILURE:
            mark, painted = "✗", paint.bad
        case LogOutcome.UNKNOWN:
            mark, painted = "?", paint.strong
    named = "" if diagnosis.layer in (Layer.NONE, Layer.UNKNOWN) else f"{diagnosis.layer}: "
    first, *rest = wrapped(visible(f"{mark} {named}{_why(diagnosis)}"), width, hanging=2)
    yield painted(mark) + first[len(mark) :]
    yield from rest


def _why(diagnosis: Diagnosis) -> str:
    match diagnosis.outcome:
        case LogOutcome.SUCCESS:
            return "The install succeeded; nothing in this log is a failure."
        case LogOutcome.UNKNOWN:
            if diagnosis.empty:
                return "Nothing came: the log is empty."
            return "No line of this log is one that is known to end an install."
        case LogOutcome.FAILURE:
            return diagnosis.why


def _line(diagnosis: Diagnosis) -> str:
    text = visible(uncoloured(diagnosis.text).replace("\t", " ").strip())
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _remedies(diagnosis: Diagnosis, width: int, paint: Paint) -> Iterator[str]:
    remedies = diagnosis.remedies or _unknown(diagnosis)
    if remedies:
        yield "  What to do:"
    several = len({one.platform for one in remedies} - {None}) > 1
    for number, remedy in enumerate(remedies, 1):
        place = f" ({remedy.platform})" if several and remedy.platform else ""
        text = visible(f"{number}  {remedy.text}{place}")
        yield from wrapped(text, width, indent=4, hanging=7)
        if remedy.command:
            yield f"       {paint.strong(visible(remedy.command))}"


def _unknown(diagnosis: Diagnosis) -> tuple[Remedy, ...]:
    """What to run to find out."""
    if diagnosis.outcome is not LogOutcome.UNKNOWN:
        return ()
    if diagnosis.empty:
        return (_BOTH,)
    return (
        Remedy(
            "keep all that the tool prints, both outputs, and diagnose that",
            "python -m pip install -v PACKAGE > install.log 2>&1",
        ),
        Remedy("see whether the requirements conflict at all: give them to `conflictlens explain`"),
    )


def _empty(diagnosis: Diagnosis) -> tuple[Remedy, ...]:
    return _unknown(diagnosis) if diagnosis.empty else ()


def _also(diagnosis: Diagnosis, width: int) -> Iterator[str]:
    if diagnosis.also:
        names = ", ".join(diagnosis.also)
        yield from wrapped(f"The log also shows traces of: {names}.", width, indent=2)


def _remedy(remedy: Remedy) -> JSON:
    told: dict[str, JSON] = {
        "text": remedy.text, "command": remedy.command, "platform": remedy.platform
    }  # fmt: skip
    return {**told, "confirmed": True} if remedy.confirmed else told
