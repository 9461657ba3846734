"""Real Pythons for the doctor to look at: environments, and one that is nobody's environment."""

from __future__ import annotations

import ensurepip
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path

from conflictlens.doctor.inside import Inside
from conflictlens.doctor.interpreter import Answer, Candidate, Chosen, Interpreters
from conflictlens.doctor.programs import Programs

UV = str(Path(sys.executable).with_name("uv"))


def programs(**environ: str) -> Programs:
    """With no variables but PATH and those that are given."""
    return Programs({"PATH": os.environ["PATH"], **environ})


def environment(folder: Path) -> Path:
    """A real environment without pip, made by the running Python's own `venv`."""
    command = [sys.executable, "-m", "venv", "--without-pip", str(folder)]
    subprocess.run(command, check=True)
    return folder


def with_pip(folder: Path) -> Path:
    """A real environment with the pip that Python brings.

    uv installs it, in a hundredth of the time that `venv` takes, which compiles all of it.
    """
    environment(folder)
    # Debian keeps it apart.
    kept = sysconfig.get_config_var("WHEEL_PKG_DIR") or Path(ensurepip.__file__).parent / "_bundled"
    wheel = next(Path(kept).glob("pip-*.whl"))
    command = [UV, "pip", "install", "-q", "--offline", "--no-cache", "--no-deps"]
    subprocess.run([*command, "--python", python_in(folder), str(wheel)], check=True)
    return folder


def python_in(folder: Path) -> str:
    return str(folder / "bin" / "python")


def site_packages(folder: Path) -> Path:
    return folder / "lib" / f"python{_version()}" / "site-packages"


def own_python(folder: Path) -> str:
    """A Python as a system has one: a copy of the program beside links to its library.

    Its prefix is `folder`, so that what is put into its library is its own.
    """
    library = Path(sysconfig.get_path("stdlib", vars={"base": sys.base_prefix}))
    own = folder / "lib" / library.name
    (folder / "bin").mkdir(parents=True)
    (own / "site-packages").mkdir(parents=True)
    for entry in library.iterdir():
        if entry.name not in ("site-packages", "EXTERNALLY-MANAGED"):
            (own / entry.name).symlink_to(entry)
    for shared in library.parent.glob("libpython*"):
        (folder / "lib" / shared.name).symlink_to(shared)
    program = folder / "bin" / f"python{_version()}"
    base = Path(sys.base_prefix, "bin", program.name)
    shutil.copy2(base.resolve(), program)
    return str(program)


def asked(executable: str) -> Inside:
    """What an interpreter says of itself; it must work."""
    answer = Interpreters(programs()).ask(Candidate(executable, Chosen.ASKED))
    assert isinstance(answer, Answer), answer
    return answer.inside


def metadata(folder: Path, name: str, version: str, *requires: str) -> None:
    """What an installer leaves of a distribution that needs `requires`."""
    info = folder / f"{name}-{version}.dist-info"
    info.mkdir()
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    lines += [f"Requires-Dist: {text}" for text in requires]
    (info / "METADATA").write_text("\n".join([*lines, "", ""]), "utf-8")


def _version() -> str:
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def path_of(*folders: Path | str) -> Mapping[str, str]:
    return {"PATH": os.pathsep.join(map(str, folders))}
