"""A rule's match in a line: whether the line is like it, what its groups hold, where it begins."""

from __future__ import annotations

import re

from conflictlens.diagnosis.naming import NAMING, whole_name
from conflictlens.diagnosis.rules import Rule, compiled


def match(rule: Rule, text: str) -> re.Match[str] | None:
    """None where a line is not like a rule, wherever it stands."""
    if rule.besides and not any(one in text for one in rule.besides):
        return None
    found = compiled(rule.pattern).search(text)
    told = not rule.literals or any(one in text for one in rule.literals)
    return found if found and told else None


def groups(found: re.Match[str]) -> dict[str, str]:
    """What the groups hold, those apart that hold nothing."""
    return {name: _said(found, name) for name, value in found.groupdict().items() if value}


def _said(found: re.Match[str], name: str) -> str:
    """What a group holds; of one that is to be a project's name nothing where it is none."""
    if name.startswith(NAMING):
        return whole_name(found.string, *found.span(name))
    return found[name]


def start(found: re.Match[str]) -> int:
    """Where the line of the cause begins, or the words: a pattern may begin with blanks."""
    if found.groupdict().get("line"):
        return found.start("line")
    return found.start() + len(found[0]) - len(found[0].lstrip())
