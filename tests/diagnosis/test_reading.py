"""Bytes to numbered lines: encodings, line ends, bounds; and lines without their wrapping."""

from __future__ import annotations

import codecs
import io
import subprocess
import sys

import pytest

from conflictlens.diagnosis.choosing import diagnose
from conflictlens.diagnosis.cleaning import clean
from conflictlens.diagnosis.reading import BLOCK, LONGEST, blocks
from conflictlens.diagnosis.records import Diagnosis, Layer, LogOutcome
from conflictlens.diagnosis.wrapping import console_width, unwrapped

FATAL = "ERROR: Could not open requirements file: [Errno 2] No such file or directory: 'no.txt'"


def lines(data: bytes) -> list[str]:
    read = list(blocks(io.BytesIO(data)))
    numbers = [number for block in read for number, _ in enumerate(block.lines, block.first)]
    assert numbers == list(range(1, len(numbers) + 1))
    return [line for block in read for line in block.lines]


def said(data: bytes) -> Diagnosis:
    return diagnose(io.BytesIO(data))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_way_to_end_a_line(end: str) -> None:
    assert lines(end.join(("one", "", "three")).encode()) == ["one", "", "three"]


def test_a_line_end_may_stand_between_two_blocks() -> None:
    first = b"a" * (BLOCK - 1) + b"\r"
    assert [len(line) for line in lines(first + b"\nbc")] == [LONGEST, 2]


def test_a_terminal_redraws_within_a_line_that_ends_at_cr_lf() -> None:
    drawn = b"one\r\n10%\r\x1b[2K20%\r\nthree\r\n"
    assert lines(drawn) == ["one", "\x1b[2K20%", "three"]


def test_what_was_drawn_last_may_stand_in_the_next_block() -> None:
    drawn = b"x\r\n" + b"a" * (BLOCK - 6) + b"\rbb" + b"cc\r\nd\r\n"
    assert lines(drawn) == ["x", "bbcc", "d"]


ENCODED = {
    "utf-8": FATAL.encode(),
    "utf-8 with a mark": codecs.BOM_UTF8 + FATAL.encode(),
    "utf-16 of PowerShell": codecs.BOM_UTF16_LE + FATAL.encode("utf-16-le"),
    "utf-16 big-endian": codecs.BOM_UTF16_BE + FATAL.encode("utf-16-be"),
    "utf-16 without a mark": FATAL.encode("utf-16-le"),
    "utf-16 appended to ascii": b"started\n" * 600 + FATAL.encode("utf-16-le"),
}


@pytest.mark.parametrize("data", ENCODED.values(), ids=ENCODED)
def test_encodings(data: bytes) -> None:
    found = said(data)
    assert (found.layer, found.text) == (Layer.MISSING_INPUT_FILE, FATAL)


PREFIXED = {
    "logging": f"2022-12-02 19:13:08,630: {FATAL}",
    "logging with a level": f"2022-12-02 19:13:08,630 - INFO - {FATAL}",
    "mail": f"> {FATAL}",
    "mail, answered": f"> > {FATAL}",
    "a frame": f"│ {FATAL}",
    "a level": f"[INFO] {FATAL}",
    "a stream": f"[stderr] {FATAL}",
    "journald": f"Dec 01 19:13:08 host-1 builder[123]: {FATAL}",
    "kubernetes": f"2024-01-01T10:00:00.000000000Z stderr F {FATAL}",
    "gitlab": f"2024-01-01T10:00:00.000000Z 01E {FATAL}",
    "nix": f"python3.12-demo> {FATAL}",
    "colour": f"\x1b[0m\x1b[91m{FATAL}\x1b[0m",
    "colour without its escape": f"[91m{FATAL}[0m",
    "GitHub": f"2024-05-01T10:00:00.1234567Z {FATAL}",
    "gh run view": f"build\tInstall\t2024-05-01T10:00:00.1234567Z {FATAL}",
    "BuildKit": f"#12 3.456 {FATAL}",
    "compose": f"web-1  | {FATAL}",
    "pip --log": f"2025-01-17T00:20:36,465 {FATAL}",
}


@pytest.mark.parametrize("line", PREFIXED.values(), ids=PREFIXED)
def test_what_others_put_around_a_line(line: str) -> None:
    assert clean(line) == FATAL
    assert said(line.encode()).text == line


@pytest.mark.parametrize("page", ["cp437", "cp850", "cp1252"])
def test_box_characters_in_a_wrong_code_page(page: str) -> None:
    box = "  ╰─▶ Because"
    assert clean(box.encode().decode(page, "replace")).endswith("Because")
    assert clean("  ╰─▶ Because".encode().decode("cp437")) == box


def powershell(text: str, width: int) -> list[str]:
    """As PowerShell 5 writes what a program says on standard error."""
    out: list[str] = []
    while len(text) > width:
        cut = text.rfind(" ", 0, width) + 1
        cut = cut if text[:cut].strip() else width
        out.append(text[:cut])
        text = text[cut:]
    return [*out, text]


FRAME = ["At line:1 char:1", "+ pip install x", "    + CategoryInfo          : NotSpec", " "]


@pytest.mark.parametrize("width", [24, 33, 60])
def test_powershell_breaks_are_undone(width: int) -> None:
    frame = [
        *FRAME[:2],
        "    + CategoryInfo          : NotSpecified: (ERROR: No:String) []"[:width],
    ]
    broken = [*powershell(f"pip : {FATAL}", width), *frame]
    found = console_width(broken)
    assert found == width
    sentences = [one.text for one in unwrapped(1, broken, found)]
    assert sentences[0] == f"pip : {FATAL}"


def test_the_line_is_the_physical_one_where_the_words_begin() -> None:
    broken = ["Collecting x", *powershell(f"pip : {FATAL}", 40), *FRAME]
    found = said("\r\n".join(broken).encode("utf-16"))
    assert (found.line, found.text) == (2, broken[1])


def test_ordinary_lines_are_not_joined() -> None:
    assert console_width(["Collecting six ", "  Downloading six"] * 5) is None


def test_a_proof_over_several_lines_is_one_sentence() -> None:
    log = """
  × No solution found when resolving dependencies:
  ╰─▶ Because only six<=1.17.0 is available and you
      require six>=2, we can conclude that your
      requirements are unsatisfiable.
"""
    found = said(log.encode())
    assert (found.layer, found.line) == (Layer.NO_MATCHING_DISTRIBUTION, 3)


HOSTILE = {
    "no line end": (b"error: ", 50_000_000),
    "only line ends": (b"\n", 2_000_000),
    "only carriage returns": (b"\r", 2_000_000),
    "a progress bar that is redrawn": (
        "\r   ━━━━━━━━━━╺━━━━━ 1.2/5.0 MB 3.4 MB/s eta 0:00:01".encode(),
        10_000_000,
    ),
    "binary": (bytes(range(256)), 10_000_000),
    "backtracking": (b"Because " * 250 + b"\n", 5_000_000),
    "escapes": (b"\x1b[", 10_000_000),
    "paragraphs": (b"Because a\n" + b"  b depends on c\n" * 80, 2_000_000),
    "one paragraph": (b"  Because a depends on b\n", 2_000_000),
    "tracebacks": (b"Traceback (most recent call last):\n", 5_000_000),
    "nested tracebacks": (
        b"".join(b" " * n + b"Traceback (most recent call last):\n" for n in range(60)),
        5_000_000,
    ),
    "a traceback without an end": (b'Traceback (most recent call last):\n  File "a"\n', 5_000_000),
    "trailing blanks": (b"a \n", 3_000_000),
    "requirements": (b"Collecting demo==1.0 (from -r requirements.txt (line 1))\n", 5_000_000),
}
"""What is repeated, and to how many bytes: a time that grew with the square would show."""

_MEASURED = """
import io, itertools, re, sys, time
from pathlib import Path
from conflictlens.diagnosis.choosing import diagnose
piece, size = eval(sys.argv[1]), int(sys.argv[2])

class Repeated(io.RawIOBase):
    left = size
    def read(self, count=-1):
        count = min(count, self.left)
        self.left -= count
        return (piece * (count // len(piece) + 1))[:count]

diagnose(io.BytesIO(b""))
start = time.process_time()
print(diagnose(Repeated()).outcome.value)
print(time.process_time() - start)
# Not `ru_maxrss`: a child begins with its parent's.
print(int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1e3)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the memory is read from /proc")
@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_hostile_input_neither_hangs_nor_fails(data: tuple[bytes, int]) -> None:
    piece, size = data
    command = [sys.executable, "-c", _MEASURED, repr(piece), str(size)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    outcome, seconds, megabytes = done.stdout.split()
    assert outcome != "success"
    assert float(seconds) < 12
    assert float(megabytes) < 100


def test_empty_input_says_nothing() -> None:
    assert said(b"") == Diagnosis(LogOutcome.UNKNOWN, Layer.UNKNOWN, empty=True)
