"""The order in which projects are decided: each after all that need it.

What is decided late has to fit what is decided already. A project that is needed by many has the
fewest versions that fit and the least to say about others; decided first, at its newest, it would
rule out versions of all that need it, one after the other. (In a slice that wants selenium and
dandi, urllib3 before botocore costs 945 versions read, after it 154.)

Topological sorting by Kahn's algorithm, with a heap, so that the order is otherwise that in which
the projects came up. Where some need each other, the first of them goes before the others.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from heapq import heapify, heappop, heappush

from conflictlens.names import NormalizedName


def deciding_order(
    needs: Mapping[NormalizedName, Collection[NormalizedName]],
) -> Mapping[NormalizedName, int]:
    """The place of each project; all that are needed are keys, in the order they came up in."""
    came_up = {name: place for place, name in enumerate(needs)}
    waits_for = dict.fromkeys(needs, 0)
    for needed in needs.values():
        for name in needed:
            waits_for[name] += 1
    ready = [(place, name) for name, place in came_up.items() if not waits_for[name]]
    heapify(ready)
    first_left = iter(needs)
    order: dict[NormalizedName, int] = {}
    while len(order) < len(needs):
        name = heappop(ready)[1] if ready else next(n for n in first_left if n not in order)
        if name in order:
            continue
        order[name] = len(order)
        for needed_one in needs[name]:
            waits_for[needed_one] -= 1
            if not waits_for[needed_one]:
                heappush(ready, (came_up[needed_one], needed_one))
    return order
