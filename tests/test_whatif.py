"""What if something else were wanted: who blocks it, checked by hand and against brute force."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from conflictlens import Explanation, InputError, MemoryIndex, why_not
from conflictlens.errors import IndexUnreachable
from conflictlens.explanation.records import Blocker, Outcome
from conflictlens.index.records import Project
from tests.brute_force import Universe, resolvable, universe_of

UNIVERSE: Mapping[str, Mapping[str, list[str]]] = {
    "tensor": {
        "1.0": ["array<2", "layers<3"],
        "1.1": ["array<2", "layers<3"],
        "1.2": ["array<3", "layers>=3"],
        "1.3": ["array<3", "layers>=3"],
    },
    "layers": {"2.0": [], "3.0": ["array<2"], "3.1": [], "3.2": []},
    "jit": {"0.5": ["array<2"], "0.6": ["array<2"]},
    "array": {"1.0": [], "1.9": [], "2.0": [], "2.1": []},
    "plain": {"1.0": ["array", "glue<2"], "2.0": ["array>=2"]},
    "glue": {"1.0": [], "2.0": []},
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def asked(
    wanted: str | list[str],
    *lines: str,
    universe: Mapping[str, Mapping[str, list[str]]] = UNIVERSE,
    constraints: str = "",
) -> Explanation:
    """The answer about a file ``r.txt``, and constraints as texts."""
    Path("r.txt").write_text("\n".join(lines) + "\n", "utf-8")
    return why_not(
        wanted,
        "./r.txt",
        constraints=constraints.split(),
        python="3.11",
        platform="linux",
        index=MemoryIndex.of(universe),
    )


pytestmark = pytest.mark.usefixtures("folder")


def told(blocker: Blocker) -> tuple[str, str | None, list[str | None]]:
    first = blocker.first_release
    replacements = [change.replacement for change in blocker.changes]
    return blocker.root.text, None if first is None else str(first), replacements


def repaired(answer: Explanation) -> list[tuple[str, str | None]]:
    assert answer.findings.repair is not None
    return [(one.root.text, one.replacement) for one in answer.findings.repair.changes]


def test_one_line_blocks_it() -> None:
    answer = asked("array>=2", "tensor==1.0")
    assert answer.exit_code == 1
    assert [told(blocker) for blocker in answer.blockers] == [
        ("tensor==1.0", "1.2", ["tensor==1.2"])
    ]
    assert repaired(answer) == [("tensor==1.0", "tensor==1.2")]
    assert [root.text for root in answer.conflicts[0].core] == ["array>=2", "tensor==1.0"]


def test_the_first_release_needs_another_line_to_change() -> None:
    answer = asked("array>=2", "tensor==1.0", "layers==2.0")
    [blocker] = answer.blockers
    assert told(blocker) == ("tensor==1.0", "1.2", ["tensor==1.2", "layers==3.1"])
    assert repaired(answer) == [("tensor==1.0", "tensor==1.2"), ("layers==2.0", "layers==3.1")]


def test_the_own_line_is_replaced() -> None:
    answer = asked("array>=2", "plain", "array==1.9", "jit==0.5")
    assert repaired(answer) == [("array==1.9", "array>=2"), ("jit==0.5", None)]
    assert answer.findings.repair is not None
    assert answer.findings.repair.requirements == ("plain", "array>=2")
    [blocker] = answer.blockers
    assert told(blocker) == ("jit==0.5", None, [])
    assert (blocker.proved, str(blocker.newest), blocker.needs) == (True, "0.6", "array<2")


def test_an_own_line_that_allows_it_stays() -> None:
    answer = asked("array>=2", "array>=1.5", "tensor==1.0")
    assert repaired(answer) == [("tensor==1.0", "tensor==1.2")]
    blocked = asked("array>=2", "array<2.1", "tensor==1.0")
    assert [root.text for root in blocked.conflicts[0].core] == ["array>=2", "tensor==1.0"]


def test_a_constraint_on_the_wanted_project_is_replaced_too() -> None:
    answer = asked("array>=2", "tensor==1.0", constraints="array<2")
    assert repaired(answer) == [("array<2", "array>=2"), ("tensor==1.0", "tensor==1.2")]
    assert answer.findings.repair is not None
    assert answer.findings.repair.constraints == ("array>=2",)


def test_extras_and_markers_of_the_own_line_stay() -> None:
    answer = asked("array>=2", 'array[fast]==1.9; python_version > "3"', "jit==0.5")
    assert repaired(answer)[0][1] == 'array[fast]>=2; python_version > "3"'
    with_extra = asked("array[fast]>=2", "array==1.9", "jit==0.5")
    assert with_extra.findings.repair is not None
    assert with_extra.findings.repair.requirements == ("array[fast]>=2", "array>=2")


def test_several_lines_block_it() -> None:
    answer = asked("array>=2", "tensor==1.0", "layers==2.0", "jit==0.5")
    assert [told(blocker) for blocker in answer.blockers] == [
        ("tensor==1.0", "1.2", ["tensor==1.2", "layers==3.1", None]),
        ("jit==0.5", None, []),
    ]
    assert len(answer.conflicts) == 2


def test_a_line_that_can_stay() -> None:
    answer = asked("array>=2", "tensor>=1.2", "layers==3.0")
    assert told(answer.blockers[0]) == ("layers==3.0", "3.1", ["layers==3.1"])
    both = asked("array>=2", "tensor", "layers==2.0")
    assert [(one.root.text, one.can_stay) for one in both.blockers] == [
        ("tensor", True),
        ("layers==2.0", False),
    ]


def test_nothing_blocks_it() -> None:
    answer = asked("array>=2", "plain<2", "array==1.9")
    assert answer.exit_code == 0
    assert answer.blockers == ()
    assert answer.to_text() == (
        "✓ Nothing blocks array>=2 (Python 3.11, linux)\n"
        "\n"
        "  ./r.txt:2  array==1.9  →  array>=2\n"
        "\n"
        "  array 2.1 would be installed instead of 1.9\n"
        "  Nothing else changes\n"
        "\n"
        "  array 2.1, plain 1.0 and 1 more (-v lists them)\n"
    )


def test_what_else_changes() -> None:
    text = asked("array>=2", "plain", "array==1.9").to_text(width=200)
    assert "What else changes: glue 1.0 is gone, plain 1.0  →  2.0\n" in text


def test_what_is_installed_anyway() -> None:
    text = asked("array>=2", "plain").to_text()
    assert "  array 2.1 would be installed\n  Nothing else changes\n" in text


def test_it_can_never_be_had() -> None:
    answer = asked("array>=9", "plain", "array==1.9")
    assert (answer.exit_code, answer.blockers, answer.findings.repair) == (1, (), None)
    assert answer.to_text().startswith("✗ array>=9 can't be installed, whatever else is required")


def test_a_conflict_of_its_own_is_told_apart() -> None:
    answer = asked("array>=2", "tensor==1.0", "glue==1.0", "glue==2.0")
    assert [told(blocker)[0] for blocker in answer.blockers] == ["tensor==1.0"]
    assert "  1 conflict is there without array>=2 as well\n" in answer.to_text()
    alone = asked("array>=2", "glue==1.0", "glue==2.0")
    assert alone.blockers == ()
    assert "and not because of array>=2" in alone.to_text(width=200)


def test_several_requirements_are_wanted() -> None:
    answer = asked(["array>=2", "glue>=2"], "tensor==1.0", "plain<2")
    assert [told(blocker)[0] for blocker in answer.blockers] == ["tensor==1.0", "plain<2"]
    assert "array>=2 and glue>=2 is blocked by 2 lines" in answer.to_text(width=200)


def test_a_wish_for_another_target_is_refused() -> None:
    with pytest.raises(InputError, match="its marker is false"):
        asked('array>=2; python_version < "3"', "plain")


def test_an_index_that_fails_is_undecided() -> None:
    class Broken(MemoryIndex):
        def project(self, name: str) -> Project:
            raise IndexUnreachable("https://index.example/simple/", "no route")

    Path("r.txt").write_text("plain\n")
    answer = why_not("array>=2", "./r.txt", index=Broken())
    assert (answer.outcome, answer.exit_code) == (Outcome.UNDECIDED, 3)


def test_the_text_of_a_block() -> None:
    assert asked("array>=2", "tensor==1.0", "jit==0.5").to_text(width=100) == (
        "✗ array>=2 is blocked by 2 lines (Python 3.11, linux)\n"
        "\n"
        "Conflict 1 of 2\n"
        "\n"
        "  argument    array>=2\n"
        "  ./r.txt:1   tensor==1.0\n"
        "\n"
        "  They clash over array:\n"
        "    your requirement   asks for   >=2\n"
        "    tensor 1.0         needs      <2\n"
        "\n"
        "Conflict 2 of 2\n"
        "\n"
        "  argument    array>=2\n"
        "  ./r.txt:2   jit==0.5\n"
        "\n"
        "  They clash over array:\n"
        "    your requirement   asks for   >=2\n"
        "    jit 0.5            needs      <2\n"
        "\n"
        "  What blocks it:\n"
        "    ./r.txt:1  tensor==1.0: tensor 1.2 is the first release that allows it "
        "(tensor==1.0  →\n"
        "        tensor==1.2), together with ./r.txt:2 remove jit==0.5\n"
        "    ./r.txt:2  jit==0.5: no newer release allows it (jit 0.6 needs array<2)\n"
        "\n"
        "  Upstream: jit 0.5 would have to allow array 2.1 (it says array<2; 0.6 does not "
        "allow it either)\n"
        "\n"
        "  Tried and works, change 2 lines:\n"
        "    ./r.txt:1  tensor==1.0  →  tensor==1.2\n"
        "    ./r.txt:2  remove jit==0.5\n"
    )


def test_the_json_of_a_block() -> None:
    told = json.loads(asked("array>=2", "tensor==1.0").to_json())
    assert told["blockers"] == [
        {
            "requirement": "tensor==1.0",
            "origin": {"path": "./r.txt", "line": 1, "kind": "requirement"},
            "first_release": "1.2",
            "proved": True,
            "changes": [
                {
                    "action": "replace",
                    "requirement": "tensor==1.0",
                    "replacement": "tensor==1.2",
                    "origin": {"path": "./r.txt", "line": 1, "kind": "requirement"},
                }
            ],
            "can_stay": False,
            "newest": None,
            "needs": None,
        }
    ]


# -- against brute force


def universe_by_chance(chance: random.Random) -> dict[str, dict[str, list[str]]]:
    """Five projects of up to four releases, each with up to two requirements."""
    names = "abcde"
    bounds = ("", "<2", "<3", ">=2", ">=3", "==1", "==2", "!=2", "<=3")
    return {
        name: {
            str(version): [
                chance.choice(names.replace(name, "")) + chance.choice(bounds)
                for _ in range(chance.randint(0, 2))
            ]
            for version in range(1, chance.randint(2, 5))
        }
        for name in names
    }


@pytest.mark.parametrize("seed", range(300))
def test_brute_force_agrees(seed: int) -> None:
    chance = random.Random(seed)
    plain = universe_by_chance(chance)
    lines = [
        f"{name}{chance.choice(('==1', '==2', '<2', '<3', ''))}"
        for name in chance.sample("bcde", chance.randint(1, 4))
    ]
    wanted = f"a>={chance.randint(1, len(plain['a']))}"
    answer = asked(wanted, *lines, universe=plain)
    universe = universe_of(plain)
    possible = resolvable([wanted, *lines], universe) is not None
    assert answer.exit_code == (0 if possible else 1)
    assert bool(answer.blockers) == any(
        wanted in texts and len(texts) > 1
        for texts in ([root.text for root in one.core] for one in answer.conflicts)
    )
    for blocker in answer.blockers:
        check_blocker(answer, blocker, [wanted, *lines], universe)
    if answer.findings.repair is not None:
        requirements = answer.findings.repair.requirements
        assert wanted in requirements
        assert resolvable(requirements, universe) is not None


def check_blocker(
    answer: Explanation, blocker: Blocker, lines: list[str], universe: Universe
) -> None:
    """A first release resolves with its changes, and none before it does."""
    assert blocker.proved
    beside = given_up(answer, blocker, [line for line in lines if line != blocker.root.text])
    for version in newer(blocker, universe):
        if blocker.first_release is None or version < blocker.first_release:
            pinned = f"{blocker.root.name}=={version}"
            assert resolvable([pinned, *beside], universe) is None
    if blocker.repair is not None:
        assert resolvable(blocker.repair.requirements, universe) is not None


def given_up(answer: Explanation, blocker: Blocker, others: list[str]) -> list[str]:
    """The other lines on the level on which the releases before the first are refuted."""
    wanted, *lines = others
    if blocker.first_release is None:
        return others if blocker.can_stay else [wanted]
    related = [one for one in answer.conflicts if wanted in {root.text for root in one.core}]
    if len(blocker.changes) == 1 or len(related) > 1:
        return others
    if any(change.replacement is None for change in blocker.changes):
        return [wanted]
    return [wanted, *(Requirement(line).name for line in lines)]


def newer(blocker: Blocker, universe: Universe) -> list[Version]:
    name = canonicalize_name(blocker.root.name)
    specifier = Requirement(blocker.root.text).specifier
    allowed = [version for version in universe[name] if version in specifier]
    return [version for version in universe[name] if version > max(allowed)]
