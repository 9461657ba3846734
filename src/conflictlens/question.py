"""What is asked, and who is told while the answer is worked out."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from conflictlens.explanation.records import Findings, Supposition
from conflictlens.problem.admission import Admission
from conflictlens.requirements.records import RequirementSet
from conflictlens.target import Target


class Stage(StrEnum):
    """What is going on, for a progress display."""

    RESOLVING = "resolving"
    SHRINKING = "finding the smallest conflict"
    MENDING = "looking for fixes"


class Question(msgspec.Struct, frozen=True):
    """What is asked: these requirements, on this target, under this policy.

    With a supposition, some of them must stay, and what blocks them is asked too. `upstream`
    asks for every conflict what other projects would have to loosen. Without `mend`, conflicts
    are told, and no changes are looked for.
    """

    requirements: RequirementSet
    target: Target
    admission: Admission = msgspec.field(default_factory=Admission)
    supposition: Supposition | None = None
    upstream: bool = False
    mend: bool = True


class Reporter:
    """Who is told while an answer is worked out; this one keeps it to itself."""

    def stage(self, stage: Stage) -> None:
        """What begins now."""

    def conflicts(self, findings: Findings) -> None:
        """All conflicts that stand beside each other are known, and told in `findings`.

        Fixes are looked for next, which may turn up conflicts that share lines with these.
        """


SILENT = Reporter()
