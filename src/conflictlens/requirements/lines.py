r"""From the text of a requirements file to its logical lines, by pip's rules.

Lines that end in a backslash are joined with the next one; comments and blank lines are left
off; ``${NAME}`` is replaced by the environment variable where there is a non-empty one.

pip splits lines as `str.splitlines` does, at form feeds and U+2028 too. So do we, but these do
not count: a line has the number that an editor shows, which counts ``\n``, ``\r\n`` and ``\r``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import msgspec


class Line(msgspec.Struct, frozen=True):
    """One logical line; `number` is the first physical one's.

    `written` has its variables as they stand in the file, `expanded` their values. `span`
    is where it stands in the text, from its first character to the end of its line break.
    """

    number: int
    written: str
    expanded: str
    span: tuple[int, int] = (0, 0)


def logical_lines(text: str, environ: Mapping[str, str]) -> Iterator[Line]:
    """The lines that say something."""
    for number, joined, span in _joined_lines(text):
        written = _without_comment(joined).strip()
        if written:
            yield Line(number, written, expand(written, environ), span)


def expand(text: str, environ: Mapping[str, str]) -> str:
    """`text` with ``${NAME}`` replaced; a variable that is unset or empty stays as it is."""
    if "${" not in text:
        return text
    return re.sub(r"\$\{([A-Z0-9_]+)\}", lambda match: environ.get(match[1]) or match[0], text)


def _physical_lines(text: str) -> Iterator[tuple[int, str, int]]:
    """Number, content and end of each line."""
    number = 1
    end = 0
    for line in text.splitlines(keepends=True):
        ended = line.endswith(("\n", "\r"))
        end += len(line)
        yield number, line.splitlines()[0], end
        number += ended


def _joined_lines(text: str) -> Iterator[tuple[int, str, tuple[int, int]]]:
    parts: list[str] = []
    first = start = 0
    for number, line, end in _physical_lines(text):
        first = first if parts else number
        comment = line.lstrip().startswith("#")
        if line.endswith("\\") and not comment:
            parts.append(line.strip("\\"))
            continue
        # The blank keeps a comment a comment once it is joined to what is before it.
        yield first, "".join([*parts, " " + line if comment else line]), (start, end)
        parts, start = [], end
    if parts:
        yield first, "".join(parts), (start, len(text))


def _without_comment(line: str) -> str:
    """`line` up to the first ``#`` that begins it or follows a blank.

    Written without a regular expression: ``\\s+#`` takes quadratic time on a run of blanks.
    """
    at = line.find("#")
    while at > 0 and not line[at - 1].isspace():
        at = line.find("#", at + 1)
    return line if at < 0 else line[:at]
