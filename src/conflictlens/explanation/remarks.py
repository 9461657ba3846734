"""What else a reader should know about findings: how far they can be trusted, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from conflictlens.explanation.records import Excluded, Findings, Fix, Needs, Repair
from conflictlens.index.records import Distribution
from conflictlens.names import NormalizedName
from conflictlens.problem.assumptions import assumptions, refused_lines
from conflictlens.problem.notes import Note, NoteKind
from conflictlens.problem.releases import Exclusion
from conflictlens.problem.universe import Universe

_NAMED = 5
"""How many releases or extras one note names."""
_QUOTED = 200
"""A line of so many characters is quoted; of a longer one the place is named."""


def remarks(
    universe: Universe, findings: Findings, picks: Mapping[NormalizedName, int]
) -> tuple[Note, ...]:
    """Notes about what an answer rests on; `picks` are those of its resolution, if it is one."""
    told = picks or _repaired(universe, findings)
    return (
        *_missing_extras(universe, picks),
        *_unknown_metadata(universe, findings),
        *_resting_on_declared(findings),
        *_refused(universe, findings, picks),
        *_resolved_from_source(universe, findings, told),
        *_read_from_wheels(universe, findings, told),
        *_upper_bounds(universe, findings),
        *_without_upload_time(universe),
    )


def _missing_extras(universe: Universe, picks: Mapping[NormalizedName, int]) -> Iterable[Note]:
    """pip only warns when an extra does not exist, and so do we."""
    for root in universe.problem.roots:
        bit = picks.get(root.name)
        if bit is None:
            continue
        extras = root.extras
        missing = sorted(one for one in extras if not universe.has_extra(root.name, bit, one))
        if missing:
            release = f"{root.name} {universe.releases(root.name).text(bit)}"
            where = root.text if len(root.text) <= _QUOTED else str(root.origin)
            text = f"{release} has no extra {_listed(missing)}, which {where} asks for"
            yield Note(NoteKind.MISSING_EXTRA, text)


def _unknown_metadata(universe: Universe, findings: Findings) -> Iterable[Note]:
    unknown = sorted(_unknown_releases(universe, findings))
    if unknown:
        one = len(unknown) == 1
        yield Note(
            NoteKind.UNKNOWN_METADATA,
            f"what {_listed(unknown)} {'needs' if one else 'need'} is not known without a build; "
            f"{'it was' if one else 'they were'} taken to need nothing",
        )


def _unknown_releases(universe: Universe, findings: Findings) -> set[str]:
    """Those that conflicts, changes or the resolution rest on, as ``name version``."""
    changes = _changes(findings)
    assumed = {str(one) for made in changes for one in made.assumes if not one.declared}
    return assumed.union(universe.unknown_releases())


def _changes(findings: Findings) -> list[Fix | Repair]:
    """All that is offered, the repair of everything first."""
    repairs = [findings.repair, *(blocker.repair for blocker in findings.blockers)]
    return [*(repair for repair in repairs if repair is not None), *findings.fixes]


def built(universe: Universe, picks: Mapping[NormalizedName, int]) -> Iterator[Distribution]:
    """The source distributions of a resolution, for which there is no wheel."""
    for name, bit in _source_only(universe, picks):
        yield universe.releases(name).distributions[bit - 1]


def _source_only(
    universe: Universe, picks: Mapping[NormalizedName, int]
) -> Iterator[tuple[NormalizedName, int]]:
    for name, bit in sorted(picks.items()):
        if universe.releases(name).source_only >> bit & 1:
            yield name, bit


def _repaired(universe: Universe, findings: Findings) -> Mapping[NormalizedName, int]:
    """The picks of the repair."""
    resolution = {} if findings.repair is None else findings.repair.resolution
    return {
        name: universe.releases(name).named(text).bit_length() - 1
        for name, text in resolution.items()
    }


def _resting_on_declared(findings: Findings) -> Iterable[Note]:
    """A refutation is a proof as far as its facts hold, and these could be others after a build."""
    for number, conflict in enumerate(findings.conflicts):
        declared = {
            f"{fact.project} {fact.declared}": None
            for fact in conflict.facts
            if isinstance(fact, Needs) and fact.declared is not None
        }
        if declared:
            which = f"conflict {number + 1}" if len(findings.conflicts) > 1 else "the conflict"
            text = f"{which} rests on what {_listed([*declared])} {_declare(declared)}"
            yield Note(NoteKind.DECLARED_METADATA, f"{text}; a build may say other requirements")


def _declare(releases: Iterable[str]) -> str:
    [*texts] = releases
    return "declares" if len(texts) == 1 and " to " not in texts[0] else "declare"


def _read_from_wheels(
    universe: Universe, findings: Findings, picks: Mapping[NormalizedName, int]
) -> Iterable[Note]:
    """Wheels of one release can differ, so it is said which one was read."""
    wheels = {
        wheel: None
        for conflict in findings.conflicts
        for fact in conflict.facts
        if isinstance(fact, Needs)
        for wheel in fact.wheels
    }
    wheels.update({one.wheel: None for one in assumptions(universe, picks) if one.wheel})
    if wheels:
        its = "it is" if len(wheels) == 1 else "they are"
        text = f"requirements were read from {_listed([*wheels])}, though {its} not for this target"
        yield Note(
            NoteKind.DECLARED_METADATA,
            f"{text}: the source does not state them, and wheels of one release can differ",
        )


def _resolved_from_source(
    universe: Universe, findings: Findings, picks: Mapping[NormalizedName, int]
) -> Iterable[Note]:
    source = [
        f"{name} {universe.releases(name).text(bit)}" for name, bit in _source_only(universe, picks)
    ]
    declared = [str(one) for one in assumptions(universe, picks) if one.declared]
    # That others are built is said with what a build may change about them.
    told = {*declared, *_unknown_releases(universe, findings)}
    certain = [one for one in source if one not in told]
    if certain:
        yield Note(NoteKind.SOURCE_ONLY, f"{_listed(certain)} would be built from source")
    if declared:
        text = f"a build of {_listed(declared)} may say other requirements than are declared"
        yield Note(NoteKind.DECLARED_METADATA, text)


def _refused(
    universe: Universe, findings: Findings, picks: Mapping[NormalizedName, int]
) -> Iterable[Note]:
    """What pip would not install of the resolution, or of what is offered, each fix included."""
    lines = dict.fromkeys(refused_lines(universe, picks))
    for made in _changes(findings):
        lines.update(dict.fromkeys(made.basis.refused))
    if lines:
        text = f"pip refuses invalid requirements since 24.1, as those of {_listed([*lines])}"
        yield Note(NoteKind.INVALID_METADATA, text)


def _upper_bounds(universe: Universe, findings: Findings) -> Iterable[Note]:
    """uv ignores upper bounds of Requires-Python, so its verdict may differ here."""
    python = universe.problem.target.python_full_version
    for fact in _excluded(findings, Exclusion.REQUIRES_PYTHON):
        if any(_too_new(python, detail) for detail in fact.detail):
            yield Note(
                NoteKind.REQUIRES_PYTHON,
                f"{fact.project} {fact.versions} {'rules' if fact.versions.count == 1 else 'rule'} "
                f"out Python {python} by an upper bound; "
                "pip obeys it, uv does not",
            )


def _too_new(python: str, requires_python: str) -> bool:
    """Whether only upper bounds keep `python` out."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        parts = SpecifierSet(requires_python)
    except InvalidSpecifier:
        return False
    failing = [part for part in parts if not part.contains(python, prereleases=True)]
    return bool(failing) and all(part.operator in ("<", "<=") for part in failing)


def _without_upload_time(universe: Universe) -> Iterable[Note]:
    undated = sorted(universe.undated_projects())
    if undated:
        text = f"an index does not say when some files of {_listed(undated)} were uploaded"
        yield Note(NoteKind.UPLOAD_TIME, f"{text}; with a cut-off date these do not count")


def _excluded(findings: Findings, reason: Exclusion) -> Iterable[Excluded]:
    for conflict in findings.conflicts:
        for fact in conflict.facts:
            if isinstance(fact, Excluded) and fact.reason is reason:
                yield fact


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_NAMED])
    return shown if len(names) <= _NAMED else f"{shown} and {len(names) - _NAMED} more"
