"""A headless Chromium that is driven through its DevTools protocol, over pipes.

It runs without a sandbox, since containers have root alone, and shows nothing but files of tests.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from tests.tools import program

_KEYS = {"Enter": 13, "Escape": 27, "Tab": 9, " ": 32, "ArrowDown": 40, "ArrowUp": 38}


class Page:
    """One page, and all that it logged and asked the network for."""

    def __init__(self, commands: BinaryIO, replies: BinaryIO) -> None:
        self._commands = commands
        self._replies = replies
        self._last = 0
        self._session: str | None = None
        self.complaints: list[str] = []
        self.requests: list[str] = []

    def open(self) -> None:
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        attached = self.send("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.send(f"{domain}.enable")

    def send(self, method: str, **parameters: object) -> dict[str, Any]:
        """Give a command, and wait for its result."""
        self._last += 1
        command = {"id": self._last, "method": method, "params": parameters}
        if self._session is not None:
            command["sessionId"] = self._session
        self._commands.write(json.dumps(command).encode() + b"\0")
        self._commands.flush()
        while (reply := self._next()).get("id") != self._last:
            self._note(reply)
        assert "error" not in reply, (method, reply["error"])
        result: dict[str, Any] = reply["result"]
        return result

    def _next(self) -> dict[str, Any]:
        content = bytearray()
        while (byte := self._replies.read(1)) != b"\0":
            assert byte, "the browser ended"
            content += byte
        reply: dict[str, Any] = json.loads(content)
        return reply

    def _note(self, event: dict[str, Any]) -> None:
        told = event.get("params", {})
        match event.get("method"):
            case "Runtime.exceptionThrown" | "Runtime.consoleAPICalled" | "Log.entryAdded":
                self.complaints.append(json.dumps(told))
            case "Network.requestWillBeSent":
                self.requests.append(told["request"]["url"])

    def show(self, file: Path, width: int = 1280, height: int = 900, dark: bool = False) -> None:
        """Open a file, and wait until it is loaded."""
        self._set_size(width, height)
        scheme = "dark" if dark else "light"
        self.send(
            "Emulation.setEmulatedMedia",
            features=[{"name": "prefers-color-scheme", "value": scheme}],
        )
        self.send("Page.navigate", url=file.as_uri())
        self.evaluate(
            "new Promise(done => document.readyState === 'complete' ? done()"
            " : addEventListener('load', () => done()))"
        )

    def resize(self, width: int, height: int = 900) -> None:
        """Give the window another size, and wait until it is drawn."""
        self._set_size(width, height)
        self.evaluate(
            "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done())))"
        )

    def _set_size(self, width: int, height: int) -> None:
        self.send(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )

    def evaluate(self, expression: str) -> Any:
        """The value of an expression, or what it promises."""
        told = self.send(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in told, told["exceptionDetails"]
        return told["result"].get("value")

    def text(self, selector: str) -> str:
        """The text of an element, as it is to be seen."""
        text: str = self.evaluate(f"document.querySelector({json.dumps(selector)}).innerText")
        return text

    def texts(self, selector: str) -> list[str]:
        """The texts of all such elements that are to be seen."""
        texts: list[str] = self.evaluate(
            f"[...document.querySelectorAll({json.dumps(selector)})]"
            ".filter(one => one.checkVisibility()).map(one => one.textContent)"
        )
        return texts

    def point(self, selector: str) -> tuple[float, float]:
        """Put the mouse on the middle of an element; where that is."""
        x, y = self.evaluate(
            f"(() => {{ const one = document.querySelector({json.dumps(selector)});"
            "one.scrollIntoView({block: 'center', inline: 'center'});"
            "const at = one.getBoundingClientRect();"
            "return [at.x + at.width / 2, at.y + at.height / 2] })()"
        )
        self._mouse("mouseMoved", x, y)
        return x, y

    def click(self, selector: str) -> None:
        x, y = self.point(selector)
        for kind in ("mousePressed", "mouseReleased"):
            self._mouse(kind, x, y, button="left", clickCount=1)

    def drag(self, selector: str, by: tuple[float, float]) -> None:
        """From its upper left corner, which is empty in a frame."""
        x, y = self.evaluate(
            f"(() => {{ const at = document.querySelector({json.dumps(selector)})"
            ".getBoundingClientRect(); return [at.x + 4, at.y + 4] })()"
        )
        self._mouse("mouseMoved", x, y)
        self._mouse("mousePressed", x, y, button="left", clickCount=1)
        self._mouse("mouseMoved", x + by[0], y + by[1], button="left")
        self._mouse("mouseReleased", x + by[0], y + by[1], button="left")

    def _mouse(self, kind: str, x: float, y: float, **more: object) -> None:
        self.send("Input.dispatchMouseEvent", type=kind, x=x, y=y, **more)

    def focus(self, selector: str) -> None:
        self.evaluate(f"document.querySelector({json.dumps(selector)}).focus()")

    def press(self, key: str) -> None:
        code = _KEYS.get(key, 0)
        typed = {"text": "\r" if key == "Enter" else key} if key == "Enter" or len(key) == 1 else {}
        for kind in ("keyDown", "keyUp"):
            more = typed if kind == "keyDown" else {}
            self.send(
                "Input.dispatchKeyEvent",
                type=kind,
                key=key,
                windowsVirtualKeyCode=code,
                **more,
            )

    def type(self, text: str) -> None:
        self.send("Input.insertText", text=text)


@contextmanager
def browser() -> Iterator[Page]:
    """A page of a new browser, which ends with it."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        ours, theirs = os.pipe(), os.pipe()
        running = _started(profile, ours[0], theirs[1])
        os.close(ours[0])
        os.close(theirs[1])
        with open(ours[1], "wb") as commands, open(theirs[0], "rb") as replies:
            try:
                page = Page(commands, replies)
                page.open()
                yield page
            finally:
                running.kill()
                running.wait()


def _started(profile: str, commands: int, replies: int) -> subprocess.Popen[bytes]:
    """It reads commands from 3 and writes replies to 4."""
    options = ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars")
    quiet = ("--no-first-run", "--disable-background-networking", f"--user-data-dir={profile}")
    pipes = 'exec 3<&"$1" 4>&"$2"; shift 2; exec "$@"'
    chromium = [program("chromium"), *options, *quiet, "--remote-debugging-pipe"]
    return subprocess.Popen(
        ["bash", "-c", pipes, "bash", str(commands), str(replies), *chromium],
        pass_fds=(commands, replies),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
