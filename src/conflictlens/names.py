"""Names of projects and extras in the one spelling that they are compared in (PEP 503, 685).

packaging has the same, in a module that loads all that is known of wheels' tags with it: a
third of a small answer's time.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from packaging.utils import NormalizedName
else:
    NormalizedName = str

__all__ = ["NormalizedName", "canonicalize_name"]


def canonicalize_name(name: str) -> NormalizedName:
    """`name` in lower case, each run of ``-``, ``_`` and ``.`` as one dash."""
    canonical = name.lower().replace("_", "-").replace(".", "-")
    while "--" in canonical:
        canonical = canonical.replace("--", "-")
    return NormalizedName(canonical)
