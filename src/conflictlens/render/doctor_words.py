"""What each state of a check means, and the one thing to do about it: data.

`{names}` are facts of the check, or of the examination: `{py}` starts the examined Python,
`{install}` are the arguments for pip. `advice` is a list of remedies that `diagnose` gives too.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from conflictlens.doctor.records import CheckId, State

NAMES: Mapping[CheckId, str] = {
    CheckId.INTERPRETER: "Python",
    CheckId.PIP: "pip",
    CheckId.PIP_ON_PATH: "pip on PATH",
    CheckId.ENVIRONMENT: "environment",
    CheckId.TARGET: "writable",
    CheckId.INSTALLED: "installed",
    CheckId.TEMP: "temporary files",
    CheckId.DISK: "disk",
    CheckId.MEMORY: "memory",
    CheckId.LONG_PATHS: "long paths",
    CheckId.CERTIFICATES: "certificates",
    CheckId.PROXY: "proxy",
    CheckId.INDEX: "index",
    CheckId.CLOCK: "clock",
    CheckId.REQUIRES_PYTHON: "requires-python",
    CheckId.REQUIREMENTS: "requirements",
    CheckId.BUILDS: "builds",
    CheckId.COMPILER: "C compiler",
    CheckId.HEADERS: "Python headers",
    CheckId.RUST: "Rust",
    CheckId.GIT: "git",
}

GROUPS: tuple[tuple[CheckId, ...], ...] = (
    (CheckId.INTERPRETER, CheckId.PIP, CheckId.PIP_ON_PATH),
    (CheckId.ENVIRONMENT, CheckId.TARGET, CheckId.INSTALLED),
    (CheckId.TEMP, CheckId.DISK, CheckId.MEMORY, CheckId.LONG_PATHS),
    (CheckId.CERTIFICATES, CheckId.PROXY, CheckId.INDEX, CheckId.CLOCK),
    (CheckId.REQUIRES_PYTHON, CheckId.REQUIREMENTS, CheckId.BUILDS),
    (CheckId.COMPILER, CheckId.HEADERS, CheckId.RUST, CheckId.GIT),
)
"""What stands together; between them is an empty line."""


class Words(msgspec.Struct, frozen=True):
    """`fix` and `command` are empty where there is nothing to do, or where `advice` says it.

    Of that, the first remedy is told that suits the machine; with `here`, that is for it alone.
    """

    text: str
    fix: str = ""
    command: str = ""
    advice: str = ""
    here: bool = False


_OTHER_PYTHON = ("use a newer Python, in an environment of its own", "uv venv --python 3.13")
_REINSTALL = ("let pip choose versions that fit together", "{py} -m pip install {requirements}")
_BY_PYTHON = ("run pip by way of the Python that you mean", "{py} -m pip {install}")
_EXPLAIN = ("see why, and what to change", "conflictlens explain {explain}")
_CLOCK = "set the clock, or let the system keep it by NTP"
_CURL = ("see whether it can be reached at all", "curl -sSI {url}")

WORDS: Mapping[State, Words] = {
    State.PYTHON_SUPPORTED: Words("{implementation} {version}, supported until {ends}"),
    State.PYTHON_NEWER: Words("{implementation} {version}"),
    State.PYTHON_PRERELEASE: Words(
        "{implementation} {version} is not released yet: few packages have wheels for it",
        "use a released Python, in an environment of its own",
        "uv venv --python 3.13",
    ),
    State.PYTHON_ENDED: Words(
        "{implementation} {version} is no longer supported{since}: new versions of packages "
        "leave it out",
        *_OTHER_PYTHON,
    ),
    State.PYTHON_NOT_FOUND: Words(
        "there is no Python {version} here", "install it", "uv python install {version}"
    ),
    State.PYTHON_BROKEN: Words(
        "{python} does not run: {reason}", "install Python anew, or name another with --python"
    ),
    State.ENVIRONMENT_BROKEN: Words(
        "the Python of the environment {environment} does not run: {reason}",
        "create the environment anew",
        "python3 -m venv --clear {environment}",
    ),
    State.PYTHON_SILENT: Words(
        "{python} did not answer within {limit}",
        "see what holds it up",
        "{python} -I -v -c pass",
    ),
    State.PIP_RUNS: Words("pip {version}"),
    State.PIP_OLD: Words(
        "pip {version} is older than 20.3: it ignores conflicts, and does not know the wheels of "
        "today's Linux",
        "upgrade pip",
        "{py} -m pip install --upgrade pip",
    ),
    State.PIP_LEFT_TO_UV: Words(
        "this Python has no pip; uv can install without",
        "install with uv, or add pip",
        "uv pip {install}",
    ),
    State.PIP_MISSING: Words(
        "this Python has no pip",
        "install the one that comes with Python",
        "{py} -m ensurepip --upgrade",
    ),
    State.PIP_UNAVAILABLE: Words("this Python has no pip, nor ensurepip", advice="pip"),
    State.PIP_BROKEN: Words(
        "pip is there but does not start: {reason}",
        "create the environment anew, or install a pip that fits this Python with get-pip.py",
    ),
    State.PIP_SILENT: Words(
        "pip did not start within {limit}", "see what holds it up", "{py} -v -m pip --version"
    ),
    State.PATH_SAME: Words("`pip` is {pip}, of this Python"),
    State.PATH_DIFFERS: Words(
        "`pip` and `python` are different Pythons: {pip} installs into Python {pip_version} of "
        "{pip_prefix}, `python` is {python_version} of {python_prefix}",
        *_BY_PYTHON,
    ),
    State.PATH_OTHER: Words(
        "`pip` is {pip}: it installs into Python {pip_version} of {pip_prefix}, not into this one",
        *_BY_PYTHON,
    ),
    State.PATH_ELSEWHERE: Words(
        "`pip` is {pip}: it installs into Python {pip_version} of {pip_prefix}, not into this one, "
        "which has none",
        "give this Python a pip first, see above",
    ),
    State.PATH_NONE: Words("there is no `pip` on PATH", *_BY_PYTHON),
    State.PATH_BROKEN: Words(
        "`pip` is {pip}, whose Python does not run: {interpreter}", *_BY_PYTHON
    ),
    State.PATH_UNCLEAR: Words(
        "`pip` is {pip}, a program that does not say whose it is",
        "see which Python it installs into",
        "pip --version",
    ),
    State.PATH_UNNEEDED: Words("there is no `pip` on PATH"),
    State.VIRTUAL: Words("a virtual environment, {prefix}"),
    State.CONDA: Words("a conda environment, {prefix}"),
    State.CONDA_BASE: Words(
        "conda's own environment, which pip can break",
        "use an environment of your own",
        "conda create -n NAME python pip",
    ),
    State.CONTAINER: Words("the Python of this container, {prefix}"),
    State.SYSTEM: Words(
        "no virtual environment: what is installed is there for all that runs on this Python",
        advice="own-environment",
    ),
    State.EXTERNALLY_MANAGED: Words(
        "this Python belongs to the system, which forbids to install into it (PEP 668)",
        advice="own-environment",
    ),
    State.VIRTUAL_REQUIRED: Words(
        "no virtual environment, which pip is configured to require", advice="own-environment"
    ),
    State.TARGET_WRITABLE: Words("{path} takes files"),
    State.TARGET_OF_USER: Words(
        "{path} takes none ({reason}); pip will install for this user alone, into {user}",
        advice="own-environment",
    ),
    State.TARGET_DENIED: Words("{path} takes no files: {reason}", advice="own-environment"),
    State.INSTALLED_CONSISTENT: Words("{count} packages, which have what they need"),
    State.INSTALLED_DAMAGED: Words(
        "remains of broken installs, or metadata that can't be read: {damaged}",
        "remove the remains in the environment's folder, and install anew what is damaged",
    ),
    State.INSTALLED_BROKEN: Words("{unmet}", *_REINSTALL),
    State.INSTALLED_OF_SYSTEM: Words(
        "{unmet}",
        "leave that to the system's package manager, and use an environment of your own",
    ),
    State.INSTALLED_UNREADABLE: Words(
        "{path} can't be looked into: {reason}", "look as a user who may read it"
    ),
    State.TEMP_USABLE: Words("{path} takes files"),
    State.TEMP_DENIED: Words(
        "{path} takes no files: {reason}",
        "put temporary files elsewhere",
        "export TMPDIR=/path/with/space",
    ),
    State.DISK_ENOUGH: Words("{free} free at least"),
    State.DISK_LOW: Words(
        "{free} free for {what} ({path}): too little for large packages", advice="empty-cache"
    ),
    State.DISK_FULL: Words("{free} free for {what} ({path})", advice="empty-cache"),
    State.DISK_FILES: Words(
        "room for {files} more files for {what} ({path}), however large the disk is",
        "remove files there: caches hold many",
    ),
    State.DISK_UNKNOWN: Words("what is free can't be found out: {reason}"),
    State.MEMORY_ENOUGH: Words("{free} free{limited}"),
    State.MEMORY_LOW: Words(
        "{free} free{limited}: too little for large packages and for compiling", advice="memory"
    ),
    State.MEMORY_OUT: Words("{free} free{limited}: pip itself needs more", advice="memory"),
    State.MEMORY_UNKNOWN: Words("this system does not say what is free"),
    State.LONG_PATHS_ON: Words("switched on"),
    State.LONG_PATHS_OFF: Words(
        "paths end at 260 characters, which some packages exceed", advice="long-path"
    ),
    State.CERTIFICATES_LOADED: Words("{count} authorities are trusted{named}"),
    State.CERTIFICATES_FOLDER: Words("those of a folder are trusted{named}"),
    State.CERTIFICATES_UNUSABLE: Words(
        "they can't be loaded{named}: {reason}",
        "name a bundle that is there, or take that setting away",
    ),
    State.CERTIFICATES_NONE: Words(
        "there is not one authority to trust{named}", advice="certificates", here=True
    ),
    State.CERTIFICATES_EXPIRED: Words(
        "all {count} authorities that are trusted have expired{named}",
        advice="certificates",
        here=True,
    ),
    State.SSL_MISSING: Words(
        "this Python has no ssl module, so no https: {reason}", advice="ssl-module"
    ),
    State.PROXY_NONE: Words("none on the way to the index"),
    State.PROXY_ANSWERS: Words("{proxy} takes connections"),
    State.PROXY_SILENT: Words(
        "{proxy} takes no connections: {reason}",
        "correct it, or unset it where there is none",
        "env | grep -i proxy; {py} -m pip config list",
    ),
    State.PROXY_MALFORMED: Words(
        "what is named as proxy is none: {reason}",
        "correct it: http://HOST:PORT",
        "env | grep -i proxy; {py} -m pip config list",
    ),
    State.INDEX_ANSWERS: Words("{url} answers in {latency}"),
    State.INDEX_FOLDER: Words("{url} is there"),
    State.INDEX_SLOW: Words("{url} takes {latency} to answer", *_CURL),
    State.INDEX_WITHOUT_PROJECT: Words(
        "{url} answers, but has no project {project}: is that an index? Most end in /simple",
        "check the index URL",
        "{py} -m pip config list",
    ),
    State.INDEX_WITHOUT_FILES: Words(
        "{url} answers, but its page of {project} lists no files: a page to log in?",
        "look at the page",
        "curl -sSL {url}",
    ),
    State.LINKS_MISSING: Words(
        "{url}, which find-links names, does not exist", "correct the path, or take it away"
    ),
    State.INDEX_NO_FOLDER: Words(
        "{url} does not exist", "correct the path of the index", "{py} -m pip config list"
    ),
    State.INDEX_UNAUTHORIZED: Words(
        "{url} wants credentials, or others (401)", advice="credentials"
    ),
    State.INDEX_FORBIDDEN: Words("{url} refuses access (403)", advice="credentials"),
    State.INDEX_PROXY_REFUSES: Words(
        "the proxy on the way to {url} wants credentials (407)",
        "put them into the proxy's URL: http://USER:PASSWORD@HOST:PORT",
    ),
    State.INDEX_NOT_TRUSTED: Words(
        "the certificate of {url} is not trusted here: {reason}", advice="certificates"
    ),
    State.INDEX_NO_NAME: Words(
        "the name in {url} is not known: {reason}", "check its spelling, and the network's DNS"
    ),
    State.INDEX_UNREACHABLE: Words("{url} can't be reached: {reason}", *_CURL),
    State.INDEX_SILENT: Words("{url} does not answer: {reason}", *_CURL),
    State.INDEX_BEHIND_PROXY: Words(
        "{url} can't be reached through the proxy {proxy}: {reason}",
        "see whether the proxy lets it through",
        "curl -sSI -x {proxy} {url}",
    ),
    State.INDEX_NOT_ASKED: Words(
        "{url} could not be asked: {reason}", "put the {first} right first, see above"
    ),
    State.INDEX_MALFORMED: Words(
        "what {url} answers is no index: {reason}",
        "check the index URL",
        "{py} -m pip config list",
    ),
    State.INDEX_NONE: Words("none is asked (no-index)"),
    State.CLOCK_RIGHT: Words("agrees with the index's"),
    State.CLOCK_OFF: Words("is {off} the index's", _CLOCK),
    State.CLOCK_WRONG: Words(
        "is {off} the index's: certificates may count as expired or not yet valid", _CLOCK
    ),
    State.CLOCK_UNKNOWN: Words("no index has told the time"),
    State.PROJECT_PYTHON_FITS: Words("the project wants {needed}"),
    State.PROJECT_PYTHON_EXCLUDED: Words(
        "the project wants Python {needed}, this is {version}",
        "use a Python that it allows, in an environment of its own",
        "uv venv --python {needed}",
    ),
    State.REQUIREMENTS_RESOLVE: Words("{headline}"),
    State.REQUIREMENTS_CONFLICT: Words("{headline}: {core}", *_EXPLAIN),
    State.REQUIREMENTS_UNDECIDED: Words(
        "not decided: {reason}", "ask again once that is mended", "conflictlens explain {explain}"
    ),
    State.REQUIREMENTS_NONE: Words("none are given; with a file, what it needs is checked too"),
    State.BUILDS_NONE: Words("none: there is a wheel of every package"),
    State.BUILDS_PLAIN: Words("{built} would be built, without a compiler"),
    State.BUILDS_COMPILED: Words(
        "{compiled} would be compiled: no wheel for this Python and platform",
        "cheaper: a Python or a version that has wheels",
        "{py} -m pip {install} --only-binary :all:",
    ),
    State.BUILDS_UNCLEAR: Words(
        "{built} would be built; what that needs is not known for {unread}",
        "cheaper: a Python or a version that has wheels",
        "{py} -m pip {install} --only-binary :all:",
    ),
    State.BUILDS_UNDECIDED: Words("known only once the requirements resolve"),
    State.COMPILER_WORKS: Words("{tool} compiles and links"),
    State.COMPILER_MISSING: Words("{tool}: {reason}", advice="compiler"),
    State.COMPILER_PERHAPS: Words(
        "{tool}: {reason}; needed where a package has no wheel", advice="compiler"
    ),
    State.COMPILER_UNNEEDED: Words("{tool}: {reason}; nothing has to be compiled"),
    State.HEADERS_HERE: Words("Python.h is there"),
    State.HEADERS_MISSING: Words("{tool}: {reason}", advice="python-headers"),
    State.HEADERS_PERHAPS: Words(
        "{tool}: {reason}; needed where a package has no wheel", advice="python-headers"
    ),
    State.HEADERS_UNNEEDED: Words("{tool}: {reason}; nothing has to be compiled"),
    State.RUST_HERE: Words("{tool}"),
    State.RUST_MISSING: Words("{tool}: {reason}", advice="rust"),
    State.RUST_PERHAPS: Words("{tool}: {reason}; it may be needed", advice="rust"),
    State.RUST_UNNEEDED: Words("{tool}: {reason}; nothing that is known needs it"),
    State.GIT_HERE: Words("{tool}"),
    State.GIT_MISSING: Words("{tool}: {reason}", advice="git"),
    State.GIT_UNNEEDED: Words("{tool}: {reason}; nothing comes from a repository"),
    State.OFFLINE: Words("not looked at, with --offline"),
    State.FROM_SNAPSHOT: Words("not looked at: a snapshot answers"),
    State.NO_INTERPRETER: Words("not looked at, without a Python"),
    State.PROBE_SILENT: Words("no answer within {limit}", "look again when the machine is idle"),
}
