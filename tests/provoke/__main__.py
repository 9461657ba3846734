"""``python -m tests.provoke FOLDER``: provokes everything, writes NAME.log and NAME.toml there.

The TOML has the form that ``python -m benchmarks.diagnose FOLDER`` reads. Other ages of the
tools are chosen with ``--pip``, ``--uv`` and so on.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from pathlib import Path

from tests.provoke import building, files, machine, network, other_tools, resolving
from tests.provoke.running import Provocation, Tools, missing, root_line, run

ALL = (*resolving.ALL, *network.ALL, *files.ALL, *machine.ALL, *building.ALL, *other_tools.ALL)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.provoke", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="", help="what the ids begin with")
    parser.add_argument("--name", default="", help="what the files' names end with")
    for field in Tools.__struct_fields__:
        parser.add_argument(f"--{field}", default=getattr(Tools(), field))
    chosen = parser.parse_args()
    tools = Tools(**{field: getattr(chosen, field) for field in Tools.__struct_fields__})
    chosen.folder.mkdir(parents=True, exist_ok=True)
    for provocation in ALL:
        if provocation.id.startswith(tuple(chosen.only.split(","))):
            _provoke(provocation, tools, chosen.folder, chosen.name)


def _provoke(provocation: Provocation, tools: Tools, folder: Path, name: str) -> None:
    if absent := missing(provocation):
        print(f"{provocation.id}: not provoked, there is no {absent}")
        return
    with tempfile.TemporaryDirectory() as here:
        try:
            log = run(provocation, tools, Path(here))
        except subprocess.TimeoutExpired:
            print(f"{provocation.id}: took longer than {provocation.seconds} s")
            return
    number = root_line(provocation, log)
    if provocation.line and not number:
        print(f"{provocation.id}: no line matches\n{log.decode('utf-8', 'replace')[-1500:]}")
        return
    path = folder / f"{provocation.id}{name}.log"
    path.write_bytes(log)
    label = f'label = "{provocation.layer}"\nroot_lineno = {number}\n'
    path.with_suffix(".toml").write_text(label, "utf-8")


main()
