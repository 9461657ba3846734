"""Builds that fail. The backend lies in the source tree, so that nothing has to be downloaded."""

from __future__ import annotations

import sysconfig
from collections.abc import Mapping, Sequence

from conflictlens.diagnosis.records import Layer
from tests.provoke.running import Provocation

PYPROJECT = """[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""
WHEEL = """import base64, hashlib, zipfile

def metadata():
    return "Metadata-Version: 2.1\\nName: demo\\nVersion: 1.0\\n"

def get_requires_for_build_wheel(config_settings=None):
    return []

def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    from pathlib import Path
    info = Path(metadata_directory) / "demo-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(metadata())
    (info / "WHEEL").write_text(WHEEL)
    return info.name

WHEEL = "Wheel-Version: 1.0\\nGenerator: backend\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"

def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    build()
    with zipfile.ZipFile(f"{wheel_directory}/demo-1.0-py3-none-any.whl", "w") as file:
        file.writestr("demo.py", "")
        file.writestr("demo-1.0.dist-info/METADATA", metadata())
        file.writestr("demo-1.0.dist-info/WHEEL", WHEEL)
        file.writestr("demo-1.0.dist-info/RECORD", "")
    return "demo-1.0-py3-none-any.whl"

"""
PIP = "{pip} install --target target "
UV = "{uv} pip install --python {python} --target target "
OFFLINE = {"PIP_NO_INDEX": "1", "UV_OFFLINE": "1"}
NO_PROGRAMS = {"PATH": "{here}/nothing"}


def tree(build: str, **more: str) -> Mapping[str, str]:
    """A project whose backend runs `build`."""
    body = "".join(f"    {line}\n" for line in build.splitlines())
    backend = f"{WHEEL}def build():\n{body}"
    return {"demo/pyproject.toml": PYPROJECT, "demo/backend.py": backend, **more}


def run(*words: str) -> str:
    return f"import subprocess\nsubprocess.run({list(words)!r}, check=True)"


def both(
    name: str,
    layer: Layer,
    line: str,
    files: Mapping[str, str],
    *,
    path: bool = True,
    programs: Sequence[str] = (),
) -> Sequence[Provocation]:
    """By pip and by uv; without `path` no program is found."""
    return [
        Provocation(
            id=f"{tool}-{name}",
            layer=layer,
            line=line,
            command=f"{command} ./demo",
            files=files,
            environment=OFFLINE if path else {**OFFLINE, **NO_PROGRAMS},
            needs=programs,
        )
        for tool, command in (("pip", PIP), ("uv", UV))
    ]


def compiled(source: str, *flags: str, name: str = "demo.c") -> Mapping[str, str]:
    """A project whose backend compiles and links `source`."""
    words = ("gcc", "-I" + sysconfig.get_path("include"), name, "-o", "demo.so", "-shared")
    return tree(run(*words, *flags), **{f"demo/{name}": source})


def raising(statement: str) -> Mapping[str, str]:
    return tree(statement)


def project(pyproject: str, **more: str) -> Mapping[str, str]:
    return {"demo/pyproject.toml": pyproject, **more}


MAIN = "int demo(void) { return 0; }\n"
INTERNAL = """#include <Python.h>
int demo(PyThreadState *tstate) { return tstate->no_such_member; }
"""
LOUD = """print("error: command 'gcc' failed with exit status 1, building without the extension")
print("warning: fatal error: nosuch.h: No such file or directory (optional)")"""
MEMORY = """import resource
resource.setrlimit(resource.RLIMIT_AS, (1 << 29, 1 << 29))
bytes(1 << 30)"""
KILLED = """import os, signal
os.kill(os.getpid(), signal.SIGKILL)"""
ALL = (
    *both("no-compiler", Layer.MISSING_COMPILER, "No such file or directory: 'gcc'",
          compiled(MAIN), path=False),
    *both("no-compiler-in-shell", Layer.MISSING_COMPILER, "(?:cc|gcc): .*not found",
          tree("import subprocess\nsubprocess.run('cc -c demo.c', shell=True, check=True)"),
          path=False, programs=("/bin/sh",)),
    *both("no-header", Layer.MISSING_SYSTEM_LIB, "fatal error: zz_nosuch.h",
          compiled("#include <zz_nosuch.h>\n"), programs=("gcc",)),
    *both("no-python-header", Layer.MISSING_PYTHON_H, "fatal error: Python.h",
          tree(run("gcc", "-c", "demo.c"), **{"demo/demo.c": "#include <Python.h>\n"}),
          programs=("gcc",)),
    *both("no-library", Layer.MISSING_SYSTEM_LIB, "cannot find -lzz_nosuch",
          compiled(MAIN, "-lzz_nosuch"), programs=("gcc",)),
    *both("no-cmake", Layer.MISSING_SYSTEM_LIB, "No such file or directory: 'cmake'",
          tree(run("cmake", "--version")), path=False),
    *both("no-config-program", Layer.MISSING_SYSTEM_LIB, "No such file or directory: 'pg_config'",
          tree(run("pg_config", "--version")), path=False),
    *both("no-cargo", Layer.MISSING_RUST, "No such file or directory: 'cargo'",
          tree(run("cargo", "build")), path=False),
    *both("syntax-of-c", Layer.SOURCE_INCOMPATIBLE, "demo.c:1:.* error: ",
          compiled("int demo(void) { return nowhere; }\n"), programs=("gcc",)),
    *both("internals-of-python", Layer.SOURCE_INCOMPATIBLE, "no_such_member|Python.h",
          compiled(INTERNAL), programs=("gcc",)),
    *both("python-2", Layer.REQUIRES_PYTHON, "SyntaxError: Missing parentheses",
          tree("exec(compile('print \"building\"', 'setup.py', 'exec'))")),
    *both("script-raises", Layer.BUILD_SCRIPT_FAILED, "RuntimeError: not on a Tuesday",
          raising("raise RuntimeError('not on a Tuesday')")),
    *both("syntax-of-python", Layer.SOURCE_INCOMPATIBLE, "SyntaxError: ",
          tree("exec(compile('async = 1', 'setup.py', 'exec'))")),
    *both("script-exits", Layer.BUILD_SCRIPT_FAILED, "demo wants a newer moon",
          raising("raise SystemExit('demo wants a newer moon')")),
    *both("imports-missing", Layer.BUILD_BACKEND, "No module named 'zz_nosuch'",
          raising("import zz_nosuch")),
    *both("imports-gone", Layer.BUILD_BACKEND, "cannot import name 'Feature'",
          raising("from json import Feature")),
    *both("no-memory", Layer.OUT_OF_MEMORY, "MemoryError", raising(MEMORY)),
    *both("killed", Layer.OUT_OF_MEMORY, "exit code: -9|signal: 9", raising(KILLED)),
    *both("no-backend", Layer.BUILD_BACKEND, "ModuleNotFoundError: No module named 'zz_nosuch'",
          project('[build-system]\nrequires = []\nbuild-backend = "zz_nosuch"\n')),
    *both("not-toml", Layer.BUILD_BACKEND, "TOMLDecodeError|TOML parse error",
          project("[build-system\n")),
    *both("no-requires", Layer.BUILD_BACKEND, "missing-pyproject|does not match the req",
          project("[build-system]\nbuild-backend = 'backend'\n")),
    *both("optional-part-fails", Layer.NONE, "", tree(LOUD)),
    Provocation(id="uv-no-build", layer=Layer.NO_WHEEL_SOURCE_BUILD, line="is disabled",
                command=f"{UV} --no-build ./demo", files=tree("pass"), environment=OFFLINE),
)  # fmt: skip
