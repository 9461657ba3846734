"""The recorded examples answer offline as recorded.

Each example is a folder; ``tests/record.py`` says what lies in it and records it anew. Where
only the wording changed, ``python -m tests.test_examples`` writes the answers anew, offline.
"""

from __future__ import annotations

import gzip
import os
import re
import socket
from pathlib import Path

import pytest

from conflictlens.cli.main import main
from conflictlens.index.snapshot import read_snapshot
from conflictlens.requirements.reading import read_requirements

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted(path.parent for path in (ROOT / "examples").glob("*/snapshot.json.gz"))
CONFLICT = 1
LARGEST = 150_000

_HOST = re.compile(r"\bhttps?://([^/\s\"']+)")


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("an example asked the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def test_there_are_examples() -> None:
    assert [folder.name for folder in EXAMPLES] == [
        "kinde-pydantic",
        "several-conflicts",
        "tensorflow-numpy",
    ]


@pytest.mark.parametrize("folder", EXAMPLES, ids=lambda folder: folder.name)
class TestExample:
    def test_answers_as_recorded(
        self, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(folder)

        code = main(["explain", "--index-snapshot", "snapshot.json.gz", "--color", "never"])

        answer = (folder / "answer.txt").read_text(encoding="utf-8")
        assert (code, capsys.readouterr().out) == (CONFLICT, answer)

    def test_the_files_beside_it_are_what_was_asked(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(folder)
        limits = [path.name for path in folder.glob("constraints.txt")]
        files = read_requirements(["requirements.txt"], constraint_files=limits)

        asked = read_snapshot("snapshot.json.gz").question

        assert [(one.text, one.origin) for one in (*asked.requirements, *asked.constraints)] == [
            (root.text, root.origin) for root in (*files.roots, *files.constraints)
        ]

    def test_is_small_and_names_no_index(self, folder: Path) -> None:
        packed = (folder / "snapshot.json.gz").read_bytes()

        hosts = set(_HOST.findall(gzip.decompress(packed).decode()))

        assert len(packed) < LARGEST
        assert hosts <= {"github.com"}


def _write_answer(folder: Path) -> None:
    os.chdir(folder)
    main(["explain", "--index-snapshot", "snapshot.json.gz", "-q", "-o", "answer.txt"])


if __name__ == "__main__":
    for example in EXAMPLES:
        _write_answer(example)
