"""Bytes to text, by pip's rules."""

from __future__ import annotations

import locale

import pytest

from conflictlens.requirements.decoding import Decoded, decode
from conflictlens.requirements.workspace import Unreadable

UTF8 = "é".encode()


@pytest.mark.filterwarnings("ignore:invalid escape sequence:DeprecationWarning")
@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", ""),
        (UTF8, "é"),
        (b"\xef\xbb\xbf" + UTF8, "é"),
        ("é".encode("utf-16"), "é"),
        (b"\xfe\xff" + "é".encode("utf-16-be"), "é"),
        ("é".encode("utf-32"), "é"),
        (b"\x00\x00\xfe\xff" + "é".encode("utf-32-be"), "é"),
        (b"# -*- coding: latin-1 -*-\n\xe9", "# -*- coding: latin-1 -*-\né"),
        (b"x\n# coding=latin-1\n\xe9", "x\n# coding=latin-1\né"),
        (rb"# coding: unicode_escape" + b"\n\\d", "# coding: unicode_escape\n\\d"),
    ],
)
def test_decoded(data: bytes, text: str) -> None:
    match decode(data):
        case Decoded(read, guessed, encoding, mark):
            assert (read, guessed) == (text, None)
            assert data.startswith(mark)
            assert data[len(mark) :].decode(encoding) == read
        case unreadable:
            pytest.fail(str(unreadable))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"# coding: nonsense\n", "its coding comment names the unknown encoding 'nonsense'"),
        (b"# coding: hex\n00", "its coding comment names the unknown encoding 'hex'"),
        (b"# coding: utf-8\n\xff", "is not utf-8, as it claims: byte 0xff in line 2"),
        (b"\xff\xfea", "is not utf-16-le, as it claims: byte 0x61 in line 1"),
        (b"# coding: undefined\n", "is not undefined, as it claims: its bytes can't be decoded"),
    ],
)
def test_what_claims_a_wrong_encoding(data: bytes, reason: str) -> None:
    assert decode(data) == Unreadable(reason)


def test_the_locale_is_the_last_resort(monkeypatch: pytest.MonkeyPatch) -> None:
    data = b"a\nb\n\xe9"
    monkeypatch.setattr(locale, "getpreferredencoding", lambda _: "latin-1")
    assert decode(data) == Decoded("a\nb\né", guessed="latin-1", encoding="latin-1")
    monkeypatch.setattr(locale, "getpreferredencoding", lambda _: "UTF-8")
    assert decode(data) == Unreadable(
        "is not UTF-8 (byte 0xe9 in line 3); save it as UTF-8 or name its encoding "
        "in the first line, as in `# -*- coding: latin-1 -*-`"
    )
