"""Files that are damaged, not what they should be, not readable or not there."""

from __future__ import annotations

import io
import zipfile

from conflictlens.diagnosis.records import Layer
from tests.provoke.making import local, served
from tests.provoke.network import answers
from tests.provoke.resolving import PIP, UV


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
    local(
        "pip-hash",
        Layer.HASH_MISMATCH,
        "DO NOT MATCH THE HASHES",
        PIP + "-r in.txt",
        files={"in.txt": WRONG_HASH},
    ),
    local(
        "pip-hash-missing",
        Layer.HASH_MISMATCH,
        "Hashes are required",
        PIP + "-r in.txt",
        files={"in.txt": "pike==1.0\n" + WRONG_HASH},
    ),
    local(
        "pip-hash-unpinned",
        Layer.HASH_MISMATCH,
        "must have their versions pinned",
        PIP + "--require-hashes pike",
    ),
    local(
        "uv-hash",
        Layer.HASH_MISMATCH,
        "Hash mismatch",
        UV + "-r in.txt",
        files={"in.txt": WRONG_HASH},
    ),
    local(
        "uv-hash-missing",
        Layer.HASH_MISMATCH,
        "--require-hashes",
        UV + "--require-hashes -r in.txt",
        files={"in.txt": "reed==1.0\n"},
    ),
    served(
        "pip-not-the-file",
        Layer.HASH_MISMATCH,
        "DO NOT MATCH",
        PIP + "reed==1.0",
        answers(200, "/files/", body=b"<html>Log in first</html>"),
    ),
    local(
        "pip-truncated",
        CORRUPT,
        "is invalid|BadZipFile|not a zip",
        LOCAL + "./" + REED,
        files={REED: GOOD[:-60]},
    ),
    local(
        "uv-truncated",
        CORRUPT,
        "end of central directory",
        UV + "./" + REED,
        files={REED: GOOD[:-60]},
    ),
    local(
        "pip-damaged",
        CORRUPT,
        r"^\S*(?:BadZipFile|zlib\.error)|is invalid",
        LOCAL + "./" + REED,
        files={REED: GOOD.replace(b"xxxxxxxx", b"xxyyyyxx", 1)},
    ),
    local(
        "pip-truncated-sdist",
        CORRUPT,
        r"^\S*(?:EOFError|ReadError|zlib\.error)",
        LOCAL + "./reed-1.0.tar.gz",
        files={"reed-1.0.tar.gz": bytes.fromhex("1f8b08000000000000ff") + b"\x01"},
    ),
    local(
        "pip-other-name",
        CORRUPT,
        "inconsistent|has different|is invalid|does not match|misnamed",
        LOCAL + "./" + REED,
        files={REED: wheel("reed", "1.0", "sedge")},
    ),
    local(
        "pip-wheel-name",
        CORRUPT,
        "not a valid wheel filename|Invalid wheel",
        LOCAL + "./reed-1.0.whl",
        files={"reed-1.0.whl": GOOD},
    ),
)
INVALID = Layer.INVALID_REQUIREMENT
BAD_LINES = {
    "single-equals": "reed=1.0",
    "merge": "<<<<<<< HEAD",
    "prose": "please install reed first",
    "no-number": "reed>=",
    "quotes": "“reed”==1.0",
    "bad-marker": "reed; python_version >> '3'",
    "bad-extra": "reed[wet==1.0",
    "url": "reed @ ",
    "freeze": "reed 1.0",
    "number": "reed==one.two",
}
LINES = (
    *(
        local(
            f"pip-line-{id}",
            INVALID,
            "nvalid requirement|nvalidRequirement|nvalid version|nvalidVersion|nvalid specifier",
            PIP + "-r in.txt",
            files={"in.txt": f"pike\n{text}\n"},
        )
        for id, text in BAD_LINES.items()
    ),
    *(
        local(
            f"uv-line-{id}",
            INVALID,
            "^(?:error|  ×)|Couldn't parse|ailed to parse|nexpected",
            UV + "-r in.txt",
            files={"in.txt": f"pike\n{text}\n"},
        )
        for id, text in BAD_LINES.items()
    ),
    local("pip-argument", INVALID, "nvalid requirement", PIP + "'reed=>1'"),
    local("uv-argument", INVALID, "error: |ailed to parse", UV + "'reed=>1'"),
    local(
        "pip-utf16",
        INVALID,
        "nvalid requirement|UnicodeDecodeError|codec",
        PIP + "-r in.txt",
        files={"in.txt": b"\x00\xff\xfer\xe9ed\n"},
    ),
    local(
        "poetry-broken-toml",
        INVALID,
        "nvalid TOML|not a valid TOML|Unexpected|Invalid|Expected",
        "{poetry} lock -n",
        files={"pyproject.toml": '[tool.poetry\nname = "pond"\n'},
    ),
    local(
        "poetry-incomplete",
        INVALID,
        "configuration is invalid",
        "{poetry} lock -n",
        files={"pyproject.toml": '[tool.poetry]\nname = "pond"\n'},
    ),
)
ABSENT = Layer.MISSING_INPUT_FILE
MISSING = (
    local("pip-no-file", ABSENT, "Could not open requirements file", PIP + "-r none.txt"),
    local(
        "pip-no-constraints",
        ABSENT,
        "Could not open (?:constraints?|requirements) file",
        PIP + "-c none.txt reed",
    ),
    local("pip-no-folder", ABSENT, "none", PIP + "./none"),
    local("pip-no-wheel", ABSENT, "rror.*none", PIP + "./none-1.0-py3-none-any.whl"),
    local("pip-no-project", ABSENT, "not installable", PIP + "."),
    local(
        "pip-no-editable",
        ABSENT,
        "not (?:installable|a valid editable)|does not appear",
        "{pip} install -e ./none",
    ),
    local(
        "pip-folder-as-file",
        ABSENT,
        "Could not open requirements file",
        PIP + "-r .",
        files={"x": ""},
    ),
    local(
        "pip-nested-file",
        ABSENT,
        "Could not open requirements file",
        PIP + "-r in.txt",
        files={"in.txt": "pike\n-r more/none.txt\n"},
    ),
    local("uv-no-file", ABSENT, "error: ", UV + "-r none.txt"),
    local("uv-no-folder", ABSENT, "error: |istribution not found|cause", UV + "./none"),
    local("uv-no-project", ABSENT, "error: ", "{uv} sync --python {python}"),
    local(
        "uv-not-a-project",
        ABSENT,
        "does not appear to be a Python project|neither",
        UV + ".",
        files={"x": ""},
    ),
    local("poetry-no-project", ABSENT, "could not find a pyproject", "{poetry} install -n"),
    local(
        "poetry-readme",
        ABSENT,
        "README|could not be installed|not found|does not",
        "{poetry} install -n",
        files={
            "pyproject.toml": '[tool.poetry]\nname = "pond"\nversion = "1"\ndescription = ""\n'
            'authors = []\n[tool.poetry.dependencies]\npython = ">=3.8"\n'
        },
    ),
)
ALL = (*FILES, *LINES, *MISSING)
