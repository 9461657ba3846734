"""Requirements that can't all hold, and names, versions and Pythons that do not fit."""

from __future__ import annotations

from conflictlens.diagnosis.records import Layer
from tests.provoke.running import Provocation
from tests.served_index import Fault, Release, Universe, Variant

LAKE: Universe = {
    "heron": {"1.0": ["reed<2"], "1.1": ["reed<2"]},
    "otter": {"1.0": ["reed>=2"], "2.0": ["reed>=2", "pike"]},
    "reed": {"1.0": [], "1.5": [], "2.0": []},
    "pike": {"0.9": [], "1.0": []},
    "swan": {"3.0": ["heron==1.0"], "3.1": ["heron==1.1"]},
    "marsh": {"1.0": Release(extras={"wet": ["reed==1.0"]})},
    "egg": {"1.0a1": [], "1.0b2": []},
    "fossil": {
        "1.0": Release(requires_python="<3.6"),
        "2.0": Release(requires_python=">=3"),
        "3.0": Release(requires_python=">=3.99"),
    },
    "relic": {"1.0": Release(requires_python="<3.4"), "1.1": Release(requires_python="<3.4")},
    "glass": {"1.0": Release(wheel_tags=("cp39-cp39-win_amd64", "cp310-cp310-win_amd64"))},
    "needsrelic": {"1.0": ["relic"]},
    "needsnothing": {"1.0": ["nowhere-to-be-found>=2"]},
    "once": {"1.0": Release(yanked="broken")},
}
PIP = "{pip} install --no-input --target target --index-url {index} "
UV = "{uv} pip install --target target --python {python} --index-url {index} "
COMPILE = "{uv} pip compile --python {python} --index-url {index} "
CANNOT = r"Cannot install .* conflicting dependencies"
NO_VERSION = r"Could not find a version that satisfies"
PROOF = r"(?:╰─▶|cause:|`->|\|->)\s*Because|^\s*Because "


def _pip(id: str, layer: Layer, line: str, rest: str, **files: str) -> Provocation:
    named = {name.replace("_", "."): text for name, text in files.items()}
    return Provocation(
        id=f"pip-{id}", layer=layer, line=line, command=PIP + rest, files=named, universe=LAKE
    )


def _uv(id: str, layer: Layer, rest: str, line: str = PROOF, **files: str) -> Provocation:
    named = {name.replace("_", "."): text for name, text in files.items()}
    return Provocation(
        id=f"uv-{id}", layer=layer, line=line, command=rest, files=named, universe=LAKE
    )


CONFLICT = Layer.DEPENDENCY_CONFLICT
NO_MATCH = Layer.NO_MATCHING_DISTRIBUTION
PIP_CONFLICTS = (
    _pip("two-pins", CONFLICT, CANNOT, "reed==1.0 reed==2.0"),
    _pip("direct", CONFLICT, CANNOT, "heron reed==2.0"),
    _pip("two-parents", CONFLICT, CANNOT, "heron otter"),
    _pip("chain", CONFLICT, CANNOT, "swan otter"),
    _pip("file", CONFLICT, CANNOT, "-r in.txt", in_txt="swan\nreed>=2\n"),
    _pip("files", CONFLICT, CANNOT, "-r in.txt -r on.txt", in_txt="swan\n", on_txt="reed>=2\n"),
    _pip("constraint", CONFLICT, CANNOT, "heron -c in.txt", in_txt="reed==2.0\n"),
    _pip("extra", CONFLICT, CANNOT, "'marsh[wet]' 'reed>1'"),
    _pip("marker", CONFLICT, CANNOT, "heron 'reed>=2; python_version > \"3\"'"),
    _pip("quiet", CONFLICT, CANNOT, "-q heron otter"),
    _pip("verbose", CONFLICT, CANNOT, "-v heron otter"),
    _pip("survived", Layer.NONE, "", "otter 'reed>1'"),
    _pip("backtracked", Layer.NONE, "", "swan 'heron<1.1'"),
    _pip("yanked", Layer.NONE, "", "once==1.0"),
)
OLD_PIP = (
    _pip("old-double", CONFLICT, "Double requirement given", "reed==1.0 reed==2.0"),
    _pip("old-after", Layer.POST_INSTALL_CONFLICT, "has requirement", "heron otter"),
)
PIP_ABSENT = (
    _pip("no-name", NO_MATCH, NO_VERSION, "heronn"),
    _pip("no-name-file", NO_MATCH, NO_VERSION, "-r in.txt", in_txt="pike\nreeed>=1\n"),
    _pip("no-version", NO_MATCH, NO_VERSION, "reed==7"),
    _pip("no-version-range", NO_MATCH, NO_VERSION, "'reed>=1,<1.0'"),
    _pip("needed-name", NO_MATCH, NO_VERSION, "needsnothing"),
    _pip("only-windows", NO_MATCH, NO_VERSION, "glass"),
    _pip("only-pre", NO_MATCH, NO_VERSION, "'egg>=1.0'"),
    _pip("only-binary", NO_MATCH, NO_VERSION, "--only-binary :all: pike==2"),
    _pip("new-python", Layer.REQUIRES_PYTHON, "Ignored the following", "fossil==3.0"),
    _pip("old-python", Layer.REQUIRES_PYTHON, "Ignored the following", "relic"),
    _pip("needed-python", Layer.REQUIRES_PYTHON, "Ignored the following", "needsrelic"),
    Provocation(
        id="pip-links-empty",
        layer=NO_MATCH,
        line=NO_VERSION,
        command="mkdir links; {pip} install --target target --no-index --find-links links egg",
    ),
    Provocation(
        id="pip-foreign-wheel",
        layer=NO_MATCH,
        line="is not a supported wheel",
        command="{pip} install ./glass-1.0-cp27-none-win32.whl",
        files={"glass-1.0-cp27-none-win32.whl": ""},
    ),
    Provocation(
        id="pip-retried",
        layer=Layer.NONE,
        line="",
        command=PIP + "reed",
        universe=LAKE,
        variant=Variant(faults={"/simple/reed/": [Fault(drop=True, times=2)]}),
    ),
    Provocation(
        id="pip-retried-conflict",
        layer=CONFLICT,
        line=CANNOT,
        command=PIP + "heron otter",
        variant=Variant(faults={"/simple/heron/": [Fault(drop=True, times=1)]}),
        universe=LAKE,
    ),
    Provocation(
        id="pip-project-python",
        layer=Layer.REQUIRES_PYTHON,
        line="requires a different Python",
        command="{pip} install --no-build-isolation --index-url {index} ./proj",
        files={
            "proj/pyproject.toml": """
[build-system]
requires = []
build-backend = "none"
backend-path = ["."]
[project]
name = "proj"
version = "1"
requires-python = ">=3.99"
""",
            "proj/none.py": """
import pathlib
def prepare_metadata_for_build_wheel(folder, settings=None):
    made = pathlib.Path(folder, "proj-1.dist-info")
    made.mkdir()
    text = "Metadata-Version: 2.1\\nName: proj\\nVersion: 1\\nRequires-Python: >=3.99\\n"
    made.joinpath("METADATA").write_text(text)
    return made.name
def build_wheel(folder, settings=None, metadata=None):
    raise SystemExit(1)
""",
        },
    ),
)
VENV = (
    "{uv} venv -q --python {python} venv && {uv} pip install -q --python venv --index-url {index} "
)
AFTER = (
    Provocation(
        id="pip-after",
        layer=Layer.POST_INSTALL_CONFLICT,
        line="dependency resolver does not",
        before=VENV + "heron",
        command="{pip} --python venv install --index-url {index} reed==2.0",
        universe=LAKE,
    ),
    Provocation(
        id="pip-after-twice",
        layer=Layer.POST_INSTALL_CONFLICT,
        line="dependency resolver does not",
        before=VENV + "heron",
        command="{pip} --python venv install --index-url {index} reed==2.0; "
        "{pip} --python venv install --index-url {index} pike",
        universe=LAKE,
    ),
    Provocation(
        id="pip-check",
        layer=Layer.POST_INSTALL_CONFLICT,
        line="heron 1.1 has requirement",
        before=VENV + "heron && {uv} pip install -q --python venv --index-url {index} reed==2.0",
        command="{pip} --python venv check",
        universe=LAKE,
    ),
    Provocation(
        id="pip-check-missing",
        layer=Layer.POST_INSTALL_CONFLICT,
        line="which is not installed",
        before=VENV + "--no-deps heron",
        command="{pip} --python venv check",
        universe=LAKE,
    ),
    Provocation(
        id="pip-check-fine",
        layer=Layer.NONE,
        line="",
        before=VENV + "heron",
        command="{pip} --python venv check",
        universe=LAKE,
    ),
    Provocation(
        id="uv-check",
        layer=Layer.POST_INSTALL_CONFLICT,
        line="requires `reed<2`",
        before=VENV + "heron && {uv} pip install -q --python venv --index-url {index} reed==2.0",
        command="{uv} pip check --python venv",
        universe=LAKE,
    ),
)


def _project(requires: str, python: str = ">=3.8", more: str = "") -> str:
    return (
        f'[project]\nname = "pond"\nversion = "1"\nrequires-python = "{python}"\n'
        f"dependencies = [{requires}]\n{more}"
    )


def _lock(
    id: str, layer: Layer, pyproject: str, command: str = "{uv} lock", line: str = PROOF
) -> Provocation:
    return Provocation(
        id=f"uv-{id}",
        layer=layer,
        line=line,
        universe=LAKE,
        command=f"{command} --python {{python}}",
        files={"pyproject.toml": pyproject},
        environment={"UV_INDEX_URL": "{index}"},
    )


UVS = (
    _uv(
        "two-pins",
        CONFLICT,
        UV + "reed==1.0 reed==2.0",
        line=PROOF + "|conflicting|you require reed",
    ),
    _uv("direct", CONFLICT, UV + "heron reed==2.0"),
    _uv("two-parents", CONFLICT, UV + "heron otter"),
    _uv("chain", CONFLICT, COMPILE + "in.txt", in_txt="swan\notter\n"),
    _uv(
        "constraint", CONFLICT, COMPILE + "-c on.txt in.txt", in_txt="heron\n", on_txt="reed==2.0\n"
    ),
    _uv("extra", CONFLICT, UV + "'marsh[wet]' 'reed>1'"),
    _uv("no-name", NO_MATCH, UV + "heronn"),
    _uv("no-version", NO_MATCH, UV + "reed==7"),
    _uv("no-version-range", NO_MATCH, COMPILE + "in.txt", in_txt="pike\nreed>=3,<4\n"),
    _uv("needed-name", NO_MATCH, UV + "needsnothing"),
    _uv("only-windows", NO_MATCH, UV + "glass"),
    _uv("only-pre", NO_MATCH, UV + "'egg>=1.0'"),
    _uv("new-python", Layer.REQUIRES_PYTHON, UV + "fossil==3.0"),
    _uv("survived", Layer.NONE, UV + "otter 'reed>1'", line=""),
    _uv("compiled", Layer.NONE, COMPILE + "in.txt", line="", in_txt="otter\n"),
    _uv("yanked", Layer.NONE, UV + "once==1.0", line=""),
    _lock("lock", CONFLICT, _project('"heron", "otter"')),
    _lock("lock-fine", Layer.NONE, _project('"heron"'), line=""),
    _lock("lock-markers", CONFLICT, _project('"heron", "reed>=2; python_version >= \'3.10\'"')),
    _lock(
        "lock-extra",
        CONFLICT,
        _project('"heron"', more='[project.optional-dependencies]\nwet = ["reed>=2"]\n'),
    ),
    _lock(
        "lock-group", CONFLICT, _project('"heron"', more='[dependency-groups]\ntest = ["otter"]\n')
    ),
    _lock("lock-name", NO_MATCH, _project('"heronn>=2"')),
    _lock("lock-version", NO_MATCH, _project('"reed>=3"')),
    _lock("lock-python", Layer.REQUIRES_PYTHON, _project('"fossil>=3"')),
    _lock("sync", CONFLICT, _project('"heron", "otter"'), "{uv} sync"),
    _lock("add", CONFLICT, _project('"heron"'), "{uv} add 'reed>=2'"),
    _lock("add-name", NO_MATCH, _project('"heron"'), "{uv} add reeed"),
    _lock("run", CONFLICT, _project('"heron", "otter"'), "{uv} run true"),
    _lock(
        "project-python",
        Layer.REQUIRES_PYTHON,
        _project("", ">=3.98"),
        "{uv} sync",
        line=r"(?i)incompatible with the project|No interpreter found|project's",
    ),
)

ALL = (*PIP_CONFLICTS, *OLD_PIP, *PIP_ABSENT, *AFTER, *UVS)
