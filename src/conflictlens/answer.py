"""The answer as the library gives it: what was found, and all the forms in which it can be had."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

import msgspec

from conflictlens.explanation.records import (
    Blocker,
    Conflict,
    Findings,
    Fix,
    Outcome,
    Repair,
    UpstreamChange,
)
from conflictlens.names import NormalizedName
from conflictlens.problem.notes import Note
from conflictlens.render.style import Style

if TYPE_CHECKING:
    from packaging.version import Version

    # Renderers are loaded by those who render.
    from conflictlens.render.issue import Issue
    from conflictlens.render.json_text import JSON
    from conflictlens.render.network import Graph

EXIT_CODES = {Outcome.RESOLVED: 0, Outcome.CONFLICT: 1, Outcome.UNDECIDED: 3}


class Explanation(msgspec.Struct, frozen=True):
    """An answer. It prints as the text that the command line shows."""

    findings: Findings

    @property
    def outcome(self) -> Outcome:
        return self.findings.outcome

    @property
    def conflicts(self) -> tuple[Conflict, ...]:
        return self.findings.conflicts

    @property
    def resolution(self) -> dict[NormalizedName, Version] | None:
        """The versions that can be installed together; None unless the outcome is resolved."""
        resolution = self.findings.resolution
        if resolution is None:
            return None
        from packaging.version import Version

        return {name: Version(text) for name, text in resolution.items()}

    @property
    def fixes(self) -> tuple[Fix, ...]:
        """Changes that were tried and work, conflict by conflict, cheapest first."""
        return self.findings.fixes

    @property
    def repair(self) -> Repair | None:
        """The cheapest changes that resolve everything; None where none is known."""
        return self.findings.repair

    @property
    def notes(self) -> tuple[Note, ...]:
        return self.findings.notes

    @property
    def blockers(self) -> tuple[Blocker, ...]:
        """What is in the way of what `why_not` was asked for."""
        return self.findings.blockers

    @property
    def upstream(self) -> tuple[UpstreamChange, ...]:
        """What other projects would have to loosen, verified with hypothetical releases.

        Looked for where no fix keeps all lines, or where `explain` is asked for it.
        """
        return self.findings.upstream

    @property
    def issues(self) -> tuple[Issue, ...]:
        """The same as issues that are ready to file with these projects."""
        from conflictlens.render.issue import issues

        return issues(self.findings)

    @property
    def exit_code(self) -> int:
        """0 resolved, 1 conflict, 3 undecided."""
        return EXIT_CODES[self.outcome]

    def to_text(
        self, color: bool = False, width: int = 80, verbose: bool = False, issues: bool = False
    ) -> str:
        from conflictlens.render.text import render_text

        text = render_text(self.findings, Style(width=width, colour=color, verbose=verbose))
        if not issues:
            return text
        from conflictlens.render.issue import render_issues

        return text + render_issues(self.findings)

    def to_dict(self) -> dict[str, JSON]:
        """The object of the schema ``conflictlens.explanation/1``."""
        from conflictlens.render.json import to_dict

        return to_dict(self.findings)

    def to_json(self) -> str:
        from conflictlens.render.json import render_json

        return render_json(self.findings)

    def to_markdown(self, issues: bool = False) -> str:
        from conflictlens.render.markdown import render_markdown

        text = render_markdown(self.findings)
        if not issues:
            return text
        from conflictlens.render.issue import markdown_issues

        return text + markdown_issues(self.findings)

    def to_github(self) -> str:
        """Workflow commands of GitHub Actions; empty where everything can be installed."""
        from conflictlens.render.github import render_github

        return render_github(self.findings)

    def to_sarif(self) -> str:
        """SARIF 2.1.0, for code scanning and editors."""
        from conflictlens.render.sarif import render_sarif

        return render_sarif(self.findings)

    @property
    def graph(self) -> Graph:
        """The conflicts as a graph; `docs/pictures.md` says what its attributes are."""
        from conflictlens.render.network import to_networkx

        return to_networkx(self.findings)

    def to_tree(self, color: bool = False, width: int = 80) -> str:
        """A tree for a terminal, from the user's lines down to where they clash."""
        from conflictlens.render.tree import render_tree

        return render_tree(self.findings, Style(width=width, colour=color))

    def to_mermaid(self) -> str:
        from conflictlens.render.mermaid import render_mermaid

        return render_mermaid(self.findings)

    def to_dot(self) -> str:
        from conflictlens.render.dot import render_dot

        return render_dot(self.findings)

    def to_svg(self, graphviz: bool = True) -> str:
        """A picture for light and dark pages; Graphviz lays it out if it is there and wanted."""
        from conflictlens.render.svg import render_svg

        return render_svg(self.findings, graphviz=graphviz)

    def to_html(self, graphviz: bool = True) -> str:
        """A page that can be looked around in, complete in itself; Graphviz as for `to_svg`."""
        from conflictlens.render.html import render_html

        return render_html(self.findings, graphviz=graphviz)

    def to_png(self) -> bytes:
        """A picture that Graphviz draws. Raises PictureError where it is not there."""
        from conflictlens.render.dot import render_png

        return render_png(self.findings)

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> dict[str, str]:
        """What notebooks show of an answer that is a cell's last value, for IPython."""
        from conflictlens.render.notebook import render_notebook

        forms: dict[str, Callable[[], str]] = {
            "text/plain": self.to_text,
            "image/svg+xml": lambda: self.to_svg(graphviz=False),
            "text/html": lambda: render_notebook(self.findings),
        }
        wanted = set(include or forms) - set(exclude or ())
        return {form: render() for form, render in forms.items() if form in wanted}

    def __str__(self) -> str:
        return self.to_text()

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.to_text(width=1000).partition(chr(10))[0]}>"
