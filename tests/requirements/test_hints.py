"""A known mistake is answered with what to write instead."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.requirements.writing import read_text, reason

MERGE = "is a conflict marker of git; finish the merge first"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("numpy=>1.2", "`=>` is not an operator; did you mean `>=`?"),
        ("numpy =< 1.2", "`=<` is not an operator; did you mean `<=`?"),
        ("numpy>1,=<2", "`=<` is not an operator; did you mean `<=`?"),
        ("numpy=~1.2", "`=~` is not an operator; did you mean `~=`?"),
        ("numpy = 1.2", "`=` is not an operator; did you mean numpy==1.2?"),
        ("numpy[a]=1.2", "`=` is not an operator; did you mean numpy[a]==1.2?"),
        ("numpy~1.2", "`~` is not an operator; did you mean numpy~=1.2?"),
        ("numpy^1.2", "`^` is an operator of Poetry's; write a range such as >=1.2,<2"),
        ("numpy==", "a version is missing after `==`"),
        ("numpy>=1.2,==latest", "`latest` is not a version; for any write numpy alone"),
        (
            "numpy[x]==1.x; python_version>'3'",
            "`1.x` is not a version; for any write numpy[x] alone",
        ),
        ("numpy (~=1)", "`~=` takes two numbers or more, as in ~=1.0"),
        ("numpy 1.2", "an operator is missing; did you mean numpy==1.2?"),
        ("numpy     1.26.4", "an operator is missing; did you mean numpy==1.26.4?"),
        ("numpy: 1.2", "is a line of YAML or JSON; write numpy==… without a colon"),
        (
            'numpy = "^1.2"',
            "is a line of TOML (Poetry, Pipfile); write a requirement such as name>=1.2,<2",
        ),
        (
            'numpy = {version = "1"}',
            "is a line of TOML (Poetry, Pipfile); write a requirement such as name>=1.2,<2",
        ),
        ('"numpy>=1.2",', "is a quoted string, as in a list; write numpy>=1.2"),
        ("pip install numpy", "is a command; leave off `pip install`"),
        ("!pip3 install numpy", "is a command; leave off `pip3 install`"),
        ("$ python3 -m  pip install numpy", "is a command; leave off `python3 -m pip install`"),
        ("uv add numpy", "is a command; leave off `uv add`"),
        ("import numpy", "is Python code, not a requirement"),
        (
            "numpy=1.2=py39_0",
            "is a line of conda's, with a build at its end; for pip write numpy==1.2",
        ),
        ("conda-forge::numpy", "names a channel of conda's; for pip write numpy"),
        ("numpy; python_version < '3", "a quote is not closed"),
        ("numpy[a", "a bracket `[` is not closed"),
        ("numpy>=1.*", "`.*` can only follow == or !="),
        ("numpy≥1", "holds the character U+2265, write `>=` instead"),
        ("numpy>=1\u00a0,<2", "holds the character U+00A0, write a plain blank instead"),
        ("num\u200bpy", "holds the character U+200B, write nothing instead"),
        (
            "git@git.example:a/b.git",
            "is a repository in the style of scp; write git+ssh://git@git.example/a/b.git",
        ),
        ("git://git.example/a", "is a repository; write git+git://git.example/a"),
        ("<<<<<<< HEAD", MERGE),
        ("=======", MERGE),
        (">>>>>>> branch", MERGE),
        ("<table>", "is markup, not a requirement"),
        (
            "foo==" + "1" * 5000,
            "is not a requirement (PEP 508): a number has more than 4,000 digits",
        ),
        ("foo; 'x' in extras", "in the marker: extras only means something in lock files"),
        ("foo; os_name ~= 'x'", "in the marker: it compares with `~=` what is not a version"),
    ],
)
def test_mistakes(line: str, expected: str, tmp_path: Path) -> None:
    assert reason(tmp_path, line) == expected


def test_a_marker_without_end(tmp_path: Path) -> None:
    """Newer releases of packaging count the levels, older ones run out of stack."""
    told = reason(tmp_path, "foo; " + "(" * 5000)
    assert re.fullmatch(r"in the marker: .*nested .*deep(ly)?", told)


@pytest.mark.parametrize(
    "line",
    [
        "pip",
        "pip>=20",
        "import-it",
        "conda==1",
        "foo (>=1,<2)",
        "foo >= 1 , < 2",
        "foo===any.thing",
    ],
)
def test_what_only_resembles_a_mistake_is_read(line: str, tmp_path: Path) -> None:
    assert [root.text for root in read_text(tmp_path, line).roots] == [line]
