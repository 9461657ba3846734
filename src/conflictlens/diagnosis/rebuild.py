"""The requirements that a conflict's log names, as one would write them in a file.

pip: every "Collecting numpy==2.0.0" that no other package asked for, and "The user requested
numpy==2.0.0"; uv: "you require boto3==1.34.0"; Poetry: "Because proj depends on both a (1.0) and
b (>=2)". Only what the user asked for is taken; what packages need among themselves, the index
knows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

LITERALS = (
    "The user requested", "The conflict is caused by", "ollecting ", "equirement already ",
    "ecause ", "annot install ", "your project", " depends on ",
)  # fmt: skip
"""What a line holds that this module reads: it is given no others."""

_FOLLOWED = 200
_MOST = 500
_PIP = re.compile(r"\A\s*The user requested (?P<constraint>\(constraint\) )?(?P<text>\S.{0,300})")
_PIP_COMES_IN = "The conflict is caused by:"
_ROOT = re.compile(
    r"\A(?:Collecting|Requirement already satisfied:) (?P<text>[A-Za-z0-9][^()]{0,200}?)"
    r"(?: in \S.{0,300}?)?(?P<file> \(from -[rc] .{1,300} \(line \d+\)\))?"
    r"(?: \([\w.+!-]{1,60}\))?\s*\Z"
)
_CHILD = re.compile(r"\A(?:Collecting|Requirement already satisfied:) .{1,400} \(from [^-]")
_CANNOT = re.compile(r"Cannot install (?P<names>.{1,1500}) because these package versions")
_UV = re.compile(
    r"(?<!conclude that )(?:you require|your (?:project|workspace)(?:'s requirements)? "
    r"(?:depends? on|requires?)) "
    r"(?P<text>.{1,300}?)"
    r"(?=, we can conclude|, and | and (?:you|your|all|only|because|there|we|the |"
    r"[\w.-]{1,80}(?:==|>|<|\[))"
    r"|\.\s|\.\Z|\Z| but | which )"
)
_POETRY_BOTH = re.compile(
    r"[Bb]ecause (?P<project>\S+) depends on both (?P<first>\S+ \([^)]*\)) and "
    r"(?P<second>\S+ \([^)]*\)), version solving failed"
)
_POETRY_ONE = re.compile(
    r"(?:because|Because) (?P<project>\S+) depends on (?P<first>\S+ \([^)]*\))"
    r".{0,300}version solving failed"
)
_POETRY_NAMED = re.compile(r"(?P<name>\S+) \((?P<versions>[^)]*)\)")


class Conflicts:
    """Collects requirements as lines pass; those of the last conflict remain."""

    def __init__(self) -> None:
        self._following = 0
        self._found: dict[str, None] = {}
        self._filed: dict[str, None] = {}
        self._bare: dict[str, None] = {}
        self._tells_parents = False

    @property
    def following(self) -> bool:
        """Whether the next lines count, whatever they hold."""
        return self._following > 0

    def take(self, text: str) -> None:
        self._following = max(self._following - 1, 0)
        if found := _ROOT.match(text):
            roots = self._filed if found["file"] else self._bare
            roots.setdefault(found["text"].split(" in ")[0])
        elif _CHILD.match(text):
            self._tells_parents = True
        elif _PIP_COMES_IN in text:
            self._following = _FOLLOWED
            self._add(self._roots())
        elif cannot := _CANNOT.search(text):
            self._add(cannot["names"].replace(" and ", ", ").split(", "))
        elif "The user requested" in text:
            self._pip(text)
        elif ("ecause " in text and "require" in text) or "your project" in text:
            self._add(_uv(text))
        if "ecause " in text and "depends on" in text:
            self._add(_poetry(text))

    def forget(self) -> None:
        """A run has succeeded; what it asked for is not what a later one asks for."""
        self._found, self._filed, self._bare = {}, {}, {}
        self._tells_parents = False

    def requirements(self) -> tuple[str, ...]:
        return tuple(self._found)

    def _roots(self) -> list[str]:
        """What nobody but the user asked for; pip before 23 does not say who asked."""
        if self._filed:
            return list(self._filed)
        return list(self._bare) if self._tells_parents else []

    def _pip(self, text: str) -> None:
        if found := _PIP.match(text):
            self._add([found["text"]])

    def _add(self, texts: Iterator[str] | list[str]) -> None:
        for text in texts:
            if len(self._found) < _MOST and (tidy := _tidy(text)):
                self._found.setdefault(tidy)


def _tidy(text: str) -> str | None:
    """As it would stand in a file; None where it is no requirement by name."""
    bare = re.sub(r"\s+\(from .*|\s+from https?:.*", "", text.strip().rstrip(".,")).strip()
    bare = re.sub(r"(?<=[\d*]) and (?=[<>=!~])", ",", bare)
    # Most logs name no requirement, and loading this takes longer than reading them.
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        return str(Requirement(bare)) and bare
    except InvalidRequirement:
        return None


def _uv(text: str) -> Iterator[str]:
    for found in _UV.finditer(text):
        yield found["text"].strip()


def _poetry(text: str) -> Iterator[str]:
    if found := _POETRY_BOTH.search(text):
        yield from filter(None, map(_from_poetry, (found["first"], found["second"])))
    elif (found := _POETRY_ONE.search(text)) and (one := _from_poetry(found["first"])):
        yield one


def _from_poetry(text: str) -> str | None:
    """``django (>=4.2,<5.0)`` as ``django>=4.2,<5.0``; ``(1.0)`` is one exact version."""
    named = _POETRY_NAMED.fullmatch(text)
    if named is None or "||" in named["versions"]:
        return None
    versions = named["versions"].replace(" ", "")
    if versions in ("", "*"):
        return named["name"]
    if versions[0] == "^":
        return named["name"] + _caret(versions[1:])
    exact = f"=={versions}" if versions[0].isdigit() else versions
    return named["name"] + exact.replace("~=", "~").replace("~", "~=")


def _caret(version: str) -> str:
    """Poetry's ``^1.20`` allows what does not change the first number that is not 0."""
    numbers = re.match(r"\d+(?:\.\d+)*", version)
    if numbers is None:
        return f"=={version}"
    parts = [int(part) for part in numbers[0].split(".")]
    fixed = next((place for place, part in enumerate(parts) if part), len(parts) - 1)
    upper = ".".join(map(str, [*parts[:fixed], parts[fixed] + 1]))
    return f">={version},<{upper}"
