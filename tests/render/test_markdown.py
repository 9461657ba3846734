"""Answers as Markdown."""

from __future__ import annotations

from pathlib import Path

from conflictlens.render.markdown import render_markdown
from conflictlens.render.mermaid import conflict_diagram
from conflictlens.render.picture import picture
from tests.render.asking import of_scenario
from tests.render.test_text import interrupted, kitchen


def test_a_conflict_with_its_fix(tmp_path: Path) -> None:
    findings = kitchen(tmp_path)
    diagram = conflict_diagram(picture(findings), 0)
    assert (
        render_markdown(findings)
        == f"""\
### ✗ 2 of 3 requirements can't be installed together (Python 3.11, linux, uploads until 2023-08-11)

kettle==1.2.1 (requirements.txt:2) and tea\\>=2 (requirements.txt:3) clash over water.

```mermaid
{diagram}```

- `kettle==1.2.1` in `requirements.txt:2`
- `tea>=2` in `requirements.txt:3`

1. `tea 2.0 to 2.1.1 (all 4) need water>=4.6.1`
1. `kettle 1.2.1 needs water~=4.5.0`

The only fix found:

- `tea>=2  →  tea>=1.10,<2` installs tea 1.10.12
"""
    )


def test_a_resolution(tmp_path: Path) -> None:
    assert (
        render_markdown(of_scenario("marker-of-a-root", tmp_path))
        == """\
### ✓ The requirement can be installed (Python 3.11, linux)

| project | version |
|---|---|
| steel | 2.0 |

- note: 1 line does not apply to this target
"""
    )


def test_doubts_are_told(tmp_path: Path) -> None:
    text = render_markdown(interrupted(tmp_path))
    assert "\nNot proved minimal: the time budget ended while a proof was searched for" in text
    assert "\n- note: there may be more conflicts" in text
