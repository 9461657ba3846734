"""What the machine, the network, the files and the command line make of an install."""

from __future__ import annotations

import io
import os
import ssl
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime

import trustme

from conflictlens.diagnosis.records import Layer
from tests.provoke.resolving import COMPILE, LAKE, NO_VERSION, PIP, UV, VENV
from tests.provoke.running import Provocation
from tests.served_index import Fault, Release, Universe, Variant

QUICK = "--retries 1 --timeout 2 "
ALWAYS = 10_000
HEAVY: Universe = {"whale": {"1.0": Release(padding=3_000_000)}}


def _tls(host: str, not_after: datetime | None = None) -> Variant:
    """Shows a certificate of an authority that nobody trusts."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert(host, not_after=not_after).configure_cert(context)
    return Variant(tls=context)


def _answers(status: int, path: str = "/simple/", body: bytes = b"", **more: float) -> Variant:
    fault = Fault(status=status, times=ALWAYS, body=body, hang=more.get("hang", 0.0))
    return Variant(json=False, hashes=False, faults={path: [fault]})


def _served(id: str, layer: Layer, line: str, command: str, variant: Variant,
            universe: Universe = LAKE) -> Provocation:  # fmt: skip
    return Provocation(
        id=id, layer=layer, line=line, command=command, variant=variant, universe=universe,
        environment={"UV_HTTP_TIMEOUT": "3", "UV_HTTP_RETRIES": "1"},
    )  # fmt: skip


def _local(id: str, layer: Layer, line: str, command: str, before: str = "",
           files: Mapping[str, str | bytes] | None = None, universe: Universe = LAKE,
           environment: Mapping[str, str] | None = None) -> Provocation:  # fmt: skip
    return Provocation(
        id=id, layer=layer, line=line, command=command, before=before, files=files or {},
        environment=environment or {}, universe=universe,
    )  # fmt: skip


NETWORK = Layer.NETWORK
RETRYING = "Retrying .*after connection broken"
DROPPED = Variant(faults={"/": [Fault(drop=True, times=ALWAYS)]})
PIP_URL = "{pip} install --no-input --target target " + QUICK
UV_URL = "{uv} pip install --target target --python {python} "
SECURE = (
    _served("pip-self-signed", Layer.SSL, RETRYING + ".*SSL", PIP + QUICK + "reed",
            _tls("127.0.0.1")),
    _served("pip-expired", Layer.SSL, RETRYING + ".*SSL", PIP + QUICK + "reed",
            _tls("127.0.0.1", datetime(2020, 1, 1, tzinfo=UTC))),
    _served("pip-self-signed-file", Layer.SSL, "SSL", PIP_URL + "{origin}/files/reed-1.0-py3-none-any.whl",
            _tls("127.0.0.1")),
    _served("pip-not-https", Layer.SSL, "SSL", PIP_URL + "-i https://$(echo {origin} | cut -c8-)/simple reed",
            Variant()),
    _served("uv-self-signed", Layer.SSL, "invalid peer certificate", UV + "reed",
            _tls("127.0.0.1")),
    _served("uv-expired", Layer.SSL, "invalid peer certificate", UV + "reed",
            _tls("127.0.0.1", datetime(2020, 1, 1, tzinfo=UTC))),
)  # fmt: skip
REACHED = (
    _served("pip-403-verbose", NETWORK, "403 Client Error", PIP + QUICK + "-vv reed",
            _answers(403)),
    _served("pip-401-verbose", NETWORK, "401 Client Error", PIP + QUICK + "-vv reed",
            _answers(401)),
    _served("pip-401-password", NETWORK, "401 Error, Credentials not correct",
            PIP_URL + "-i http://me:secret@$(echo {origin} | cut -c8-)/simple reed",
            Variant(credentials=("me", "other"))),
    _served("pip-404-verbose", Layer.NO_MATCHING_DISTRIBUTION, NO_VERSION,
            PIP + QUICK + "-vv reed", _answers(404)),
    _served("pip-502-verbose", NETWORK, "502", PIP + QUICK + "-vv reed", _answers(502)),
    _served("pip-file-403", NETWORK, "HTTP error 403|403 Client Error", PIP + QUICK + "reed",
            _answers(403, "/files/")),
    _served("pip-file-503", NETWORK, "HTTP error 503|503 Server Error|too many 503|" + RETRYING,
            PIP + QUICK + "reed", _answers(503, "/files/")),
    _served("pip-hang", NETWORK, RETRYING, PIP + QUICK + "reed", _answers(200, hang=9)),
    _served("pip-file-hang", NETWORK, RETRYING + "|imed out", PIP + QUICK + "reed",
            _answers(200, "/files/", hang=9)),
    _served("pip-drop", NETWORK, RETRYING, PIP + QUICK + "reed", DROPPED),
    _served("pip-proxy-407", NETWORK, "407|" + RETRYING,
            "http_proxy={origin} " + PIP_URL + "--trusted-host index.example "
            "-i http://index.example/simple -vv reed", _answers(407, "http://")),
    _served("pip-proxy-tunnel", NETWORK, RETRYING,
            "https_proxy={origin} " + PIP_URL + "-i https://index.example/simple reed", Variant()),
    _served("pip-requirements-404", Layer.MISSING_INPUT_FILE, "404",
            PIP + QUICK + "-r {origin}/none.txt", Variant()),
    _local("pip-closed", NETWORK, RETRYING, PIP_URL + "-i {closed} reed"),
    _local("pip-closed-file", NETWORK, RETRYING, PIP_URL + "{closed}/reed-1.0-py3-none-any.whl"),
    _local("pip-no-host", NETWORK, RETRYING, PIP_URL + "-i https://index.invalid/simple reed"),
    _local("pip-untrusted", NETWORK, "not a trusted or secure host",
           PIP_URL + "-i http://index.invalid/simple reed"),
    _served("uv-401", NETWORK, "returned a|could not be queried|401", UV + "reed",
            _answers(401)),
    _served("uv-403", NETWORK, "returned a|could not be queried|403", UV + "reed",
            _answers(403)),
    _served("uv-500", NETWORK, "HTTP status server error|500", UV + "reed", _answers(500)),
    _served("uv-file-403", NETWORK, "HTTP status client error|403 Forbidden", UV + "reed",
            _answers(403, "/files/")),
    _served("uv-hang", NETWORK, "operation timed out|timed out", UV + "reed", _answers(200, hang=9)),
    _served("uv-drop", NETWORK, "connection closed|connection reset|error sending|IncompleteMessage",
            UV + "reed", DROPPED),
    _local("uv-closed", NETWORK, "onnection refused", UV_URL + "--index-url {closed} reed",
           environment={"UV_HTTP_RETRIES": "1"}),
    _local("uv-no-host", NETWORK, "failed to lookup address|dns error",
           UV_URL + "--index-url https://index.invalid/simple reed",
           environment={"UV_HTTP_RETRIES": "1"}),
    _local("uv-offline", NETWORK, "network was disabled|network connectivity is disabled",
           UV_URL + "--offline --index-url {closed} reed"),
)  # fmt: skip


def wheel(name: str, version: str, told: str = "") -> bytes:
    """A small wheel; its metadata gives it the name `told`."""
    folder = f"{name}-{version}.dist-info"
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr(f"{name}.py", "# " + "x" * 4000)
        archive.writestr(
            f"{folder}/METADATA",
            f"Metadata-Version: 2.1\nName: {told or name}\nVersion: {version}\n",
        )
        archive.writestr(f"{folder}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr(f"{folder}/RECORD", "")
    return data.getvalue()


GOOD = wheel("reed", "1.0")
REED = "reed-1.0-py3-none-any.whl"
LOCAL = "{pip} install --no-input --target target --no-index "
WRONG_HASH = f"reed==1.0 --hash=sha256:{'0' * 64}\n"
CORRUPT = Layer.CORRUPT_DOWNLOAD
FILES = (
    _local("pip-hash", Layer.HASH_MISMATCH, "DO NOT MATCH THE HASHES", PIP + "-r in.txt",
           files={"in.txt": WRONG_HASH}),
    _local("pip-hash-missing", Layer.HASH_MISMATCH, "Hashes are required", PIP + "-r in.txt",
           files={"in.txt": "pike==1.0\n" + WRONG_HASH}),
    _local("pip-hash-unpinned", Layer.HASH_MISMATCH, "must have their versions pinned",
           PIP + "--require-hashes pike"),
    _local("uv-hash", Layer.HASH_MISMATCH, "Hash mismatch", UV + "-r in.txt",
           files={"in.txt": WRONG_HASH}),
    _local("uv-hash-missing", Layer.HASH_MISMATCH, "--require-hashes", UV + "--require-hashes -r in.txt",
           files={"in.txt": "reed==1.0\n"}),
    _served("pip-not-a-zip", CORRUPT, "is invalid|BadZipFile|not a zip", PIP + "reed==1.0",
            _answers(200, "/files/", body=b"<html>Log in first</html>")),
    _local("pip-truncated", CORRUPT, "is invalid|BadZipFile|not a zip", LOCAL + "./" + REED,
           files={REED: GOOD[:-60]}),
    _local("uv-truncated", CORRUPT, "ailed to (?:read|extract|unzip)|invalid|zip", UV + "./" + REED,
           files={REED: GOOD[:-60]}),
    _local("pip-damaged", CORRUPT, "Bad CRC-32|is invalid|BadZipFile|zlib", LOCAL + "./" + REED,
           files={REED: GOOD.replace(b"xxxxxxxx", b"xxyyyyxx", 1)}),
    _local("pip-truncated-sdist", CORRUPT, "EOFError|unexpected end|ReadError|ould not unpack|zlib",
           LOCAL + "./reed-1.0.tar.gz", files={"reed-1.0.tar.gz": bytes.fromhex("1f8b08000000000000ff") + b"\x01"}),
    _local("pip-other-name", CORRUPT, "inconsistent|has different|is invalid|does not match|misnamed",
           LOCAL + "./" + REED, files={REED: wheel("reed", "1.0", "sedge")}),
    _local("pip-wheel-name", CORRUPT, "not a valid wheel filename|Invalid wheel",
           LOCAL + "./reed-1.0.whl", files={"reed-1.0.whl": GOOD}),
)  # fmt: skip
INVALID = Layer.INVALID_REQUIREMENT
BAD_LINES = {
    "single-equals": "reed=1.0", "merge": "<<<<<<< HEAD",
    "prose": "please install reed first", "no-number": "reed>=", "quotes": "“reed”==1.0",
    "bad-marker": "reed; python_version >> '3'", "bad-extra": "reed[wet==1.0",
    "url": "reed @ ", "freeze": "reed 1.0", "number": "reed==one.two",
}  # fmt: skip
LINES = (
    *(_local(f"pip-line-{id}", INVALID, "nvalid requirement|nvalidRequirement|nvalid version|nvalidVersion|nvalid specifier",
             PIP + "-r in.txt", files={"in.txt": f"pike\n{text}\n"}) for id, text in BAD_LINES.items()),
    *(_local(f"uv-line-{id}", INVALID, "^(?:error|  ×)|Couldn't parse|ailed to parse|nexpected",
             UV + "-r in.txt", files={"in.txt": f"pike\n{text}\n"}) for id, text in BAD_LINES.items()),
    _local("pip-argument", INVALID, "nvalid requirement", PIP + "'reed=>1'"),
    _local("uv-argument", INVALID, "error: |ailed to parse", UV + "'reed=>1'"),
    _local("pip-utf16", INVALID, "nvalid requirement|UnicodeDecodeError|codec", PIP + "-r in.txt",
           files={"in.txt": b"\x00\xff\xfer\xe9ed\n"}),
    _local("uv-project-line", INVALID, "error|ailed to parse", "{uv} lock --python {python}",
           files={"pyproject.toml": '[project]\nname = "pond"\nversion = "1"\ndependencies = ["reed=1"]\n'}),
    _local("poetry-broken-toml", INVALID, "nvalid TOML|not a valid TOML|Unexpected|Invalid|Expected", "{poetry} lock -n",
           files={"pyproject.toml": '[tool.poetry\nname = "pond"\n'}),
    _local("poetry-incomplete", INVALID, "configuration is invalid", "{poetry} lock -n",
           files={"pyproject.toml": '[tool.poetry]\nname = "pond"\n'}),
)  # fmt: skip
ABSENT = Layer.MISSING_INPUT_FILE
MISSING = (
    _local("pip-no-file", ABSENT, "Could not open requirements file", PIP + "-r none.txt"),
    _local("pip-no-constraints", ABSENT, "Could not open (?:constraints?|requirements) file",
           PIP + "-c none.txt reed"),
    _local("pip-no-folder", ABSENT, "none", PIP + "./none"),
    _local("pip-no-wheel", ABSENT, "rror.*none", PIP + "./none-1.0-py3-none-any.whl"),
    _local("pip-no-project", ABSENT, "not installable", PIP + "."),
    _local("pip-no-editable", ABSENT, "not (?:installable|a valid editable)|does not appear", "{pip} install -e ./none"),
    _local("pip-folder-as-file", ABSENT, "Could not open requirements file", PIP + "-r .",
           files={"x": ""}),
    _local("pip-nested-file", ABSENT, "Could not open requirements file", PIP + "-r in.txt",
           files={"in.txt": "pike\n-r more/none.txt\n"}),
    _local("uv-no-file", ABSENT, "error: ", UV + "-r none.txt"),
    _local("uv-no-folder", ABSENT, "error: |istribution not found|cause", UV + "./none"),
    _local("uv-no-project", ABSENT, "error: ", "{uv} sync --python {python}"),
    _local("uv-not-a-project", ABSENT, "does not appear to be a Python project|neither",
           UV + ".", files={"x": ""}),
    _local("poetry-no-project", ABSENT, "could not find a pyproject", "{poetry} install -n"),
    _local("poetry-readme", ABSENT, "README|could not be installed|not found|does not", "{poetry} install -n",
           files={"pyproject.toml": '[tool.poetry]\nname = "pond"\nversion = "1"\ndescription = ""\n'
                  'authors = []\n[tool.poetry.dependencies]\npython = ">=3.8"\n'}),
)  # fmt: skip
USAGE = Layer.WRONG_INVOCATION
INVOKED = (
    _local("pip-no-arguments", USAGE, "must give at least one requirement", "{pip} install"),
    _local("pip-typo", USAGE, "unknown command", "{pip} instal reed"),
    _local("pip-option", USAGE, "no such option", PIP + "--frobnicate reed"),
    _local("pip-option-value", USAGE, "option", PIP + "--timeout soon reed"),
    _local("pip-user-target", USAGE, "an(?:not|'t| not) combine", PIP + "--user reed"),
    _local("pip-not-visible", USAGE, "not visible in this virtualenv",
           "{pip} --python venv install --user reed", before=VENV + "pike"),
    _local("pip-no-value", USAGE, "requires", "{pip} install -r"),
    _local("uv-typo", USAGE, "unrecognized subcommand", "{uv} pip instal reed"),
    _local("uv-option", USAGE, "unexpected argument", UV + "--frobnicate reed"),
    _local("uv-no-arguments", USAGE, "required arguments", "{uv} pip install"),
    _local("uv-option-value", USAGE, "invalid value", UV + "--resolution best reed"),
    _local("poetry-typo", USAGE, "is not defined|does not exist", "{poetry} instal"),
    _local("poetry-option", USAGE, 'option "?-?-?frobnicate', "{poetry} install --frobnicate",
           files={"pyproject.toml": '[tool.poetry]\nname = "pond"\n'}),
)  # fmt: skip
PLAIN = "setpriv --bounding-set=-all --inh-caps=-all " if os.geteuid() == 0 else ""
CLOSED = "mkdir -p target && chmod 555 target"
SMALL = "mkdir -p target && mount -t tmpfs -o size=300k tmpfs target && "
MANAGED = "/usr/lib/python3*/EXTERNALLY-MANAGED"
WRONG = Layer.WRONG_INTERPRETER
SYSTEM = (
    _local("pip-read-only", Layer.PERMISSION, "Permission denied|not writable", PLAIN + PIP + "reed",
           before=CLOSED),
    _local("uv-read-only", Layer.PERMISSION, "Permission denied", PLAIN + UV + "reed", before=CLOSED),
    _local("pip-no-space", Layer.NO_SPACE, "No space left",
           f"unshare -Urm sh -c '{SMALL} TMPDIR=target {PIP} whale'", universe=HEAVY),
    _local("uv-no-space", Layer.NO_SPACE, "No space left",
           f"unshare -Urm sh -c '{SMALL} UV_CACHE_DIR=target/c {UV} whale'", universe=HEAVY),
    Provocation(
        id="pip-managed", layer=Layer.EXTERNALLY_MANAGED, line="externally-managed-environment",
        command="/usr/bin/python3 -m pip install --index-url {index} reed", needs=(MANAGED,),
        universe=LAKE,
    ),
    Provocation(
        id="uv-managed", layer=Layer.EXTERNALLY_MANAGED, line="externally managed",
        command="{uv} pip install --system --python /usr/bin/python3 --index-url {index} reed",
        needs=(MANAGED,), universe=LAKE,
    ),
    _local("pip-not-there", WRONG, "not found", "pip3.99 install reed"),
    _local("python-not-there", WRONG, "not found", "python3.99 -m pip install reed"),
    _local("python-without-pip", WRONG, "No module named pip", "{python} -I -S -m pip install reed"),
    _local("pip-moved", WRONG, "not found|bad interpreter", "./pip install reed",
           before="chmod +x pip", files={"pip": "#!/nonexistent/venv/bin/python\n"}),
    _local("uv-no-python", WRONG, "No (?:interpreter|virtual environment) found", "{uv} pip install --python 3.99 reed"),
    _local("uv-no-environment", WRONG, "No virtual environment found", "{uv} pip install reed"),
    _local("pip-no-record", Layer.DISTUTILS_INSTALLED, "annot uninstall|uninstall-no-record",
           "{pip} --python venv install -U --index-url {index} reed",
           before=VENV + "reed==1.0 && rm venv/lib/python*/site-packages/reed-1.0.dist-info/RECORD"),
    _local("pip-distutils", Layer.DISTUTILS_INSTALLED, "annot uninstall|uninstall-distutils",
           "{pip} --python venv install -U --index-url {index} reed", before=VENV + "reed==1.0 && "
           "cd venv/lib/python*/site-packages && mv reed-1.0.dist-info/METADATA "
           "reed-1.0-py3.egg-info && rm -r reed-1.0.dist-info"),
)  # fmt: skip
VCS = Layer.VCS
REPOSITORY = (
    "git init -q repo && cd repo && git -c user.name=me -c user.email=me@pond.example "
    "commit -q --allow-empty -m start"
)
GIT = (
    _local("pip-no-git", VCS, "annot find command", "PATH=/nowhere " + PIP + "git+file://{here}/repo"),
    _local("pip-no-repository", VCS, "fatal: ", PIP + "git+file://{here}/none"),
    _local("pip-no-revision", VCS, "pathspec|fatal|did not match", PIP + "git+file://{here}/repo@none",
           before=REPOSITORY),
    _local("pip-git-closed", VCS, "fatal: ", PIP + "git+{closed}/none.git"),
    _local("uv-no-git", VCS, "it executable not found|ommand not found", "PATH=/nowhere " + UV + "git+file://{here}/repo"),
    _local("uv-no-repository", VCS, "fatal: |Git operation failed", UV + "git+file://{here}/none"),
    _local("uv-no-revision", VCS, "fatal: |Git operation failed|ailed to find", UV + "git+file://{here}/repo@none",
           before=REPOSITORY),
)  # fmt: skip
OTHER = Layer.NOT_AN_INSTALL_FAILURE
AFTERWARDS = (
    _local("pip-then-import", OTHER, "ModuleNotFoundError", PIP + "reed && {python} -c 'import sedge'"),
    _local("pip-then-command", OTHER, "not found", PIP + "reed && serve-the-pond --port 80"),
    _local("pip-plain", Layer.NONE, "", PIP + "otter"),
    _local("pip-again", Layer.NONE, "", "{pip} --python venv install --index-url {index} heron",
           before=VENV + "heron"),
    _local("pip-download", Layer.NONE, "", "{pip} download -d out --index-url {index} heron"),
    _local("pip-nothing-but-warnings", Layer.NONE, "", PIP + "reed -r in.txt", files={"in.txt": "\n"}),
    _local("uv-plain", Layer.NONE, "", UV + "otter"),
)  # fmt: skip
ALL = (
    *SECURE, *REACHED, *FILES, *LINES, *MISSING, *INVOKED, *SYSTEM, *GIT, *AFTERWARDS
)  # fmt: skip
