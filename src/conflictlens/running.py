"""The interpreter that runs: its markers (PEP 508), and what its tags follow from."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping


def markers() -> dict[str, str]:
    """The markers of PEP 508 for this process, as `packaging.markers` has them too.

    That module takes longer to load than all of this does.
    """
    import platform as host

    full_version = host.python_version()
    values = {
        "implementation_name": sys.implementation.name,
        "implementation_version": _implementation_version(),
        "os_name": os.name,
        "platform_machine": host.machine(),
        "platform_python_implementation": host.python_implementation(),
        "platform_release": host.release(),
        "platform_system": host.system(),
        "platform_version": host.version(),
        "python_full_version": full_version,
        "python_version": ".".join(full_version.split(".")[:2]),
        "sys_platform": sys.platform,
    }
    if values["python_full_version"].endswith("+"):
        # A build from between two tags calls itself "3.13.0+", which PEP 440 does not allow.
        values["python_full_version"] += "local"
    return values


def _implementation_version() -> str:
    version = sys.implementation.version
    level = "" if version.releaselevel == "final" else version.releaselevel[0] + str(version.serial)
    return f"{version.major}.{version.minor}.{version.micro}{level}"


def system() -> str:
    """The operating system, by the name that ``--platform`` has for it."""
    return {"darwin": "macos", "win32": "windows"}.get(sys.platform, sys.platform)


def machine() -> str:
    """What the tags of the running interpreter follow from, its markers apart.

    packaging looks at how the interpreter was built and which C library it runs on; PEP 600 lets
    a module `_manylinux` have its say.
    """
    import platform as host
    from importlib.machinery import PathFinder

    libc = os.confstr("CS_GNU_LIBC_VERSION") if "CS_GNU_LIBC_VERSION" in _CONFSTR else ""
    veto = PathFinder.find_spec("_manylinux")
    return "\n".join((
        *(sys.executable, sys.version, str(sys.maxsize), libc or ""),
        *(host.machine(), host.release(), host.version()),
        os.environ.get("_PYTHON_HOST_PLATFORM", ""),
        "" if veto is None else str(veto.origin),
    ))  # fmt: skip


_CONFSTR: Mapping[str, int] = getattr(os, "confstr_names", {})
