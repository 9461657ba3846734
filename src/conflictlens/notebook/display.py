"""A line in the output of a cell that can be shown anew, for `Progress`."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

from IPython.core.display_functions import display, update_display


class DisplayLine:
    """One output of the cell that runs; empty at the end, since outputs can't be taken back."""

    def __init__(self) -> None:
        self._id = uuid4().hex
        self._shown = False

    def show(self, text: str) -> None:
        put: Callable[..., object] = update_display if self._shown else display
        put({"text/plain": text}, raw=True, display_id=self._id)
        self._shown = True

    def erase(self) -> None:
        self.show("")
