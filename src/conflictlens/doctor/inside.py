"""What an interpreter says of itself, asked with ``PYTHON -I -c``."""

from __future__ import annotations

import msgspec

MARK = "conflictlens:"
"""Stands before the answer: a ``sitecustomize`` may print something too."""

# Runs on any Python from 3.4 on, and imports nothing but its standard library.
SCRIPT = """
import importlib.util, json, os, platform, site, sys, sysconfig
def found(name):
    return importlib.util.find_spec(name) is not None
def version(info):
    level = info.releaselevel
    tail = "" if level == "final" else level[0] + str(info.serial)
    return "%d.%d.%d%s" % (info.major, info.minor, info.micro, tail)
try:
    import ssl
    problem = ""
except ImportError as error:
    problem = str(error)
paths, variables = sysconfig.get_paths(), sysconfig.get_config_vars()
base = getattr(sys, "base_prefix", sys.prefix)
stdlib = sysconfig.get_path("stdlib")
full = platform.python_version()
print("conflictlens:" + json.dumps({
    "executable": sys.executable or "",
    "prefix": sys.prefix,
    "base_prefix": base,
    "markers": {
        "implementation_name": sys.implementation.name,
        "implementation_version": version(sys.implementation.version),
        "os_name": os.name,
        "platform_machine": platform.machine(),
        "platform_python_implementation": platform.python_implementation(),
        "platform_release": platform.release(),
        "platform_system": platform.system(),
        "platform_version": platform.version(),
        "python_full_version": full + "local" if full.endswith("+") else full,
        "python_version": ".".join(full.split(".")[:2]),
        "sys_platform": sys.platform,
    },
    "release_level": sys.version_info.releaselevel,
    "free_threaded": bool(variables.get("Py_GIL_DISABLED")),
    "soabi": variables.get("SOABI") or "",
    "path": [entry for entry in sys.path if entry],
    "purelib": paths["purelib"],
    "platlib": paths["platlib"],
    "scripts": paths["scripts"],
    "include": [paths["include"], paths.get("platinclude", paths["include"])],
    "user_site": site.getusersitepackages() or "",
    "ssl_problem": problem,
    "has_pip": found("pip"),
    "has_ensurepip": found("ensurepip"),
    "externally_managed": sys.prefix == base
        and os.path.isfile(os.path.join(stdlib, "EXTERNALLY-MANAGED")),
    "conda": os.path.isdir(os.path.join(sys.prefix, "conda-meta")),
    "conda_base": os.path.isdir(os.path.join(sys.prefix, "condabin")),
    "compiler": variables.get("CC") or "",
}))
"""


class Inside(msgspec.Struct, frozen=True):
    """An interpreter and the environment that it stands for.

    `markers` are those of PEP 508 but ``extra``; `path` is where it imports from, its user's
    folder apart; `compiler` the command that it was built with, and builds with.
    """

    executable: str
    prefix: str
    base_prefix: str
    markers: dict[str, str]
    release_level: str
    free_threaded: bool
    soabi: str
    path: tuple[str, ...]
    purelib: str
    platlib: str
    scripts: str
    include: tuple[str, ...]
    user_site: str
    ssl_problem: str
    has_pip: bool
    has_ensurepip: bool
    externally_managed: bool
    conda: bool
    conda_base: bool
    compiler: str

    @property
    def version(self) -> str:
        return self.markers["python_full_version"]

    @property
    def is_virtual(self) -> bool:
        """PEP 405: an environment of its own above another Python's standard library."""
        return self.prefix != self.base_prefix
