"""A package index on 127.0.0.1, serving real little wheels and sdists of a universe of plain data.

::

    with served({"a": {"1.0": ["b>=2"]}, "b": {"2.0": []}}) as server:
        open_index(IndexSources(index_urls=(server.url,)), ...)
        assert server.count("/simple/a/") == 1

How the index behaves (JSON or HTML, ``.metadata`` files, ranges, freshness, failures) is a
`Variant`. Every request is counted, so tests can assert the work that an answer took.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import html
import io
import json
import re
import ssl
import tarfile
import threading
import time
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from typing import Any
from urllib.parse import unquote

from packaging.utils import canonicalize_name

JSON_TYPE = "application/vnd.pypi.simple.v1+json"
HTML_TYPE = "text/html; charset=utf-8"


class SdistStyle(StrEnum):
    """Where an sdist tells its dependencies."""

    STATIC = "PKG-INFO of metadata 2.2"
    EGG_INFO = "requires.txt beside an old PKG-INFO"
    PYPROJECT = "a [project] table"
    BARE = "nowhere"


@dataclass(frozen=True, slots=True)
class Release:
    """One version: the keys of a scenario's ``[packages.NAME.versions."V"]``, and how it is packed.

    `padding` is a number of incompressible bytes in each wheel and sdist, `modules` one of empty
    files in each wheel; a wheel ends with its ``.dist-info`` unless it is `info_first`.
    """

    requires: Sequence[str] = ()
    extras: Mapping[str, Sequence[str]] = field(default_factory=dict)
    requires_python: str | None = None
    yanked: bool | str = False
    wheel: bool = True
    sdist: bool = False
    wheel_tags: Sequence[str] = ("py3-none-any",)
    upload_time: str | None = "2024-01-02T03:04:05.678900Z"
    sdist_style: SdistStyle = SdistStyle.STATIC
    sdist_suffix: str = ".tar.gz"
    padding: int = 0
    modules: int = 0
    info_first: bool = False

    @property
    def requires_dist(self) -> list[str]:
        optional = [
            f'{text} ; extra == "{extra}"' for extra, texts in self.extras.items() for text in texts
        ]
        return [*self.requires, *optional]


Universe = Mapping[str, Mapping[str, Release | Sequence[str]]]


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to a request instead of its answer, `times` times."""

    status: int = 500
    times: int = 1
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    content_type: str = "text/plain"
    hang: float = 0.0
    drop: bool = False


class MetadataFiles(StrEnum):
    ANNOUNCED = "announced"
    UNANNOUNCED = "unannounced"
    ABSENT = "absent"


class Ranges(StrEnum):
    HONOURED = "honoured"
    NO_SUFFIX = "a range from the end gets the whole file"
    IGNORED = "every range gets the whole file, nothing is said"
    NONE = "the same, with Accept-Ranges: none"
    REFUSED_SUFFIX = "a range from the end gets 501"


@dataclass(frozen=True, slots=True)
class Variant:
    """How the index behaves. `faults` maps the beginning of a path to what goes wrong there."""

    json: bool = True
    metadata: MetadataFiles = MetadataFiles.ANNOUNCED
    ranges: Ranges = Ranges.HONOURED
    upload_times: bool = True
    hashes: bool = True
    relative: bool = True
    etag: bool = False
    cache_control: str | None = None
    latency: float = 0.0
    gzip: bool = False
    faults: Mapping[str, Sequence[Fault]] = field(default_factory=dict)
    credentials: tuple[str, str] | None = None
    tls: ssl.SSLContext | None = None
    date: str | None = None


@dataclass(frozen=True, slots=True)
class ServedFile:
    filename: str
    content: bytes
    metadata: bytes
    release: Release

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True)
class Request:
    path: str
    headers: Mapping[str, str]


class ServedIndex:
    """A running server; `projects` may be changed between requests."""

    def __init__(self, universe: Universe, variant: Variant) -> None:
        self.variant = variant
        self.projects = {
            canonicalize_name(name): _files(name, versions) for name, versions in universe.items()
        }
        self.requests: list[Request] = []
        self.bytes_sent = 0
        self.most_at_once = 0
        self._at_once = 0
        self._lock = threading.Lock()
        self._faulted: Counter[tuple[str, int]] = Counter()
        self.stopping = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.index = self
        if variant.tls is not None:
            self._server.socket = variant.tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    @property
    def origin(self) -> str:
        scheme = "http" if self.variant.tls is None else "https"
        return f"{scheme}://127.0.0.1:{self._server.server_port}"

    @property
    def url(self) -> str:
        return f"{self.origin}/simple"

    def file_url(self, filename: str) -> str:
        return f"{self.origin}/files/{filename}"

    def count(self, start: str = "/", end: str = "") -> int:
        """Requests whose path starts and ends so."""
        return sum(
            request.path.startswith(start) and request.path.endswith(end)
            for request in self.requests
        )

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def note(self, request: Request) -> None:
        with self._lock:
            self.requests.append(request)
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)

    def end(self) -> None:
        with self._lock:
            self._at_once -= 1

    def fault(self, path: str) -> Fault | None:
        """The next fault that is due for `path`."""
        with self._lock:
            for start, faults in self.variant.faults.items():
                for number, fault in enumerate(faults if path.startswith(start) else ()):
                    if self._faulted[start, number] < fault.times:
                        self._faulted[start, number] += 1
                        return fault
        return None

    def page(self, name: str, json_wanted: bool) -> tuple[str, bytes] | None:
        files = self.projects.get(canonicalize_name(name))
        if files is None:
            return None
        if json_wanted and self.variant.json:
            return JSON_TYPE, json.dumps(self._json(name, files)).encode()
        return HTML_TYPE, self._html(files).encode()

    def file(self, filename: str) -> bytes | None:
        wanted = filename.removesuffix(".metadata")
        for files in self.projects.values():
            for file in files:
                if file.filename == wanted:
                    return file.content if wanted == filename else self._metadata(file)
        return None

    def _metadata(self, file: ServedFile) -> bytes | None:
        absent = self.variant.metadata is MetadataFiles.ABSENT
        return None if absent or not file.filename.endswith(".whl") else file.metadata

    def _href(self, filename: str) -> str:
        return f"../../files/{filename}" if self.variant.relative else self.file_url(filename)

    def _announces(self, file: ServedFile) -> bool:
        announced = self.variant.metadata is MetadataFiles.ANNOUNCED
        return announced and file.filename.endswith(".whl")

    def _json(self, name: str, files: Sequence[ServedFile]) -> dict[str, Any]:
        return {
            "meta": {"api-version": "1.1"},
            "name": name,
            "files": [self._json_file(file) for file in files],
        }

    def _json_file(self, file: ServedFile) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "filename": file.filename,
            "url": self._href(file.filename),
            "hashes": {"sha256": file.sha256} if self.variant.hashes else {},
            "size": len(file.content),
            "yanked": file.release.yanked,
        }
        if file.release.requires_python:
            shown["requires-python"] = file.release.requires_python
        if self._announces(file):
            shown["core-metadata"] = {"sha256": hashlib.sha256(file.metadata).hexdigest()}
        if self.variant.upload_times and file.release.upload_time:
            shown["upload-time"] = file.release.upload_time
        return shown

    def _html(self, files: Sequence[ServedFile]) -> str:
        anchors = "\n".join(self._anchor(file) for file in files)
        return f"<!DOCTYPE html>\n<html><body>\n{anchors}\n</body></html>"

    def _anchor(self, file: ServedFile) -> str:
        fragment = f"#sha256={file.sha256}" if self.variant.hashes else ""
        attributes = {"href": self._href(file.filename) + fragment}
        if file.release.requires_python:
            attributes["data-requires-python"] = file.release.requires_python
        if file.release.yanked:
            reason = file.release.yanked
            attributes["data-yanked"] = reason if isinstance(reason, str) else ""
        if self._announces(file):
            digest = hashlib.sha256(file.metadata).hexdigest()
            attributes["data-core-metadata"] = f"sha256={digest}"
        if self.variant.upload_times and file.release.upload_time:
            attributes["data-upload-time"] = file.release.upload_time
        written = " ".join(f'{name}="{html.escape(text)}"' for name, text in attributes.items())
        return f"<a {written}>{file.filename}</a><br/>"


@contextmanager
def served(universe: Universe, variant: Variant | None = None) -> Iterator[ServedIndex]:
    """A server of `universe`, running within the block."""
    server = ServedIndex(universe, variant or Variant())
    server.start()
    try:
        yield server
    finally:
        server.stop()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    index: ServedIndex

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that leaves early is what some tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def date_time_string(self, timestamp: float | None = None) -> str:
        """What stands behind ``Date:``."""
        return self.server.index.variant.date or super().date_time_string(timestamp)

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        index = self.server.index
        path = unquote(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        index.note(Request(path, headers))
        try:
            time.sleep(index.variant.latency)
            fault = index.fault(path)
            if fault is not None:
                self._fail(fault)
            elif not self._authorized(headers):
                self._send(401, b"", {"WWW-Authenticate": "Basic"})
            elif path.startswith("/simple/"):
                self._page(path, headers)
            else:
                self._file(path, headers)
        finally:
            index.end()

    def _fail(self, fault: Fault) -> None:
        self.server.index.stopping.wait(fault.hang)
        if fault.drop or self.server.index.stopping.is_set():
            self.close_connection = True
            return
        self._send(fault.status, fault.body, {"Content-Type": fault.content_type, **fault.headers})

    def _authorized(self, headers: Mapping[str, str]) -> bool:
        wanted = self.server.index.variant.credentials
        if wanted is None:
            return True
        expected = base64.b64encode(":".join(wanted).encode()).decode()
        return headers.get("authorization") == f"Basic {expected}"

    def _page(self, path: str, headers: Mapping[str, str]) -> None:
        index = self.server.index
        page = index.page(path.split("/")[2], JSON_TYPE in headers.get("accept", ""))
        if page is None:
            self._send(404, b"")
            return
        content_type, body = page
        answer = {"Content-Type": content_type}
        if index.variant.cache_control is not None:
            answer["Cache-Control"] = index.variant.cache_control
        if index.variant.etag:
            answer["ETag"] = f'"{hashlib.sha256(body).hexdigest()}"'
            if headers.get("if-none-match") == answer["ETag"]:
                self._send(304, b"", answer)
                return
        if index.variant.gzip and "gzip" in headers.get("accept-encoding", ""):
            body = gzip.compress(body)
            answer["Content-Encoding"] = "gzip"
        self._send(200, body, answer)

    def _file(self, path: str, headers: Mapping[str, str]) -> None:
        content = self.server.index.file(path.removeprefix("/files/"))
        if content is None:
            self._send(404, b"")
            return
        mode = self.server.index.variant.ranges
        answer = {"Accept-Ranges": "none"} if mode is Ranges.NONE else {}
        wanted = re.fullmatch(r"bytes=(\d*)-(\d*)", headers.get("range", ""))
        ignored = mode in (Ranges.NONE, Ranges.IGNORED)
        if wanted is None or ignored or (mode is Ranges.NO_SUFFIX and not wanted[1]):
            self._send(200, content, answer)
        elif mode is Ranges.REFUSED_SUFFIX and not wanted[1]:
            self._send(501, b"")
        else:
            start, stop = _span(wanted[1], wanted[2], len(content))
            answer["Content-Range"] = f"bytes {start}-{stop - 1}/{len(content)}"
            self._send(206, content[start:stop], answer)

    def _send(self, status: int, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        for start in range(0, len(body), 1 << 14):
            sent = body[start : start + (1 << 14)]
            self.wfile.write(sent)
            self.server.index.bytes_sent += len(sent)


def _span(first: str, last: str, size: int) -> tuple[int, int]:
    if not first:
        return max(0, size - int(last)), size
    return int(first), min(size, int(last) + 1 if last else size)


# --- real files ------------------------------------------------------------------------------


def _files(name: str, versions: Mapping[str, Release | Sequence[str]]) -> list[ServedFile]:
    files = []
    for version, stated in versions.items():
        release = stated if isinstance(stated, Release) else Release(requires=stated)
        stem = f"{canonicalize_name(name).replace('-', '_')}-{version}"
        metadata = core_metadata(name, version, release)
        for tag in release.wheel_tags if release.wheel else ():
            content = wheel_bytes(stem, metadata, tag, release)
            files.append(ServedFile(f"{stem}-{tag}.whl", content, metadata, release))
        if release.sdist:
            content = sdist_bytes(name, version, release)
            files.append(ServedFile(stem + release.sdist_suffix, content, b"", release))
    return files


def core_metadata(name: str, version: str, release: Release, standard: str = "2.1") -> bytes:
    """METADATA or PKG-INFO of a release."""
    lines = [f"Metadata-Version: {standard}", f"Name: {name}", f"Version: {version}"]
    if release.requires_python:
        lines.append(f"Requires-Python: {release.requires_python}")
    lines += [f"Provides-Extra: {extra}" for extra in release.extras]
    lines += [f"Requires-Dist: {text}" for text in release.requires_dist]
    return "\n".join([*lines, "", "# A description\n\nRequires-Dist: nothing-of-this\n"]).encode()


def wheel_bytes(
    stem: str, metadata: bytes, tag: str = "py3-none-any", release: Release | None = None
) -> bytes:
    """A wheel as an installer would take it."""
    release = release or Release()
    package, info = stem.partition("-")[0], f"{stem}.dist-info"
    code = {f"{package}/__init__.py": b""}
    code |= {f"{package}/some_module_{number}.py": b"" for number in range(release.modules)}
    about = {
        f"{info}/METADATA": metadata,
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n".encode(),
        f"{info}/RECORD": b"",
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        if release.padding:
            data = _noise(release.padding)
            archive.writestr(f"{package}/data.bin", data, zipfile.ZIP_STORED)
        for path, content in (about | code if release.info_first else code | about).items():
            archive.writestr(path, content)
    return buffer.getvalue()


def _noise(size: int) -> bytes:
    """Bytes that do not compress, the same every time."""
    return Random(size).randbytes(size)


def sdist_members(name: str, version: str, release: Release) -> dict[str, bytes]:
    """The files of an sdist in the style of `release`."""
    root = f"{canonicalize_name(name).replace('-', '_')}-{version}"
    members = {f"{root}/README": b"read me"}
    if release.padding:
        members[f"{root}/data.bin"] = _noise(release.padding)
    old = Release(requires_python=release.requires_python)
    match release.sdist_style:
        case SdistStyle.STATIC:
            members[f"{root}/PKG-INFO"] = core_metadata(name, version, release, "2.2")
        case SdistStyle.EGG_INFO:
            info = f"{root}/{root.partition('-')[0]}.egg-info"
            members[f"{root}/PKG-INFO"] = core_metadata(name, version, old, "1.2")
            members[f"{info}/PKG-INFO"] = core_metadata(name, version, old, "1.2")
            if text := _requires_txt(release):
                members[f"{info}/requires.txt"] = text
        case SdistStyle.PYPROJECT:
            members[f"{root}/pyproject.toml"] = _pyproject(name, version, release)
        case SdistStyle.BARE:
            members[f"{root}/setup.py"] = b"raise SystemExit('never run')"
            members[f"{root}/PKG-INFO"] = core_metadata(name, version, old, "1.0")
    return members


def _requires_txt(release: Release) -> bytes:
    lines = [*release.requires]
    for extra, texts in release.extras.items():
        lines += ["", f"[{extra}]", *texts]
    return "\n".join(lines).encode()


def _pyproject(name: str, version: str, release: Release) -> bytes:
    optional = "\n".join(
        f"{extra} = {json.dumps(list(texts))}" for extra, texts in release.extras.items()
    )
    return (
        f"[project]\nname = {json.dumps(name)}\nversion = {json.dumps(version)}\n"
        f"dependencies = {json.dumps(list(release.requires))}\n"
        f"[project.optional-dependencies]\n{optional}\n"
    ).encode()


def sdist_bytes(name: str, version: str, release: Release) -> bytes:
    """An sdist, packed as its suffix says."""
    return packed(sdist_members(name, version, release), release.sdist_suffix)


def packed(members: Mapping[str, bytes], suffix: str) -> bytes:
    """An archive of `members` in their order."""
    buffer = io.BytesIO()
    if suffix == ".zip":
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as zipped:
            for path, content in members.items():
                zipped.writestr(path, content)
        return buffer.getvalue()
    compression = {".tar.gz": "gz", ".tgz": "gz", ".tar.bz2": "bz2", ".tar.xz": "xz", ".tar": ""}
    mode: Any = f"w:{compression[suffix]}"
    with tarfile.open(fileobj=buffer, mode=mode) as archive:
        for path, content in members.items():
            info = tarfile.TarInfo(path)
            info.size = len(content)
            info.mtime = int(datetime(2024, 1, 1).timestamp())
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()
