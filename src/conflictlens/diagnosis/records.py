"""What a log is found to say."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class LogOutcome(StrEnum):
    SUCCESS = "success"
    FAILURE = "failure"
    UNKNOWN = "unknown"


class Layer(StrEnum):
    """Which layer of an install failed."""

    NONE = "none"
    DEPENDENCY_CONFLICT = "dependency-conflict"
    CONDA_CONFLICT = "conda-conflict"
    CONDA_NOT_FOUND = "conda-not-found"
    RESOLUTION_TOO_DEEP = "resolution-too-deep"
    POST_INSTALL_CONFLICT = "post-install-conflict"
    NO_MATCHING_DISTRIBUTION = "no-matching-distribution"
    REQUIRES_PYTHON = "requires-python"
    NO_WHEEL_SOURCE_BUILD = "no-wheel-source-build"
    MISSING_COMPILER = "missing-compiler"
    MISSING_PYTHON_H = "missing-python-h"
    MISSING_MSVC = "missing-msvc"
    MISSING_RUST = "missing-rust"
    MISSING_SYSTEM_LIB = "missing-system-lib"
    BUILD_BACKEND = "build-backend"
    SOURCE_INCOMPATIBLE = "source-incompatible"
    OUT_OF_MEMORY = "out-of-memory"
    NO_SPACE = "no-space"
    EXTERNALLY_MANAGED = "externally-managed"
    PERMISSION = "permission"
    SSL = "ssl"
    NETWORK = "network"
    HASH_MISMATCH = "hash-mismatch"
    CORRUPT_DOWNLOAD = "corrupt-download"
    INVALID_REQUIREMENT = "invalid-requirement"
    FILE_LOCKED_WINDOWS = "file-locked-windows"
    WINDOWS_LONG_PATH = "windows-long-path"
    DISTUTILS_INSTALLED = "distutils-installed"
    WRONG_INTERPRETER = "wrong-interpreter"
    MISSING_INPUT_FILE = "missing-input-file"
    WRONG_INVOCATION = "wrong-invocation"
    VCS = "vcs"
    BUILD_SCRIPT_FAILED = "build-script-failed"
    TOOL_CRASH = "tool-crash"
    NOT_AN_INSTALL_FAILURE = "not-an-install-failure"
    UNKNOWN = "unknown"


class About(StrEnum):
    """What a remedy takes for granted; a closed set."""

    RELEASE = "release"
    """That another release, or a wheel of this one, is on the index."""
    OPEN = "open"
    """The same, and that a version was asked for, which could be left open."""
    CLOSED = "closed"
    """The same, and that no version was asked for."""
    PYTHON = "python"
    """That it goes with another Python."""
    INSTEAD = "instead"
    """That another project does what it does."""
    EXPLAIN = "explain"
    """That a conflict is not explained yet."""


class Remedy(msgspec.Struct, frozen=True):
    """What to do; `platform` is None where it is the same everywhere, and `tool` for all tools.

    `confirmed`: an index was asked whether it can be done. `about`: what else must be so.
    """

    text: str
    command: str | None = None
    platform: str | None = None
    confirmed: bool = False
    tool: str | None = None
    about: About | None = None


class Diagnosis(msgspec.Struct, frozen=True):
    """What a log says. `line` is 1-based in the original file and `text` that line unchanged.

    `also` are further layers that left traces; `requirements` what the user asked for, as far
    as a conflict names it; `rule` the id of the rule that spoke. `version` is that of the
    package, `python` the Python, as far as the log names them; `fetched` tells that the package
    is one that was asked of an index, not just a word that stands where names of packages do.
    `machine` is that of the platform, as triples name it; `empty`: nothing stands in the log.
    """

    outcome: LogOutcome
    layer: Layer
    also: tuple[Layer, ...] = ()
    line: int | None = None
    text: str = ""
    package: str | None = None
    tool: str | None = None
    platform: str | None = None
    why: str = ""
    remedies: tuple[Remedy, ...] = ()
    requirements: tuple[str, ...] = ()
    rule: str | None = None
    version: str | None = None
    python: str | None = None
    fetched: bool = False
    machine: str | None = None
    empty: bool = False
