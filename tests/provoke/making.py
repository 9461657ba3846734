"""Short ways to write a provocation down."""

from __future__ import annotations

from collections.abc import Mapping

from conflictlens.diagnosis.records import Layer
from tests.provoke.resolving import LAKE
from tests.provoke.running import Provocation
from tests.served_index import Universe, Variant


def served(
    id: str, layer: Layer, line: str, command: str, variant: Variant, universe: Universe = LAKE
) -> Provocation:
    return Provocation(
        id=id,
        layer=layer,
        line=line,
        command=command,
        variant=variant,
        universe=universe,
        environment={"UV_HTTP_TIMEOUT": "3", "UV_HTTP_RETRIES": "1"},
    )


def local(
    id: str,
    layer: Layer,
    line: str,
    command: str,
    before: str = "",
    files: Mapping[str, str | bytes] | None = None,
    universe: Universe = LAKE,
    environment: Mapping[str, str] | None = None,
) -> Provocation:
    return Provocation(
        id=id,
        layer=layer,
        line=line,
        command=command,
        before=before,
        files=files or {},
        environment=environment or {},
        universe=universe,
    )
