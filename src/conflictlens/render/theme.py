"""Colours and fonts of pictures.

The hues are those of Okabe and Ito (blue, vermilion, bluish green), which people with any colour
vision tell apart; a mark or a line of another kind says the same as each colour.
"""

from __future__ import annotations

import msgspec

MONOSPACE = (
    'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", '
    "monospace"
)
SANS = 'system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", Arial, sans-serif'
ADVANCE = 0.61
"""The width of a column of the monospaced fonts, over their size."""


class Theme(msgspec.Struct, frozen=True):
    """Colours: of the page, its text, lines, and the boxes of each look with their borders."""

    page: str
    ink: str
    muted: str
    edge: str
    line: str
    line_border: str
    release: str
    release_border: str
    clash: str
    clash_border: str
    bad: str
    fix: str


LIGHT = Theme(
    page="#ffffff",
    ink="#1f2328",
    muted="#59636e",
    edge="#6e7781",
    line="#e7f2fa",
    line_border="#0072b2",
    release="#f6f8fa",
    release_border="#8c959f",
    clash="#fdeee6",
    clash_border="#d55e00",
    bad="#a84300",
    fix="#00684a",
)
DARK = Theme(
    page="#0d1117",
    ink="#e6edf3",
    muted="#9aa4af",
    edge="#8b949e",
    line="#0e2536",
    line_border="#56b4e9",
    release="#161b22",
    release_border="#6e7681",
    clash="#35190b",
    clash_border="#f0803c",
    bad="#ffa573",
    fix="#4fd0a5",
)
VARIABLES = Theme(*(f"var(--{name.replace('_', '-')})" for name in Theme.__struct_fields__))
"""Colours that a page defines, see `properties`."""


def properties(theme: Theme) -> str:
    """The custom properties that `VARIABLES` refers to."""
    return "".join(
        f"--{name.replace('_', '-')}:{getattr(theme, name)};" for name in Theme.__struct_fields__
    )
