"""How a line of a requirements file is split: its requirement, and its options."""

from __future__ import annotations

import msgspec

from conflictlens.requirements.pep508 import Refused


class Option(msgspec.Struct, frozen=True):
    """`name` is the long one, without dashes; a flag has the empty value."""

    name: str
    value: str


class SplitLine(msgspec.Struct, frozen=True):
    """A line's requirement (empty if there is none), its options, and words that pip ignores."""

    requirement: str
    options: tuple[Option, ...] = ()
    ignored: tuple[str, ...] = ()

    def values(self, name: str) -> tuple[str, ...]:
        return tuple(option.value for option in self.options if option.name == name)


def split_line(line: str) -> SplitLine:
    """Splits a line at the first word that begins with a dash, as pip does.

    Raises Refused for an option that can't stand in a file, lacks its value or has a bad one.
    """
    words = line.split(" ")
    start = next((at for at, word in enumerate(words) if word.startswith("-")), len(words))
    requirement = " ".join(words[:start]).strip()
    if start == len(words):
        return SplitLine(requirement)
    # Most files have no options: the parser and the hints are loaded for those that do.
    from conflictlens.requirements.option_parser import read_options

    try:
        options, ignored = read_options(" ".join(words[start:]))
    except Refused as refused:
        from conflictlens.requirements.hints import command

        raise Refused(command(line) or refused.reason) from refused
    return SplitLine(requirement, options, ignored)
