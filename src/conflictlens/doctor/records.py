"""What an examination finds: checks, each in one of a closed set of states."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

import msgspec

from conflictlens.explanation.records import Findings

Value = str | int | float | tuple[str, ...]
"""A fact: names that end in ``_bytes``, ``_seconds`` carry their unit."""


class Status(StrEnum):
    PASS = "pass"
    WARN = "warn"
    FAIL = "fail"
    UNKNOWN = "unknown"
    """The probe came to no end, and `facts` say why."""
    SKIP = "skip"
    """Not looked at, or of no importance for what was asked."""


class CheckId(StrEnum):
    """What is looked at, in the order in which it is told."""

    INTERPRETER = "interpreter"
    PIP = "pip"
    PIP_ON_PATH = "pip-on-path"
    ENVIRONMENT = "environment"
    TARGET = "target"
    INSTALLED = "installed"
    TEMP = "temp"
    DISK = "disk"
    MEMORY = "memory"
    LONG_PATHS = "long-paths"
    CERTIFICATES = "certificates"
    PROXY = "proxy"
    INDEX = "index"
    CLOCK = "clock"
    REQUIRES_PYTHON = "requires-python"
    REQUIREMENTS = "requirements"
    BUILDS = "builds"
    COMPILER = "compiler"
    HEADERS = "python-headers"
    RUST = "rust"
    GIT = "git"


NEEDED = frozenset(
    (
        CheckId.INTERPRETER,
        CheckId.PIP,
        CheckId.TARGET,
        CheckId.INDEX,
        CheckId.REQUIREMENTS,
    )
)
"""Without an answer to these, nobody can say whether an install would go well."""


class State(StrEnum):
    """Everything that a check can find; its status is part of what it is."""

    status: Status

    def __new__(cls, value: str, status: Status) -> State:
        state = str.__new__(cls, value)
        state._value_ = value
        state.status = status
        return state

    PYTHON_SUPPORTED = "python-supported", Status.PASS
    PYTHON_NEWER = "python-newer", Status.PASS
    PYTHON_PRERELEASE = "python-prerelease", Status.WARN
    PYTHON_ENDED = "python-ended", Status.WARN
    PYTHON_NOT_FOUND = "python-not-found", Status.FAIL
    PYTHON_BROKEN = "python-broken", Status.FAIL
    ENVIRONMENT_BROKEN = "environment-broken", Status.FAIL
    PYTHON_SILENT = "python-silent", Status.UNKNOWN

    PIP_RUNS = "pip-runs", Status.PASS
    PIP_OLD = "pip-old", Status.WARN
    PIP_LEFT_TO_UV = "pip-left-to-uv", Status.WARN
    PIP_MISSING = "pip-missing", Status.FAIL
    PIP_UNAVAILABLE = "pip-unavailable", Status.FAIL
    PIP_BROKEN = "pip-broken", Status.FAIL
    PIP_SILENT = "pip-silent", Status.UNKNOWN

    PATH_SAME = "path-same", Status.PASS
    PATH_DIFFERS = "path-differs", Status.WARN
    PATH_OTHER = "path-other", Status.WARN
    PATH_ELSEWHERE = "path-elsewhere", Status.WARN
    """Likewise, and the examined Python has no pip of its own."""
    PATH_NONE = "path-none", Status.WARN
    PATH_BROKEN = "path-broken", Status.FAIL
    PATH_UNCLEAR = "path-unclear", Status.UNKNOWN
    PATH_UNNEEDED = "path-unneeded", Status.SKIP

    VIRTUAL = "virtual", Status.PASS
    CONDA = "conda", Status.PASS
    CONDA_BASE = "conda-base", Status.WARN
    CONTAINER = "container", Status.PASS
    SYSTEM = "system", Status.WARN
    EXTERNALLY_MANAGED = "externally-managed", Status.FAIL
    VIRTUAL_REQUIRED = "virtual-required", Status.FAIL

    TARGET_WRITABLE = "target-writable", Status.PASS
    TARGET_OF_USER = "target-of-user", Status.WARN
    TARGET_DENIED = "target-denied", Status.FAIL

    INSTALLED_CONSISTENT = "installed-consistent", Status.PASS
    INSTALLED_DAMAGED = "installed-damaged", Status.WARN
    INSTALLED_BROKEN = "installed-broken", Status.FAIL
    INSTALLED_OF_SYSTEM = "installed-of-system", Status.WARN
    """Likewise, where only the system's package manager installs."""
    INSTALLED_UNREADABLE = "installed-unreadable", Status.UNKNOWN

    TEMP_USABLE = "temp-usable", Status.PASS
    TEMP_DENIED = "temp-denied", Status.FAIL

    DISK_ENOUGH = "disk-enough", Status.PASS
    DISK_LOW = "disk-low", Status.WARN
    DISK_FULL = "disk-full", Status.FAIL
    DISK_FILES = "disk-files", Status.FAIL
    DISK_UNKNOWN = "disk-unknown", Status.UNKNOWN

    MEMORY_ENOUGH = "memory-enough", Status.PASS
    MEMORY_LOW = "memory-low", Status.WARN
    MEMORY_OUT = "memory-out", Status.FAIL
    MEMORY_UNKNOWN = "memory-unknown", Status.UNKNOWN

    LONG_PATHS_ON = "long-paths-on", Status.PASS
    LONG_PATHS_OFF = "long-paths-off", Status.WARN

    CERTIFICATES_LOADED = "certificates-loaded", Status.PASS
    CERTIFICATES_FOLDER = "certificates-folder", Status.PASS
    CERTIFICATES_UNUSABLE = "certificates-unusable", Status.FAIL
    CERTIFICATES_NONE = "certificates-none", Status.FAIL
    CERTIFICATES_EXPIRED = "certificates-expired", Status.FAIL
    SSL_MISSING = "ssl-missing", Status.FAIL

    PROXY_NONE = "proxy-none", Status.PASS
    PROXY_ANSWERS = "proxy-answers", Status.PASS
    PROXY_SILENT = "proxy-silent", Status.FAIL
    PROXY_MALFORMED = "proxy-malformed", Status.FAIL

    INDEX_ANSWERS = "index-answers", Status.PASS
    INDEX_FOLDER = "index-folder", Status.PASS
    INDEX_SLOW = "index-slow", Status.WARN
    INDEX_WITHOUT_PROJECT = "index-without-project", Status.WARN
    INDEX_WITHOUT_FILES = "index-without-files", Status.WARN
    LINKS_MISSING = "links-missing", Status.WARN
    INDEX_NO_FOLDER = "index-no-folder", Status.FAIL
    INDEX_UNAUTHORIZED = "index-unauthorized", Status.FAIL
    INDEX_FORBIDDEN = "index-forbidden", Status.FAIL
    INDEX_PROXY_REFUSES = "index-proxy-refuses", Status.FAIL
    INDEX_NOT_TRUSTED = "index-not-trusted", Status.FAIL
    INDEX_NO_NAME = "index-no-name", Status.FAIL
    INDEX_UNREACHABLE = "index-unreachable", Status.FAIL
    INDEX_SILENT = "index-silent", Status.FAIL
    INDEX_BEHIND_PROXY = "index-behind-proxy", Status.FAIL
    INDEX_NOT_ASKED = "index-not-asked", Status.FAIL
    INDEX_MALFORMED = "index-malformed", Status.FAIL
    INDEX_NONE = "index-none", Status.SKIP

    CLOCK_RIGHT = "clock-right", Status.PASS
    CLOCK_OFF = "clock-off", Status.WARN
    CLOCK_WRONG = "clock-wrong", Status.FAIL
    CLOCK_UNKNOWN = "clock-unknown", Status.UNKNOWN

    PROJECT_PYTHON_FITS = "project-python-fits", Status.PASS
    PROJECT_PYTHON_EXCLUDED = "project-python-excluded", Status.FAIL

    REQUIREMENTS_RESOLVE = "requirements-resolve", Status.PASS
    REQUIREMENTS_CONFLICT = "requirements-conflict", Status.FAIL
    REQUIREMENTS_UNDECIDED = "requirements-undecided", Status.UNKNOWN
    REQUIREMENTS_NONE = "requirements-none", Status.SKIP

    BUILDS_NONE = "builds-none", Status.PASS
    BUILDS_PLAIN = "builds-plain", Status.PASS
    BUILDS_COMPILED = "builds-compiled", Status.WARN
    BUILDS_UNCLEAR = "builds-unclear", Status.WARN
    BUILDS_UNDECIDED = "builds-undecided", Status.SKIP

    COMPILER_WORKS = "compiler-works", Status.PASS
    COMPILER_MISSING = "compiler-missing", Status.FAIL
    COMPILER_PERHAPS = "compiler-perhaps", Status.WARN
    COMPILER_UNNEEDED = "compiler-unneeded", Status.SKIP

    HEADERS_HERE = "headers-here", Status.PASS
    HEADERS_MISSING = "headers-missing", Status.FAIL
    HEADERS_PERHAPS = "headers-perhaps", Status.WARN
    HEADERS_UNNEEDED = "headers-unneeded", Status.SKIP

    RUST_HERE = "rust-here", Status.PASS
    RUST_MISSING = "rust-missing", Status.FAIL
    RUST_PERHAPS = "rust-perhaps", Status.WARN
    RUST_UNNEEDED = "rust-unneeded", Status.SKIP

    GIT_HERE = "git-here", Status.PASS
    GIT_MISSING = "git-missing", Status.FAIL
    GIT_UNNEEDED = "git-unneeded", Status.SKIP

    OFFLINE = "offline", Status.SKIP
    FROM_SNAPSHOT = "from-snapshot", Status.SKIP
    NO_INTERPRETER = "no-interpreter", Status.SKIP
    PROBE_SILENT = "probe-silent", Status.UNKNOWN


class Check(msgspec.Struct, frozen=True):
    """What was found of one thing; of indexes, one for each."""

    id: CheckId
    state: State
    facts: Mapping[str, Value] = {}

    @property
    def status(self) -> Status:
        return self.state.status


class Place(StrEnum):
    """What kind of machine this is, as far as what to do differs."""

    DEBIAN = "debian"
    LINUX = "linux"
    """Any other: its package manager is not known here."""
    ALPINE = "alpine"
    FEDORA = "fedora"
    MACOS = "macos"
    WINDOWS = "windows"


class Examination(msgspec.Struct, frozen=True):
    """All checks, in the order of `CheckId`, and what is needed to say what to do.

    `python` is the command that starts the examined Python, `chosen` why it is that, `install` the
    arguments that pip would be given, `explain` those of `conflictlens explain`; `findings` is
    None without requirements.
    """

    checks: tuple[Check, ...]
    place: Place
    python: str = "python"
    chosen: str = ""
    install: str = "install PACKAGE"
    explain: str = ""
    privileged: bool = False
    findings: Findings | None = None

    @property
    def outcome(self) -> Status:
        """The worst that was found.

        An index that does not answer is a failure: an install would fail on it too. Unknown is
        left to what was not found out, of what must be known.
        """
        found = {check.status for check in self.checks}
        if Status.FAIL in found:
            return Status.FAIL
        if any(c.status is Status.UNKNOWN and c.id in NEEDED for c in self.checks):
            return Status.UNKNOWN
        return Status.WARN if found & {Status.WARN, Status.UNKNOWN} else Status.PASS


def in_order(checks: Iterable[Check]) -> tuple[Check, ...]:
    """As they are told; what is found of one thing stays in its order."""
    order = list(CheckId)
    return tuple(sorted(checks, key=lambda check: order.index(check.id)))
