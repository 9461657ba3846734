"""A looser specifier in the user's own style, so that one more version fits.

``==`` stays ``==``, a cap stays a cap, a floor stays a floor; parts that the version satisfies
stay as they are, and so does everything else in the line.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator

from msgspec.structs import replace
from packaging.specifiers import Specifier, SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import InvalidVersion, Version

from conflictlens.requirements.records import RootRequirement

_LINE = re.compile(
    r"^(?P<head>\s*[A-Za-z0-9][A-Za-z0-9._-]*\s*(?:\[[^\]]*\])?)(?P<gap>\s*)"
    r"(?P<specifier>[^;\s][^;]*?)?(?P<tail>\s*;.*)?\s*$",
    re.DOTALL,
)

_EXTRAS = re.compile(r"^(?P<head>\s*[A-Za-z0-9][A-Za-z0-9._-]*\s*)\[(?P<extras>[^\]]*)\]")


def moved(specifier: SpecifierSet, version: Version) -> SpecifierSet:
    """`specifier` with the parts that keep `version` out moved to where they let it in."""
    parts = [text for part in _in_order(specifier) for text in _part(part, version)]
    pins = [text for text in parts if text.startswith("==") and not text.endswith(".*")]
    loosened = SpecifierSet(pins[0] if pins else ",".join(_tightest(parts)))
    if loosened.contains(version, prereleases=True):
        return loosened
    return SpecifierSet(f"=={version}")


def opted_in(specifier: SpecifierSet, version: Version) -> SpecifierSet:
    """The same for a pre-release, with a part that names one: only then pip and uv take it.

    A floor becomes this version, or one is added: a lower one would let in pre-releases that
    were not looked at.
    """
    loosened = moved(specifier, version)
    if loosened.prereleases:
        return loosened
    kept = [str(part) for part in _in_order(loosened) if part.operator not in (">=", ">")]
    return SpecifierSet(",".join([*kept, f">={version.public}"]))


def uncapped(specifier: SpecifierSet) -> SpecifierSet:
    """`specifier` without what keeps newer versions out; pins become floors."""
    return SpecifierSet(",".join(text for part in specifier for text in _floor(part)))


def _floor(part: Specifier) -> Iterator[str]:
    match part.operator:
        case "<" | "<=":
            return
        case "==" | "===" | "~=":
            try:
                yield f">={Version(part.version.removesuffix('.*')).public}"
            except InvalidVersion:
                return
        case _:
            yield str(part)


def recapped(specifier: SpecifierSet, version: Version) -> SpecifierSet:
    """`specifier` as wide as it was, and up to a newer `version`: its caps move behind that.

    Of the versions that a wildcard allows only the pre-releases of its lowest one are lost.
    """
    parts = [text for part in _in_order(specifier) for text in _recapped(part, version)]
    return SpecifierSet(",".join(_tightest(parts)))


def _recapped(part: Specifier, version: Version) -> Iterator[str]:
    if part.contains(version, prereleases=True) or part.operator in (">=", ">", "!="):
        yield str(part)
        return
    yield from _floor(part)
    try:
        bound = Version(part.version.removesuffix(".*"))
    except InvalidVersion:
        return
    if part.operator == "~=":
        bound = Version(".".join(map(str, bound.release[:-1])))
    yield f"<{_next(version, bound)}"


def _tightest(parts: Iterable[str]) -> Iterator[str]:
    """The parts without caps above another cap and floors below another floor."""
    by_side: dict[str, list[Specifier]] = {}
    for part in map(Specifier, parts):
        side = part.operator[0] if part.operator in ("<", "<=", ">", ">=") else str(part)
        by_side.setdefault(side, []).append(part)
    for side, rivals in by_side.items():
        choose = min if side == "<" else max
        yield str(choose(rivals, key=lambda part: Version(part.version.removesuffix(".*"))))


def _in_order(specifier: SpecifierSet) -> list[Specifier]:
    """Floors first, as people write them."""
    return sorted(specifier, key=lambda part: (part.operator not in (">=", ">"), str(part)))


def _part(part: Specifier, version: Version) -> Iterator[str]:
    if part.contains(version, prereleases=True):
        yield str(part)
        return
    bound = part.version
    match part.operator:
        case "==" if bound.endswith(".*") and not version.is_prerelease:
            yield f"=={_series(version, bound.count('.'))}.*"
        case "==" | "===":
            yield f"{part.operator}{version}"
        case "~=":
            yield f"~={_series(version, len(Version(bound).release))}"
        case ">=" | ">":
            yield f">={_series(version, 2)}"
            if Specifier(f"<{bound}").contains(version, prereleases=True):
                yield f"<{bound}"
        case "<" | "<=":
            yield f"<{_next(version, Version(bound))}"


def _series(version: Version, length: int) -> str:
    """The first `length` numbers of a version; all of it for a pre-release."""
    pre = version.public.removeprefix(version.base_version) if version.is_prerelease else ""
    numbers = [*version.release, *[0] * (length - len(version.release))]
    epoch = f"{version.epoch}!" if version.epoch else ""
    return epoch + ".".join(map(str, numbers if pre else numbers[:length])) + pre


def _next(version: Version, bound: Version) -> str:
    """The next cap above `version`, with as many numbers as the old cap says something with."""
    significant = max((at for at, number in enumerate(bound.release) if number), default=0)
    numbers = [*version.release, *[0] * significant][: significant + 1]
    numbers[-1] += 1
    epoch = f"{version.epoch}!" if version.epoch else ""
    return epoch + ".".join(map(str, numbers))


def with_extras(root: RootRequirement, kept: Collection[NormalizedName]) -> RootRequirement:
    """The line with these of its extras alone; they stay in the user's spelling."""
    found = _EXTRAS.match(root.text)
    if found is None:
        raise AssertionError(f"no extras: {root.text}")
    words = [word for word in found["extras"].split(",") if canonicalize_name(word.strip()) in kept]
    extras = f"[{','.join(words).strip()}]" if words else ""
    head = found["head"] if extras else found["head"].rstrip()
    text = f"{head}{extras}{root.text[found.end() :]}"
    return replace(root, text=text, extras=frozenset(kept))


def rewritten(root: RootRequirement, specifier: SpecifierSet) -> str:
    """The root's text with another specifier; name, extras, blanks and marker stay."""
    found = _LINE.match(root.text)
    written = ",".join(str(part) for part in _in_order(specifier))
    if found is None:
        raise AssertionError(f"not a named requirement: {root.text}")
    if not written:
        return f"{found['head'].rstrip()}{found['tail'] or ''}"
    old = found["specifier"] or ""
    if not old:
        head = found["head"].rstrip()
        rest = root.text[len(head) :] if found["tail"] else ""
        return f"{head}{written}{rest}"
    if old.startswith("("):
        written = f"({written})"
    elif re.match(r"[<>=!~]+\s", old):
        written = ", ".join(_spaced(specifier)) if ", " in old else ",".join(_spaced(specifier))
    return f"{found['head']}{found['gap']}{written}{found['tail'] or ''}"


def _spaced(specifier: SpecifierSet) -> Iterable[str]:
    return (f"{part.operator} {part.version}" for part in _in_order(specifier))
