"""A local index that serves one recorded slice over HTTP, as the public one would.

    python -m benchmarks.served SNAPSHOT [--latency MILLISECONDS]

JSON pages (PEP 691) or HTML ones, whichever is accepted; ``.metadata`` files announced with
their hashes (PEP 658, 714); ETag and 304, ``max-age=600`` for pages, immutable files; gzip where
it is accepted; keep-alive. All bodies exist before the first request, and latency is a timer, so
that requests wait side by side. It prints its URL on a line of its own. ``GET /-/log`` gives the
paths of the requests since the last time as JSON and forgets them.

What it does not do: HTTP/2, TLS, range requests (they get the whole file), packet loss.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import hashlib
import html
import io
import json
import subprocess
import sys
import urllib.request
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from benchmarks.recorded import Recorded, Release, core_metadata, load, write

JSON_TYPE = "application/vnd.pypi.simple.v1+json"
HTML_TYPE = "text/html; charset=utf-8"
_FRESH = "max-age=600, public"
_IMMUTABLE = "max-age=365000000, immutable, public"
_LOG = "/-/log"


@dataclass(frozen=True, slots=True)
class Body:
    """One answer in its forms: whole responses, ready to be written."""

    plain: bytes
    zipped: bytes
    unchanged: bytes
    etag: str


# --- what is served ---------------------------------------------------------------------------


class Pages:
    """All answers of an index of one slice, by path, and pages by the form that is accepted."""

    def __init__(self, recorded: Recorded) -> None:
        self.json: dict[str, Body] = {}
        self.html: dict[str, Body] = {}
        self.files: dict[str, Body] = {}
        for name, releases in recorded.projects.items():
            self._add(canonicalize_name(name), releases)

    def _add(self, name: str, releases: Iterable[Release]) -> None:
        shown = [self._file(name, release) for release in releases]
        page = {"meta": {"api-version": "1.1"}, "name": name, "files": shown}
        path = f"/simple/{name}/"
        self.json[path] = _page(json.dumps(page).encode(), JSON_TYPE)
        self.html[path] = _page(_html(shown).encode(), HTML_TYPE)

    def _file(self, name: str, release: Release) -> dict[str, Any]:
        path = f"/files/{release.filename}"
        metadata = core_metadata(name, release)
        content = _wheel(name, release, metadata)
        self.files[path] = _plain(content)
        self.files[f"{path}.metadata"] = _plain(metadata)
        announced = {"sha256": _sha256(metadata)}
        shown = {
            "filename": release.filename,
            "url": f"../..{path}",
            "hashes": {"sha256": _sha256(content)},
            "size": len(content),
            "yanked": False,
            "core-metadata": announced,
            "data-dist-info-metadata": announced,
        }
        if release.requires_python is not None:
            shown["requires-python"] = release.requires_python
        if release.uploaded is not None:
            shown["upload-time"] = release.uploaded
        return shown

    def answer(self, path: str, headers: bytes) -> bytes:
        """The response to a GET; `headers` in lower case."""
        forms = self.json if JSON_TYPE.encode() in _value(headers, b"accept") else self.html
        body = forms.get(path) or self.files.get(path)
        if body is None:
            return _NOT_FOUND
        if body.etag.encode() in _value(headers, b"if-none-match"):
            return body.unchanged
        return body.zipped if b"gzip" in _value(headers, b"accept-encoding") else body.plain


def _value(headers: bytes, name: bytes) -> bytes:
    """The value of a header, empty where it is missing."""
    return headers.partition(b"\r\n" + name + b":")[2].partition(b"\r\n")[0]


def _wheel(name: str, release: Release, metadata: bytes) -> bytes:
    """A wheel without a module; its time stamps are fixed, so that its hash is."""
    info = f"{'-'.join(release.filename.split('-')[:2])}.dist-info"
    wheel = b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for member, content in (("METADATA", metadata), ("WHEEL", wheel), ("RECORD", b"")):
            archive.writestr(zipfile.ZipInfo(f"{info}/{member}"), content)
    return buffer.getvalue()


def _html(files: Iterable[Mapping[str, Any]]) -> str:
    anchors = "\n".join(map(_anchor, files))
    return f"<!DOCTYPE html>\n<html><body>\n{anchors}\n</body></html>"


def _anchor(file: Mapping[str, Any]) -> str:
    announced = f"sha256={file['core-metadata']['sha256']}"
    attributes = {
        "href": f"{file['url']}#sha256={file['hashes']['sha256']}",
        "data-requires-python": file.get("requires-python"),
        "data-core-metadata": announced,
        "data-dist-info-metadata": announced,
        "data-upload-time": file.get("upload-time"),
    }
    written = " ".join(f'{key}="{html.escape(text)}"' for key, text in attributes.items() if text)
    return f"<a {written}>{file['filename']}</a><br />"


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _page(content: bytes, content_type: str) -> Body:
    """A page goes through gzip where that is accepted; it changes, and is fresh for a while."""
    headers = _headers(content, content_type, _FRESH)
    zipped = {**headers, "Content-Encoding": "gzip"}
    return _body(headers, content, _response("200 OK", zipped, gzip.compress(content, 6, mtime=0)))


def _plain(content: bytes) -> Body:
    """A file goes as it is, and never changes."""
    return _body(_headers(content, "application/octet-stream", _IMMUTABLE), content)


def _headers(content: bytes, content_type: str, fresh: str) -> dict[str, str]:
    return {
        "ETag": f'"{_sha256(content)[:32]}"',
        "Cache-Control": fresh,
        "Vary": "Accept, Accept-Encoding",
        "Content-Type": content_type,
    }


def _body(headers: Mapping[str, str], content: bytes, zipped: bytes | None = None) -> Body:
    plain = _response("200 OK", headers, content)
    unchanged = _response("304 Not Modified", headers, None)
    return Body(plain, zipped or plain, unchanged, headers["ETag"])


def _response(status: str, headers: Mapping[str, str], content: bytes | None) -> bytes:
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {text}" for name, text in headers.items())]
    if content is not None:
        lines.append(f"Content-Length: {len(content)}")
    return "\r\n".join([*lines, "", ""]).encode() + (content or b"")


_NOT_FOUND = _response("404 Not Found", {"Content-Type": "text/plain"}, b"not found")


# --- serving it -------------------------------------------------------------------------------


class Connection(asyncio.Protocol):
    """One client's connection: a GET or a HEAD after the other."""

    def __init__(self, pages: Pages, log: list[str], latency: float) -> None:
        self._pages = pages
        self._log = log
        self._latency = latency
        self._unread = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._unread += data
        while b"\r\n\r\n" in self._unread:
            head, _, self._unread = self._unread.partition(b"\r\n\r\n")
            self._answer(head)

    def _answer(self, head: bytes) -> None:
        method, path = head.partition(b"\r\n")[0].decode("ascii").split(" ")[:2]
        if path == _LOG:
            self._transport.write(_response("200 OK", {}, json.dumps(self._log).encode()))
            self._log.clear()
            return
        self._log.append(path)
        # Clients differ in how they spell a header's name, not in how they spell these values.
        answer = self._pages.answer(path, head.lower())
        if method == "HEAD":
            answer = answer.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
        if self._latency:
            asyncio.get_running_loop().call_later(self._latency, self._write, answer)
        else:
            self._transport.write(answer)

    def _write(self, answer: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(answer)


async def serve(pages: Pages, latency: float, ready: Callable[[int], None]) -> None:
    """Serve on a free port of 127.0.0.1 until cancelled."""
    log: list[str] = []
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Connection(pages, log, latency), "127.0.0.1", 0, backlog=256
    )
    ready(server.sockets[0].getsockname()[1])
    await server.serve_forever()


# --- from a benchmark -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Server:
    """A running server, in a process of its own."""

    origin: str

    @property
    def url(self) -> str:
        return f"{self.origin}/simple"

    def log(self) -> list[str]:
        """The paths that were asked for since the last time."""
        with urllib.request.urlopen(f"{self.origin}{_LOG}") as answer:
            paths: list[str] = json.load(answer)
        return paths


@contextmanager
def serving(recorded: Recorded, scratch: Path, milliseconds: float = 0) -> Iterator[Server]:
    """A server of a slice, in a process of its own while the block runs."""
    path = scratch / f"{recorded.name}.json.gz"
    write(recorded, path)
    command = [sys.executable, "-m", "benchmarks.served", str(path), "--latency"]
    process = subprocess.Popen(
        [*command, str(milliseconds)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[1],
    )
    try:
        assert process.stdout is not None
        origin = process.stdout.readline().strip()
        if not origin:
            raise SystemExit(f"the server of {recorded.name} did not start")
        yield Server(origin)
    finally:
        process.terminate()
        process.communicate()


def main() -> None:
    parser = argparse.ArgumentParser(description="Serve a recorded slice of an index.")
    parser.add_argument("snapshot", help="its name in the folder, or a path")
    parser.add_argument("--latency", type=float, default=0, help="milliseconds a request")
    options = parser.parse_args()
    pages = Pages(load(options.snapshot))
    try:
        asyncio.run(
            serve(
                pages,
                options.latency / 1000,
                lambda port: print(f"http://127.0.0.1:{port}", flush=True),
            )
        )
    except KeyboardInterrupt:
        return


if __name__ == "__main__":
    main()
