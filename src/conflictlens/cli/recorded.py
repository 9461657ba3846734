"""The question inside a snapshot: written when it is recorded, read when it is asked again."""

from __future__ import annotations

from types import MappingProxyType

from msgspec.structs import replace

from conflictlens.errors import BadLine, RequirementsError
from conflictlens.index import snapshot_format
from conflictlens.index.recording import written
from conflictlens.index.snapshot_format import WrittenRequirement
from conflictlens.question import Question
from conflictlens.requirements.pep508 import Refused
from conflictlens.requirements.records import (
    IndexOptions,
    RequirementSet,
    RootRequirement,
    UnnamedRoot,
)
from conflictlens.requirements.references import parse_editable, parse_requirement
from conflictlens.requirements.workspace import Workspace
from conflictlens.target import ListedTags, Target, target_for


def recorded_question(question: Question) -> snapshot_format.Question:
    """All of a question that a snapshot keeps; the target with its markers and tags."""
    target, admission = question.target, question.admission
    return snapshot_format.Question(
        requirements=tuple(map(written, question.requirements.roots)),
        constraints=tuple(map(written, question.requirements.constraints)),
        python=target.python,
        platform=target.platform,
        exclude_newer=admission.uploaded_before,
        pre=admission.pre,
        only_binary=tuple(sorted(admission.only_binary)),
        no_binary=tuple(sorted(admission.no_binary)),
        environment=dict(target.markers),
        tags=tuple(map(str, target.tags)),
    )


def recorded_requirements(
    question: snapshot_format.Question, workspace: Workspace
) -> RequirementSet:
    """The roots and options of a snapshot; raises RequirementsError for texts that are none."""
    constraints = (_root(one, workspace) for one in question.constraints)
    return RequirementSet(
        roots=tuple(_root(one, workspace) for one in question.requirements),
        constraints=tuple(one for one in constraints if isinstance(one, RootRequirement)),
        options=IndexOptions(
            pre=question.pre,
            only_binary=frozenset(question.only_binary),
            no_binary=frozenset(question.no_binary),
        ),
    )


def _root(one: WrittenRequirement, workspace: Workspace) -> RootRequirement | UnnamedRoot:
    parse = parse_editable if one.editable else parse_requirement
    try:
        asked = parse(one.text, workspace)
    except Refused as refused:
        bad = BadLine(str(one.origin), None, one.text, refused.reason)
        raise RequirementsError((bad,)) from refused
    return asked.root(one.text, one.origin, one.hashes, one.editable)


def recorded_target(
    question: snapshot_format.Question, python: str | None, platform: str | None
) -> Target:
    """The target of a snapshot; what is given beside it wins, and then describes it anew."""
    target = target_for(python or question.python, platform or question.platform)
    if python or platform or not question.environment:
        return target
    markers = {**target.markers, **question.environment}
    return replace(
        target,
        python_full_version=markers["python_full_version"],
        markers=MappingProxyType(markers),
        tag_source=ListedTags(question.tags) if question.tags else target.tag_source,
    )
