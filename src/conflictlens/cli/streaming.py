"""The conflicts on a terminal as soon as it is settled which they are, before fixes are sought."""

from __future__ import annotations

from conflictlens.cli.output import write_answer
from conflictlens.cli.progress import Progress
from conflictlens.explanation.records import Findings
from conflictlens.question import Reporter, Stage
from conflictlens.render.style import Style

AGAIN = "\nWhile fixes were tried, more came to light. The whole answer:\n\n"


class Streaming(Reporter):
    """Writes the opening of the answer beside the progress that it passes stages on to."""

    def __init__(self, progress: Progress, style: Style) -> None:
        self._progress = progress
        self._style = style
        self.shown = ""

    def stage(self, stage: Stage) -> None:
        self._progress.stage(stage)

    def conflicts(self, findings: Findings) -> None:
        from conflictlens.render.text import render_opening

        self.shown = render_opening(findings, self._style)
        with self._progress.aside():
            write_answer(self.shown, "text", None)


def rest(text: str, shown: str) -> str:
    """What is to be written of the whole answer after what was shown of it already."""
    return text[len(shown) :] if text.startswith(shown) else AGAIN + text
