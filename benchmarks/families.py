"""Made-up universes that grow: each family by its name and size, the same every time.

`conflict` says what the answer is, by construction; None where only a resolver can tell.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from benchmarks.recorded import Recorded, Release

Plain = dict[str, dict[str, list[str]]]
"""Project → version, newest first → what it needs."""


@dataclass(frozen=True, slots=True)
class Family:
    """How to make a member of a size, and the sizes that are measured."""

    make: Callable[[int], Recorded]
    sizes: Sequence[int]
    conflict: bool | None
    about: str


def recorded(name: str, roots: Sequence[str], universe: Plain) -> Recorded:
    """A slice of pure wheels."""
    projects = {
        project: [
            Release(version, f"{project}-{version}-py3-none-any.whl", requires=tuple(requires))
            for version, requires in versions.items()
        ]
        for project, versions in universe.items()
    }
    return Recorded(name, tuple(roots), projects)


def _down(count: int) -> range:
    """Numbers of versions, newest first."""
    return range(count, 0, -1)


def _ladder(size: int, roots: Sequence[str]) -> Recorded:
    """`client` needs the `core` of its own number, as boto3 needs botocore."""
    client = {f"{n}.0": [f"core>={n}.0,<{n + 1}.0"] for n in _down(size)}
    core: dict[str, list[str]] = {f"{n}.0": ["base"] for n in _down(size)}
    return recorded(f"ladder-{size}", roots, {"client": client, "core": core, "base": {"1": []}})


def ladder(size: int) -> Recorded:
    """All the way down: only the oldest `client` goes with the oldest `core`."""
    return _ladder(size, ["client", "core<2"])


def ladder_off(size: int) -> Recorded:
    """No `client` goes with what is left of `core`."""
    return _ladder(size, ["client>=2.0", "core<2"])


def _diamond(size: int, shared: int) -> Recorded:
    """Two sides need ever older versions of one project, in steps that never meet above 1."""
    left = {f"{n}": [f"shared=={2 * n - 1}"] for n in _down(size)}
    right = {f"{n}": [f"shared=={2 * n if n > 1 else shared}"] for n in _down(size)}
    bottom: dict[str, list[str]] = {f"{n}": [] for n in _down(2 * size)}
    universe = {"left": left, "right": right, "shared": bottom}
    return recorded(f"diamond-{size}", ["left", "right"], universe)


def diamond(size: int) -> Recorded:
    return _diamond(size, shared=1)


def diamond_off(size: int) -> Recorded:
    return _diamond(size, shared=2)


def all_versions_need(size: int) -> Recorded:
    """Every version of every project of a chain needs the same old end."""
    count = max(2, size // 10)
    chain: Plain = {f"p{n}": {f"{v}": [f"p{n + 1}"] for v in _down(10)} for n in range(count - 1)}
    end: Plain = {
        f"p{count - 1}": {f"{v}": ["end<2"] for v in _down(10)},
        "end": {"2": [], "1": []},
    }
    return recorded(f"all-versions-need-{size}", ["p0", "end>=2"], {**chain, **end})


def _parity(size: int, total: int) -> Recorded:
    """A chain of bits whose running sum is fixed at its end: each link two versions of a sum.

    `s` n has a version for each pair of an earlier sum and a bit; whoever flips two bits must
    come back to the same sum.
    """
    universe: Plain = {}
    for n in range(size):
        universe[f"x{n}"] = {"1": [], "0": []}
        before = ["0", "1"] if n else ["0"]
        universe[f"t{n}"] = {
            f"{int(sum_)}.{bit}": [f"x{n}=={bit}", *([f"s{n - 1}=={sum_}"] if n else [])]
            for sum_ in reversed(before)
            for bit in ("1", "0")
        }
        universe[f"s{n}"] = {
            str(value): [
                f"t{n}" + ",".join(f"!={one}" for one in universe[f"t{n}"] if _sum(one) != value)
            ]
            for value in (1, 0)
        }
    # The same bits once more, against the grain, with the sum that is asked for.
    for n in reversed(range(size)):
        after = ["0", "1"] if n < size - 1 else ["0"]
        universe[f"v{n}"] = {
            f"{int(sum_)}.{bit}": [f"x{n}=={bit}", *([f"u{n + 1}=={sum_}"] if n < size - 1 else [])]
            for sum_ in reversed(after)
            for bit in ("1", "0")
        }
        universe[f"u{n}"] = {
            str(value): [
                f"v{n}" + ",".join(f"!={one}" for one in universe[f"v{n}"] if _sum(one) != value)
            ]
            for value in (1, 0)
        }
    roots = [f"s{size - 1}==1", f"u0=={total}"]
    return recorded(f"parity-{size}", roots, universe)


def _sum(pair: str) -> int:
    earlier, bit = pair.split(".")
    return int(earlier) ^ int(bit)


def parity(size: int) -> Recorded:
    """Both sums agree."""
    return _parity(size, total=1)


def parity_off(size: int) -> Recorded:
    """The same bits have an odd sum from one end and an even one from the other."""
    return _parity(size, total=0)


def _pigeons(size: int, holes: int) -> Recorded:
    """Each pigeon needs a hole, a version each; each hole says which pigeon it is for."""
    universe: Plain = {
        f"pigeon{p}": {f"{h + 1}": [f"hole{h}=={p + 1}"] for h in range(holes)} for p in range(size)
    }
    universe |= {f"hole{h}": {f"{p + 1}": [] for p in range(size)} for h in range(holes)}
    return recorded(f"pigeons-{size}", [f"pigeon{p}" for p in range(size)], universe)


def pigeons(size: int) -> Recorded:
    return _pigeons(size, size)


def pigeons_off(size: int) -> Recorded:
    """One hole too few."""
    return _pigeons(size, size - 1)


VERSIONS = 30


SPINE = 10


def wide(size: int) -> Recorded:
    """Random: `size` projects of 30 versions; each version needs up to three later projects.

    A newer version asks for newer ones, with a window around its own number, as releases do.
    Every tenth project needs the next tenth one in all of its versions, so that the end is
    always reached.
    """
    return _wide(size, VERSIONS)


def wide_off(size: int) -> Recorded:
    """The same, with one root more: a cap that no version of the last tenth project allows."""
    return _wide(size, 2)


def _wide(size: int, cap: int) -> Recorded:
    random = Random(size)
    universe: Plain = {"shared": {f"{v}": [] for v in _down(VERSIONS)}}
    last = (size - 1) // SPINE * SPINE
    for n in range(size):
        later = range(n + 1, min(size, n + 40))
        near = random.sample(later, min(len(later), random.randint(0, 3)))
        spine = {n + SPINE} if n % SPINE == 0 and n < last else set()
        names = [f"p{one}" for one in sorted({*near, *spine})]
        universe[f"p{n}"] = {f"{v}": _windows(v, names, random) for v in _down(VERSIONS)}
    for version, requires in universe[f"p{last}"].items():
        requires.append(f"shared>={max(3, int(version) - 10)}")
    roots = [f"p{n}" for n in range(min(size, 12))]
    return recorded(f"wide-{size}", [*roots, f"shared<={cap}"], universe)


def _windows(version: int, near: Sequence[str], random: Random) -> list[str]:
    requires = []
    for name in near:
        low = max(1, version - random.randint(5, 15))
        high = min(VERSIONS, version + random.randint(0, 10))
        requires.append(f"{name}>={low},<={high}")
    return requires


FAMILIES: Mapping[str, Family] = {
    "ladder": Family(
        ladder, (100, 200, 400, 800, 1600), False, "a client needs the core of its own number"
    ),
    "ladder, off": Family(ladder_off, (100, 200, 400, 800, 1600), True, "no client fits the core"),
    "diamond": Family(diamond, (50, 100, 200, 400), False, "two sides meet at their oldest"),
    "diamond, off": Family(diamond_off, (50, 100, 200, 400), True, "two sides never meet"),
    "all versions need": Family(
        all_versions_need, (100, 300, 1000, 3000), True, "a chain, ten versions a link"
    ),
    "parity": Family(parity, (6, 12, 24), False, "sums of bits from both ends agree"),
    "parity, off": Family(parity_off, (6, 12, 24), True, "they do not"),
    "pigeons": Family(pigeons, (4, 6, 8), False, "as many holes as pigeons"),
    "pigeons, off": Family(pigeons_off, (4, 5, 6, 7, 8), True, "one hole too few"),
    "wide": Family(wide, (100, 300, 1000, 3000), None, "random, 30 versions a project"),
    "wide, off": Family(wide_off, (100, 300, 1000, 3000), True, "with a cap that the end excludes"),
}
