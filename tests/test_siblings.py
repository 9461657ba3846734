"""A source that does not say what it needs: wheels of its release for other targets mostly do."""

from __future__ import annotations

from pathlib import Path

import pytest
from packaging.utils import canonicalize_name
from packaging.version import Version

import conflictlens
from conflictlens.explanation.records import Findings, Needs, Outcome
from conflictlens.index.records import Distribution, DistributionKind
from conflictlens.pipeline import find
from conflictlens.problem.admission import Admission
from conflictlens.problem.notes import NoteKind
from conflictlens.problem.siblings import nearest_wheels
from conflictlens.question import Question
from conflictlens.render.json import to_dict
from conflictlens.render.markdown import render_markdown
from conflictlens.render.text import render_text
from conflictlens.requirements.reading import read_requirements
from conflictlens.resolution.budget import Budget
from conflictlens.target import target_for
from tests.index.opening import opened
from tests.served_index import MetadataFiles, Release, SdistStyle, Universe, Variant, served

TAGS = ("cp39-cp39-win_amd64", "cp39-cp39-manylinux_2_17_x86_64", "cp310-cp310-win_amd64")
WHEEL = "oven-1.0-cp39-cp39-manylinux_2_17_x86_64.whl"


def oven(*needs: str, uploaded: str = "2024-01-02T00:00:00Z") -> Release:
    """A release with wheels for Python 3.9 and 3.10, and a source that says nothing."""
    return Release(
        needs,
        wheel_tags=TAGS,
        sdist=True,
        sdist_style=SdistStyle.BARE,
        upload_time=uploaded,
    )


def ask(*lines: str, universe: Universe, variant: Variant | None = None) -> Findings:
    question = Question(
        read_requirements(arguments=lines), target_for("3.11", "linux"), Admission()
    )
    with served(universe, variant) as server, opened(server.url) as index:
        return find(question, index, Budget(deadline=None))


OVEN = canonicalize_name("oven")
STEEL: Universe = {"steel": {"1.0": [], "2.0": []}}
CLASH: Universe = {"oven": {"1.0": oven("steel<2", "salt; python_version < '3.10'")}, **STEEL}


@pytest.mark.parametrize("metadata", MetadataFiles)
def test_a_conflict_rests_on_what_a_wheel_for_another_target_says(metadata: MetadataFiles) -> None:
    findings = ask("oven==1.0", "steel==2.0", universe=CLASH, variant=Variant(metadata=metadata))
    assert findings.outcome is Outcome.CONFLICT
    [conflict] = findings.conflicts
    [fact] = [fact for fact in conflict.facts if isinstance(fact, Needs)]
    assert (fact.requirement, fact.wheels, str(fact.declared)) == ("steel<2", (WHEEL,), "1.0")
    assert WHEEL in fact.sources[0]
    declared = [one.text for one in findings.notes if one.kind is NoteKind.DECLARED_METADATA]
    assert declared[0] == (
        "the conflict rests on what oven 1.0 declares; a build may say other requirements"
    )
    assert any(text.startswith(f"requirements were read from {WHEEL},") for text in declared)


def test_markers_are_evaluated_for_the_target() -> None:
    findings = ask("oven==1.0", universe=CLASH)
    assert findings.resolution == {
        OVEN: "1.0",
        canonicalize_name("steel"): "1.0",
    }
    assert not any(note.kind is NoteKind.UNKNOWN_METADATA for note in findings.notes)


def test_a_fix_says_what_it_assumes() -> None:
    universe: Universe = {
        "oven": {"1.0": oven("steel<2"), "2.0": oven("steel<3")},
        "salt": {"1.0": Release(wheel=False, sdist=True, sdist_style=SdistStyle.BARE)},
        **STEEL,
    }
    findings = ask("oven==1.0", "steel==2.0", "salt", universe=universe)
    texts = {change.replacement: fix for fix in findings.fixes for change in fix.changes}
    assert [(str(one), one.declared, one.wheel) for one in texts["oven==2.0"].assumes] == [
        ("oven 2.0", True, WHEEL.replace("1.0", "2.0")),
        ("salt 1.0", False, ""),
    ]
    assumed = "if oven 2.0 needs what it declares"
    assert assumed in " ".join(render_text(findings).split())
    assert f"`, {assumed}\n" in render_markdown(findings)
    fixes = to_dict(findings)["fixes"]
    assert isinstance(fixes, list)
    assert {"project": "salt", "version": "1.0", "metadata": "unknown", "wheel": None} in [
        assumption
        for fix in fixes
        if isinstance(fix, dict) and isinstance(fix["assumes"], list)
        for assumption in fix["assumes"]
    ]


def test_a_source_that_declares_its_needs_is_believed_first() -> None:
    release = Release(["steel<2"], wheel_tags=TAGS, sdist=True, sdist_style=SdistStyle.PYPROJECT)
    findings = ask("oven", universe={"oven": {"1.0": release}, **STEEL})
    assert not any("read from" in note.text for note in findings.notes)


def test_wheels_after_the_cut_off_say_nothing() -> None:
    late = Release(["steel<2"], wheel_tags=TAGS, upload_time="2025-01-02T00:00:00Z")
    with served({"oven": {"1.0": oven("steel<2")}, **STEEL}) as server:
        [*_, source] = server.projects[OVEN]
        server.projects[OVEN] = [
            *(
                type(file)(file.filename, file.content, file.metadata, late)
                for file in server.projects[OVEN]
                if file is not source
            ),
            source,
        ]
        with opened(server.url) as index:
            findings = conflictlens.explain(
                ["oven", "steel==2.0"], index=index, python="3.11", exclude_newer="2024-06-01"
            ).findings
    assert findings.outcome is Outcome.RESOLVED
    assert any(note.kind is NoteKind.UNKNOWN_METADATA for note in findings.notes)


def test_a_second_answer_knows_the_wheel_too(tmp_path: Path) -> None:
    question = Question(
        read_requirements(arguments=["oven==1.0", "steel==2.0"]),
        target_for("3.11", "linux"),
        Admission(),
    )
    with served(CLASH, Variant(cache_control="max-age=600")) as server:
        answers = []
        for _ in range(2):
            with opened(server.url, cache_dir=tmp_path) as index:
                answers.append(find(question, index, Budget(deadline=None)))
    assert answers[0].conflicts == answers[1].conflicts
    assert answers[0].notes == answers[1].notes
    assert answers[1].stats.requests == 0


def wheel(filename: str) -> Distribution:
    return Distribution(OVEN, Version("1.0"), filename, filename, DistributionKind.WHEEL)


def test_the_wheel_that_is_most_like_the_targets_is_read() -> None:
    names = [
        "oven-1.0-cp312-cp312-win_amd64.whl",
        "oven-1.0-cp37-cp37m-manylinux_2_17_x86_64.whl",
        "oven-1.0-cp310-cp310-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
        "oven-1.0-cp27-cp27mu-manylinux_2_17_x86_64.whl",
    ]
    source = Distribution(OVEN, Version("1.0"), "", "", DistributionKind.SDIST)
    nearest = nearest_wheels(source, map(wheel, names), target_for("3.12", "linux"))
    assert [file.filename for file in nearest] == [names[2], names[1], names[3]]
