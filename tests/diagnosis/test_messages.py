"""What a build says in plain words: whose is what is missing."""

from __future__ import annotations

import io

import pytest

from conflictlens.diagnosis.choosing import diagnose
from conflictlens.diagnosis.records import Diagnosis, Layer
from conflictlens.diagnosis.rules import compiled, table

SAID: dict[Layer, tuple[str, ...]] = {
    Layer.MISSING_SYSTEM_LIB: (
        "Could not find the protoc command. Make sure that it is installed and on your PATH.",
        "fizz-config not found, please install the development package of fizz",
        "No compatible fizz-server was found. Please install the development packages",
        "Please install libpq-dev (Debian) or postgresql-devel (Red Hat)",
        "Failed to find 'ffmpeg'. Is it on your PATH?",
        "Cannot find 'fizz.pc'",
        "The fizz library is needed but was not found on your system",
        "Unable to find the OpenSSL includes",
        "You don't have the fizz development package installed",
        "no usable version of fizz headers found",
        "specify the path to fizz with --fizz-dir or FIZZ_DIR",
        "Failed to locate the fizz SDK. Set FIZZ_SDK_PATH",
        "In order to build this you need SWIG 3 or later",
        "Unable to find pigpio. Please install it first",
        "libmagic must be installed",
        "Could not find GEOS config; set GEOS_CONFIG or install geos",
        "Please set the TA_INCLUDE_PATH environment variable",
        "must set LLVM_CONFIG",
        "GSL not found; set LIB_GSL to where it is",
        "pkg-config is not installed",
        'Unable to run "sdl-config". Please make sure a development version of SDL is installed.',
        "The following required packages can not be built: freetype, png",
        "CUDA_HOME environment variable is not set. Please set it to your CUDA install root.",
        "Cannot find CUDA_HOME. CUDA must be available to build the package.",
        "JAVA_HOME is not set and Java could not be found",
        "OpenCL headers not found",
        "Cannot compile MPI programs. Check your configuration!!!",
        "MPI compiler wrapper 'mpicc' not found in PATH",
        "Cannot find the OpenSSL headers, install libssl-dev",
        "The R executable could not be found",
        "The environment variable R_HOME is not set",
        "SWIG is required to build this extension",
        "cmake is required to build this package",
        "CMake must be installed to build the following extensions: demo",
        "Oops, you don't seem to have flex installed",
        "zbar library not found, install libzbar-dev",
        "HDF5 library not found. set HDF5_DIR",
        "You must have a working pg_config program",
        "Missing required dependency: libusb-1.0",
        "lzo2 headers required",
        "Please specify the BOOST_ROOT directory",
        "libsndfile not installed",
        "The nvcc compiler could not be found",
        "Qt5 qmake not found in PATH",
        "Is libffi-dev installed?",
        "Do you have portaudio installed?",
        "Make sure that you have libyaml installed",
        "Couldn't find the Kerberos headers: krb5-config missing",
        "Could not locate Sybase installation. Please set SYBASE",
        "cannot locate an Oracle software installation",
        "This package requires the GMP library; install libgmp-dev",
        "Run: sudo apt-get install libfoo-dev",
        "fftw3 not found",
        'Could not find "cmake" executable!',
        "protoc is not installed nor found",
        "Please install bazel",
        "ImageMagick not found",
        "npm is required to build the frontend",
        "Node.js is not available",
        "TBB not found. set TBBROOT",
        "Problem with the CMake installation, aborting build. CMake executable is cmake",
        "CMake 3.12 or newer is required",
        "you need to have libpcap and its headers",
        "Failed to find librdkafka, install it with your package manager",
        "Could not determine the location of xmlsec1. Set XMLSEC_PREFIX",
        "Unable to locate nvcc",
        "Couldn't find index page for the fizz library headers in /usr/include",
        "error while running fizz-config: not found",
        "libxml2 version >= 2.9 required",
        "No suitable BLAS library detected",
        "the dependency libsodium is missing",
        "'fizz.h' is missing; is the fizz SDK installed?",
        "You must set the environment variable FIZZ_INCLUDE",
        "Error: could not run 'pkg-config --cflags fizz'",
        "FIZZ_DIR must point to the fizz installation",
        "Fizz is not installed on this system",
        "Could not find fizz, have you installed it?",
        "OpenMP is required but the compiler cannot link libomp",
        "no 'FIZZ_ROOT' environment variable",
        "The 'apxs' command appears not to be installed or is not executable",
        "Eigen3 not found, please install it with: brew install eigen",
        "tkinter header tk.h missing",
        "Dynamic linking with system libsecp256k1 requested but pkg-config is missing",
        "ERROR: You need libusb-1.0 and pkg-config",
        "failed to execute 'yarn': is yarn installed?",
        "ld: library 'ssl' not found",
        "specify a working qmake or add it to PATH",
        "Please install the JDK and set JAVA_HOME",
    ),
    Layer.MISSING_COMPILER: (
        "gcc is required but was not found",
        "No C++ compiler found",
        "a Fortran compiler is required to build this package",
        "Please install Xcode command line tools",
        "You need a C compiler to build this",
        "Unsupported compiler -- at least C++11 support is needed!",
        "GCC 9 or higher is required",
        "could not find a working C compiler; install gcc",
    ),
    Layer.MISSING_MSVC: (
        "Visual Studio 2019 or newer is required",
        "Could not find MSVC; please install the Build Tools",
        "Windows SDK not found",
    ),
    Layer.MISSING_RUST: (
        "No Rust toolchain found; please install it from rustup.rs",
        "cargo is not installed",
        "Cargo metadata failed. Do you have cargo in your PATH?",
    ),
    Layer.MISSING_PYTHON_H: (
        "Python development headers are missing, please install python3-dev",
        "Could not find libpython",
    ),
    Layer.BUILD_BACKEND: (
        "Cannot find numpy, please install numpy first",
        "Please install cython",
        "Cython is required to build this package",
        "the python module fizz is required to build; pip install fizz",
        "You must pip install pybind11",
        "setuptools_scm is required",
    ),
    Layer.NETWORK: (
        "Failed to download libfoo from https://files.example/libfoo.tar.gz",
        "could not fetch the prebuilt library: HTTP Error 404: Not Found",
    ),
    Layer.BUILD_SCRIPT_FAILED: (
        "demo require 64-bit operating system",
        "Must be in package root!",
        "cmake configuration failed!",
        "Failed to build fizz library",
        "Could not build the fizz library; see the log",
        "error: can't create or remove files in install directory",
        "Command '['./configure']' returned non-zero exit status 77.",
        "[Errno 2] No such file or directory: 'VERSION'",
        "[Errno 2] No such file or directory: '/tmp/pip-install-x/demo/requirements/base.txt'",
        "[Errno 2] No such file or directory: 'lib/core/data.bin'",
        "library name must be a string",
        "the path to the library has spaces in it",
        "invalid path: None",
        "Unsupported architecture for this binary: armv6l",
        "prebuilt binary not available for linux-armv7",
        "No prebuilt binaries are available for this platform",
        "dependency resolution failed",
        "64bit windows is required",
        "Build requires macOS 11 or newer",
        "Could not find version string in demo/__init__.py",
        "README.md is missing",
        "This package requires Windows",
        "The package foo is deprecated; please install bar instead.",
        "Unsupported platform: linux-armv7l",
        "Unable to find package data",
        "expected 3 values",
        "submodule third_party/fizz is missing, run git submodule update --init",
        "Can't find the source file demo/core.cpp",
        "make failed with exit code 2",
        "demo requires a 64 bit system only supports x86_64",
        "License file LICENSE not found",
        "CMake build failed",
        "Running cmake failed",
        "No git tag found",
        "assertion failed: sizeof(long) == 8",
        "error building extension",
        "This is a placeholder package, please install fizz-core instead",
    ),
    Layer.REQUIRES_PYTHON: (
        "Python >= 3.8 is required",
        "This package is for Python 2 only",
    ),
}


def read(message: str) -> Layer:
    """The layer of the rule that explains the message of an exception."""
    text = f"      RuntimeError: {message}"
    rules = {rule.id: rule for rule in table().rules}
    known = [rules[one] for one in ("no-rust", "no-msvc", "no-compiler", "no-working-compiler")]
    refining = table().refining(rules["build-exception"])
    tried = [*known, rules["words-of-python"], rules["needs-module-first"], *refining]
    found = (rule.layer for rule in tried if compiled(rule.pattern).search(text))
    return next(found, Layer.BUILD_SCRIPT_FAILED)


@pytest.mark.parametrize(
    ("message", "layer"), [(one, layer) for layer, ones in SAID.items() for one in ones]
)
def test_a_message_in_plain_words(message: str, layer: Layer) -> None:
    assert read(message) is layer


def said(log: str) -> Diagnosis:
    return diagnose(io.BytesIO(log.encode()))


RAISED = """      Traceback (most recent call last):
        File "/tmp/pip-install-x/demo/setup.py", line 34, in <module>
      {}
      [end of output]
"""
BARE = """demo.WantsSomething:

      The headers of fizz could not be found,
      which demo needs.
"""


def test_the_message_of_a_bare_exception_is_the_line() -> None:
    found = said(RAISED.format(BARE.replace("Something", "Exception")))
    assert (found.layer, found.line) == (Layer.MISSING_SYSTEM_LIB, 5)


def test_an_exception_without_a_message_is_its_own_line() -> None:
    found = said(RAISED.format("AssertionError:"))
    assert (found.layer, found.line) == (Layer.BUILD_SCRIPT_FAILED, 3)


CLOSING = """  ╰─> [9 lines of output]
      running egg_info
      writing demo.egg-info/PKG-INFO
      You need the fizz development headers to build this.

      See https://demo.example/install
      [end of output]
"""


def test_of_what_a_build_said_last_the_line_that_tells_counts() -> None:
    found = said(CLOSING)
    assert (found.layer, found.line) == (Layer.MISSING_SYSTEM_LIB, 4)


def test_what_a_build_printed_at_work_is_not_its_last_words() -> None:
    busy = "      writing demo.egg-info/PKG-INFO\n"
    told = "      You need the fizz development headers to build this.\n"
    found = said(CLOSING.replace(busy, "").replace(told, told + busy))
    assert (found.layer, found.line) == (Layer.BUILD_SCRIPT_FAILED, 6)


EXCERPT = """          raise RuntimeError(WANTED)
        File "/venv/lib/python3.11/site-packages/fizz/building.py", line 3, in check
          raise RuntimeError(WANTED)
      RuntimeError: fizz is not for the moon
      [end of output]
  note: This error originates from a subprocess, and is likely not a problem with pip.
  ERROR: Failed building wheel for demo
"""


def test_an_excerpt_may_begin_inside_of_a_build() -> None:
    found = said(EXCERPT)
    assert (found.layer, found.line, found.also) == (Layer.BUILD_SCRIPT_FAILED, 4, ())


def test_a_traceback_may_stand_further_left_than_its_lines() -> None:
    found = said(RAISED.format("KeyError: 'moon'").replace("      Traceback", "Traceback", 1))
    assert (found.layer, found.line) == (Layer.BUILD_SCRIPT_FAILED, 3)


def test_who_calls_the_standard_library_is_to_blame() -> None:
    called = """      Traceback (most recent call last):
        File "/tmp/pip-install-x/demo/setup.py", line 6, in <module>
        File "/usr/lib/python3/dist-packages/setuptools/command/build_py.py", line 15, in run
        File "/usr/lib/python3.8/lib2to3/pgen2/token.py", line 74, in <module>
      RuntimeError: dictionary changed size during iteration
"""
    assert said(called).layer is Layer.BUILD_BACKEND


def test_the_deepest_cause_that_maturin_names_is_the_line() -> None:
    found = said("💥 maturin failed\n  Caused by: no plan\n  Caused by: no moon\n")
    assert (found.layer, found.line) == (Layer.BUILD_SCRIPT_FAILED, 3)


def test_the_message_of_a_panic_stands_below_it() -> None:
    log = """  ╰─> [9 lines of output]
      error: failed to run custom build command for `fizz-sys v0.1.0`
      thread 'main' panicked at build.rs:7:5:
      libfizz was not found
"""
    assert (said(log).layer, said(log).line) == (Layer.MISSING_SYSTEM_LIB, 4)
