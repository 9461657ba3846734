"""Small pieces of sentences: versions, subjects, places, the target. Nothing is escaped here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from conflictlens.explanation.records import Findings
from conflictlens.names import NormalizedName
from conflictlens.requirements.records import OriginKind, RootRequirement
from conflictlens.target import Target

if TYPE_CHECKING:
    from conflictlens.explanation.versions import VersionSet

_RUNS = 3
"""How many runs of versions are shown at most."""


def counted(versions: VersionSet, word: str = "and") -> str:
    """``1.0 to 1.4 (all 5)``, ``1.0 and 3.0``; of many runs the first ones and the last.

    How many versions there are is told where the text does not show it.
    """
    texts = [str(first) if first == last else f"{first} to {last}" for first, last in versions.runs]
    if versions.count == 2:
        texts = list(dict.fromkeys(str(version) for run in versions.runs for version in run))
    if len(texts) > _RUNS:
        text = ", ".join([*texts[: _RUNS - 1], "…", texts[-1]])
    else:
        text = listed(texts, word)
    if versions.count <= 2 or versions.count == len(texts) <= _RUNS:
        return text
    return f"{text} (all {versions.count})" if len(texts) == 1 else f"{text} ({versions.count})"


def subject(project: NormalizedName, extra: NormalizedName | None, versions: VersionSet) -> str:
    """``dask[array] 2.0 to 2.4 (all 5)``; the project alone where there is no version."""
    name = f"{project}[{extra}]" if extra else project
    return f"{name} {counted(versions)}" if versions.runs else name


def agree(versions: VersionSet, singular: str, plural: str) -> str:
    """The form of a verb that `versions` take."""
    return plural if versions.count > 1 else singular


def number(count: int, noun: str, plural: str | None = None) -> str:
    """``1 requirement``, ``2 requirements``."""
    return f"{count} {noun if count == 1 else plural or noun + 's'}"


def listed(texts: Sequence[str], word: str = "and", most: int = 3) -> str:
    """``a, b and c``; what is over `most` is counted."""
    shown, rest = list(texts[:most]), len(texts) - most
    if rest > 0:
        shown.append(f"{rest} more")
    if len(shown) < 2:
        return "".join(shown)
    return f"{', '.join(shown[:-1])} {word} {shown[-1]}"


def where(target: Target, root: RootRequirement) -> str | None:
    """The place of a member of a core; the target's Python is an option or what runs here."""
    if root.origin.kind is OriginKind.TARGET:
        return "--python" if target.python_given else "running here"
    return place(root)


def place(root: RootRequirement) -> str | None:
    """``requirements.txt:3``, None for what stands in no file."""
    return None if root.origin.path is None else str(root.origin)


def asker(root: RootRequirement) -> str:
    """Who asks for a root, as the subject of a sentence."""
    match root.origin.kind:
        case OriginKind.TARGET:
            return "the target"
        case OriginKind.CONSTRAINT:
            return place(root) or "a constraint"
        case OriginKind.REQUIREMENT | OriginKind.ARGUMENT:
            return place(root) or "your requirement"


def python(target: Target) -> str:
    """``Python 3.11``, or the implementation's own name."""
    implementation = target.markers.get("platform_python_implementation", "CPython")
    name = "Python" if implementation in ("CPython", "") else implementation
    return f"{name} {target.python}"


def blames_python(findings: Findings) -> bool:
    """Whether the target's Python belongs to every conflict, so that the verdict names it."""
    every = [conflict.python for conflict in findings.conflicts]
    return bool(every) and None not in every


def cut_off(uploaded_before: str) -> str:
    """The last moment that counts: the day, where the cut-off is a midnight in UTC."""
    moment = datetime.fromisoformat(uploaded_before)
    if moment.time() == datetime.min.time():
        return (moment - timedelta(days=1)).date().isoformat()
    return moment.strftime("%Y-%m-%d %H:%M UTC")


def circumstances(findings: Findings, *, but_python: bool = False) -> str:
    """``Python 3.11, linux, uploads until 2023-08-11``."""
    parts = [] if but_python else [python(findings.target)]
    parts.append(findings.target.platform)
    if findings.uploaded_before is not None:
        parts.append(f"uploads until {cut_off(findings.uploaded_before)}")
    return ", ".join(parts)
