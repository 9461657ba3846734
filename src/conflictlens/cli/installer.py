"""What a command line asks pip or uv to install, where that is plain.

The words are read by the options of this program, which are called as theirs are. A command with
an option that is not known here is not plain: what it asks for could be misread.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import msgspec

from conflictlens.cli.arguments import Parser, installer_options
from conflictlens.index.pip_config import read_pip_settings

_COMMANDS = ("install", "download", "wheel", "compile", "sync")
_PYTHON = re.compile(r"(?:python|pypy)[\d.]*(?:\.exe)?|py(?:\.exe)?")
_PIP = re.compile(r"pip[\d.]*(?:\.exe)?")
_UV = re.compile(r"uv(?:\.exe)?")
_VERSION = re.compile(r"\d+(?:\.\d+){0,2}")
# Options that say nothing of what is to be installed.
_FLAGS = (
    "-U", "--upgrade", "--user", "--no-cache-dir", "-q", "--quiet", "-qq", "-v", "--verbose", "-vv",
    "-vvv", "--no-input", "--disable-pip-version-check", "--prefer-binary", "--force-reinstall",
    "-I", "--ignore-installed", "--no-build-isolation", "--use-pep517", "--require-hashes",
    "--no-compile", "--compile", "--dry-run", "--no-color", "--break-system-packages", "--system",
    "--no-warn-script-location", "--no-warn-conflicts", "--root-user-action", "--no-progress",
    "--reinstall", "--strict", "-n", "--no-cache", "--no-config", "--isolated", "--no-clean",
    "--require-virtualenv", "--generate-hashes", "--no-header", "--no-annotate",
)  # fmt: skip
_VALUED = (
    "-t", "--target", "--prefix", "--root", "--src", "--log", "--proxy", "--retries", "--timeout",
    "--cert", "--client-cert", "--cache-dir", "--progress-bar", "--report", "-C",
    "--config-settings", "--upgrade-strategy", "--use-feature", "--use-deprecated",
    "--trusted-host", "--allow-insecure-host", "--exists-action", "-d", "--dest", "-w",
    "--wheel-dir", "-o", "--output-file", "--link-mode", "--keyring-provider", "--color",
    "--build-constraint", "--build-constraints", "--index-strategy",
)  # fmt: skip


class Installer(msgspec.Struct, frozen=True):
    """What is asked for, under the names of `explain`; `interpreter` is whom it is for."""

    arguments: argparse.Namespace
    interpreter: str | None


class _NotPlain(Exception):
    """Something in the command is not known here."""


class _Words(Parser):
    def error(self, message: str) -> NoReturn:
        raise _NotPlain(message)


def installer(command: Sequence[str]) -> Installer | None:
    """None where the command is none that installs, or not plain."""
    program, *words = command
    name = os.path.basename(program)
    if _PYTHON.fullmatch(name) and words[:2] == ["-m", "pip"]:
        return _of(words[2:], program)
    if _PIP.fullmatch(name):
        return _of(words, _beside(program))
    if _UV.fullmatch(name) and words[:1] == ["pip"]:
        return _of(words[1:], _of_environment(), is_uv=True)
    return None


def _of(words: Sequence[str], interpreter: str | None, is_uv: bool = False) -> Installer | None:
    if not words or words[0] not in _COMMANDS:
        return None
    rest = list(words[1:])
    if words[0] in ("compile", "sync"):
        rest = [word for file in rest for word in _as_file(file)]
    try:
        arguments = _parser(is_uv).parse_args(rest)
    except _NotPlain:
        return None
    arguments.requirements += arguments.editable
    if not is_uv:
        arguments.constraint = [*arguments.constraint, *read_pip_settings(os.environ).constraints]
    if not (arguments.requirements or arguments.requirement):
        return None
    python = arguments.python
    if python is not None and not _VERSION.fullmatch(python):
        arguments.python, interpreter = None, python
    return Installer(arguments, interpreter)


def _as_file(word: str) -> list[str]:
    """`uv pip compile` and `sync` take files."""
    return [word] if word.startswith("-") or not os.path.isfile(word) else ["-r", word]


def _parser(is_uv: bool) -> _Words:
    parser = _Words(prog="", add_help=False)
    installer_options(parser)
    python = ("-p", "--python", "--python-version") if is_uv else ("--python-version",)
    parser.add_argument(*python, dest="python")
    parser.add_argument("-e", "--editable", action="append", default=[])
    for flag in _FLAGS:
        parser.add_argument(flag, action="store_true", dest="_")
    for valued in _VALUED:
        parser.add_argument(valued, dest="_")
    return parser


def _beside(program: str) -> str | None:
    """The Python in the folder of a pip: that of its environment."""
    found = shutil.which(program)
    folder = Path(found).parent if found else Path()
    return next(
        (str(folder / one) for one in ("python", "python.exe") if (folder / one).exists()), None
    )


def _of_environment() -> str | None:
    """The Python of the environment that uv installs into."""
    folder = Path(os.environ.get("VIRTUAL_ENV") or ".venv")
    places = (folder / "bin" / "python", folder / "Scripts" / "python.exe")
    return next((str(one) for one in places if one.exists()), None)


def version_of(interpreter: str) -> str | None:
    """The version of a Python, by itself; neither a site nor a package of it is run."""
    told = "import sys; print('.'.join(map(str, sys.version_info[:3])))"
    try:
        done = subprocess.run(
            [interpreter, "-I", "-S", "-c", told], capture_output=True, text=True, timeout=10
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    version = done.stdout.strip()
    return version if _VERSION.fullmatch(version) else None
