"""The simple repository API as text: PEP 503 (HTML), 592, 629, 658/714, 691 (JSON) and 700.

Pure functions from a page's bytes to a `Page`; what can't be a page of a package index raises
`IndexMalformed`. Links are found with a regular expression that follows HTML's tokenizer for
start tags: numpy's 4,415 links take 12 ms, `html.parser` needs 50.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from urllib.parse import unquote, urljoin, urlsplit

import msgspec

from conflictlens.errors import IndexMalformed
from conflictlens.index.foreign_pages import REASON, is_index_page, wants_password
from conflictlens.index.pages import File, Page

ACCEPT = (
    "application/vnd.pypi.simple.v1+json, "
    "application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01"
)

_ATTRIBUTE = r"""([^\s=>"'/]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"']+)))?"""
_ATTRIBUTES = re.compile(_ATTRIBUTE)
_BARE_ATTRIBUTE = re.sub(r"\((?!\?)", "(?:", _ATTRIBUTE)
_TAG = re.compile(rf"<(a|base|meta)((?:\s+{_BARE_ATTRIBUTE})*)\s*/?>", re.IGNORECASE)
_NOT_MARKUP = re.compile(r"<!--.*?-->|<(script|style)\b.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
_CHARSET = re.compile(r"charset=([\w-]+)", re.IGNORECASE)


def parse_page(body: bytes, content_type: str, url: str) -> Page:
    """The links of the page at `url`, JSON or HTML by its content type, or by its first byte."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind.endswith("json") or (not kind and body.lstrip()[:1] == b"{"):
        return parse_json(body, url)
    if kind in ("", "text/html", "application/vnd.pypi.simple.v1+html", "application/xhtml+xml"):
        charset = _CHARSET.search(content_type)
        return parse_html(_decoded(body, charset[1] if charset else "utf-8"), url)
    raise IndexMalformed(url, f"a page of type {kind}, neither HTML nor JSON")


def _decoded(body: bytes, charset: str) -> str:
    try:
        return body.decode(charset, "replace")
    except LookupError:
        return body.decode("utf-8", "replace")


# --- JSON ------------------------------------------------------------------------------------


class _Meta(msgspec.Struct):
    # A default, since some servers leave it out.
    api_version: str = msgspec.field(default="1.0", name="api-version")


class _JsonFile(msgspec.Struct, rename="kebab"):
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
    _require_version_1(page.meta.api_version, url)
    links = _Links(url)
    return Page(tuple(_from_json(file, links) for file in page.files if links.allows(file.url)))


def _from_json(file: _JsonFile, links: _Links) -> File:
    # PEP 714: core-metadata, and the older name only where that one is missing.
    announced = file.dist_info_metadata if file.core_metadata is None else file.core_metadata
    return File(
        file.filename,
        links.absolute(file.url),
        file.requires_python or None,
        _time(file.upload_time),
        _yanked(file.yanked),
        None if announced is None else announced is not False,
        announced.get("sha256") if isinstance(announced, dict) else None,
        file.hashes.get("sha256"),
        file.size,
    )


def _yanked(value: bool | str | None) -> str | None:
    """PEP 592/691: true or a reason; an empty string is not a yank in JSON."""
    if not value:
        return None
    return "" if value is True else value


# --- HTML ------------------------------------------------------------------------------------


def parse_html(text: str, url: str) -> Page:
    """PEP 503, with the attributes of PEP 592, 629, 658 and 714 and ``data-upload-time``."""
    whole = text
    text = _NOT_MARKUP.sub("", text) if _NOT_MARKUP.search(text) else text
    links = _Links(url)
    anchors = []
    for tag, attributes in _tags(text):
        match tag:
            case "a" if attributes.get("href"):
                anchors.append(attributes)
            case "base" if attributes.get("href"):
                links = _Links(urljoin(url, attributes["href"]))
            case "meta" if attributes.get("name") == "pypi:repository-version":
                _require_version_1(attributes.get("content", ""), url)
    # PEP 658: where one link announces, silence at the others means that there is no such file.
    announces = any(_METADATA_ATTRIBUTES & anchor.keys() for anchor in anchors)
    files = tuple(
        _from_anchor(anchor, links, announces) for anchor in anchors if links.allows(anchor["href"])
    )
    is_foreign = not is_index_page(whole, url, (file.filename for file in files))
    if is_foreign and (not anchors or wants_password(whole)):
        raise IndexMalformed(url, REASON)
    return Page(files, is_foreign=is_foreign)


_METADATA_ATTRIBUTES = {"data-core-metadata", "data-dist-info-metadata"}


def _tags(text: str) -> Iterator[tuple[str, dict[str, str]]]:
    # Most indexes speak JSON, and the names of all characters take long to load.
    from html import unescape

    for tag, attributes in _TAG.findall(text):
        yield (
            tag.lower(),
            {
                name.lower(): unescape(quoted or apostrophed or bare)
                for name, quoted, apostrophed, bare in _ATTRIBUTES.findall(attributes)
            },
        )


def _from_anchor(anchor: Mapping[str, str], links: _Links, announces: bool) -> File:
    href, _, fragment = anchor["href"].partition("#")
    # PEP 714: data-core-metadata, and the older name only where that one is missing.
    announced = anchor.get("data-core-metadata", anchor.get("data-dist-info-metadata"))
    return File(
        unquote(href.partition("?")[0].rpartition("/")[2]),
        links.absolute(href),
        anchor.get("data-requires-python") or None,
        _time(anchor.get("data-upload-time")),
        anchor.get("data-yanked"),
        announced != "false" if announced is not None else False if announces else None,
        _sha256(announced or ""),
        _sha256(fragment),
    )


def _sha256(text: str) -> str | None:
    """The digest in ``sha256=…``, one of several ``&``-separated parts of a fragment."""
    for part in text.split("&"):
        if part.startswith("sha256="):
            return part[7:].lower() or None
    return None


# --- both ------------------------------------------------------------------------------------


class _Links:
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


def _time(text: str | None) -> datetime | None:
    """PEP 700: ISO 8601 in UTC. A time that can't be read counts as not told."""
    if not text:
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def _require_version_1(version: str, url: str) -> None:
    """PEP 629: a client must stop at a higher major version."""
    if version.partition(".")[0] != "1":
        raise IndexMalformed(url, f"version {version} of the simple API, only 1 is known")
