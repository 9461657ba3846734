"""A sample of the scenarios from a real server: as from memory, however the index behaves."""

from __future__ import annotations

import msgspec
import pytest

from tests.index.opening import opened
from tests.scenario import Scenario, load, scenarios
from tests.served_index import MetadataFiles, Ranges, Release, Universe, Variant, served
from tests.test_scenarios import SHARED, ask

VARIANTS = {
    "json": Variant(),
    "html-only": Variant(json=False),
    "html-unannounced-metadata": Variant(json=False, metadata=MetadataFiles.UNANNOUNCED),
    "no-metadata-files": Variant(metadata=MetadataFiles.ABSENT),
    "no-metadata-files-no-ranges": Variant(metadata=MetadataFiles.ABSENT, ranges=Ranges.NONE),
}

SAMPLE = {
    **dict(list(scenarios().items())[::6]),
    **{path.stem: path for path in sorted(SHARED.glob("*.toml"))[::9]},
}
"""Every sixth of ours, and of the shared ones, where they are, every ninth."""


def universe_of(scenario: Scenario) -> Universe:
    return {
        name: {
            version: Release(**msgspec.structs.asdict(release))
            for version, release in versions.items()
        }
        for name, versions in scenario.universe.items()
    }


@pytest.mark.parametrize("variant", VARIANTS.values(), ids=VARIANTS)
@pytest.mark.parametrize("name", SAMPLE)
def test_the_answer_is_the_same(name: str, variant: Variant) -> None:
    scenario = load(SAMPLE[name])
    expected = ask(scenario)
    with served(universe_of(scenario), variant) as server, opened(server.url) as index:
        findings = ask(scenario, index)
    assert findings.outcome is expected.outcome
    assert findings.resolution == expected.resolution
    cores = [[root.text for root in conflict.core] for conflict in findings.conflicts]
    assert cores == [[root.text for root in conflict.core] for conflict in expected.conflicts]
    assert [fix.changes for fix in findings.fixes] == [fix.changes for fix in expected.fixes]
    assert findings.stats.requests > 0
