"""``*.egg-info/requires.txt``, where setuptools writes the dependencies of an sdist.

Lines are requirements; a section head puts those below it under an extra, a marker or both::

    six
    [:python_version < "3.4"]
    enum34
    [test]
    pytest
    [test:sys_platform == "win32"]
    colorama
"""

from __future__ import annotations

import msgspec

from conflictlens.index.conditions import conditional, extra_condition, safe_extra


class Declared(msgspec.Struct, frozen=True):
    """Dependencies in the form of core metadata."""

    requires_dist: tuple[str, ...] = ()
    provides_extra: tuple[str, ...] = ()


def parse_requires_txt(text: str) -> Declared:
    """What `text` says, in its order; an extra without requirements is provided too."""
    requires: list[str] = []
    extras: dict[str, None] = {}
    extra = marker = ""
    for line in map(str.strip, text.splitlines()):
        if line.startswith("[") and line.endswith("]"):
            extra, _, marker = (part.strip() for part in line[1:-1].partition(":"))
            if extra:
                extras[safe_extra(extra)] = None
        elif line and not line.startswith("#"):
            condition = extra_condition(extra) if extra else ""
            requires.append(conditional(line, marker, condition))
    return Declared(tuple(requires), tuple(extras))
