"""One line without what terminals, CI systems and wrong code pages put into it."""

from __future__ import annotations

import re

MATCHED = 2000
"""So much of a line is looked at: no message that counts is longer before it says what it is."""

_ESCAPES = re.compile(
    r"\x1b\[[0-?]{0,32}[ -/]{0,4}[@-~]"  # ECMA-48 control sequences
    r"|\x1b\][^\x07\x1b]{0,200}(?:\x07|\x1b\\)"  # titles and links
    r"|\x1b[@-_]"
    r"|(?:\^\[|\u241b)?\[\d{0,3}(?:;\d{1,3}){0,4}m"  # what is left where the escape was lost
)
_COLOURS = re.compile(r"\x1b\[[\d;:]*m")
_LOST_ESCAPE = re.compile(rb"\[\d{0,3}(?:;\d{1,3}){0,4}m")
_JOB = re.compile(r"\A[^\t]{1,120}\t[^\t]{0,120}\t(?=\d{4}-)")
"""gh run view --log: job, step."""
_PREFIXES = re.compile(
    r"\A(?:"
    r"\ufeff"
    r"|\[?\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?: ?Z| ?[+-]\d\d:?\d\d| UTC)?\]?"
    r"(?: ?[:|]| -)?(?: \[?(?:INFO|DEBUG|ERROR|WARN|WARNING)(?:\]|(?= )) {0,6}(?:[-|] )?|[ \t]?)"
    r"|\[?\d\d:\d\d:\d\d(?:[.,]\d{1,6})?\]?(?: ?[:|]| -)?[ \t]"
    r"|\[?(?:[A-Z][a-z]{2} )?[A-Z][a-z]{2} {1,2}\d{1,2} \d\d:\d\d:\d\d(?: \d{4}\]?)?"
    r"(?: [\w.-]{1,60} [\w./@-]{1,60}(?:\[\d{1,9}\])?:)?[ \t]"  # syslog, journald
    r"|\[(?:INFO|DEBUG|ERROR|WARN|WARNING|STDOUT|STDERR|stdout|stderr|info|debug|error|out|err)\]"
    r" ?(?=[ \tA-Z×╰│\d])"
    r"|(?:INFO|DEBUG|ERROR|WARN|WARNING) {1,6}[-|] "
    r"|std(?:out|err) [FP] "  # Kubernetes
    r"|> |>\Z|[│|] (?=\S| )"  # quoted in a mail, framed
    r"|section_(?:start|end):\d{1,12}:\w{1,80}|\d\d[OE](?:\+| (?=\S| ))"  # GitLab
    r"|[\w.+-]{1,80}> (?=\S| )"  # Nix
    r"|#\d{1,4} (?:\d{1,5}\.\d{1,3} )"  # BuildKit
    r"|[\w.-]{1,40} {0,20}\| (?=\S| )"  # docker compose
    r"|##\[\w{1,20}\]|::(?:error|warning)[^:]{0,200}::"  # GitHub
    r"|remote: (?:       |-----> )?"  # Heroku
    r"|> \[[^\]]{1,80}\]:?[ \t]?"
    r")"
)
_MOST_PREFIXES = 4
_WORDS = (
    "remote: ", "stdout ", "stderr ", "section_", "INFO ", "DEBUG ", "ERROR ", "WARN", "Mon ",
    "Tue ", "Wed ", "Thu ", "Fri ", "Sat ", "Sun ", "Jan ", "Feb ", "Mar ", "Apr ", "May ", "Jun ",
    "Jul ", "Aug ", "Sep ", "Oct ", "Nov ", "Dec ",
)  # fmt: skip
"""How a line begins whose prefix begins with a letter."""
_GLYPHS = "×│├└╰╭╮╯─▶━┌┐┘❯•‘’✗✘ℹ"
_MISREAD = {
    misread: glyph
    for page in ("cp437", "cp850", "cp1252", "cp1251", "cp866", "latin-1")
    for glyph in _GLYPHS
    if (misread := glyph.encode().decode(page, "ignore")) and len(misread) > 1
}
_MISREADINGS = re.compile("|".join(sorted(map(re.escape, _MISREAD), key=len, reverse=True)))


def clean(line: str) -> str:
    """What the tool wrote, cut to `MATCHED` characters."""
    text = line[: 2 * MATCHED]
    if "\x1b" in text or "[" in text or "\u241b" in text:
        text = _ESCAPES.sub("", text)
    for _ in range(_MOST_PREFIXES):
        prefix = _prefix(text)
        if prefix is None:
            break
        text = text[prefix.end() :]
    if not text.isascii():
        text = _MISREADINGS.sub(_glyph, text).replace("\u00a0", " ")
    return text.rstrip()[:MATCHED] if len(text) > MATCHED else text


def uncoloured(line: str) -> str:
    """The line without its colours, which are no part of what it says; all else stays."""
    return _COLOURS.sub("", line)


def _prefix(text: str) -> re.Match[str] | None:
    # Most lines have none, which their beginning tells sooner than the pattern.
    first = text[:1]
    wordy = first.isalpha() and not ("| " in text or "> " in text or text.startswith(_WORDS))
    if first != " " and not wordy:
        found = _PREFIXES.match(text)
        if found is not None:
            return found
    return _JOB.match(text) if "\t" in text else None


def broken(line: bytes) -> bool:
    """Whether a word may stand in it that is whole only when it is clean."""
    return b"\x1b" in line or not line.isascii() or _LOST_ESCAPE.search(line) is not None


def _glyph(found: re.Match[str]) -> str:
    return _MISREAD[found[0]]


def indent(text: str) -> int:
    return len(text) - len(text.lstrip(" "))
