"""The requirements that a conflict's log names, as one would write them in a file.

pip: "The user requested numpy==2.0.0"; uv: "you require boto3==1.34.0"; Poetry: "Because proj
depends on both a (1.0) and b (>=2)". Only what the user asked for is taken; what packages need
among themselves, the index knows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from packaging.requirements import InvalidRequirement, Requirement

LITERALS = (
    "The user requested", "The conflict is caused by", "ollecting ", "equirement already ",
    "ecause ", "annot install ",
)  # fmt: skip
"""What a line holds that this module reads."""

_FOLLOWED = 200
_MOST = 500
_PIP = re.compile(r"\A\s*The user requested (?P<constraint>\(constraint\) )?(?P<text>\S.{0,300})")
_PIP_COMES_IN = "The conflict is caused by:"
_UV = re.compile(
    r"(?:you require|your (?:project|workspace)(?:'s requirements)? (?:depends? on|requires?)) "
    r"(?P<text>.{1,300}?)"
    r"(?=, we can conclude|, and | and (?:you|your|all|only|because|there|we|the |[\w.-]+(?:==|>|<|\[))"
    r"|\.\s|\.\Z|\Z| but | which )"
)
_UV_MEMBER = re.compile(
    r"(?P<project>[A-Za-z0-9][\w.-]*)(?:\[[\w,-]+\])? depends on (?P<text>.{1,200}?)"
    r"(?=,? and |, we can|\.\s|\.\Z|\Z)"
)
_POETRY_BOTH = re.compile(
    r"Because (?P<project>\S+) depends on both (?P<first>\S+ \([^)]*\)) and "
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
        self._poetry: list[str] = []

    @property
    def following(self) -> bool:
        """Whether the next lines count, whatever they hold."""
        return self._following > 0

    def take(self, text: str) -> None:
        self._following = max(self._following - 1, 0)
        if _PIP_COMES_IN in text:
            self._following, self._found = _FOLLOWED, {}
        elif "The user requested" in text:
            self._pip(text)
        elif "ecause " in text and "require" in text or "your project" in text:
            self._add(_uv(text))
        if "ecause " in text and "depends on" in text:
            self._add(_poetry(text))

    def requirements(self) -> tuple[str, ...]:
        return tuple(self._found)

    def _pip(self, text: str) -> None:
        if found := _PIP.match(text):
            self._add([found["text"]])

    def _add(self, texts: Iterator[str] | list[str]) -> None:
        for text in texts:
            if len(self._found) < _MOST and (tidy := _tidy(text)):
                self._found[tidy] = None


def _tidy(text: str) -> str | None:
    """As it would stand in a file; None where it is no requirement by name."""
    bare = re.sub(r"\s+\(from .*|\s+from https?:.*", "", text.strip().rstrip(".,")).strip()
    bare = re.sub(r"(?<=[\d*]) and (?=[<>=!~])", ",", bare)
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
    elif found := _POETRY_ONE.search(text):
        if one := _from_poetry(found["first"]):
            yield one


def _from_poetry(text: str) -> str | None:
    """``django (>=4.2,<5.0)`` as ``django>=4.2,<5.0``; ``(1.0)`` is one exact version."""
    named = _POETRY_NAMED.fullmatch(text)
    if named is None:
        return None
    versions = named["versions"].replace(" ", "")
    if versions in ("", "*"):
        return named["name"]
    exact = f"=={versions}" if versions[0].isdigit() else versions
    return named["name"] + (exact if "||" not in exact else "")
