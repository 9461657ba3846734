"""Brings about failures and keeps their logs, labelled, for ``benchmarks.diagnose``."""

from __future__ import annotations

import argparse
import io
import re
import tempfile
from pathlib import Path

from conflictlens.diagnosis.choosing import diagnose
from tests.provoke.building import BUILDING
from tests.provoke.records import Provocation, provoke


def main(into: Path, words: str, network: bool) -> None:
    into.mkdir(parents=True, exist_ok=True)
    for one in BUILDING:
        if words not in one.name or (one.network and not network):
            continue
        if missing := one.missing():
            print(f"{one.name}: no {', '.join(missing)} here")
            continue
        with tempfile.TemporaryDirectory() as folder:
            log = provoke(one, Path(folder))
        _keep(one, log, into)


def _keep(one: Provocation, log: bytes, into: Path) -> None:
    (into / f"{one.name}.log").write_bytes(log)
    lines = log.decode(errors="replace").splitlines()
    found = (number for number, line in enumerate(lines, 1) if re.search(one.line, line))
    number = next(found, 0) if one.line else 0
    label = f'label = "{one.layer}"\nroot_lineno = {number}\n'
    (into / f"{one.name}.toml").write_text(label, "utf-8")
    said = diagnose(io.BytesIO(log))
    print(f"{one.name}: {one.layer} in line {number}; found {said.layer} in line {said.line}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Provoke failures and keep their logs.")
    parser.add_argument("into", type=Path, help="folder for NAME.log and NAME.toml")
    parser.add_argument("--only", default="", help="those whose name holds this")
    parser.add_argument("--network", action="store_true", help="also those that ask the index")
    asked = parser.parse_args()
    main(asked.into, asked.only, asked.network)
