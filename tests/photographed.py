"""The report in `docs/pictures` as a browser shows it: ``python -m tests.photographed``.

What it shows depends on the fonts of the machine, so that no test compares it.
"""

from __future__ import annotations

import tempfile
from base64 import b64decode
from pathlib import Path

from tests.browser import browser
from tests.test_drawn import FOLDER, ROOT, answered

PHOTOGRAPH = FOLDER / "report.png"
SHOWN = ROOT / "examples" / "several-conflicts"
SIZE = (1280, 900)


def photographed() -> bytes:
    """The upper end of the page, one chain lit."""
    with tempfile.TemporaryDirectory() as folder, browser() as page:
        file = Path(folder) / "report.html"
        file.write_text(answered(SHOWN).to_html(graphviz=False), "utf-8")
        page.show(file, *SIZE)
        page.point("#conflict-1 .cl-box.cl-release")
        page.evaluate("scrollTo(0, 0)")
        return b64decode(page.send("Page.captureScreenshot", format="png")["data"])


if __name__ == "__main__":
    PHOTOGRAPH.write_bytes(photographed())
