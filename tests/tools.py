"""Programs of others that some tests need. Without them these tests are skipped.

Where CONFLICTLENS_TOOLS is set, as by ``.ci/run``, they must be there.
"""

from __future__ import annotations

import os
import shutil
from typing import NoReturn

import pytest

NODE_MODULES = "CONFLICTLENS_NODE_MODULES"
"""Names the folder in which npm has installed mermaid and jsdom."""
VIZ = "CONFLICTLENS_VIZ"
"""Names a folder in which pip has installed pygraphviz, for a Python as the one that runs."""


def program(name: str) -> str:
    return shutil.which(name) or _missing(name)


def node_modules() -> str:
    return os.environ.get(NODE_MODULES) or _missing(NODE_MODULES)


def viz() -> str:
    return os.environ.get(VIZ) or _missing(VIZ)


def _missing(what: str) -> NoReturn:
    if os.environ.get("CONFLICTLENS_TOOLS"):
        pytest.fail(f"{what} must be there")
    pytest.skip(f"{what} is not there")
