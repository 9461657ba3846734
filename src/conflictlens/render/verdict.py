"""The first line of an answer: the outcome, and in which circumstances it holds."""

from __future__ import annotations

import msgspec

from conflictlens.explanation.records import Findings, Outcome
from conflictlens.render.blocking import verdict_sentence
from conflictlens.render.phrases import blames_python, circumstances, number, python


class Headline(msgspec.Struct, frozen=True):
    """``✗``, a sentence, and the circumstances in which it holds."""

    mark: str
    sentence: str
    where: str

    def __str__(self) -> str:
        return f"{self.mark} {self.sentence} ({self.where})"


def headline(findings: Findings) -> Headline:
    where = circumstances(findings, but_python=blames_python(findings))
    if findings.supposition is not None and findings.outcome is not Outcome.UNDECIDED:
        mark = "✓" if findings.outcome is Outcome.RESOLVED else "✗"
        return Headline(mark, verdict_sentence(findings, findings.supposition), where)
    match findings.outcome:
        case Outcome.RESOLVED:
            return Headline("✓", _resolved(findings), where)
        case Outcome.CONFLICT:
            return Headline("✗", _conflict(findings), where)
        case Outcome.UNDECIDED:
            return Headline("?", f"Undecided: {findings.undecided}", where)


def _resolved(findings: Findings) -> str:
    count = sum(not root.is_constraint for root in findings.roots)
    if count == 0:
        return "Nothing is to be installed: no requirement applies"
    if count == 1:
        return "The requirement can be installed"
    who = "Both" if count == 2 else f"All {count}"
    return f"{who} requirements can be installed together"


def _conflict(findings: Findings) -> str:
    roots = {root for conflict in findings.conflicts for root in conflict.lines}
    constraints = sum(root.is_constraint for root in roots)
    requirements = len(roots) - constraints
    every = sum(not root.is_constraint for root in findings.roots)
    who = _of(requirements, every)
    if constraints:
        who = f"{who} and {number(constraints, 'constraint')}"
    together = " together" if len(roots) > 1 else ""
    on = f" with {python(findings.target)}" if blames_python(findings) else ""
    verdict = f"{who} can't be installed{together}{on}"
    many = len(findings.conflicts)
    return f"{many} conflicts: {verdict[0].lower()}{verdict[1:]}" if many > 1 else verdict


def _of(some: int, every: int) -> str:
    if every == 1:
        return "The requirement"
    if some == every:
        return f"The {every} requirements"
    return f"{some} of {every} requirements"
