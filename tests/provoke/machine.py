"""What the machine, its git, the command line and what comes afterwards make of an install."""

from __future__ import annotations

import os

from conflictlens.diagnosis.records import Layer
from tests.provoke.making import local
from tests.provoke.resolving import LAKE, PIP, UV, VENV
from tests.provoke.running import Provocation
from tests.served_index import Release, Universe

HEAVY: Universe = {"whale": {"1.0": Release(padding=3_000_000)}}
USAGE = Layer.WRONG_INVOCATION
INVOKED = (
    local("pip-no-arguments", USAGE, "must give at least one requirement", "{pip} install"),
    local("pip-typo", USAGE, "unknown command", "{pip} instal reed"),
    local("pip-option", USAGE, "no such option", PIP + "--frobnicate reed"),
    local("pip-option-value", USAGE, "option --timeout: invalid", PIP + "--timeout soon reed"),
    local("pip-user-target", USAGE, "an(?:not|'t| not) combine", PIP + "--user reed"),
    local(
        "pip-not-visible",
        USAGE,
        "not visible in this virtualenv",
        "{pip} --python venv install --user reed",
        before=VENV + "pike",
    ),
    local("pip-no-value", USAGE, "requires", "{pip} install -r"),
    local("uv-typo", USAGE, "unrecognized subcommand", "{uv} pip instal reed"),
    local("uv-option", USAGE, "unexpected argument", UV + "--frobnicate reed"),
    local("uv-no-arguments", USAGE, "required arguments", "{uv} pip install"),
    local("uv-option-value", USAGE, "invalid value", UV + "--resolution best reed"),
    local("poetry-typo", USAGE, "is not defined|does not exist", "{poetry} instal"),
    local(
        "poetry-option",
        USAGE,
        'option "?-?-?frobnicate',
        "{poetry} install --frobnicate",
        files={"pyproject.toml": '[tool.poetry]\nname = "pond"\n'},
    ),
)
PLAIN = "setpriv --bounding-set=-all --inh-caps=-all " if os.geteuid() == 0 else ""
CLOSED = "mkdir -p target && chmod 555 target"
SMALL = "mkdir -p target && mount -t tmpfs -o size=300k tmpfs target && "
MANAGED = "/usr/lib/python3*/EXTERNALLY-MANAGED"
WRONG = Layer.WRONG_INTERPRETER
SYSTEM = (
    local(
        "pip-read-only",
        Layer.PERMISSION,
        "Permission denied|not writable",
        PLAIN + PIP + "reed",
        before=CLOSED,
    ),
    local(
        "uv-read-only", Layer.PERMISSION, "Permission denied", PLAIN + UV + "reed", before=CLOSED
    ),
    local(
        "pip-no-space",
        Layer.NO_SPACE,
        "No space left",
        f"unshare -Urm sh -c '{SMALL} TMPDIR=target {PIP} whale'",
        universe=HEAVY,
    ),
    local(
        "uv-no-space",
        Layer.NO_SPACE,
        "No space left",
        f"unshare -Urm sh -c '{SMALL} UV_CACHE_DIR=target/c {UV} whale'",
        universe=HEAVY,
    ),
    Provocation(
        id="pip-managed",
        layer=Layer.EXTERNALLY_MANAGED,
        line="externally-managed-environment",
        command="/usr/bin/python3 -m pip install --index-url {index} reed",
        needs=(MANAGED,),
        universe=LAKE,
    ),
    Provocation(
        id="uv-managed",
        layer=Layer.EXTERNALLY_MANAGED,
        line="externally managed",
        command="{uv} pip install --system --python /usr/bin/python3 --index-url {index} reed",
        needs=(MANAGED,),
        universe=LAKE,
    ),
    local("pip-not-there", WRONG, "not found", "pip3.99 install reed"),
    local("python-not-there", WRONG, "not found", "python3.99 -m pip install reed"),
    local("python-without-pip", WRONG, "No module named pip", "{python} -I -S -m pip install reed"),
    local(
        "pip-moved",
        WRONG,
        "not found|bad interpreter",
        "./pip install reed",
        before="chmod +x pip",
        files={"pip": "#!/nonexistent/venv/bin/python\n"},
    ),
    local(
        "uv-no-python",
        WRONG,
        "No (?:interpreter|virtual environment) found",
        "{uv} pip install --python 3.99 reed",
    ),
    local("uv-no-environment", WRONG, "No virtual environment found", "{uv} pip install reed"),
    local(
        "pip-no-record",
        Layer.DISTUTILS_INSTALLED,
        "annot uninstall|uninstall-no-record",
        "{pip} --python venv install -U --index-url {index} reed",
        before=VENV + "reed==1.0 && rm venv/lib/python*/site-packages/reed-1.0.dist-info/RECORD",
    ),
    local(
        "pip-distutils",
        Layer.DISTUTILS_INSTALLED,
        "annot uninstall|uninstall-distutils",
        "{pip} --python venv install -U --index-url {index} reed",
        before=VENV + "reed==1.0 && "
        "cd venv/lib/python*/site-packages && mv reed-1.0.dist-info/METADATA "
        "reed-1.0-py3.egg-info && rm -r reed-1.0.dist-info",
    ),
)
VCS = Layer.VCS
REPOSITORY = (
    "git init -q repo && cd repo && git -c user.name=me -c user.email=me@pond.example "
    "commit -q --allow-empty -m start"
)
GIT = (
    local(
        "pip-no-git",
        VCS,
        "such file or directory: 'git'",
        "PATH=/nowhere " + PIP + "git+file://{here}/repo",
    ),
    local("pip-no-repository", VCS, "fatal: ", PIP + "git+file://{here}/none"),
    local(
        "pip-no-revision",
        VCS,
        "pathspec|fatal|did not match",
        PIP + "git+file://{here}/repo@none",
        before=REPOSITORY,
    ),
    local("pip-git-closed", VCS, "fatal: ", PIP + "git+{closed}/none.git"),
    local(
        "uv-no-git",
        VCS,
        "it executable not found",
        "PATH=/nowhere " + UV + "git+file://{here}/repo",
    ),
    local("uv-no-repository", VCS, "fatal: ", UV + "git+file://{here}/none"),
    local("uv-no-revision", VCS, "fatal: ", UV + "git+file://{here}/repo@none", before=REPOSITORY),
)
OTHER = Layer.NOT_AN_INSTALL_FAILURE
AFTERWARDS = (
    local(
        "pip-then-import",
        OTHER,
        "ModuleNotFoundError",
        PIP + "reed && {python} serve.py",
        files={"serve.py": "import sedge\n"},
    ),
    local("pip-then-command", OTHER, "not found", PIP + "reed && serve-the-pond --port 80"),
    local("pip-plain", Layer.NONE, "", PIP + "otter"),
    local(
        "pip-again",
        Layer.NONE,
        "",
        "{pip} --python venv install --index-url {index} heron",
        before=VENV + "heron",
    ),
    local("pip-download", Layer.NONE, "", "{pip} download -d out --index-url {index} heron"),
    local(
        "pip-nothing-but-warnings", Layer.NONE, "", PIP + "reed -r in.txt", files={"in.txt": "\n"}
    ),
    local("uv-plain", Layer.NONE, "", UV + "otter"),
)
ALL = (*INVOKED, *SYSTEM, *GIT, *AFTERWARDS)
