"""What an examination found: a table, Markdown, and JSON ``conflictlens.doctor/1``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import assert_never

import msgspec

from conflictlens.doctor.records import Check, Examination, State, Status
from conflictlens.render.doctor_facts import fixed, said
from conflictlens.render.doctor_words import GROUPS, NAMES
from conflictlens.render.escaping import code_span, markdown, visible
from conflictlens.render.json_text import JSON, json_text
from conflictlens.render.layout import Paint, cells, padded, wrapped
from conflictlens.render.phrases import number

SCHEMA = "conflictlens.doctor/1"

_MARKS = {
    Status.PASS: "✓",
    Status.WARN: "!",
    Status.FAIL: "✗",
    Status.UNKNOWN: "?",
    Status.SKIP: "-",
}
_INDENT = 2
_STATUS = 11
"""Columns of the mark and the status, and of the gap behind them."""
_NAME = 18


class Told(msgspec.Struct, frozen=True):
    """A check in words; `fix` and `command` are empty where there is nothing to do."""

    check: Check
    text: str
    fix: str = ""
    command: str = ""


def told(check: Check, examination: Examination, *, verbose: bool = False) -> Told:
    """Harmless, whatever names and versions hold; passwords in URLs are masked."""
    text = said(check, examination, verbose=verbose)
    fix, command = fixed(check, examination)
    return Told(check, *map(visible, (text, fix, command)))


def headline(examination: Examination) -> str:
    """``✗ 2 checks fail, 1 warns``."""
    found = [check.status for check in examination.checks]
    fails, warns = found.count(Status.FAIL), found.count(Status.WARN)
    unknown = found.count(Status.UNKNOWN)
    parts = []
    if fails:
        parts.append(f"{number(fails, 'check')} {'fails' if fails == 1 else 'fail'}")
    if warns:
        parts.append(number(warns, "warning"))
    if unknown:
        parts.append(f"{unknown} not known")
    match examination.outcome:
        case Status.FAIL:
            return f"✗ {', '.join(parts)}"
        case Status.UNKNOWN:
            return f"? Nothing fails, but not all could be found out: {', '.join(parts)}"
        case _:
            more = f": {', '.join(parts)}" if parts else ""
            return f"✓ Nothing stands in the way of an install{more}"


def render_doctor(
    examination: Examination, width: int = 80, colour: bool = False, verbose: bool = False
) -> str:
    """A row for each check, what to do below it; it ends with a line break."""
    paint = Paint(colour)
    blocks = [list(_heading(examination, width, paint))]
    shown = [check for check in examination.checks if verbose or _matters(check)]
    for group in GROUPS:
        checks = [check for check in shown if check.id in group]
        rows = [
            line
            for check in checks
            for line in _row(told(check, examination, verbose=verbose), width, paint)
        ]
        blocks.append(rows)
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def _matters(check: Check) -> bool:
    """That nothing could be looked at without a Python is said once, where that is missing."""
    return check.state is not State.NO_INTERPRETER


def _heading(examination: Examination, width: int, paint: Paint) -> Iterator[str]:
    text = visible(f"{headline(examination)} ({_examined(examination)})")
    first, *rest = wrapped(text, width, hanging=2)
    style = paint.bad if first[0] == "✗" else paint.good if first[0] == "✓" else paint.strong
    yield style(first[0]) + first[1:]
    yield from rest


def _examined(examination: Examination) -> str:
    chosen = f", {examination.chosen}" if examination.chosen else ""
    return f"{examination.python}{chosen}"


def _row(one: Told, width: int, paint: Paint) -> Iterator[str]:
    start = _INDENT + _STATUS + _NAME
    status = one.check.status
    mark = f"{_MARKS[status]} {status}"
    name = padded(NAMES[one.check.id], _NAME)
    first, *rest = wrapped(one.text, width, start, start) or [""]
    styled = _style(status, paint)(mark) + " " * (_STATUS - cells(mark))
    yield " " * _INDENT + styled + name + first[start:]
    yield from rest
    if one.fix:
        yield from _fix(one, width, start, paint)


def _fix(one: Told, width: int, start: int, paint: Paint) -> Iterator[str]:
    """In one line where it fits; a command is never broken, so that it can be copied."""
    text = f"→ {one.fix}"
    if not one.command:
        yield from wrapped(text, width, start, start + 2)
        return
    whole = f"{text}: {one.command}"
    if start + cells(whole) <= width:
        yield " " * start + f"{text}: {paint.strong(one.command)}"
        return
    yield from wrapped(f"{text}:", width, start, start + 2)
    # Below, and as far to the left as it takes to fit.
    left = max(_INDENT, min(start + 2, width - cells(one.command)))
    yield " " * left + paint.strong(one.command)


def _style(status: Status, paint: Paint) -> Callable[[str], str]:
    match status:
        case Status.PASS:
            return paint.good
        case Status.FAIL:
            return paint.bad
        case Status.WARN | Status.UNKNOWN:
            return paint.strong
        case Status.SKIP:
            return paint.faint
        case _:
            assert_never(status)


def render_doctor_markdown(examination: Examination) -> str:
    lines = [f"### {markdown(headline(examination))}", ""]
    lines += ["| | check | found | what to do |", "|---|---|---|---|"]
    lines += (_markdown_row(told(check, examination)) for check in examination.checks)
    return "\n".join(lines) + "\n"


def _markdown_row(one: Told) -> str:
    status = one.check.status
    command = code_span(one.command).replace("|", "\\|") if one.command else ""
    fix = ": ".join(part for part in (markdown(one.fix), command) if part)
    text = markdown(one.text)
    return f"| {markdown(_MARKS[status])} {status} | {NAMES[one.check.id]} | {text} | {fix} |"


def doctor_dict(examination: Examination) -> dict[str, JSON]:
    """The object of the schema; `fix` and `command` are null where there is nothing to do."""
    return {
        "schema": SCHEMA,
        "outcome": examination.outcome.value,
        "python": examination.python,
        "chosen": examination.chosen or None,
        "platform": examination.place.value,
        "checks": [_check(told(check, examination, verbose=True)) for check in examination.checks],
    }


def render_doctor_json(examination: Examination) -> str:
    return json_text(doctor_dict(examination))


def _check(one: Told) -> JSON:
    return {
        "id": one.check.id.value,
        "status": one.check.status.value,
        "state": one.check.state.value,
        "text": one.text,
        "fix": one.fix or None,
        "command": one.command or None,
        "facts": {name: _value(value) for name, value in one.check.facts.items()},
    }


def _value(value: object) -> JSON:
    match value:
        case tuple():
            return [visible(str(one)) for one in value]
        case int() | float():
            return value
        case _:
            return visible(str(value))
