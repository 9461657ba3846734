"""Where in a run a line stands: inside a build's output, inside a traceback, at which package."""

from __future__ import annotations

import re
from collections.abc import Iterable

from conflictlens.diagnosis import naming
from conflictlens.diagnosis.cleaning import MATCHED, clean, indent
from conflictlens.diagnosis.naming import package_of

_KEPT = 2 * MATCHED
_MOST_PASSED = 200

_OPENERS = (
    "lines of output]", "omplete output", "[std", "unning command", "unning setup.py",
    "unning build", "unning bdist_wheel", "unning egg_info", "unning install", "unning develop",
    "unning dist_info", "uilding '", "ubprocess exited when", "ackend operation failed",
    "-- The C", "he Meson build system", "--- std",
)  # fmt: skip
_CLOSERS = (
    "[end of output]", "----------", "uccessfully ", "ollecting ", "ERROR: ", "ownloading",
    "equirement already ", "nstalling ", "sing cached ", "uilding ", "ould not ", "o matching ",
)  # fmt: skip
LITERALS = (*_OPENERS, *_CLOSERS, *naming.LITERALS)
"""What a line holds that changes where the following ones stand."""

_TOOLS = (
    ("poetry", re.compile(r"(?im)\bpoetry\b|^[ \t]{0,40}- Installing \S+ \("
                            r"|version solving failed")),
    ("conda", re.compile(r"(?im)\b(?:conda|mamba|micromamba)\b.{0,40}(?:install|create|update|env)"
                         r"|^Collecting package metadata|^Solving environment")),
    ("pipenv", re.compile(r"(?im)^[ \t]{0,40}(?:[$>#] ?)?pipenv (?:install|lock|sync|update)\b"
                          r"|usage: pipenv\b|^Courtesy Notice: Pipenv|\bpipenv\.exceptions\b")),
    ("pdm", re.compile(r"(?im)^[ \t]{0,40}(?:[$>#] ?)?pdm (?:add|install|lock|sync|update)\b"
                       r"|usage: pdm\b|\bPdmUsageError\b")),
    ("uv", re.compile(r"(?m)\buv (?:pip|sync|lock|add|run|tool)\b|"
                      r"^[ \t]{0,40}[×x] No solution found|"
                      r"^Resolved \d+ package|^Using (?:CPython|Python) \d"
                      r"|No solution found when resolving")),
    ("pip", re.compile(r"(?m)^[ \t]{0,40}Collecting \S|Requirement already (?:satisfied|up-to-date)"
                       r"|\bpip[\d.]*(?:\.exe)? (?:install|download|wheel)\b|^Downloading/unpacking"
                       r"|subprocess-exited-with-error|ERROR: .{0,200}\bpip\b|No matching distrib"
                       r"|Could not find a version|pip/_internal|pip\\_internal")),
)  # fmt: skip
_OPENS = re.compile(
    r"\[\d+ lines of output\]|omplete output(?: from command| \(\d+ lines\))|^\s*\[std(?:out|err)\]"
    r"|^\s*Running command (?!git|hg|svn)|^\s*Running setup\.py (?:egg_info for|\(path)"
    r"|^\s*[Rr]unning (?:build(?:_\w+)?|bdist_wheel|egg_info|install|develop|dist_info)\s*$"
    r"|^\s*building '[\w.]+' (?:extension|library)"
    r"|Backend (?:subprocess exited when|operation failed)"
    r"|^\s*-- The CX?X? compiler identification|^\s*The Meson build system|^--- std(?:out|err):"
)
_CLOSES = re.compile(
    r"\[end of output\]|^\s*-{20,}\s*$|Successfully |^ERROR: "
    r"|^\s{0,2}(?:Collecting "
    r"|ERROR: (?:Fail|Command|Could not |No |Cannot |Exception|Error |Package)"
    r"|Requirement already "
    r"|Installing collected |Downloading|Using cached |Building wheels? for "
    r"|Could not |No matching )"
)
ENDS = re.compile(
    r"\[end of output\]|^\s*-{20,}$"
    r"|^\s*hint: (?:This|Build failures) (?:error )?(?:usually|likely) indicate"
    r"|^\s*(?:at|Note: This error originates) .{0,200}(?:installation/chef|build backend)"
)
"""What stands right after a build's output."""
END_WORDS = ("[end of output]", "----------", "y indicate", "nstallation/chef", "Note: This err")
"""What a line holds that may stand there."""
TRACEBACK = "Traceback (most recent call last)"
BEHEADED = '", line '
"""What a line holds that may be one of a traceback whose first lines somebody cut off."""
_BEHEADED = re.compile(r' +File "[^"]{1,400}", line \d+, in ')
_OWN_CODE = re.compile(
    r"(?:pip[\\/]_internal|pip[\\/]_vendor[\\/]resolvelib|[\\/]poetry[\\/]|[\\/]conda[\\/]"
    r"|[\\/]pipenv[\\/]|pip[\\/](?:basecommand|commands|req)\b)"
)
_BACKEND = re.compile(
    r'File "[^"]{0,400}[\\/](?:setuptools|hatchling|flit_core|poetry[\\/]core|pdm[\\/]backend'
    r"|mesonpy|scikit_build_core|maturin)[\\/]"
)
_STANDARD = re.compile(
    r"[\\/](?:[Pp]ython[\d.]*|Lib|lib)[\\/](?!.{0,300}-packages[\\/])[\w\\/]{1,80}\.py\""
)
"""Python's own modules: whoever calls them is to blame."""
_CUT_BEFORE = re.compile(
    r"\[end of output\]|originates from a subprocess|Failed building wheel|setup\.py egg_info"
    r"|^\s*-{20,}\s*$|legacy-install-failure|metadata-generation-failed"
)
"""What closes a build's output: where it comes first, the log begins inside of one."""
_BUILDING_CODE = re.compile(
    r"setup\.py\"|_in_process|setuptools|pip-build-env|pip-install-|distutils|<string>"
)


class Place:
    """Moves along with the lines of a log.

    Few lines are ever asked where they stand, so what passes is only kept, and looked at from its
    end when it is asked.
    """

    def __init__(self) -> None:
        self.raised = False
        """Whether the line ends a traceback: it names the exception."""
        self._passed: list[bytes | str] = []
        self._package: str | None = None
        self._building = False
        self._depth: int | None = None
        self._own = False
        self._build = False
        self._backend = False
        self._outermost = False
        """Whether the next file of the traceback is its first."""

    @property
    def following(self) -> bool:
        """Whether the next line is one of a traceback."""
        return self._depth is not None

    @property
    def package(self) -> str | None:
        """Which package the lines are about."""
        self._settle()
        return self._package

    @property
    def building(self) -> bool:
        """Whether they are the output of a build."""
        self._settle()
        return self._building

    @property
    def within(self) -> str:
        """Whose failure a line tells: "build", within it "backend", "tool", or empty."""
        if self.raised and self._own:
            return "tool"
        if not (self.building or (self.raised and self._build)):
            return ""
        return "backend" if self.raised and self._backend else "build"

    def is_within(self, asked: str) -> bool:
        """Whether what a rule asks for holds; a backend is part of a build."""
        within = self.within
        match asked:
            case "build":
                return within in ("build", "backend")
            case "outside":
                return within not in ("build", "backend")
            case _:
                return asked in ("", within)

    def pass_by(self, line: bytes | str) -> None:
        """A line that holds one of `LITERALS`; bytes are as they stand in the log."""
        self._passed.append(line[:_KEPT])
        if len(self._passed) > _MOST_PASSED:
            self._settle()

    def begin(self, lines: Iterable[str]) -> None:
        """`lines` are the first ones that tell where they stand: the log may be an excerpt."""
        for text in lines:
            cut = _CUT_BEFORE.search(text) is not None
            if cut or _opens_or_closes(text) is not None:
                self._building = cut
                return

    def leave_run(self) -> None:
        """What comes next is of no build and of no package that is known."""
        self._passed.clear()
        self._package, self._building = None, False

    def opens_traceback(self, text: str) -> int | None:
        """How many lines of a traceback begin before the next one: None where none begins.

        Its first line is none of them where somebody cut it off.
        """
        if TRACEBACK in text:
            self._depth, skipped = text.index(TRACEBACK), 1
        elif _BEHEADED.match(text):
            self._depth, skipped = max(indent(text) - 2, 0), 0
        else:
            return None
        self._own = self._build = self._backend = False
        self._outermost = skipped == 1
        return skipped

    def leave_traceback(self) -> None:
        self._depth = None

    def is_inside(self, raw: bytes) -> bool:
        """Whether the next line of a traceback goes on with it; else it is `raised`."""
        depth = self._depth or 0
        known = self._own or self._build
        if known and raw.startswith(b" " * (depth + 1)) and b'File "' not in raw:
            return True
        text = clean(raw.decode("utf-8", "replace"))
        if text.strip(" ^~") and indent(text) <= depth:
            self._depth, self.raised = None, True
            return False
        if 'File "' in text:
            if self._outermost:
                self._depth, self._outermost = max(indent(text) - 2, depth), False
            if not _STANDARD.search(text):
                self._backend = _BACKEND.search(text) is not None
        # The outermost file says whose program it is.
        if not (self._own or self._build):
            self._own = _OWN_CODE.search(text) is not None
            self._build = not self._own and _BUILDING_CODE.search(text) is not None
        return True

    def _settle(self) -> None:
        """The last line that says something counts, of the package as of the building."""
        package: str | None = None
        building: bool | None = None
        for line in reversed(self._passed):
            text = clean(line.decode("utf-8", "replace")) if isinstance(line, bytes) else line
            if building is None:
                building = _opens_or_closes(text)
            if package is None:
                package = package_of(text)
            if package is not None and building is not None:
                break
        self._passed.clear()
        self._package = self._package if package is None else package or None
        self._building = self._building if building is None else building


def _opens_or_closes(text: str) -> bool | None:
    """Whether a build's output begins or ends here, if either."""
    if any(one in text for one in _OPENERS) and _OPENS.search(text):
        return True
    return False if _CLOSES.search(text) else None


def tool_of(text: str) -> str | None:
    """Which tool wrote these lines, if one of them tells."""
    return next((name for name, sign in _TOOLS if sign.search(text)), None)
