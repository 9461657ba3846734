"""Which of several lines is the cause: runs, survived failures, hints; and what is rebuilt."""

from __future__ import annotations

import io

import pytest

from conflictlens.diagnosis.choosing import diagnose
from conflictlens.diagnosis.records import Diagnosis, Layer, LogOutcome


def said(log: str) -> Diagnosis:
    return diagnose(io.BytesIO(log.encode()))


SUCCESSES = {
    "pip": "Successfully installed six-1.16.0",
    "nothing to do": "Requirement already satisfied: six in ./venv/lib (1.16.0)",
    "uv": "Resolved 2 packages in 5ms\nInstalled 2 packages in 3ms\n + six==1.16.0",
    "a retry that worked": (
        "WARNING: Retrying (Retry(total=4, connect=None, read=None, redirect=None, status=None)) "
        "after connection broken by 'ReadTimeoutError': /simple/six/\n"
        "Successfully installed six-1.16.0"
    ),
    "a wheel that could not be built, installed the old way": (
        "  ERROR: Failed building wheel for demo\nFailed to build demo\n"
        "    Running setup.py install for demo: finished with status 'done'\n"
        "Successfully installed demo-1.0"
    ),
    "an earlier run that failed": (
        "ERROR: No matching distribution found for sx\nSuccessfully installed six-1.16.0"
    ),
}


@pytest.mark.parametrize("log", SUCCESSES.values(), ids=SUCCESSES)
def test_a_success_is_not_diagnosed(log: str) -> None:
    found = said(log)
    assert (found.outcome, found.layer, found.line) == (LogOutcome.SUCCESS, Layer.NONE, None)


def test_a_failure_after_a_success_counts() -> None:
    found = said("Successfully installed six-1.16.0\nERROR: No matching distribution found for sx")
    assert (found.layer, found.line) == (Layer.NO_MATCHING_DISTRIBUTION, 2)


NESTED = """Collecting demo
  error: subprocess-exited-with-error
  × pip subprocess to install build dependencies did not run successfully.
  ╰─> [9 lines of output]
      Collecting cffi
        Building wheel for cffi (pyproject.toml): finished with status 'error'
        ╰─> [3 lines of output]
            unable to execute 'gcc': No such file or directory
            error: command 'gcc' failed with exit status 1
            [end of output]
        ERROR: Failed building wheel for cffi
      [end of output]
ERROR: Failed to build 'demo' when installing build dependencies
"""


def test_the_first_fatal_line_of_the_innermost_frame_is_the_cause() -> None:
    found = said(NESTED)
    assert (found.layer, found.line, found.package) == (Layer.MISSING_COMPILER, 8, "cffi")


def test_further_layers_are_told_apart_from_the_cause() -> None:
    assert Layer.MISSING_COMPILER not in said(NESTED).also
    assert Layer.BUILD_SCRIPT_FAILED in said(NESTED).also


def test_remedies_are_for_the_platform_of_the_log() -> None:
    path = "C:\\\\Users\\\\me\\\\x.c"
    found = said(
        f"{path}(3): fatal error C1083: Cannot open include file: 'Python.h': No such file"
    )
    assert found.platform == "windows"
    assert {one.platform for one in found.remedies} == {None, "windows"}


def test_a_header_is_looked_up() -> None:
    found = said("  x.c:9:10: fatal error: portaudio.h: No such file or directory\n/usr/lib")
    commands = [one.command for one in found.remedies]
    assert "sudo apt-get install portaudio19-dev" in commands


REBUILT = {
    "pip, from a file": (
        "Collecting numpy==2.0.0 (from -r requirements.txt (line 1))\n"
        "Collecting tensorflow==2.15.0 (from -r requirements.txt (line 2))\n"
        "Collecting absl-py>=1.0.0 (from tensorflow==2.15.0->-r requirements.txt (line 2))\n"
        "ERROR: Cannot install -r requirements.txt (line 2) and numpy==2.0.0 because these package "
        "versions have conflicting dependencies.\n\nThe conflict is caused by:\n"
        "    The user requested numpy==2.0.0\n    tensorflow 2.15.0 depends on numpy<2.0.0\n",
        ("numpy==2.0.0", "tensorflow==2.15.0"),
    ),
    "pip 22, which does not say who asked": (
        "Collecting requests==2.25.0\nCollecting idna<3,>=2.5\n"
        "ERROR: Cannot install requests==2.25.0 and urllib3==2.0.0 because these package versions "
        "have conflicting dependencies.\nThe conflict is caused by:\n"
        "    The user requested (constraint) urllib3==2.0.0\n",
        ("requests==2.25.0", "urllib3==2.0.0"),
    ),
    "uv": (
        "  ╰─▶ Because boto3==1.34.0 depends on botocore>=1.34.0,<1.35.0 and\n"
        "      you require boto3==1.34.0, we can conclude that you require\n"
        "      botocore>=1.34.0,<1.35.0.\n"
        "      And because you require botocore==1.20.0, we can conclude that your\n"
        "      requirements are unsatisfiable.\n",
        ("boto3==1.34.0", "botocore==1.20.0"),
    ),
    "pip, which tried several versions": (
        "Collecting heron\nCollecting otter\n"
        "ERROR: Cannot install heron==1.0, otter==1.0 and otter==2.0 because these package "
        "versions have conflicting dependencies.\nThe conflict is caused by:\n"
        "    heron 1.0 depends on reed<2\n    otter 2.0 depends on reed>=2\n",
        ("heron==1.0", "otter"),
    ),
    "pip, which names a line": (
        "ERROR: Cannot install -r in.txt (line 15) and reed==2.0 because these package versions "
        "have conflicting dependencies.\nThe conflict is caused by:\n"
        "    The user requested reed==2.0\n    heron 1.0 depends on reed<2 and >=1\n",
        ("heron==1.0", "reed==2.0"),
    ),
    "pip, of a project in a directory": (
        "Collecting reed>=2 (from -r in.txt (line 1))\n"
        "Collecting pike (from pond==1.0->-r in.txt (line 2))\n"
        "ERROR: Cannot install -r in.txt (line 2) and reed>=2 because these package versions "
        "have conflicting dependencies.\nThe conflict is caused by:\n"
        "    The user requested reed>=2\n    pond 1.0 depends on reed<2\n",
        ("reed>=2", "reed<2"),
    ),
    "uv, of a project with a group": (
        "  × No solution found when resolving dependencies:\n"
        "  ╰─▶ Because otter depends on reed>=2 and heron depends on reed<2, we can conclude "
        "that heron and otter are incompatible.\n"
        "      And because pond:test depends on otter and your project depends on heron, we can "
        "conclude that your project and pond:test are incompatible.\n"
        "      And because your project requires your project and pond:test, we can conclude "
        "that your project's requirements are unsatisfiable.\n",
        ("heron", "otter"),
    ),
    "uv, of several at once, with a marker": (
        "  ╰─▶ Because heron depends on reed<2 and your project depends on heron and "
        "reed{python_full_version >= '3.10'}>=2, we can conclude that your project's requirements "
        "are unsatisfiable.\n",
        ("heron", "reed>=2 ; python_full_version >= '3.10'"),
    ),
    "uv, with a constraint": (
        "  cause: Because all versions of heron depend on reed<2 and reed==2.0, we can conclude "
        "that all versions of heron cannot be used.\n"
        "         And because you require heron, we can conclude that your requirements are "
        "unsatisfiable.\n",
        ("heron", "reed==2.0"),
    ),
    "Poetry, on two lines": (
        "Because heron (1.0) depends on reed (<2)\n and pond depends on reed (>=2), heron is "
        "forbidden.\nSo, because pond depends on heron (^1.0+local), version solving failed.\n",
        ("reed>=2", "heron>=1.0,<2"),
    ),
    "Poetry": (
        "Because boto3 (1.34.0) depends on botocore (>=1.34.0,<1.35.0)\n"
        " and no versions match, boto3 needs it.\n"
        "So, because demo depends on both boto3 (1.34.0) and botocore (^1.20), "
        "version solving failed.\n",
        ("boto3==1.34.0", "botocore>=1.20,<2"),
    ),
}


@pytest.mark.parametrize(("log", "requirements"), REBUILT.values(), ids=REBUILT)
def test_requirements_are_rebuilt(log: str, requirements: tuple[str, ...]) -> None:
    found = said(log)
    assert (found.layer, found.requirements) == (Layer.DEPENDENCY_CONFLICT, requirements)


PYTHONS = {
    "uv's project": ("for split (markers: python_full_version >= '3.10'):\n", "3.10"),
    "uv's requires-python": ("the requested Python version (>=3.9) does not satisfy\n", "3.9"),
    "uv's interpreter": ("Using CPython 3.12.1 interpreter at: /usr/bin/python3\n", "3.12"),
    "a wheel": ("  Downloading x-1-cp313-cp313-win_amd64.whl (1 kB)\n", "3.13"),
    "most paths": ("/lib/python3.8/x\n/lib/python3.11/a\n/lib/python3.11/b\n", "3.11"),
    "nothing": ("", None),
}


@pytest.mark.parametrize(("log", "python"), PYTHONS.values(), ids=PYTHONS)
def test_the_python_is_read(log: str, python: str | None) -> None:
    found = said(f"{log}ERROR: Cannot install a==1 and a==2 because these package versions have "
                 "conflicting dependencies.")  # fmt: skip
    assert found.python == python


def test_what_an_earlier_install_broke_stays_broken() -> None:
    found = said(
        "ERROR: pip's dependency resolver does not currently take into account all the packages "
        "that are installed.\nheron 1.0 requires reed<2, but you have reed 2.0 which is "
        "incompatible.\nSuccessfully installed reed-2.0\nSuccessfully installed pike-1.0\n"
        "Successfully installed otter-1.0"
    )
    assert (found.layer, found.line) == (Layer.POST_INSTALL_CONFLICT, 1)


IGNORED = (
    "ERROR: Ignored the following versions that require a different python version: 1.21.2 "
    "Requires-Python >=3.7,<3.11; 1.21.3 Requires-Python >=3.7,<3.11\n"
    "ERROR: Could not find a version that satisfies the requirement {} (from versions: 1.0)\n"
)


@pytest.mark.parametrize(
    ("requirement", "layer"),
    [
        ("heron==1.21.3", Layer.REQUIRES_PYTHON),
        ("heron<2", Layer.REQUIRES_PYTHON),
        ("otter==2023.2", Layer.NO_MATCHING_DISTRIBUTION),
    ],
)
def test_versions_passed_over_can_be_of_another_project(requirement: str, layer: Layer) -> None:
    found = said(IGNORED.format(requirement))
    assert found.layer is layer


DISCARDED = """Collecting demo
    ERROR: Command errored out with exit status 1:
    Complete output (1 lines):
    error in demo setup command: use_2to3 is invalid.
    ----------------------------------------
WARNING: Discarding https://index.example/demo-2.tar.gz. Command errored out with exit status 1
"""
OLDER = """    Complete output (3 lines):
    demo.c:1:10: fatal error: fizz.h: No such file or directory
    ----------------------------------------
ERROR: Command errored out with exit status 1: python setup.py install
"""
NONE_LEFT = "ERROR: No matching distribution found for demo\n"


def test_what_failed_in_a_discarded_version_was_survived_unless_no_other_was_left() -> None:
    assert (said(DISCARDED + OLDER).layer, said(DISCARDED + OLDER).line) == (
        Layer.MISSING_SYSTEM_LIB,
        8,
    )
    found = said(DISCARDED + NONE_LEFT)
    assert (found.layer, found.line) == (Layer.BUILD_BACKEND, 4)


def test_a_traceback_may_lack_its_first_lines() -> None:
    found = said(
        '  File "/tmp/pip-install-x/demo/setup.py", line 3, in <module>\n    import fizz\n'
        "ModuleNotFoundError: No module named 'fizz'\n"
    )
    assert (found.layer, found.line) == (Layer.BUILD_BACKEND, 3)


def test_what_cmake_says_below_its_error_is_read_with_it() -> None:
    found = said("CMake Error at CMakeLists.txt:2 (find_package):\n\n  Could NOT find Fizz\n")
    assert (found.layer, found.line) == (Layer.MISSING_SYSTEM_LIB, 3)


WRAPPED = """Locking Failed!
CRITICAL:pipenv.patched.pip._internal.resolution.resolvelib.factory:Could not
find a version that satisfies the requirement moonlight (from
versions: none)
[ResolutionFailure]:   File "/v/pipenv/resolver.py", line 451, in main
Your dependencies could not be resolved. You likely have a mismatch in your
sub-dependencies.
"""
OPTIONAL = """Installing collected packages: demo
    unable to execute 'gcc': No such file or directory
    WARNING: The C extension could not be compiled, speedups are not enabled.
    Plain-Python installation succeeded.
"""
FLAT = """Complete output from command python setup.py egg_info:
Traceback (most recent call last):
File "/tmp/pip-build-x/demo/setup.py", line 31, in
raise RuntimeError("Python version >= 3.5 required.")
RuntimeError: Python version >= 3.5 required.
"""
PROXIED = """Script started on 2026-11-27 01:42:26+00:00 [COMMAND="uv pip install demo"]
error: Failed to build `demo==3.6.1`
  cause: The build backend returned an error
  cause: Call to `setuptools.build_meta.build_wheel` failed (exit status: 1)

         [stderr]
     proj executable not found. Please set the PROJ_DIR variable.

hint: Build failures usually indicate a problem with the package
"""


@pytest.mark.parametrize(
    ("log", "layer", "line"),
    [
        (WRAPPED, Layer.NO_MATCHING_DISTRIBUTION, 3),
        (OPTIONAL, Layer.NONE, None),
        (FLAT, Layer.REQUIRES_PYTHON, 5),
        (PROXIED, Layer.MISSING_SYSTEM_LIB, 7),
        ("  × Failed to build `demo==2.8.1`\n", Layer.NO_WHEEL_SOURCE_BUILD, 1),
    ],
    ids=["wrapped by pipenv", "survived", "without indentation", "uv's causes", "without a word"],
)
def test_further_shapes(log: str, layer: Layer, line: int | None) -> None:
    found = diagnose(io.BytesIO(log.encode()))
    assert (found.layer, found.line) == (layer, line)
