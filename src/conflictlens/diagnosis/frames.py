"""Where in a run a line stands: inside a build's output, inside a traceback, at which package."""

from __future__ import annotations

import re

from conflictlens.diagnosis.cleaning import indent

_OPENERS = (
    "lines of output]", "omplete output", "[std", "unning command", "unning setup.py",
    "unning build", "unning bdist_wheel", "unning egg_info", "unning install", "unning develop",
    "unning dist_info", "uilding '", "ubprocess exited when", "ackend operation failed",
    "-- The C", "he Meson build system", "--- std",
)  # fmt: skip
_PACKAGES = (
    "ollecting ", "ownloading/unp", "btaining ", "rocessing ", "uilding ", "ailed ",
    "unning setup", "egg_info for", "nstalling ",
)  # fmt: skip
LITERALS = (
    *_OPENERS, "Traceback (most recent call last)", "[end of output]", "ollecting ", "uilding ",
    "equirement already ", "----------", "usually indicate", ", line ",
)  # fmt: skip
"""What a line holds that changes where the following ones stand."""

_NAME = r"`?'?\"?(?P<name>[A-Za-z0-9][\w.-]{0,80})"
_PACKAGE = re.compile(
    r"(?:^|\s)(?:Collecting|Downloading/unpacking|Obtaining|Processing|Building wheels? for"
    r"|Failed building wheel for|Failed to build(?: and install)?|Failed to (?:download|prepare)"
    r"(?: and build)?|Running setup\.py install for|Running setup\.py bdist_wheel for"
    r"|egg_info for package|Could not build wheels for|Building|- Installing|Installing)"
    rf" (?!build|backend|collected|editable|dependencies|the ){_NAME}"
)
_TOOLS = (
    ("poetry", re.compile(r"(?im)\bpoetry\b|^[ \t]{0,40}- Installing \S+ \("
                            r"|version solving failed")),
    ("conda", re.compile(r"(?im)\b(?:conda|mamba|micromamba)\b.{0,40}(?:install|create|update|env)"
                         r"|^Collecting package metadata|^Solving environment")),
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
    r"\[end of output\]|^\s*-{20,}\s*$|Successfully |^\s{0,2}(?:Collecting |ERROR: "
    r"|Requirement already "
    r"|Installing collected |Downloading|Using cached |Building wheels? for "
    r"|Could not |No matching )"
)
ENDS = re.compile(
    r"\[end of output\]|^\s*-{20,}$|^\s*hint: (?:This|Build failures) usually indicate"
)
"""What stands right after a build's output."""
_TRACEBACK = "Traceback (most recent call last)"
_BEHEADED = re.compile(r'\s+File "[^"]{1,400}", line \d+, in ')
"""A line of a traceback whose first lines somebody cut off."""
_OWN_CODE = re.compile(
    r"(?:pip[\\/]_internal|pip[\\/]_vendor[\\/]resolvelib|[\\/]poetry[\\/]|[\\/]conda[\\/]"
    r"|[\\/]pipenv[\\/]|pip[\\/](?:basecommand|commands|req)\b)"
)
_BACKEND = re.compile(
    r'File "[^"]{0,400}[\\/](?:setuptools|hatchling|flit_core|poetry[\\/]core|pdm[\\/]backend'
    r"|mesonpy|scikit_build_core|maturin)[\\/]"
)
_BUILDING_CODE = re.compile(
    r"setup\.py\"|_in_process|setuptools|pip-build-env|pip-install-|distutils|<string>"
)


class Place:
    """Moves along with the lines of a log."""

    def __init__(self) -> None:
        self.package: str | None = None
        self.building = False
        self.raised = False
        """Whether the last line ends a traceback: it names the exception."""
        self._depth: int | None = None
        self._own = False
        self._build = False
        self._backend = False

    @property
    def following(self) -> bool:
        """Whether the next line counts, whatever it holds."""
        return self._depth is not None

    @property
    def within(self) -> str:
        """Whose failure a line tells: "build", within it "backend", "tool", or empty."""
        if self.raised and self._own:
            return "tool"
        if not (self.building or self._build):
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

    def move(self, text: str) -> None:
        if self.raised:
            self.raised = self._own = self._build = self._backend = False
        if self._depth is not None:
            self._trace(text)
        elif _TRACEBACK in text:
            self._depth, self._own, self._build = text.index(_TRACEBACK), False, False
        elif 'File "' in text and _BEHEADED.match(text):
            self._depth, self._own, self._build = max(indent(text) - 2, 0), False, False
            self._trace(text)
        else:
            self._frame(text)

    def _trace(self, text: str) -> None:
        if not text.strip(" ^~") or indent(text) > (self._depth or 0):
            if 'File "' in text:
                self._backend = _BACKEND.search(text) is not None
            # The outermost file says whose program it is.
            if not (self._own or self._build):
                self._own = _OWN_CODE.search(text) is not None
                self._build = not self._own and _BUILDING_CODE.search(text) is not None
            return
        self._depth, self.raised = None, True

    def _frame(self, text: str) -> None:
        if any(one in text for one in _OPENERS) and _OPENS.search(text):
            self.building = True
        elif self.building and _CLOSES.search(text):
            self.building = False
        if any(one in text for one in _PACKAGES) and (found := _PACKAGE.search(text)):
            self.package = found["name"].rstrip(".-,")


def tool_of(text: str) -> str | None:
    """Which tool wrote these lines, if one of them tells."""
    return next((name for name, sign in _TOOLS if sign.search(text)), None)
