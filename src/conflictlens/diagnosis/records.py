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


class Remedy(msgspec.Struct, frozen=True):
    """What to do; `platform` is None where it is the same everywhere."""

    text: str
    command: str | None = None
    platform: str | None = None


class Diagnosis(msgspec.Struct, frozen=True):
    """What a log says. `line` is 1-based in the original file and `text` that line unchanged.

    `also` are further layers that left traces; `requirements` what the user asked for, as far
    as a conflict names it, and `python` the Python that it was for; `rule` the id of the rule
    that spoke.
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
    python: str | None = None
