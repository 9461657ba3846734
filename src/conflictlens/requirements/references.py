"""Direct references: URLs, repositories and local paths in place of a name and a version.

The rules are pip's (``name @ url`` is PEP 508). A relative path is relative to the current
directory, whichever file names it.
"""

from __future__ import annotations

import os
import re

from msgspec.structs import replace

from conflictlens.names import NormalizedName, canonicalize_name
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
# Texts, not patterns: most files have no reference, so that none is compiled for them.
_REPOSITORY_URL = rf"(?i:{_REPOSITORY}):"
_URL = rf"(?i:https?|file|ftp|{_REPOSITORY}):"
# Two letters at least: the drives of Windows are no schemes.
_SCHEME = r"[A-Za-z][A-Za-z0-9+.-]+:"
_DRIVE = r"[A-Za-z]:[\\/]"
_EGG = r"[#&]egg=([^&]*)"
_EGG_NAME = r"(?ia:([A-Z0-9](?:[A-Z0-9._-]*[A-Z0-9])?)(\[[^\]]*\])?)"
_TRAILING_EXTRAS = r"(?s:(?P<path>.+?)\s*(?P<extras>\[[^\[\]]+\]))"
# Archives that forges make of a revision are not named for the project.
_FORGE_ARCHIVE = r"/(?:archive|zipball|tarball|get|legacy\.(?:zip|tar\.gz))/"
_ARCHIVES = (
    ".zip", ".whl", ".tar.bz2", ".tbz", ".tar.gz", ".tgz", ".tar",
    ".tar.xz", ".txz", ".tlz", ".tar.lz", ".tar.lzma",
)  # fmt: skip


def is_url(text: str) -> bool:
    """Whether a text begins with a scheme that pip can fetch from."""
    return ":" in text and re.match(_URL, text) is not None


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
    if asked.name is None and re.match(_REPOSITORY_URL, url):
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
    if re.match(_REPOSITORY_URL, text):
        return text, ""
    raise Refused("--editable wants a directory that exists or a repository (git+https://…)")


def file_url(path: str) -> str:
    """The ``file:`` URL of an absolute path."""
    from urllib.parse import quote

    posix = path.replace(os.sep, "/")
    # surrogatepass: a file name need not be text, and no text may end in a traceback.
    quoted = quote(posix.encode("utf-8", "surrogatepass"))
    return f"file://{'' if quoted.startswith('/') else '/'}{quoted}"


def _split_marker(text: str) -> tuple[str, str]:
    """pip's rule: in a URL a semicolon begins the marker only with a blank behind it."""
    body, _, marker = text.partition("; " if is_url(text) else ";")
    return body.strip(), marker.strip()


def _split_extras(text: str) -> tuple[str, str]:
    match = re.fullmatch(_TRAILING_EXTRAS, text) if text.endswith("]") else None
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
    if _looks_like_path(path) and _is_local_directory(path, workspace):
        _check_installable(path, workspace)
        return _of_url(file_url(_local(path, workspace)), extras, workspace)
    if is_archive(path) and not _is_named_url(body):
        return _of_url(_path_url(path, workspace), extras, workspace)
    if _has_drive(path):
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
    name, versions, egg_extras = _named_by(url)
    return Asked(name=name, versions=versions, extras=parse_extras(extras) | egg_extras, url=url)


def _named_by(
    url: str,
) -> tuple[NormalizedName | None, str, frozenset[NormalizedName]]:
    """The project that a URL names, with a specifier of its version where it is a wheel's."""
    from urllib.parse import unquote

    bare = url.partition("#")[0].partition("?")[0]
    filename = unquote(bare.rpartition("/")[2])
    if filename.lower().endswith(".whl"):
        name, version = _wheel(filename)
        return name, f"=={version}", frozenset()
    if (egg := re.search(_EGG, url)) is not None:
        match = re.fullmatch(_EGG_NAME, unquote(egg[1]))
        if match is None:
            raise Refused(f"the name in #egg={egg[1]} is not valid; write name @ URL instead")
        return canonicalize_name(match[1]), "", parse_extras(match[2] or "")
    if re.match(_REPOSITORY_URL, url) or re.search(_FORGE_ARCHIVE, bare):
        return None, "", frozenset()
    return _sdist_name(filename), "", frozenset()


def _wheel(filename: str) -> tuple[NormalizedName, str]:
    from packaging.utils import InvalidWheelFilename, parse_wheel_filename

    try:
        name, version, _, _ = parse_wheel_filename(filename)
    except (InvalidWheelFilename, ValueError) as error:
        raise Refused(f"{filename} is not a valid file name of a wheel") from error
    return name, str(version)


def _sdist_name(filename: str) -> NormalizedName | None:
    from packaging.utils import InvalidSdistFilename, parse_sdist_filename

    try:
        return parse_sdist_filename(filename)[0]
    except (InvalidSdistFilename, ValueError):
        return None


def _is_location(url: str) -> bool:
    """A URL or a path; PEP 508's grammar lets anything pass (``name @ 1.0``, ``git@host:a/b``)."""
    return is_url(url) or "://" in url or (_looks_like_path(url) and not re.match(_SCHEME, url))


def _looks_like_path(text: str) -> bool:
    """pip's rule, with the separator of Windows on every system."""
    return "/" in text or os.sep in text or text.startswith((".", ".\\")) or _has_drive(text)


def _has_drive(path: str) -> bool:
    return path[1:2] == ":" and re.match(_DRIVE, path) is not None


def _local(path: str, workspace: Workspace) -> str:
    """The absolute path; ``.\\here`` is understood on every system."""
    return workspace.absolute(path.replace("\\", "/") if path.startswith(".") else path)


def _is_local_directory(path: str, workspace: Workspace) -> bool:
    return bool(path) and os.path.isdir(_local(path, workspace))


def _path_url(path: str, workspace: Workspace) -> str:
    if _has_drive(path) and os.sep == "/":
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
    scheme = re.match(_SCHEME, url)
    if scheme is not None and (scheme[0].lower() != "file:" or url[5:].startswith("/")):
        return url
    path, mark, fragment = url.partition("#")
    if scheme is not None:
        from urllib.parse import unquote

        path = unquote(path[5:])
    return file_url(workspace.absolute(path)) + mark + fragment
