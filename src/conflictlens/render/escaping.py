"""Untrusted text made harmless: names, requirement texts, paths, notes and URLs are other people's.

A version's metadata or a file name can hold escape sequences of terminals, line breaks, or
marks that turn the direction of writing. All of them are shown as Python writes them in a
string, ``\\x1b`` for example, so that what is read is what is there.
"""

from __future__ import annotations

import re

from conflictlens.errors import mask_credentials

_GUIDES = {"│": "|", "├": "|", "└": "`", "─": "-"}
_SYMBOLS = str.maketrans({"✗": "x", "✓": "ok", "→": "->", "…": "...", "×": "x"} | _GUIDES)
_MARKUP = r"([\\`*_\[\]<>|~&])"
_REFERENCE = r"@(?=\w)|#(?=\d)"


def visible(text: str) -> str:
    """`text` on one line without a character that is not printable, and without passwords.

    Answers end up in logs of CI and in issues; a requirement's URL may hold a password, written
    there or put in from the environment.
    """
    text = mask_credentials(text)
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


def encodable(text: str, encoding: str) -> str:
    """`text` with what `encoding` can't show replaced: our symbols by ASCII, the rest escaped."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        plain = text.translate(_SYMBOLS)
        return plain.encode(encoding, "backslashreplace").decode(encoding)
    return text


def markdown(text: str) -> str:
    """`text` that Markdown shows as it is: no markup, no HTML, nobody mentioned.

    Forges look for ``@name`` and ``#1`` in what was rendered, where a backslash is gone; a
    code span keeps them apart.
    """
    return re.sub(_REFERENCE, r"`\g<0>`", re.sub(_MARKUP, r"\\\1", visible(text)))


def code_span(text: str) -> str:
    """`text` as inline code, whatever backticks it holds (CommonMark 6.1)."""
    shown = visible(text)
    longest = max((len(run) for run in re.findall("`+", shown)), default=0)
    fence = "`" * (longest + 1)
    padding = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{fence}{padding}{shown}{padding}{fence}"
