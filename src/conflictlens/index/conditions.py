"""Requirement texts under conditions, as core metadata writes them (PEP 508)."""

from __future__ import annotations

import re


def conditional(requirement: str, *conditions: str) -> str:
    """`requirement` where all `conditions` hold too; empty ones are left out.

    >>> conditional("a>=1; python_version < '3' or os_name == 'nt'", 'extra == "x"')
    'a>=1 ; (python_version < \\'3\\' or os_name == \\'nt\\') and extra == "x"'
    """
    # In "name @ URL ; marker" the semicolon stands after a blank, elsewhere anywhere (PEP 508).
    separator = " ;" if " @ " in requirement or "@ " in requirement else ";"
    text, _, marker = requirement.partition(separator)
    markers = [part.strip() for part in (marker, *conditions) if part.strip()]
    if len(markers) > 1:
        markers = [f"({part})" if " or " in part else part for part in markers]
    return f"{text.strip()} ; {' and '.join(markers)}" if markers else text.strip()


def extra_condition(extra: str) -> str:
    return f'extra == "{safe_extra(extra)}"'


_UNSAFE = re.compile(r"[^A-Za-z0-9.-]+")


def safe_extra(extra: str) -> str:
    """The name under which setuptools publishes an extra.

    Old ones are named like a marker whose colon was forgotten; whatever a name is, it has to stand
    in quotes.

    >>> safe_extra('python_version<"2.7"')
    'python_version_2.7_'
    """
    return _UNSAFE.sub("_", extra).lower()
