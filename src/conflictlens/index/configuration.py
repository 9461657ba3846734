"""Where to look: the indexes and file locations of one question, and how to connect to them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

import msgspec

from conflictlens.errors import InputError, mask_credentials
from conflictlens.index.pip_config import read_pip_settings
from conflictlens.requirements.records import IndexOptions

DEFAULT_INDEX_URL = "https://pypi.org/simple"
"""Asked when neither the user nor pip's configuration names an index, as pip does."""


class NoURL(InputError):
    """What names an index or find-links can't be a URL."""

    def __init__(self, url: str, reason: str) -> None:
        self.url = mask_credentials(url)
        self.reason = reason
        super().__init__(f"{self.url} is no URL: {reason}")


class IndexSources(msgspec.Struct, frozen=True):
    """Indexes and `find_links` in the order in which they were named.

    With `no_index`, `index_urls` is empty. `cert` is the path of a CA bundle, None for the
    environment's or the system's. `trusted_hosts` are ``host`` or ``host:port`` whose
    certificates are not checked. `proxy` is None where the environment decides.
    """

    index_urls: tuple[str, ...] = (DEFAULT_INDEX_URL,)
    find_links: tuple[str, ...] = ()
    no_index: bool = False
    cert: str | None = None
    client_cert: str | None = None
    trusted_hosts: tuple[str, ...] = ()
    proxy: str | None = None


def configured_sources(
    options: IndexOptions, environ: Mapping[str, str] | None = None
) -> IndexSources:
    """What `options` and pip's configuration say together.

    The files of all indexes and find-links are merged, as pip does. An index named on the
    command line or in a requirements file (``--index-url``) replaces everything configured for
    pip, its extra indexes and find-links included; ``--extra-index-url`` and ``--find-links``
    add. The reason: once the index was named, an answer must not depend on the machine's
    pip.conf, or the same file has another verdict elsewhere; uv does the same. How to connect
    (certificates, trusted hosts, proxy) always comes from pip's configuration too, since it
    belongs to the machine.
    """
    pip = read_pip_settings(os.environ if environ is None else environ)
    if options.index_url is not None:
        indexes: tuple[str, ...] = (options.index_url,)
        find_links: tuple[str, ...] = ()
        no_index = options.no_index
    else:
        indexes = (pip.index_url or DEFAULT_INDEX_URL, *pip.extra_index_urls)
        find_links = pip.find_links
        no_index = options.no_index or pip.no_index
    indexes = _distinct((*indexes, *options.extra_index_urls))
    _check((*indexes, *find_links, *options.find_links))
    return IndexSources(
        index_urls=() if no_index else indexes,
        find_links=_distinct((*find_links, *options.find_links)),
        no_index=no_index,
        cert=pip.cert,
        client_cert=pip.client_cert,
        trusted_hosts=_distinct((*pip.trusted_hosts, *options.trusted_hosts)),
        proxy=pip.proxy,
    )


def _check(places: Iterable[str]) -> None:
    """Whatever is a URL at all can be taken apart later."""
    # Only brackets and what is not ASCII can be wrong in a host; most starts need no such check.
    for place in places:
        if place.isascii() and not {"[", "]"} & set(place):
            continue
        from urllib.parse import urlsplit

        try:
            urlsplit(place)
        except ValueError as error:
            raise NoURL(place, str(error)) from error


def _distinct(values: tuple[str, ...]) -> tuple[str, ...]:
    """Each value once: ``…/simple/`` and ``…/simple`` name the same index."""
    return tuple({value.rstrip("/"): value for value in reversed(values)}.values())[::-1]
