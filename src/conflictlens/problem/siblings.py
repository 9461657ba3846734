"""What the wheels for other targets say of a release whose own source does not say what it needs.

A wheel's METADATA was made by a build of the same source. Builds can differ (an old ``setup.py``
may look at the Python that runs it), so what is read there counts as declared: a build for the
target may say other requirements.
"""

from __future__ import annotations

from collections.abc import Iterable

from conflictlens.index.records import Distribution, DistributionKind
from conflictlens.target import Target

_TRIED = 3
"""Wheels that are read at most: one that can't be read is rare."""

_FAR = 100
"""Further than any two Pythons of one major version are apart."""


def nearest_wheels(
    source: Distribution, files: Iterable[Distribution], target: Target
) -> list[Distribution]:
    """Wheels of the release that `source` is of, those most like the target's first.

    For the target's platform first, then for the nearest Python; of equals the order of their
    names, so that the answer does not depend on the index's.
    """
    wheels = [
        file
        for file in files
        if file.version == source.version and file.kind is DistributionKind.WHEEL
    ]
    platforms = {tag.platform for tag in target.tags}
    python = _python(f"cp{target.python_version.replace('.', '')}")

    def distance(wheel: Distribution) -> tuple[bool, int, str]:
        pythons, _, wanted = wheel.filename.removesuffix(".whl").rsplit("-", 3)[1:]
        far = min(_distance(python, _python(one)) for one in pythons.split("."))
        return platforms.isdisjoint(wanted.lower().split(".")), far, wheel.filename

    return sorted(wheels, key=distance)[:_TRIED]


def _python(tag: str) -> tuple[str, int | None]:
    """Major and minor of a Python tag (PEP 425): ``cp310`` is 3 and 10, ``py3`` is any 3."""
    digits = "".join(filter(str.isdigit, tag))
    return digits[:1], int(digits[1:]) if digits[1:] else None


def _distance(one: tuple[str, int | None], other: tuple[str, int | None]) -> int:
    if one[0] != other[0]:
        return _FAR
    return 0 if one[1] is None or other[1] is None else abs(one[1] - other[1])
