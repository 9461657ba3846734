"""From the bytes of a requirements file to its text, by pip's rules.

A byte order mark decides; else a coding comment (PEP 263) in one of the first two lines; else
it is UTF-8, and if it is not, the encoding of the locale is tried.
"""

from __future__ import annotations

import codecs
import re
import warnings

import msgspec

from conflictlens.requirements.workspace import Unreadable

# UTF-32 comes first: its little-endian mark begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CODING_COMMENT = rb"#.*?coding[:=]\s*([-\w.]+)"


class Decoded(msgspec.Struct, frozen=True):
    """`guessed` names the locale's encoding where nothing else said what the bytes mean.

    The bytes are `mark` and the text in `encoding`; how text is written is no part of what it is.
    """

    text: str
    guessed: str | None = None
    encoding: str = "utf-8"
    mark: bytes = b""


def decode(data: bytes) -> Decoded | Unreadable:
    """The text of a requirements file."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _decode_as(data[len(mark) :], encoding, mark)
    declared = _declared_encoding(data)
    if declared is not None:
        return _decode_as(data, declared)
    return _decode_undeclared(data)


def _declared_encoding(data: bytes) -> str | None:
    for line in data.split(b"\n", 2)[:2]:
        if line.startswith(b"#") and (match := re.match(_CODING_COMMENT, line)) is not None:
            return match[1].decode("ascii", "replace")
    return None


def _decode_as(data: bytes, encoding: str, mark: bytes = b"") -> Decoded | Unreadable:
    try:
        with warnings.catch_warnings():
            # Codecs such as unicode_escape warn about bytes that they accept.
            warnings.simplefilter("ignore")
            return Decoded(data.decode(encoding), encoding=encoding, mark=mark)
    except LookupError:
        return Unreadable(f"its coding comment names the unknown encoding {encoding!r}")
    except UnicodeError as error:
        return Unreadable(f"is not {encoding}, as it claims: {_clause(error, data)}")


def _decode_undeclared(data: bytes) -> Decoded | Unreadable:
    try:
        return Decoded(data.decode())
    except UnicodeDecodeError as error:
        if b"\0" in data:
            return Unreadable(binary(data.count(b"\n", 0, data.index(b"\0")) + 1))
        import locale

        guess = locale.getpreferredencoding(False)
        if codecs.lookup(guess).name in ("utf-8", "ascii"):
            return Unreadable(
                f"is not UTF-8 ({_clause(error, data)}); save it as UTF-8 or name its encoding "
                "in the first line, as in `# -*- coding: latin-1 -*-`"
            )
    match _decode_as(data, guess):
        case Decoded(text):
            return Decoded(text, guess, encoding=guess)
        case unreadable:
            return unreadable


def binary(line: int) -> str:
    """What is wrong with a file that has a NUL byte in a line."""
    return (
        f"is not a text file (a NUL byte in line {line}); "
        "if it is UTF-16 without a byte order mark, save it as UTF-8"
    )


def _clause(error: UnicodeError, data: bytes) -> str:
    if not isinstance(error, UnicodeDecodeError):
        return "its bytes can't be decoded"
    line = data.count(b"\n", 0, error.start) + 1
    return f"byte 0x{error.object[error.start]:02x} in line {line}"
