"""Direct references: URLs, repositories and local paths in place of a name and a version.

The rules are pip's (``name @ url`` is PEP 508). A relative path is relative to the current
directory, whichever file names it.
"""

from __future__ import annotations

import os
import re
from urllib.parse import quote, unquote

from msgspec.structs import replace
from packaging.specifiers import SpecifierSet
from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    NormalizedName,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)

from conflictlens.requirements.pep508 import (
    Asked,
    Refused,
    parse_extras,
    parse_marker,
    parse_pep508,
)
from conflictlens.requirements.workspace import Workspace

_REPOSITORY = r"git\+(?:https?|ssh|git|file)|hg\+(?:file|https?|ssh|static-http)|" + (
    r"svn\+(?:ssh|https?|svn|file)|bzr\+(?:https?|ssh|sftp|ftp|lp|file)"
)
_REPOSITORY_URL = re.compile(rf"(?:{_REPOSITORY}):", re.IGNORECASE)
_URL = re.compile(rf"(?:https?|file|ftp|{_REPOSITORY}):", re.IGNORECASE)
# Two letters at least: the drives of Windows are no schemes.
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
_DRIVE = re.compile(r"[A-Za-z]:[\\/]")
_EGG = re.compile(r"[#&]egg=([^&]*)")
_EGG_NAME = re.compile(r"([A-Z0-9](?:[A-Z0-9._-]*[A-Z0-9])?)(\[[^\]]*\])?", re.I | re.A)
_TRAILING_EXTRAS = re.compile(r"(?P<path>.+?)\s*(?P<extras>\[[^\[\]]+\])", re.DOTALL)
# Archives that forges make of a revision are not named for the project.
_FORGE_ARCHIVE = re.compile(r"/(?:archive|zipball|tarball|get|legacy\.(?:zip|tar\.gz))/")
_ARCHIVES = (
    ".zip", ".whl", ".tar.bz2", ".tbz", ".tar.gz", ".tgz", ".tar",
    ".tar.xz", ".txz", ".tlz", ".tar.lz", ".tar.lzma",
)  # fmt: skip


def is_url(text: str) -> bool:
    """Whether a text begins with a scheme that pip can fetch from."""
    return _URL.match(text) is not None


def is_archive(path: str) -> bool:
    return path.lower().endswith(_ARCHIVES)


def parse_requirement(text: str, workspace: Workspace) -> Asked:
    """What a line of a requirements file or an argument asks for. Raises Refused."""
    body, marker_text = _split_marker(text)
    marker = parse_marker(marker_text) if marker_text else None
    asked = _parse_reference(body, workspace)
    if asked is None:
        asked = _parse_named(body, workspace)
    return asked if marker is None else replace(asked, marker=marker)


def parse_standard(text: str, workspace: Workspace) -> Asked:
    """What a text asks for that PEP 508 allows: always something with a name. Raises Refused."""
    asked = parse_pep508(text)
    if asked.url is None:
        return asked
    if not _is_location(asked.url):
        from conflictlens.requirements.hints import hint

        raise Refused(hint(text) or "what follows the @ is not a URL")
    return replace(asked, url=_absolute_url(asked.url, workspace))


def parse_editable(text: str, workspace: Workspace) -> Asked:
    """What the value of ``--editable`` asks for. Raises Refused."""
    if (named := _named_reference(text, workspace)) is not None:
        return named
    url, extras = _editable_url(text, workspace)
    asked = _of_url(url, extras, workspace)
    if asked.name is None and _REPOSITORY_URL.match(url):
        raise Refused("an editable repository needs its name: write name @ URL or #egg=name")
    return asked


def _editable_url(text: str, workspace: Workspace) -> tuple[str, str]:
    path, extras = _split_extras(text)
    if _is_local_directory(path, workspace):
        return file_url(_local(path, workspace)), extras
    if path.lower().startswith("file:"):
        return path, extras
    if re.match(r"(?:git|hg|svn|bzr):", text, re.IGNORECASE):
        text = f"{text.partition(':')[0].lower()}+{text}"
    if _REPOSITORY_URL.match(text):
        return text, ""
    raise Refused("--editable wants a directory that exists or a repository (git+https://…)")


def file_url(path: str) -> str:
    """The ``file:`` URL of an absolute path."""
    posix = path.replace(os.sep, "/")
    # surrogatepass: a file name need not be text, and no text may end in a traceback.
    quoted = quote(posix.encode("utf-8", "surrogatepass"))
    return f"file://{'' if quoted.startswith('/') else '/'}{quoted}"


def _split_marker(text: str) -> tuple[str, str]:
    """pip's rule: in a URL a semicolon begins the marker only with a blank behind it."""
    body, _, marker = text.partition("; " if is_url(text) else ";")
    return body.strip(), marker.strip()


def _split_extras(text: str) -> tuple[str, str]:
    match = _TRAILING_EXTRAS.fullmatch(text)
    return (text, "") if match is None else (match["path"], match["extras"])


def _parse_named(body: str, workspace: Workspace) -> Asked:
    try:
        return parse_standard(body, workspace)
    except Refused:
        from conflictlens.requirements.hints import hint

        if _looks_like_path(body) and hint(body) is None:
            raise Refused("looks like a path, but there is no such file or directory") from None
        raise


def _named_reference(text: str, workspace: Workspace) -> Asked | None:
    """``name @ url``, or None."""
    try:
        asked = parse_standard(text, workspace)
    except Refused:
        return None
    return asked if asked.url is not None else None


def _parse_reference(body: str, workspace: Workspace) -> Asked | None:
    if is_url(body):
        return _of_url(*_split_url_extras(body), workspace)
    path, extras = _split_extras(body)
    if _is_local_directory(path, workspace) and _looks_like_path(path):
        _check_installable(path, workspace)
        return _of_url(file_url(_local(path, workspace)), extras, workspace)
    if is_archive(path) and not _is_named_url(body):
        return _of_url(_path_url(path, workspace), extras, workspace)
    if _DRIVE.match(path):
        return _of_url(_path_url(path, workspace), extras, workspace)
    return None


def _is_named_url(body: str) -> bool:
    """``name @ url.zip`` is no path, although it ends like an archive's."""
    name, at, _ = body.partition("@")
    return bool(at) and not _looks_like_path(name)


def _split_url_extras(url: str) -> tuple[str, str]:
    """Extras can follow a URL, but those of ``#egg=name[extra]`` belong to the name."""
    return (url, "") if "#" in url else _split_extras(url)


def _of_url(url: str, extras: str, workspace: Workspace) -> Asked:
    url = _absolute_url(url, workspace)
    name, specifier, egg_extras = _named_by(url)
    return Asked(name=name, specifier=specifier, extras=parse_extras(extras) | egg_extras, url=url)


def _named_by(
    url: str,
) -> tuple[NormalizedName | None, SpecifierSet, frozenset[NormalizedName]]:
    """The project that a URL names, with its version where it is a wheel's."""
    bare = url.partition("#")[0].partition("?")[0]
    filename = unquote(bare.rpartition("/")[2])
    if filename.lower().endswith(".whl"):
        name, version = _wheel(filename)
        return name, SpecifierSet(f"=={version}"), frozenset()
    if (egg := _EGG.search(url)) is not None:
        match = _EGG_NAME.fullmatch(unquote(egg[1]))
        if match is None:
            raise Refused(f"the name in #egg={egg[1]} is not valid; write name @ URL instead")
        return canonicalize_name(match[1]), SpecifierSet(), parse_extras(match[2] or "")
    if _REPOSITORY_URL.match(url) or _FORGE_ARCHIVE.search(bare):
        return None, SpecifierSet(), frozenset()
    return _sdist_name(filename), SpecifierSet(), frozenset()


def _wheel(filename: str) -> tuple[NormalizedName, str]:
    try:
        name, version, _, _ = parse_wheel_filename(filename)
    except (InvalidWheelFilename, ValueError) as error:
        raise Refused(f"{filename} is not a valid file name of a wheel") from error
    return name, str(version)


def _sdist_name(filename: str) -> NormalizedName | None:
    try:
        return parse_sdist_filename(filename)[0]
    except (InvalidSdistFilename, ValueError):
        return None


def _is_location(url: str) -> bool:
    """A URL or a path; PEP 508's grammar lets anything pass (``name @ 1.0``, ``git@host:a/b``)."""
    return is_url(url) or "://" in url or (_looks_like_path(url) and not _SCHEME.match(url))


def _looks_like_path(text: str) -> bool:
    """pip's rule, with the separator of Windows on every system."""
    return (
        "/" in text or os.sep in text or text.startswith((".", ".\\")) or bool(_DRIVE.match(text))
    )


def _local(path: str, workspace: Workspace) -> str:
    """The absolute path; ``.\\here`` is understood on every system."""
    return workspace.absolute(path.replace("\\", "/") if path.startswith(".") else path)


def _is_local_directory(path: str, workspace: Workspace) -> bool:
    return bool(path) and os.path.isdir(_local(path, workspace))


def _path_url(path: str, workspace: Workspace) -> str:
    if _DRIVE.match(path) and os.sep == "/":
        return file_url("/" + path.replace("\\", "/")).replace("%3A", ":", 1)
    return file_url(_local(path, workspace))


def _check_installable(path: str, workspace: Workspace) -> None:
    directory = _local(path, workspace)
    if not any(
        os.path.isfile(os.path.join(directory, name)) for name in ("pyproject.toml", "setup.py")
    ):
        raise Refused("is a directory without a pyproject.toml or setup.py")


def _absolute_url(url: str, workspace: Workspace) -> str:
    """`url` with a relative path in it made absolute (``file:./here``, ``./here``)."""
    scheme = _SCHEME.match(url)
    if scheme is not None and (scheme[0].lower() != "file:" or url[5:].startswith("/")):
        return url
    path, mark, fragment = url.partition("#")
    path = path if scheme is None else unquote(path[5:])
    return file_url(workspace.absolute(path)) + mark + fragment
