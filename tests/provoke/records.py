"""What a provocation is, and how one is run: by the real tool, in a folder of its own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from conflictlens.diagnosis.records import Layer

SECONDS = 60


@dataclass(frozen=True)
class Provocation:
    """A failure and what its log has to be understood as.

    `files` are written into the folder where `command` runs; `{uv}`, `{python}` and `{here}`
    in it are filled in. Without `path` no program is found. `line` is a regular
    expression that the cause's line matches, empty for a success. `programs` have to be
    installed, `network` says that the index is asked.
    """

    name: str
    layer: Layer
    line: str
    command: tuple[str, ...]
    files: Mapping[str, str] = field(default_factory=dict)
    path: bool = True
    programs: tuple[str, ...] = ()
    network: bool = False

    def missing(self) -> list[str]:
        """The programs that it needs and that are not here."""
        return [one for one in self.programs if shutil.which(one) is None]


def provoke(one: Provocation, folder: Path) -> bytes:
    """The log of what `one` does in `folder`, an empty one."""
    for name, text in one.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    done = subprocess.run(
        [_filled(word, folder) for word in one.command],
        cwd=folder,
        env=_environment(one, folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=SECONDS if not one.network else 10 * SECONDS,
        check=False,
    )
    return done.stdout


def _filled(word: str, folder: Path) -> str:
    return re.sub(r"\{(python|here|uv)\}", lambda found: _place(found[1], folder), word)


def _place(name: str, folder: Path) -> str:
    match name:
        case "here":
            return str(folder)
        case "uv":
            return str(Path(sys.executable).with_name("uv"))
        case _:
            return sys.executable


def _environment(one: Provocation, folder: Path) -> dict[str, str]:
    """No settings and no cache of the user have a say."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "HOME") if name in os.environ}
    path = kept.get("PATH", "") if one.path else str(folder / "nothing")
    asked = {} if one.network else {"PIP_NO_INDEX": "1", "UV_OFFLINE": "1"}
    caches = {"PIP_CACHE_DIR": str(folder / "cache"), "UV_CACHE_DIR": str(folder / "cache")}
    settings = {"PIP_CONFIG_FILE": os.devnull, "UV_NO_CONFIG": "1"} if not one.network else {}
    quiet = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_COLOR": "1", "NO_COLOR": "1"}
    return {**kept, "PATH": path, **asked, **caches, **settings, **quiet}
