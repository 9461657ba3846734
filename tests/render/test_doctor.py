"""What an examination found, in words."""

from __future__ import annotations

import json
import re
import shlex

import pytest
from msgspec.structs import replace

from conflictlens.diagnosis.rules import table
from conflictlens.doctor.records import (
    Check,
    CheckId,
    Examination,
    Place,
    State,
    Status,
    Value,
    in_order,
)
from conflictlens.render.doctor import (
    headline,
    render_doctor,
    render_doctor_json,
    render_doctor_markdown,
)
from conflictlens.render.doctor_facts import duration, fixed, said, size
from conflictlens.render.doctor_words import GROUPS, NAMES, WORDS

PASS = Check(CheckId.PIP, State.PIP_RUNS, {"version": "26.0"})
WARN = Check(CheckId.PIP, State.PIP_OLD, {"version": "9.0"})
FAIL = Check(CheckId.COMPILER, State.COMPILER_MISSING, {"tool": "cc", "reason": "not on PATH"})
UNKNOWN = Check(CheckId.REQUIREMENTS, State.REQUIREMENTS_UNDECIDED, {"reason": "no answer"})
UNIMPORTANT = Check(CheckId.CLOCK, State.CLOCK_UNKNOWN)
SKIP = Check(CheckId.INDEX, State.OFFLINE)


def examined(*checks: Check, place: Place = Place.DEBIAN, privileged: bool = False) -> Examination:
    return Examination(
        checks,
        place,
        python=".venv/bin/python",
        chosen="VIRTUAL_ENV",
        install="install -r requirements.txt",
        explain="requirements.txt",
        privileged=privileged,
    )


def test_every_state_has_words() -> None:
    assert set(WORDS) == set(State)
    assert set(NAMES) == set(CheckId)
    assert sorted(check for group in GROUPS for check in group) == sorted(CheckId)


@pytest.mark.parametrize("state", State)
def test_what_is_wrong_can_be_mended(state: State) -> None:
    words = WORDS[state]
    mends = bool(words.fix or words.advice)
    if state.status is Status.FAIL or state.status is Status.WARN:
        assert mends
    elif state.status is not Status.UNKNOWN:
        assert not mends
    assert not words.advice or words.advice in table().advice


@pytest.mark.parametrize("words", ["--break-system-packages", "sudo pip", "--trusted-host"])
def test_nothing_unsafe_is_suggested(words: str) -> None:
    texts = [f"{one.text} {one.fix} {one.command}" for one in WORDS.values()]
    texts += [f"{one.text} {one.command}" for some in table().advice.values() for one in some]
    assert [text for text in texts if words in text] == []


@pytest.mark.parametrize(
    ("checks", "outcome", "line"),
    [
        ([PASS], Status.PASS, "✓ Nothing stands in the way of an install"),
        ([PASS, SKIP], Status.PASS, "✓ Nothing stands in the way of an install"),
        ([PASS, WARN], Status.WARN, "✓ Nothing stands in the way of an install: 1 warning"),
        ([UNIMPORTANT], Status.WARN, "✓ Nothing stands in the way of an install: 1 not known"),
        ([WARN, FAIL], Status.FAIL, "✗ 1 check fails, 1 warning"),
        ([FAIL, FAIL, UNKNOWN], Status.FAIL, "✗ 2 checks fail, 1 not known"),
        (
            [PASS, UNKNOWN],
            Status.UNKNOWN,
            "? Nothing fails, but not all could be found out: 1 not known",
        ),
    ],
)
def test_the_worst_decides(checks: list[Check], outcome: Status, line: str) -> None:
    examination = examined(*checks)
    assert (examination.outcome, headline(examination)) == (outcome, line)


def test_checks_are_told_in_one_order() -> None:
    first, second = (Check(CheckId.INDEX, State.INDEX_FOLDER, {"url": url}) for url in "ab")
    assert in_order([SKIP, FAIL, first, PASS, second]) == (PASS, SKIP, first, second, FAIL)


def test_the_table() -> None:
    text = render_doctor(examined(PASS, WARN, SKIP, FAIL))
    assert text == (
        "✗ 1 check fails, 1 warning (.venv/bin/python, VIRTUAL_ENV)\n"
        "\n"
        "  ✓ pass     pip               pip 26.0\n"
        "  ! warn     pip               pip 9.0 is older than 20.3: it ignores conflicts,\n"
        "                               and does not know the wheels of today's Linux\n"
        "                               → upgrade pip:\n"
        "                                 .venv/bin/python -m pip install --upgrade pip\n"
        "\n"
        "  - skip     index             not looked at, with --offline\n"
        "\n"
        "  ✗ fail     C compiler        cc: not on PATH\n"
        "                               → install a compiler:\n"
        "                                 sudo apt-get install build-essential\n"
    )


def test_what_fits_stands_in_one_line() -> None:
    text = render_doctor(examined(FAIL), width=100)
    assert "→ install a compiler: sudo apt-get install build-essential\n" in text
    painted = render_doctor(examined(FAIL, PASS), width=100, colour=True)
    assert re.sub(r"\x1b\[[\d;]*m", "", painted) == render_doctor(examined(FAIL, PASS), width=100)


def test_a_command_is_never_broken() -> None:
    long = Check(
        CheckId.INDEX, State.INDEX_UNREACHABLE, {"url": "http://" + "x" * 90, "reason": ""}
    )
    assert f"\n  curl -sSI http://{'x' * 90}\n" in render_doctor(examined(long))


@pytest.mark.parametrize(
    ("place", "privileged", "command"),
    [
        (Place.DEBIAN, False, "sudo apt-get install build-essential"),
        (Place.DEBIAN, True, "apt-get install build-essential"),
        (Place.FEDORA, False, "sudo dnf install gcc gcc-c++ make"),
        (Place.ALPINE, True, "apk add build-base"),
        (Place.LINUX, True, ""),
        (Place.MACOS, False, "xcode-select --install"),
        (Place.WINDOWS, False, "winget install Microsoft.VisualStudio.2022.BuildTools"),
    ],
)
def test_commands_are_those_of_the_platform(place: Place, privileged: bool, command: str) -> None:
    assert fixed(FAIL, examined(place=place, privileged=privileged))[1] == command


@pytest.mark.parametrize("place", Place)
@pytest.mark.parametrize("state", State)
def test_every_command_is_for_the_python_that_was_examined(place: Place, state: State) -> None:
    facts: dict[str, Value] = dict.fromkeys(_fields(state), "x")
    examination = replace(examined(place=place), python="/opt/my python/bin/python3")
    _, command = fixed(Check(CheckId.PIP, state, facts), examination)
    # A broken environment can't mend itself.
    assert not command.startswith(("python", "py ")) or state is State.ENVIRONMENT_BROKEN


def test_the_cache_that_is_emptied_is_that_of_the_examined_pip() -> None:
    full = Check(CheckId.DISK, State.DISK_FULL, {"what": "x", "path": "/", "free_bytes": 1})
    examination = replace(examined(), python="/opt/my python/bin/python3")
    assert fixed(full, examination)[1] == "'/opt/my python/bin/python3' -m pip cache purge"


@pytest.mark.parametrize("place", Place)
@pytest.mark.parametrize("state", State)
def test_every_fix_is_there_on_every_platform(place: Place, state: State) -> None:
    facts: dict[str, Value] = dict.fromkeys(_fields(state), "x")
    fix, command = fixed(Check(CheckId.PIP, state, facts), examined(place=place))
    assert "{" not in fix + command
    if state.status is Status.FAIL:
        assert fix


def _fields(state: State) -> set[str]:
    words = WORDS[state]
    names = re.findall(r"\{(\w+)\}", f"{words.fix} {words.command}")
    return set(names) - {"py", "install", "explain"}


HOSTILE = (
    "a\x1b]0;owned\x07\u202e b; rm -rf ~ $(id) `id` <b>|x|</b> https://me:secret@index.example/"
)


@pytest.mark.parametrize("state", [State.INSTALLED_BROKEN, State.INSTALLED_DAMAGED])
def test_what_others_write_is_harmless(state: State) -> None:
    facts: dict[str, Value] = dict.fromkeys(("unmet", "damaged", "requirements"), (HOSTILE,))
    examination = examined(Check(CheckId.INSTALLED, state, facts))
    for text in (
        render_doctor(examination),
        render_doctor_markdown(examination),
        render_doctor_json(examination),
    ):
        assert not {"\x1b", "\x07", "\u202e"} & set(text)
        assert "secret" not in text
    shown = re.sub(r"(`+) .*? \1|(`+).*?\2", "", render_doctor_markdown(examination))
    assert not {"<b>", "|x|"} & set(re.findall(r"<b>|(?<!\\)\|x(?<!\\)\|", shown))


def test_a_shell_does_not_obey_what_others_write() -> None:
    facts: dict[str, Value] = {"requirements": ("a; rm -rf ~", "$(id)"), "unmet": ()}
    _, command = fixed(Check(CheckId.INSTALLED, State.INSTALLED_BROKEN, facts), examined())
    assert shlex.split(command)[-2:] == ["a; rm -rf ~", "$(id)"]


def test_long_lists_are_cut_but_for_those_who_want_all() -> None:
    unmet = tuple(f"a{number} needs b" for number in range(5))
    check = Check(CheckId.INSTALLED, State.INSTALLED_BROKEN, {"unmet": unmet, "requirements": ()})
    assert said(check, examined()) == "a0 needs b; a1 needs b; a2 needs b; and 2 more"
    assert said(check, examined(), verbose=True).endswith("a4 needs b")


def test_json() -> None:
    told = json.loads(render_doctor_json(examined(PASS, FAIL)))
    assert {name: told[name] for name in told if name != "checks"} == {
        "schema": "conflictlens.doctor/1",
        "outcome": "fail",
        "python": ".venv/bin/python",
        "chosen": "VIRTUAL_ENV",
        "platform": "debian",
    }
    assert told["checks"] == [
        {
            "id": "pip",
            "status": "pass",
            "state": "pip-runs",
            "text": "pip 26.0",
            "fix": None,
            "command": None,
            "facts": {"version": "26.0"},
        },
        {
            "id": "compiler",
            "status": "fail",
            "state": "compiler-missing",
            "text": "cc: not on PATH",
            "fix": "install a compiler",
            "command": "sudo apt-get install build-essential",
            "facts": {"tool": "cc", "reason": "not on PATH"},
        },
    ]


def test_markdown() -> None:
    assert render_doctor_markdown(examined(FAIL)).splitlines()[-1] == (
        "| ✗ fail | C compiler | cc: not on PATH | install a compiler: "
        "`sudo apt-get install build-essential` |"
    )


@pytest.mark.parametrize(
    ("count", "text"),
    [(79e9, "79 GB"), (1.23e9, "1.2 GB"), (34e6, "34 MB"), (2.5e6, "2.5 MB"), (900, "1 kB")],
)
def test_sizes(count: float, text: str) -> None:
    assert size(count) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.214, "0.21 s"), (12.3, "12 s"), (300, "5 minutes"), (7200, "2 hours"), (260_000, "3 days")],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_the_clock() -> None:
    check = Check(CheckId.CLOCK, State.CLOCK_WRONG, {"ahead_seconds": -260_000.0})
    assert said(check, examined()).startswith("is 3 days behind the index's")
