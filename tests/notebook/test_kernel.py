"""``%explain`` in a real kernel: what a page is told while an answer is worked out."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager, start_new_kernel

from tests.cli.conftest import case as case

SECONDS = 60
SLOW = """\
import time
from conflictlens.cli import progress
from conflictlens.notebook import magics

progress.PATIENCE = progress._PERIOD = 0.05
find = magics.find

def slowly(*asked):
    time.sleep({seconds})
    return find(*asked)

magics.find = slowly
"""
Kernel = tuple[KernelManager, BlockingKernelClient]
Message = tuple[str, dict[str, Any]]


@pytest.fixture
def kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kernel]:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    manager, client = start_new_kernel(kernel_name="python3", startup_timeout=SECONDS)
    list(told(client, client.execute("%load_ext conflictlens")))
    yield manager, client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def told(client: BlockingKernelClient, request: str) -> Iterator[Message]:
    """What the kernel says for a request, up to its end."""
    while True:
        message = client.get_iopub_msg(timeout=SECONDS)
        if message["parent_header"].get("msg_id") != request:
            continue
        kind, content = message["msg_type"], message["content"]
        if kind == "status" and content["execution_state"] == "idle":
            return
        if kind not in ("status", "execute_input"):
            yield kind, content


def test_progress_is_one_line_that_goes(kernel: Kernel, case: str) -> None:
    _, client = kernel
    list(told(client, client.execute(SLOW.format(seconds=1))))
    asked = client.execute(f"%explain kettle pan>=1 --index-snapshot {case}")
    first, *between, last, answer = told(client, asked)

    assert first[0] == "display_data"
    assert first[1]["data"]["text/plain"].startswith("reading the index: 0 projects")
    assert {kind for kind, _ in (*between, last)} == {"update_display_data"}
    lines = (first, *between, last)
    assert len({content["transient"]["display_id"] for _, content in lines}) == 1
    assert last[1]["data"] == {"text/plain": ""}
    assert answer[0] == "execute_result"
    assert set(answer[1]["data"]) == {"text/plain", "text/html", "image/svg+xml"}


def test_quick_and_quiet_answers_show_nothing_else(kernel: Kernel, case: str) -> None:
    _, client = kernel
    line = f"%explain kettle pan>=1 --index-snapshot {case}"
    list(told(client, client.execute(SLOW.format(seconds=0.2))))
    for asked in (f"{line} -q", f"progress.PATIENCE = 60\n{line}"):
        assert [kind for kind, _ in told(client, client.execute(asked))] == ["execute_result"]


def test_an_interrupt_leaves_a_word(kernel: Kernel, case: str) -> None:
    manager, client = kernel
    list(told(client, client.execute(SLOW.format(seconds=SECONDS))))
    messages = told(client, client.execute(f"%explain kettle --index-snapshot {case}"))
    started = time.monotonic()
    assert next(messages)[0] == "display_data"
    manager.interrupt_kernel()
    *_, erased, error = messages

    assert erased[1]["data"] == {"text/plain": ""}
    assert (error[0], error[1]["traceback"]) == ("error", ["interrupted"])
    assert time.monotonic() - started < SECONDS / 2
    assert [kind for kind, _ in told(client, client.execute("1"))] == ["execute_result"]
