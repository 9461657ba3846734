"""The options that a line of a requirements file may have, read by the parser that pip uses.

optparse lets an unambiguous beginning do (``--extra-index``) and reads ``-rother.txt``; so
does pip.
"""

from __future__ import annotations

import optparse
import shlex
from functools import cache
from typing import Any, NoReturn

from conflictlens.requirements.options import Option
from conflictlens.requirements.pep508 import Refused

# All options that pip 26 reads in a file, and two that older ones did (the last).
_WITH_VALUE = (
    ("-i", "--index-url", "--pypi-url"),
    ("--extra-index-url",),
    ("-c", "--constraint"),
    ("-r", "--requirement"),
    ("-e", "--editable"),
    ("-f", "--find-links"),
    ("--no-binary",),
    ("--only-binary",),
    ("--all-releases",),
    ("--only-final",),
    ("--trusted-host",),
    ("--use-feature",),
    ("--hash",),
    ("-C", "--config-settings"),
    ("--global-option",),
    ("--install-option",),
)
_FLAGS = ("--no-index", "--prefer-binary", "--require-hashes", "--no-require-hashes", "--pre")
_STRONG_HASHES = ("sha256", "sha384", "sha512")


def read_options(text: str) -> tuple[tuple[Option, ...], tuple[str, ...]]:
    """The options of a line, and words that pip ignores. Raises Refused."""
    return _parser().split(_shell_words(text))


def _shell_words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        raise Refused("a quote is not closed, or a backslash stands at the end") from None


class _Parser(optparse.OptionParser):
    def __init__(self) -> None:
        super().__init__(add_help_option=False, usage="")
        self.found: list[Option] = []
        for names in _WITH_VALUE:
            self._add(names, type="string")
        for name in _FLAGS:
            self._add((name,))

    def _add(self, names: tuple[str, ...], **settings: Any) -> None:
        self.add_option(*names, action="callback", callback=self._keep, **settings)

    def _keep(self, option: optparse.Option, _: str, value: str | None, __: object) -> None:
        name = option._long_opts[0].removeprefix("--")
        self.found.append(Option(name, _checked(name, value or "")))

    def error(self, msg: str) -> NoReturn:
        raise Refused(_worded(msg))

    def split(self, words: list[str]) -> tuple[tuple[Option, ...], tuple[str, ...]]:
        self.found = []
        _, ignored = self.parse_args(words)
        return tuple(self.found), tuple(ignored)


@cache
def _parser() -> _Parser:
    """Built once: it takes longer than all lines of a common file."""
    return _Parser()


def _checked(name: str, value: str) -> str:
    if name == "hash":
        algorithm, colon, _ = value.partition(":")
        if not colon or algorithm not in _STRONG_HASHES:
            raise Refused("--hash wants an algorithm and a digest: sha256:…, sha384:… or sha512:…")
    if name == "config-settings" and "=" not in value:
        raise Refused("--config-settings wants KEY=VALUE")
    return value


def _worded(message: str) -> str:
    option = message.removeprefix("no such option: ")
    if option == message:
        return message
    return f"pip does not read the option {option} in a requirements file"
