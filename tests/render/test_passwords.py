"""A password in the URL of a requirement is shown nowhere; all else is as it was written."""

from __future__ import annotations

import json

import pytest

import conflictlens
from conflictlens.answer import Explanation
from conflictlens.errors import mask_credentials
from conflictlens.index.memory import wheel

SECRET = "s3cr@t,word"
HOST = "files.example/tea-1.0-py3-none-any.whl"
LINE = f"tea @ https://me:{SECRET}@{HOST}"
SHOWN = f"tea @ https://me:****@{HOST}"


def explanation() -> Explanation:
    tea = wheel("tea", "1.0", [f"milk @ https://you:{SECRET}@files.example/milk.zip", "steel<2"])
    index = conflictlens.MemoryIndex(
        [wheel("steel", "1.0"), wheel("steel", "2.0")],
        references={f"https://me:{SECRET}@{HOST}": tea},
    )
    return conflictlens.explain([LINE, "steel==2.0"], index=index, python="3.11")


def test_json_masks_the_password_alone() -> None:
    told = json.loads(explanation().to_json())
    assert SECRET not in json.dumps(told)
    [conflict] = told["conflicts"]
    assert [line["requirement"] for line in conflict["core"]] == [SHOWN, "steel==2.0"]
    assert SHOWN in [line for fix in told["fixes"] for line in fix["requirements"]]
    assert explanation().to_dict()["conflicts"] == told["conflicts"]


@pytest.mark.parametrize("form", ["text", "markdown", "html", "mermaid", "dot", "svg", "tree"])
def test_no_form_shows_it(form: str) -> None:
    answer = explanation()
    text: str = getattr(answer, f"to_{form}")()
    for part in (SECRET, "s3cr", "word@"):
        assert part not in text
    # The file keeps what it needs.
    assert any(SECRET in line for fix in answer.findings.fixes for line in fix.requirements)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("a @ https://me:pass@h/x", "a @ https://me:****@h/x"),
        ("a @ git+https://token@h/x.git@v1", "a @ git+https://****@h/x.git@v1"),
        ("a @ git+ssh://git@h/x.git@v1", "a @ git+ssh://git@h/x.git@v1"),
        ("a @ ssh://git:pass@h/x", "a @ ssh://git:****@h/x"),
        ("https://me:p@ss@h/ https://b:c@h", "https://me:****@h/ https://b:****@h"),
        ("https://h:80/a@b, me@h", "https://h:80/a@b, me@h"),
        ("https://****@h https://me:****@h", "https://****@h https://me:****@h"),
    ],
)
def test_what_is_masked(text: str, masked: str) -> None:
    assert mask_credentials(text) == masked
