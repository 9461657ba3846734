"""The cut-off date of a question: files uploaded at or after it do not exist for an answer."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta

from conflictlens.errors import InputError

# Texts, not patterns: most questions have no cut-off, so that none is compiled for them.
_DAY = r"(?a:\d{4}-\d{2}-\d{2})"
_MOMENT = r"(?a:\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2})"
_AGO = r"(?ai:(\d{1,5})\s*(hour|day|week)s?(?:\s+ago)?)"
_ISO_AGO = r"(?ai:P(?:(\d{1,5})W)?(?:(\d{1,5})D)?(?:T(\d{1,5})H)?)"


class UnknownCutOff(InputError):
    """A cut-off that can't be understood."""

    def __init__(self, value: str, reason: str) -> None:
        self.value = value
        self.reason = reason
        super().__init__(f"--exclude-newer {value!r} {reason}")


def cut_off(value: str | date | datetime, now: datetime | None = None) -> datetime:
    """The moment in UTC from which on uploads do not count.

    A day alone means its end. A time needs its offset from UTC (RFC 3339). A duration
    (``7 days``, ``P7D``) is counted back from `now`. Raises UnknownCutOff.
    """
    match value:
        case datetime():
            return _with_zone(value, str(value))
        case date():
            return _end_of(value)
        case str():
            return _parse(value.strip(), now or datetime.now(UTC))


def _parse(text: str, now: datetime) -> datetime:
    try:
        if (span := _duration(text)) is not None:
            return now - span
        if re.fullmatch(_DAY, text):
            return _end_of(date.fromisoformat(text))
        if re.match(_MOMENT, text):
            return _with_zone(datetime.fromisoformat(text.upper()), text)
    except (ValueError, OverflowError) as error:
        raise UnknownCutOff(text, f"is not a date: {error}") from error
    raise UnknownCutOff(
        text, "is not understood; give a day (2024-05-31), a time (2024-05-31T12:00:00Z) or 7 days"
    )


def _duration(text: str) -> timedelta | None:
    if match := re.fullmatch(_AGO, text):
        return timedelta(**{f"{match[2].lower()}s": int(match[1])})
    match = re.fullmatch(_ISO_AGO, text)
    if match is None or not any(match.groups()):
        return None
    weeks, days, hours = (int(part or 0) for part in match.groups())
    return timedelta(weeks=weeks, days=days, hours=hours)


def _with_zone(moment: datetime, text: str) -> datetime:
    if moment.tzinfo is None:
        raise UnknownCutOff(text, "needs an offset from UTC, such as a Z at its end")
    return moment.astimezone(UTC)


def _end_of(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), UTC)
