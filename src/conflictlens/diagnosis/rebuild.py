"""The requirements that a conflict's log names, as one would write them in a file.

pip: every "Collecting numpy==2.0.0" that no other package asked for, and "The user requested
numpy==2.0.0"; uv: "you require boto3==1.34.0"; Poetry: "Because proj depends on both a (1.0) and
b (>=2)". Only what the user asked for is taken; what packages need among themselves, the index
knows. Where pip's log does not show what the user asked for, the packages that it calls the causes
stand for it: at their version, or at any where it tried several.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from conflictlens.diagnosis.naming import whole_name
from conflictlens.names import canonicalize_name

LITERALS = (
    "The user requested", "The conflict is caused by", "ollecting ", "equirement already ",
    "ecause ", "annot install ", "your project", " depends on ",
)  # fmt: skip
"""What a line holds that this module reads: it is given no others."""

_FOLLOWED = 200
_MOST = 500
_PIP = re.compile(r"\A\s*The user requested (?P<constraint>\(constraint\) )?(?P<text>\S.{0,300})")
_PIP_COMES_IN = "The conflict is caused by:"
_PARENT = re.compile(
    r"\A\s{2,12}(?P<name>[A-Za-z0-9][\w.-]{0,80}(?:\[[^\]]{1,80}\])?) (?P<version>\d\S{0,60})"
    r" depends on (?P<needed>.{1,300})"
)
_ROOT = re.compile(
    r"\A(?:Collecting|Requirement already satisfied:) (?P<text>[A-Za-z0-9][^()]{0,200}?)"
    r"(?: in \S.{0,300}?)?(?P<file> \(from -[rc] .{1,300} \(line \d+\)\))?"
    r"(?: \([\w.+!-]{1,60}\))?\s*\Z"
)
_FILE = re.compile(r"(?<=-r )(?P<file>[A-Za-z0-9_./][A-Za-z0-9_./-]{0,200}) \(line \d")
"""A name that a shell takes as it stands, of a file with a line that was installed."""
_CHILD = re.compile(
    r"\A(?:Collecting|Requirement already satisfied:) (?P<name>[A-Za-z0-9][\w.-]{0,80})"
    r".{0,400} \(from [^-]"
)
_CANNOT = re.compile(r"Cannot install (?P<names>.{1,1500}) because these package versions")
_BRACES = re.compile(
    r"(?P<name>[A-Za-z0-9][\w.-]{0,80}(?:\[[^\]]{1,80}\])?)\{(?P<marker>[^}]{1,300})\}"
    r"(?P<versions>[<>=!~]\S{0,80}(?<![,.]))?"
)
_WANTED = re.compile(
    r"(?:\A\s*The user requested (?:\(constraint\) )?|\A\s{2,12}\S{1,160} \d\S{0,60} depends on "
    r"|ecause \S{1,160} depends on |ecause \S{1,160} \([^)]{1,80}\) depends on )"
    r"(?!Python\b|python\b|one of:|all of:|both\b)(?P<name>[A-Za-z0-9](?:[\w.-]{0,80}[A-Za-z0-9])?)"
)
_BOUNDARY = re.compile(r", (?:and )?| and |\. |\.\Z")
_UV = re.compile(
    r"(?<!conclude that )(?:you require|your (?:project|workspace)(?:'s requirements)? "
    r"(?:depends? on|(?P<own>requires?))) (?=(?P<text>.{1,600}))"
)
_UV_PIN = re.compile(r" and (?P<text>[A-Za-z0-9][\w.-]{0,80}==[^\s,]{1,60}), we can conclude")
_POETRY = re.compile(
    r"(?<!version of )\b(?P<project>[A-Za-z0-9][\w.-]{0,80}) depends on (?:both )?"
    r"(?P<first>\S{1,100} \([^)]{0,200}\))(?: and (?P<second>\S{1,100} \([^)]{0,200}\)))?"
)
_POETRY_NAMED = re.compile(r"(?P<name>\S+) \((?P<versions>[^)]*)\)")


class Conflicts:
    """Collects requirements as lines pass; those of the last conflict remain."""

    def __init__(self) -> None:
        self._following = 0
        self._found: dict[str, None] = {}
        self._filed: dict[str, None] = {}
        self._bare: dict[str, None] = {}
        self._causes: dict[str, None] = {}
        self._parents: dict[str, None] = {}
        self._needed: dict[str, str] = {}
        self._children: set[str] = set()
        self._files: dict[str, None] = {}
        self.disputed: str | None = None
        """The project of which two versions are wanted: the first that the conflict names."""
        self._unnamed = True
        """Whether pip names a cause by its line in a file only."""
        self._tells_parents = False

    @property
    def following(self) -> bool:
        """Whether the next lines count, whatever they hold."""
        return self._following > 0

    def take(self, text: str) -> None:
        if self.disputed is None and (wanted := _WANTED.search(text)):
            self.disputed = whole_name(text, *wanted.span("name")) or None
        self._following = max(self._following - 1, 0)
        if " (line " in text or " -r " in text:
            self._files.update(dict.fromkeys(_FILE.findall(text)))
        if found := _ROOT.match(text):
            roots = self._filed if found["file"] else self._bare
            roots.setdefault(found["text"].split(" in ")[0])
        elif child := _CHILD.match(text):
            self._tells_parents = True
            self._children.add(canonicalize_name(child["name"]))
        elif _PIP_COMES_IN in text:
            self._following = _FOLLOWED
            self._add(self._roots())
        elif cannot := _CANNOT.search(text):
            self._add(self._roots())
            names = cannot["names"].replace(", and ", ", ").replace(" and ", ", ").split(", ")
            named = [_blame(self._causes, name) for name in names]
            self._unnamed = False in named
        elif "The user requested" in text:
            self._pip(text)
        elif self._following and (parent := _PARENT.match(text)):
            _blame(self._parents, f"{parent['name']}=={parent['version']}")
            self._needed.setdefault(parent["name"], parent["needed"])
        elif ("ecause " in text and "require" in text) or "your project" in text:
            self._add(_uv(text))
        if "ecause " in text and "depends on" in text and " (" in text:
            self._add(_poetry(text))

    def forget(self) -> None:
        """A run has succeeded; what it asked for is not what a later one asks for."""
        self._found, self._filed, self._bare = {}, {}, {}
        self._files = {}
        self._causes, self._parents, self._unnamed = {}, {}, True
        self._needed, self._children = {}, set()
        self.disputed = None
        self._tells_parents = False

    def files(self) -> tuple[str, ...]:
        """The files whose lines were installed."""
        return tuple(self._files)

    def requirements(self) -> tuple[str, ...]:
        if self._roots():
            return (*self._found, *self._of_own_projects())
        causes = {**self._causes, **self._parents} if self._unnamed else self._causes
        named = {_project(text) for text in self._found}
        blamed = _versions(text for text in causes if _project(text) not in named)
        return (*blamed, *self._found)

    def _roots(self) -> list[str]:
        """What nobody but the user asked for; pip before 23 does not say who asked."""
        if self._filed:
            return list(self._filed)
        return list(self._bare) if self._tells_parents else []

    def _of_own_projects(self) -> Iterator[str]:
        """What a cause needs that came from no index: the project in this directory, say."""
        known = self._children.union(map(_project, self._found))
        for name, needed in self._needed.items():
            if canonicalize_name(name.partition("[")[0]) not in known and (one := _tidy(needed)):
                yield one

    def _pip(self, text: str) -> None:
        if found := _PIP.match(text):
            self._add([found["text"]])

    def _add(self, texts: Iterable[str]) -> None:
        for text in texts:
            if len(self._found) < _MOST and (tidy := _tidy(text)):
                self._found.setdefault(tidy)


def _blame(causes: dict[str, None], text: str) -> bool:
    """Adds a cause that pip names; False where it has no name."""
    # A file of the user's own: "reed 1.0 (from /tmp/reed-1.0-py3-none-any.whl)".
    tidy = _tidy(re.sub(r"\A([\w.-]+) (\d\S*) \(from .*", r"\1==\2", text.strip()))
    if tidy is not None and len(causes) < _MOST:
        causes.setdefault(tidy)
    return tidy is not None


def _project(text: str) -> str:
    from packaging.requirements import Requirement

    return canonicalize_name(Requirement(text).name)


def _versions(texts: Iterable[str]) -> Iterator[str]:
    """Each requirement; a project of which several versions were tried, without one."""
    from packaging.requirements import Requirement

    tried: dict[str, list[Requirement]] = {}
    for text in texts:
        tried.setdefault(_project(text), []).append(Requirement(text))
    for several in tried.values():
        first = several[0]
        extras = f"[{','.join(sorted(first.extras))}]" if first.extras else ""
        yield str(first) if len(several) == 1 else f"{first.name}{extras}"


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
    """What "you require" names; an extra or a group of the project's own is what it needs."""
    marked = _BRACES.sub(_with_marker, text)
    for found in _UV.finditer(marked):
        for one in _listed(found["text"]):
            own = found["own"] and ("[" in one or ":" in one)
            yield from _needed_by(one, marked) if own else [one]
    for found in _UV_PIN.finditer(marked):
        yield found["text"]


def _with_marker(found: re.Match[str]) -> str:
    """``reed{python_full_version >= '3.10'}>=2`` without what would divide the sentence."""
    marker = re.sub(r"\s", "\0", found["marker"])
    return f"{found['name']}{found['versions'] or ''}\0;\0{marker}"


def _listed(text: str) -> Iterator[str]:
    """The requirements with which `text` begins: ``a, b>=2 and c``."""
    for piece in _BOUNDARY.split(text):
        one = piece.replace("\0", " ").strip()
        if one in ("your project", "your workspace"):
            continue
        if _tidy(one) is None and not re.fullmatch(r"[\w.-]+:[\w.-]+", one):
            return
        yield one


def _needed_by(own: str, text: str) -> Iterator[str]:
    for found in re.finditer(rf"{re.escape(own)} depends on (?P<text>.{{1,300}})", text):
        yield from _listed(found["text"])


def _poetry(text: str) -> Iterator[str]:
    for found in _POETRY.finditer(text):
        for one in (found["first"], found["second"]):
            if one and (tidy := _from_poetry(one)):
                yield tidy


def _from_poetry(text: str) -> str | None:
    """``django (>=4.2,<5.0)`` as ``django>=4.2,<5.0``; ``(1.0)`` is one exact version."""
    named = _POETRY_NAMED.fullmatch(text)
    if named is None:
        return None
    versions = _hull(named["versions"].replace(" ", ""))
    if versions in ("", "*"):
        return named["name"]
    if versions[0] == "^":
        return named["name"] + _caret(versions[1:])
    exact = f"=={versions}" if versions[0].isdigit() else versions
    return named["name"] + exact.replace("~=", "~").replace("~", "~=")


def _hull(versions: str) -> str:
    """``>=1,<2||>2,<3`` as ``>=1,<3``: no conflict is lost that the gaps are not the cause of."""
    parts = versions.split("||")
    if len(parts) == 1:
        return versions
    lower = [one for one in parts[0].split(",") if one[:1] == ">"]
    upper = [one for one in parts[-1].split(",") if one[:1] == "<"]
    return ",".join((*lower, *upper))


def _caret(version: str) -> str:
    """Poetry's ``^1.20`` allows what does not change the first number that is not 0."""
    version = version.partition("+")[0]
    numbers = re.match(r"\d+(?:\.\d+)*", version)
    if numbers is None:
        return f"=={version}"
    parts = [int(part) for part in numbers[0].split(".")]
    fixed = next((place for place, part in enumerate(parts) if part), len(parts) - 1)
    upper = ".".join(map(str, [*parts[:fixed], parts[fixed] + 1]))
    return f">={version},<{upper}"
