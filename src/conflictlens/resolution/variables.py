"""The engine's variables: which project, extra or root each of them stands for."""

from __future__ import annotations

from conflictlens.names import NormalizedName

Subject = tuple[NormalizedName, NormalizedName | None]
"""A project, or one of its extras."""


class Variables:
    """Both ways between subjects and variables; the subject of a root's variable is None."""

    def __init__(self) -> None:
        self.subjects: list[Subject | None] = []
        self.projects: dict[NormalizedName, int] = {}
        self.extras: dict[NormalizedName, dict[NormalizedName, int]] = {}

    def of(self, name: NormalizedName, extra: NormalizedName | None) -> int:
        return self.projects[name] if extra is None else self.extras[name][extra]

    def note(self, variable: int, subject: Subject | None) -> int:
        """Take note of the next variable."""
        self.subjects.append(subject)
        if subject is not None:
            name, extra = subject
            if extra is None:
                self.projects[name] = variable
            else:
                self.extras.setdefault(name, {})[extra] = variable
        return variable

    def project_of(self, variable: int) -> int:
        """The project variable that a project's or an extra's variable belongs to."""
        subject = self.subjects[variable]
        if subject is None:
            raise AssertionError("a root has no project of its own")
        return self.projects[subject[0]]
