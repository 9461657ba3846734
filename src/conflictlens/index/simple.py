"""The simple repository API as text: PEP 503 (HTML), 592, 629, 658/714, 691 (JSON) and 700.

Pure functions from a page's bytes to a `Page`; what can't be a page of a package index raises
`IndexMalformed`. For HTML see `simple_html`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from urllib.parse import urljoin, urlsplit

import msgspec

from conflictlens.errors import IndexMalformed
from conflictlens.index.pages import File, Page

ACCEPT = (
    "application/vnd.pypi.simple.v1+json, "
    "application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01"
)


def parse_page(body: bytes, content_type: str, url: str) -> Page:
    """The links of the page at `url`, JSON or HTML by its content type, or by its first byte."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind.endswith("json") or (not kind and body.lstrip()[:1] == b"{"):
        return parse_json(body, url)
    if kind in ("", "text/html", "application/vnd.pypi.simple.v1+html", "application/xhtml+xml"):
        # Most indexes speak JSON, and what reads HTML takes as long to load as some pages to read.
        from conflictlens.index.simple_html import decoded_html, parse_html

        return parse_html(decoded_html(body, content_type), url)
    raise IndexMalformed(url, f"a page of type {kind}, neither HTML nor JSON")


# --- JSON ------------------------------------------------------------------------------------


class _Meta(msgspec.Struct):
    # A default, since some servers leave it out.
    api_version: str = msgspec.field(default="1.0", name="api-version")


class _JsonFile(msgspec.Struct, rename="kebab", gc=False):
    filename: str
    url: str
    hashes: dict[str, str] = {}
    requires_python: str | None = None
    core_metadata: bool | dict[str, str] | None = None
    dist_info_metadata: bool | dict[str, str] | None = None
    yanked: bool | str | None = None
    size: int | None = None
    upload_time: str | None = None


class _JsonPage(msgspec.Struct):
    files: list[_JsonFile]
    meta: _Meta = msgspec.field(default_factory=_Meta)


_JSON = msgspec.json.Decoder(_JsonPage)


def parse_json(body: bytes, url: str) -> Page:
    """PEP 691."""
    try:
        page = _JSON.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise IndexMalformed(url, f"JSON that is not PEP 691's: {error}") from error
    require_version_1(page.meta.api_version, url)
    return Page(tuple(_from_json(page.files, Links(url))))


def _from_json(files: Iterable[_JsonFile], links: Links) -> Iterator[File]:
    """In one loop, and no further calls for what most files are: pages list up to 10,000."""
    for file in files:
        url = file.url
        if not url.startswith("https://") or "#" in url or url[-1].isspace():
            if not links.allows(url):
                continue
            url = links.absolute(url)
        # PEP 714: core-metadata, and the older name only where that one is missing.
        announced = file.core_metadata
        if announced is None:
            announced = file.dist_info_metadata
        # PEP 592/691: true or a reason; an empty string is not a yank in JSON.
        yanked = file.yanked
        yield File(
            file.filename,
            url,
            file.requires_python or None,
            read_time(file.upload_time),
            ("" if yanked is True else yanked) if yanked else None,
            None if announced is None else announced is not False,
            announced.get("sha256") if isinstance(announced, dict) else None,
            file.hashes.get("sha256"),
            file.size,
        )


# --- both ------------------------------------------------------------------------------------


class Links:
    """Absolute URLs for the links of one page."""

    def __init__(self, base: str) -> None:
        self.base = _without_credentials(base)
        self._schemes = ("http", "https", "file") if base[:5] == "file:" else ("http", "https")
        self._folders: dict[str, str] = {}

    def absolute(self, href: str) -> str:
        href = href.partition("#")[0].strip()
        if href.startswith(("https://", "http://")):
            return href
        # The files of a page are mostly in one folder, and joining takes longer than all else.
        folder, slash, name = href.rpartition("/")
        if not slash or name in ("", ".", "..") or "?" in href or ";" in href:
            return urljoin(self.base, href)
        joined = self._folders.get(folder)
        if joined is None:
            joined = self._folders[folder] = urljoin(self.base, f"{folder}/")
        return joined + name

    def allows(self, href: str) -> bool:
        """Whether it leads to a file at all; a page of the network leads to no local one."""
        scheme, colon, _ = href.strip().partition(":")
        return not colon or "/" in scheme or "#" in scheme or scheme.lower() in self._schemes


def _without_credentials(url: str) -> str:
    """Links are kept without the index's password; it is looked up by host when needed."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def read_time(text: str | None) -> datetime | None:
    """PEP 700: ISO 8601 in UTC. A time that can't be read counts as not told."""
    if not text:
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    if time.tzinfo is UTC:
        return time
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def require_version_1(version: str, url: str) -> None:
    """PEP 629: a client must stop at a higher major version."""
    if version.partition(".")[0] != "1":
        raise IndexMalformed(url, f"version {version} of the simple API, only 1 is known")
