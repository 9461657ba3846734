"""Which platform a log is from, by the paths and the names in it."""

from __future__ import annotations

_MACHINES = (
    ("x86_64", "x86_64"), ("amd64", "x86_64"), ("AMD64", "x86_64"), ("aarch64", "aarch64"),
    ("arm64", "aarch64"), ("armv7l", "armv7l"), ("i686", "i686"), ("ppc64le", "ppc64le"),
    ("s390x", "s390x"), ("riscv64", "riscv64"),
)  # fmt: skip
"""How machines are written, and what triples call them."""
_OF_MACHINES = (
    "linux-{}", "_{}.whl", "{}-linux", "{}-unknown-", "{}-alpine-", "{}-apple-", "{}-pc-",
    "win-{}", "-{}-cpython", "-{}-3.", "linux/{}", "win_{}", "linux_{}", "machine is `{}",
)  # fmt: skip
"""Forms in which a log speaks of its own machine."""


class Platforms:
    """Counts what is written on one platform alone, until that is enough."""

    _ENOUGH = 400

    _SIGNS = (
        ("windows", ("C:\\", "c:\\", "[WinError", "win_amd64", "CategoryInfo", ".exe ", "D:\\")),
        ("macos", ("macosx_", "macosx-", "/Users/", "/opt/homebrew", "xcrun", "clang: error")),
        ("alpine", ("musllinux", "linux-musl", "apk add", "alpine")),
        (
            "linux",
            (
                "manylinux",
                "linux-x86_64",
                "linux-aarch64",
                "/usr/",
                "/home/",
                "/root/",
                "/tmp/",
                "/bin/sh",
            ),
        ),
    )

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}
        self._machines: dict[str, int] = {}

    def look(self, text: bytes) -> None:
        if sum(self._seen.values()) > self._ENOUGH:
            return
        self._look_for_machine(text)
        for name, signs in self._SIGNS:
            if count := sum(text.count(sign.encode()) for sign in signs):
                self._seen[name] = self._seen.get(name, 0) + count

    def _look_for_machine(self, text: bytes) -> None:
        for written, name in _MACHINES:
            if written.encode() not in text:
                continue
            signs = (sign.format(written).encode() for sign in _OF_MACHINES)
            if count := sum(map(text.count, signs)):
                self._machines[name] = self._machines.get(name, 0) + count

    def machine(self) -> str | None:
        """``x86_64`` or ``aarch64``, as in triples; None where nothing says it."""
        seen = self._machines
        return max(seen, key=lambda name: seen[name]) if seen else None

    def told(self) -> str | None:
        seen = self._seen
        if seen.get("alpine") and seen.get("linux"):
            return "alpine"
        return max(seen, key=lambda name: seen[name]) if seen else None
