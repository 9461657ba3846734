"""Installs that are made to fail on purpose, with real tools, and what they print.

A provocation is a command for the shell, the files and the index that it meets, and what its log
says: the layer, and a pattern of the line that is the cause. Nothing in its output is made up.
"""

from __future__ import annotations

import glob
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import msgspec

from conflictlens.diagnosis.records import Layer
from tests.served_index import Universe, Variant, served

UV = shutil.which("uv", path=str(Path(sys.executable).parent)) or "uv"


class Tools(msgspec.Struct, frozen=True):
    """The programs that a command's ``{pip}``, ``{uv}`` and so on stand for."""

    pip: str = f"{sys.executable} -m pip"
    python: str = sys.executable
    uv: str = UV
    poetry: str = "poetry"
    pipenv: str = "pipenv"
    pdm: str = "pdm"
    compile: str = "pip-compile"


class Provocation(msgspec.Struct, frozen=True, kw_only=True):
    """`line` matches the cause's line, and the first such line is it; it is empty for a success.

    `command` and `before`, whose output does not count, may say ``{index}`` (the URL of an index
    of `universe`), ``{origin}``, ``{closed}`` (a port that nobody listens at) and a tool's name.
    """

    id: str
    layer: Layer
    line: str
    command: str
    before: str = ""
    files: Mapping[str, str | bytes] = {}
    universe: Universe = {}
    variant: Variant = Variant()
    environment: Mapping[str, str] = {}
    needs: Sequence[str] = ()
    """Programs beside the tools, and files, without which it can't be provoked."""
    network: bool = False
    seconds: int = 60


def run(provocation: Provocation, tools: Tools, here: Path) -> bytes:
    """All that the command prints; it runs in `here`, which is empty before."""
    with ExitStack() as stack:
        server = stack.enter_context(served(provocation.universe, provocation.variant))
        words = {
            **{name: str(getattr(tools, name)) for name in Tools.__struct_fields__},
            "index": server.url,
            "origin": server.origin,
            "here": str(here),
            "closed": f"http://127.0.0.1:{_closed_port()}/simple",
        }
        environment = {
            name: _fill(text, words).decode() for name, text in provocation.environment.items()
        }
        for name, content in provocation.files.items():
            path = here / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else _fill(content, words))
        if provocation.before:
            _shell(provocation, _fill(provocation.before, words).decode(), here, environment)
        return _shell(provocation, _fill(provocation.command, words).decode(), here, environment)


def _fill(text: str, words: Mapping[str, str]) -> bytes:
    return re.sub(r"\{(\w+)\}", lambda found: words.get(found[1], found[0]), text).encode()


def _shell(
    provocation: Provocation, command: str, here: Path, environment: Mapping[str, str]
) -> bytes:
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=here,
        env={**_environment(here, network=provocation.network), **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=provocation.seconds,
        check=False,
    )
    return done.stdout


def _environment(here: Path, *, network: bool) -> dict[str, str]:
    """Nothing of the machine's own settings, except where the machine's index is asked."""
    own = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(here / "home"),
        "LC_ALL": "C.UTF-8",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_CACHE_DIR": str(here / "cache"),
        "UV_CACHE_DIR": str(here / "uv-cache"),
        "UV_PYTHON_DOWNLOADS": "never",
        "POETRY_CACHE_DIR": str(here / "poetry"),
    }
    if network:
        return {**os.environ, **own, "PATH": os.environ["PATH"]}
    return {**own, "PIP_CONFIG_FILE": os.devnull, "UV_NO_CONFIG": "1"}


def _closed_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def root_line(provocation: Provocation, log: bytes) -> int:
    """The 1-based number of the first line that `line` matches; 0 where none does."""
    if not provocation.line:
        return 0
    lines = log.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    sign = re.compile(provocation.line)
    return next((number for number, line in enumerate(lines, 1) if sign.search(line)), 0)


def missing(provocation: Provocation) -> str:
    """The first program or file that it needs and that is not here."""
    return next((one for one in provocation.needs if not _is_here(one)), "")


def _is_here(name: str) -> bool:
    return bool(glob.glob(name)) if name.startswith("/") else shutil.which(name) is not None
