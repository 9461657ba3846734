"""What pip is configured with on this machine, read the way pip 26 does.

From lowest to highest: the global, user and site files, the file in ``PIP_CONFIG_FILE``, the
``PIP_*`` variables. A file's ``[install]`` section outranks every ``[global]`` one; variables
outrank both. ``PIP_CONFIG_FILE`` also switches the user's file off, and all files when it names
the null device. Each option is replaced as a whole, lists too; empty values count as not said.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping

import msgspec

from conflictlens.errors import InputError

_SECTIONS = ("global", "install", ":env:")
_BASENAME = "pip.ini" if sys.platform == "win32" else "pip.conf"
_TRUE = frozenset(("y", "yes", "t", "true", "on", "1"))


class PipSettings(msgspec.Struct, frozen=True):
    """The options of ``pip install`` that say which distributions may come, from where, whereto."""

    index_url: str | None = None
    extra_index_urls: tuple[str, ...] = ()
    find_links: tuple[str, ...] = ()
    no_index: bool = False
    cert: str | None = None
    client_cert: str | None = None
    trusted_hosts: tuple[str, ...] = ()
    proxy: str | None = None
    break_system_packages: bool = False
    require_virtualenv: bool = False
    constraints: tuple[str, ...] = ()


class PipConfigError(InputError):
    """A configuration file of pip that pip could not read either."""

    def __init__(self, path: str, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(f"pip's configuration can't be read: {path}: {reason}")


def read_pip_settings(environ: Mapping[str, str]) -> PipSettings:
    """The settings that `environ` and the files it leads to give; raises `PipConfigError`."""
    sections: dict[str, dict[str, str]] = {section: {} for section in _SECTIONS}
    for path in config_files(environ):
        for section, values in _read(path).items():
            if section in sections:
                sections[section].update(values)
    sections[":env:"].update(_variables(environ))
    merged: dict[str, str] = {}
    for section in _SECTIONS:
        merged.update({key: value for key, value in sections[section].items() if value})
    return _settings(merged)


def _settings(values: Mapping[str, str]) -> PipSettings:
    def words(key: str) -> tuple[str, ...]:
        return tuple(values.get(key, "").split())

    def path(key: str) -> str | None:
        return os.path.expanduser(values[key]) if key in values else None

    def is_on(key: str) -> bool:
        return values.get(key, "").lower() in _TRUE

    return PipSettings(
        index_url=values.get("index-url", values.get("pypi-url")),
        extra_index_urls=words("extra-index-url"),
        find_links=words("find-links"),
        no_index=is_on("no-index"),
        cert=path("cert"),
        client_cert=path("client-cert"),
        trusted_hosts=words("trusted-host"),
        proxy=values.get("proxy"),
        break_system_packages=is_on("break-system-packages"),
        require_virtualenv=is_on("require-virtualenv"),
        constraints=words("constraint"),
    )


def config_files(environ: Mapping[str, str]) -> list[str]:
    """All files that pip would read, lowest precedence first, whether they exist or not."""
    named = environ.get("PIP_CONFIG_FILE")
    if named == os.devnull:
        return []
    home = environ.get("HOME") or os.path.expanduser("~")
    files = [os.path.join(folder, _BASENAME) for folder in _global_folders(environ)]
    if not (named and os.path.exists(named)):
        files.append(os.path.join(home, "pip" if sys.platform == "win32" else ".pip", _BASENAME))
        files.append(os.path.join(_user_folder(environ, home), _BASENAME))
    files.append(os.path.join(sys.prefix, _BASENAME))
    if named:
        files.append(named)
    return files


def _global_folders(environ: Mapping[str, str]) -> list[str]:
    if sys.platform == "win32":
        return [os.path.join(environ.get("PROGRAMDATA", r"C:\ProgramData"), "pip")]
    if sys.platform == "darwin":
        return ["/Library/Application Support/pip", "/etc"]
    folders = environ.get("XDG_CONFIG_DIRS") or "/etc/xdg"
    return [os.path.join(folder, "pip") for folder in folders.split(os.pathsep)] + ["/etc"]


def _user_folder(environ: Mapping[str, str], home: str) -> str:
    if sys.platform == "win32":
        return os.path.join(environ.get("APPDATA") or os.path.join(home, "AppData/Roaming"), "pip")
    if sys.platform == "darwin":
        folder = os.path.join(home, "Library/Application Support/pip")
        return folder if os.path.isdir(folder) else os.path.join(home, ".config", "pip")
    return os.path.join(environ.get("XDG_CONFIG_HOME") or os.path.join(home, ".config"), "pip")


def _read(path: str) -> dict[str, dict[str, str]]:
    """The sections of one file; none where it does not exist or is not ours to read."""
    if not os.path.exists(path):
        return {}
    from configparser import Error, RawConfigParser

    parser = RawConfigParser()
    parser.optionxform = _key  # type: ignore[method-assign,assignment]
    try:
        parser.read(path, encoding="utf-8" if sys.flags.utf8_mode else "locale")
    except (Error, UnicodeDecodeError) as error:
        raise PipConfigError(path, str(error)) from error
    return {section: dict(parser.items(section)) for section in parser.sections()}


def _variables(environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, value in environ.items():
        if name.startswith("PIP_"):
            yield _key(name[4:]), value


def _key(name: str) -> str:
    return name.lower().replace("_", "-").removeprefix("--")
