"""What is advised: only what helps with what the log says."""

from __future__ import annotations

import io

import pytest

from conflictlens.diagnosis.choosing import diagnose
from conflictlens.diagnosis.records import About, Diagnosis, Layer, LogOutcome
from conflictlens.diagnosis.rules import table


def said(log: str) -> Diagnosis:
    return diagnose(io.BytesIO(log.encode()))


def commands(log: str) -> list[str]:
    return [one.command for one in said(log).remedies if one.command]


def texts(log: str) -> list[str]:
    return [one.text for one in said(log).remedies]


CONFLICT = """\
ERROR: Cannot install kettle==1 and pan==2 because these package versions have conflicting \
dependencies.

The conflict is caused by:
    The user requested kettle==1
    pan 2 depends on steel>=2
"""
FILED = "Collecting kettle==1 (from -r deps/dev.txt (line 3))\n"


def test_a_conflict_is_explained_from_the_file_that_the_log_names() -> None:
    assert commands(FILED + CONFLICT)[0] == "conflictlens explain deps/dev.txt"


def test_or_from_the_requirements_that_it_names() -> None:
    [first, *_] = commands(
        "  × No solution found when resolving dependencies:\n"
        "  ╰─▶ Because you require pan>=2 and kettle[steel]==1, we can conclude that your "
        "requirements are unsatisfiable.\n"
    )
    assert first == "conflictlens explain 'pan>=2' 'kettle[steel]==1'"


@pytest.mark.parametrize(
    "log",
    [
        "ERROR: ResolutionImpossible: for help visit https://pip.example\n",
        # A name that a shell would take apart is none to be typed.
        "Collecting kettle==1 (from -r a;reboot.txt (line 3))\nERROR: ResolutionImpossible\n",
        "Collecting kettle==1 (from -r --help (line 3))\nERROR: ResolutionImpossible\n",
    ],
)
def test_no_file_is_made_up(log: str) -> None:
    found = said(log)
    explain = [one for one in found.remedies if one.about is About.EXPLAIN]
    told = [one.command for one in explain if "kettle" not in (one.command or "")]
    assert all(command is None for command in told)
    assert "requirements.txt" not in " ".join(one.command or "" for one in found.remedies)


USAGE = {
    "uv": (
        "error: unexpected argument '--fast' found\n\nUsage: uv pip install [OPTIONS] <PACKAGE>\n",
        "uv pip install --help",
    ),
    "pip": (
        "\nUsage:   \n  pip install [options] <requirement> ...\n\nno such option: --fast\n",
        "python -m pip install --help",
    ),
    "poetry": (
        '$ poetry add --fast six\n\nThe "--fast" option does not exist.\n',
        "poetry help",
    ),
    "pdm": (
        "Usage: pdm add [-h] [-v]\n[PdmUsageError]: unrecognized arguments: --fast\n",
        "pdm --help",
    ),
    "pipenv": (
        "Usage: pipenv install [OPTIONS] [PACKAGES]...\n\nError: No such option: --fast\n",
        "pipenv install --help",
    ),
    "conda": (
        "usage: conda install [-h]\nconda install: error: unrecognized arguments: --fast\n",
        "conda install --help",
    ),
}


@pytest.mark.parametrize(("tool", "log"), [(t, log) for t, (log, _) in USAGE.items()], ids=USAGE)
def test_each_tool_explains_itself(tool: str, log: str) -> None:
    found = said(log)
    assert (found.layer, found.tool) == (Layer.WRONG_INVOCATION, tool)
    assert found.remedies[0].command == USAGE[tool][1]
    others = {command for name, (_, command) in USAGE.items() if name != tool}
    assert not others & {one.command for one in found.remedies}


def test_of_an_unknown_tool_no_command_is_told() -> None:
    found = said("error: unrecognized arguments: --fast\n")
    assert (found.tool, found.layer) == (None, Layer.WRONG_INVOCATION)
    assert [one.command for one in found.remedies] == [None, None]


CUT = {
    "an escaped line break": "fo%0Aobar",
    "a mark that turns the direction": "fo\u202eobar",
    "an invisible blank": "fo\u200bobar",
    "a letter that looks like another": "fo\u043ebar",
    "a line separator": "fo\u2028obar",
    "a plus": "fo+obar",
}
NAMED_IN = {
    "pip": "ERROR: No matching distribution found for {}",
    "pip, what it wants": (
        "ERROR: Could not find a version that satisfies the requirement {} (from versions: none)"
    ),
    "uv": (
        "  ╰─▶ Because {} was not found in the package registry and you require {}, we "
        "can conclude that your requirements are unsatisfiable."
    ),
    "Poetry": "Could not find a matching version of package {}",
    "a build": (
        "Collecting {}\n"
        "  error: command 'gcc' failed: No such file or directory\n"
        "      unable to execute 'gcc': No such file or directory\n"
        "ERROR: Failed building wheel for {}"
    ),
}


@pytest.mark.parametrize("name", CUT.values(), ids=CUT)
@pytest.mark.parametrize("line", NAMED_IN.values(), ids=NAMED_IN)
def test_no_command_is_made_of_a_part_of_a_name(line: str, name: str) -> None:
    found = said(line.replace("{}", name) + "\n")
    assert found.package is None
    told = " ".join(one.command or "" for one in found.remedies)
    assert name[:2] + " " not in told + " "
    assert name not in told
    whole = said(line.replace("{}", "kettle") + "\n")
    assert whole.package == "kettle"


@pytest.mark.parametrize("end", ["", ".", "==1", "[steel]", " (from x)", "'", ",", "; x", "<2"])
def test_what_tools_write_behind_a_name_is_no_part_of_it(end: str) -> None:
    found = said(f"ERROR: No matching distribution found for kettle{end}\n")
    assert found.package == "kettle"
    assert "pip index versions kettle" in [one.command for one in found.remedies]


OUTPUT = """\
  ╰─> [4 lines of output]
      building 'cext' extension
      unable to execute 'gcc': No such file or directory
      [end of output]
  ERROR: Failed building wheel for cext
"""
LOCAL = {
    "pip, this folder": (
        "Processing /home/me/cext\n"
        "  Preparing metadata: done\n"
        "Building wheels for collected packages: cext\n"
        "  Building wheel for cext (pyproject.toml): started\n"
        f"{OUTPUT}"
    ),
    "pip, with a dependency": (
        "Processing ./cext\n"
        "Collecting kettle>=1\n"
        "  Downloading kettle-1.0.tar.gz\n"
        "Building wheels for collected packages: cext, kettle\n"
        "  Building wheel for cext (setup.py): started\n"
        f"{OUTPUT}"
    ),
    "pip, editable": (
        f"Obtaining file:///home/me/cext\nBuilding editable for cext (pyproject.toml)\n{OUTPUT}"
    ),
    "pip, on Windows": (
        f"Processing c:\\users\\me\\cext\nBuilding wheel for cext (pyproject.toml)\n{OUTPUT}"
    ),
    "uv": (
        "  × Failed to build `cext @ file:///home/me/cext`\n"
        "      [stderr]\n"
        "      unable to execute 'gcc': No such file or directory\n"
    ),
}


@pytest.mark.parametrize("log", LOCAL.values(), ids=LOCAL)
def test_nobody_has_a_wheel_of_a_project_on_disk(log: str) -> None:
    found = said(log)
    assert (found.layer, found.package) == (Layer.MISSING_COMPILER, "cext")
    assert not found.fetched
    told = [one.command or "" for one in found.remedies]
    assert any(one.endswith(("build-essential", "build-base", "BuildTools")) for one in told)
    assert not any("cext" in one or "venv" in one for one in told)


@pytest.mark.parametrize(
    "log",
    [
        (
            f"Collecting cext\n"
            f"  Downloading cext-1.0.tar.gz\n"
            f"Building wheel for cext (setup.py)\n"
            f"{OUTPUT}"
        ),
        # A project on disk that needs it.
        (
            f"Processing /home/me/app\n"
            f"Collecting cext>=1\n"
            f"Building wheel for cext (setup.py)\n"
            f"{OUTPUT}"
        ),
        # The beginning of the log is missing: one of the two may be from the folder, or none.
        (
            f"Obtaining file:///home/me/app\n"
            f"Building wheels for collected packages: kettle, cext\n"
            f"{OUTPUT}"
        ),
        f"Processing ./cext-1.0.tar.gz\nBuilding wheel for cext (setup.py)\n{OUTPUT}",
    ],
)
def test_of_others_there_may_be_one(log: str) -> None:
    assert "pip install --only-binary cext cext" in commands(log)


def test_what_a_library_has_instead_takes_the_place_of_the_general_advice() -> None:
    log = f"Collecting psycopg2==2.9\n{OUTPUT}".replace("cext", "psycopg2").replace(
        "unable to execute 'gcc': No such file or directory",
        "fatal error: libpq-fe.h: No such file or directory",
    )
    told = texts(log)
    assert [one for one in told if one.startswith("cheaper: ")] == [
        "cheaper: require psycopg2-binary, or psycopg[binary], which bring the library in a wheel"
    ]


OPEN = "leave the version open"


@pytest.mark.parametrize(
    ("log", "advised"),
    [
        ("ERROR: Package 'kettle' requires a different Python: 3.8.1 not in '>=3.9'\n", False),
        (
            "Collecting kettle==2\n"
            "ERROR: Package 'kettle' requires a different Python: 3.8.1 not in '>=3.9'\n",
            True,
        ),
        ("ERROR: Could not find a version that satisfies the requirement kettle\n", False),
        ("ERROR: Could not find a version that satisfies the requirement kettle>=2\n", True),
    ],
)
def test_the_command_that_failed_is_not_advised(log: str, advised: bool) -> None:
    assert any(OPEN in text for text in texts(log)) is advised
    assert ("pip install kettle" in commands(log)) is advised
    assert not texts(log)[0].startswith("or ")


@pytest.mark.parametrize("log", ["", "\n", " \r\n\t\n"])
def test_an_empty_log_is_called_empty(log: str) -> None:
    found = said(log)
    assert (found.outcome, found.empty) == (LogOutcome.UNKNOWN, True)
    assert not said("x").empty


def test_no_command_of_the_table_asks_for_a_file_that_may_not_exist() -> None:
    known = table()
    remedies = [one for rule in known.rules for one in known.remedies(rule)]
    explain = [one.command for one in remedies if "conflictlens" in (one.command or "")]
    assert set(explain) == {"conflictlens explain {asked}"}


def test_a_search_without_end_names_no_file_either() -> None:
    log = "error: resolution-too-deep\n"
    assert commands(log) == []
    assert commands(f"{FILED}{log}") == ["conflictlens explain deps/dev.txt"]
